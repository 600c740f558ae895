"""Fuzz what reads a study: configurations and tables of molecules (not part of the test suite).

    python tests/fuzz/fuzz_study.py --seconds 600 --seed 0

Every case is a valid configuration and table, changed at random: keys of the schema are given values of any kind, the
YAML's text and the table's bytes are damaged, both are written to files and read as Snakemake and the stages do. Finds:
any exception but `InputError`, and a read that takes ten seconds.
"""

import argparse
import collections
import random
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow"))

import yaml  # noqa: E402

from crystalspan.errors import InputError  # noqa: E402
from crystalspan.settings import leaves, put, read_config  # noqa: E402
from crystalspan.study import read_study  # noqa: E402

SECONDS_A_CASE = 10
KEYS = list(leaves())
VALUES = [
    *(None, True, False, 0, -1, 1, 14, 14.0, 2.5, 1e-7, 1e9, 10**400, -(10**30)),
    *(float("nan"), float("inf"), "", "x", "14", "1e5", "nan", "{x}", "$(x)", "a\nb", "\0", "\ud800", "é" * 400, "-x"),
    *([], [[]], [None], [14], [10, 20], [20, 10], [10, 10.0], [1e-7], ["all"], ["x"], [{}], [{"name": "x"}]),
    *({}, {"x": 1}, {"preset": "ani-1x"}, {1: 2}, {None: None}, {"name": {}}),
]
NAMES = ["a", "A", "-x", "summary.md", "..", "é", "a b", "x" * 300, "", "{m}", "kernels.json", '"', "a\0"]
PATHS = ["a.zip", "sample", ";;", ";", "-o", "@x", "{x}", "..", "/", "", '"a', "a\0b", "\ud800", "x" * 5000, "a;b", "~"]
PIECES = ["\t", "\n", "\r", '"', "'", "\\", "\0", "{", "}", "[", "]", ":", "- ", "&a ", "*a", "!!python/object ", "#"]
PIECES += ["\ufeff", "\u2028", "\x85", "<<: ", "? ", "| ", "> ", "%", "1e400", ".nan", "0x", "2001-01-01", "!!binary "]


def changed_config(chance: random.Random) -> dict:
    """Return a configuration in which some keys hold any value."""
    config: dict = {}
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 5))):
        key = chance.choice(KEYS)
        if chance.random() < 0.2:
            # A section in place of which something else stands, or a key that nobody knows.
            key = chance.choice((key.rpartition(".")[0] or key, key + "x", chance.choice(("", "x", "dimension"))))
        try:
            put(config, key, chance.choice(VALUES))
        except (TypeError, AttributeError, KeyError):  # a section that is no section any more
            continue
    return config


def table(chance: random.Random) -> str:
    """Return a table of molecules, valid or not."""
    header = ["molecule", "source", "molecule_file"]
    if chance.random() < 0.4:
        return "molecule\tsource\tmolecule_file\na\ta.zip\t\nb\tsample\tb.json\n"
    if chance.random() < 0.2:
        chance.shuffle(header)
        header = header[: chance.randrange(4)] + [chance.choice(("", "x", "source"))] * chance.randrange(2)
    rows = [
        [chance.choice(NAMES), chance.choice(PATHS), chance.choice(PATHS)][: chance.choice((1, 2, 3, 3, 3))]
        for _ in range(chance.randrange(4))
    ]
    return "\n".join("\t".join(row) for row in [header, *rows]) + "\n"


def damaged(text: str, chance: random.Random) -> bytes:
    """Return a text in some encoding, with pieces put in and bytes changed."""
    for _ in range(chance.choice((0, 0, 0, 1, 2, 8))):
        place = chance.randrange(len(text) + 1)
        text = text[:place] + chance.choice(PIECES) * chance.choice((1, 1, 50)) + text[place + chance.randrange(3) :]
    encoding = chance.choice(("utf-8",) * 6 + ("utf-16", "latin-1", "utf-8-sig"))
    data = bytearray(text.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass"))
    for _ in range(chance.choice((0, 0, 0, 1, 4))):
        if data:
            data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def one_case(folder: Path, chance: random.Random) -> str:
    """Write and read one study; return how it ended."""
    config = changed_config(chance)
    text = yaml.safe_dump(config, allow_unicode=True)
    (folder / "config.yaml").write_bytes(
        damaged(text, chance) if chance.random() < 0.3 else text.encode("utf-8", "replace")
    )
    (folder / "config/landscapes.tsv").write_bytes(damaged(table(chance), chance))
    try:
        # As the stages read it, or, past YAML, as Snakemake hands it over.
        read_study(read_config(folder / "config.yaml") if chance.random() < 0.7 else config, folder)
    except InputError as error:
        str(error)
        return "refused"
    return "read"


def _too_long(number, frame):
    raise TimeoutError(f"more than {SECONDS_A_CASE} s")


def main():
    """Try cases until the time is over; say how many, and what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_long)
    counts: collections.Counter = collections.Counter()
    finds: dict[str, str] = {}
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config").mkdir()
        number = 0
        while time.monotonic() < end:
            number += 1
            signal.alarm(SECONDS_A_CASE)
            try:
                counts[one_case(Path(folder), random.Random(f"{options.seed} {number}"))] += 1
            except Exception as error:
                counts["found"] += 1
                where = traceback.extract_tb(error.__traceback__)[-1]
                finds.setdefault(f"{type(error).__name__} {where.filename}:{where.lineno}", traceback.format_exc())
            signal.alarm(0)
    for trace in finds.values():
        print(trace)
    print(f"{sum(counts.values()):,} cases: {dict(counts)}; {len(finds)} kinds of find")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
