"""Fuzz the readers of our HDF5 files (not part of the test suite).

    python tests/fuzz/fuzz_hdf5.py --seconds 3600 --seed 0

Every file begins as a small valid one of a random kind. Some of its bytes, or its structure by way of h5py, are changed
at random, and it is sealed again, so that the change is not seen at once: a stranger can do that. Then all of it is
read. Finds: any exception but `InputError`, more memory than twenty times the file and 8 MiB, a read that takes ten
seconds, a crash. Files are read in child processes, one for many files, so that a crash is a find and not the end.
"""

import argparse
import collections
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS), str(_TESTS.parent / "workflow")]

import h5py  # noqa: E402
import numpy as np  # noqa: E402

from crystalspan.errors import InputError  # noqa: E402
from stored_files import KINDS, contents, seal, unsealed, written  # noqa: E402

FILES_A_CHILD = 200
SECONDS_A_FILE = 10


def changed_bytes(path: Path, chance: random.Random):
    """Change bytes of the HDF5 file, none of them in a checksum of HDF5 unless by chance, and seal it again."""
    with unsealed(path):
        pass
    data = bytearray(path.read_bytes())
    data = data[: data.rindex(b"CrystalSpan seal")]
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(len(data))
        width = chance.choice((1, 1, 2, 4, 8))
        value = chance.choice((0, 1, 2**7, 2**8 - 1, 2**31, 2**40, 2**63, 2**64 - 1, chance.getrandbits(64)))
        data[place : place + width] = value.to_bytes(8, "little")[:width]
    if chance.random() < 0.1:
        del data[chance.randrange(len(data)) :]
    mend_checksums(data)
    seal(path, bytes(data))


def mend_checksums(data: bytearray):
    """Write the right checksums of HDF5 over those of its records that begin a file or an object."""
    if data[:8] == b"\x89HDF\r\n\x1a\n" and len(data) >= 48:
        data[44:48] = _lookup3(bytes(data[:44])).to_bytes(4, "little")
    place = data.find(b"OHDR")
    while place >= 0:
        with contextlib.suppress(IndexError):
            flags = data[place + 5]
            at = place + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
            width = 1 << (flags & 3)
            end = at + width + int.from_bytes(data[at : at + width], "little")
            if end + 4 <= len(data):
                data[end : end + 4] = _lookup3(bytes(data[place:end])).to_bytes(4, "little")
        place = data.find(b"OHDR", place + 4)


def _lookup3(key: bytes) -> int:
    """Bob Jenkins' hash "lookup3", hashlittle with the initial value 0 (public domain), which HDF5 uses."""
    mask = 0xFFFFFFFF

    def rot(x, k):
        return ((x << k) | (x >> (32 - k))) & mask

    a = b = c = (0xDEADBEEF + len(key)) & mask
    words = key + bytes(-len(key) % 12)
    n_blocks = max(-(-len(key) // 12), 1)
    for i in range(n_blocks if key else 0):
        x, y, z = (int.from_bytes(words[12 * i + 4 * k : 12 * i + 4 * k + 4], "little") for k in range(3))
        a, b, c = (a + x) & mask, (b + y) & mask, (c + z) & mask
        if i < n_blocks - 1:
            a = ((a - c) ^ rot(c, 4)) & mask
            c = (c + b) & mask
            b = ((b - a) ^ rot(a, 6)) & mask
            a = (a + c) & mask
            c = ((c - b) ^ rot(b, 8)) & mask
            b = (b + a) & mask
            a = ((a - c) ^ rot(c, 16)) & mask
            c = (c + b) & mask
            b = ((b - a) ^ rot(a, 19)) & mask
            a = (a + c) & mask
            c = ((c - b) ^ rot(b, 4)) & mask
            b = (b + a) & mask
    if not key:
        return c
    for x, y, k in (
        ("c", "b", 14),
        ("a", "c", 11),
        ("b", "a", 25),
        ("c", "b", 16),
        ("a", "c", 4),
        ("b", "a", 14),
        ("c", "b", 24),
    ):
        values = {"a": a, "b": b, "c": c}
        values[x] = ((values[x] ^ values[y]) - rot(values[y], k)) & mask
        a, b, c = values["a"], values["b"], values["c"]
    return c


def changed_structure(path: Path, chance: random.Random):
    """Change datasets, groups, links and attributes by way of h5py."""
    with unsealed(path) as file:
        names = []
        file.visit(names.append)
        for _ in range(chance.choice((1, 1, 2, 5))):
            with contextlib.suppress(Exception):  # what h5py itself refuses
                _change(file, chance.choice(names), names, path, chance)


def _change(file, name: str, names: list, path: Path, chance: random.Random):
    item = file[name]
    kind = chance.choice(("delete", "replace", "link", "entry", "attribute", "attribute"))
    if kind == "entry" and isinstance(item, h5py.Dataset) and item.size:
        place = tuple(chance.randrange(n) for n in item.shape)
        item[place] = chance.choice((np.nan, np.inf, -1, 10**9, 0, b"\xff", "=x"))
    elif kind == "attribute":
        owner = chance.choice((file, item))
        key = chance.choice([*owner.attrs, "x"])
        owner.attrs[key] = chance.choice(
            (np.nan, -1, 10**12, "[" * 50, "null", "{}", np.arange(3), h5py.Empty("f8"), b"\xff")
        )
    elif kind == "link":
        del file[name]
        other = chance.choice([*names, "/"])
        file[name] = chance.choice(
            (
                h5py.SoftLink(f"/{other}"),
                h5py.ExternalLink(str(path), other),
                h5py.ExternalLink("/etc/passwd", "x"),
                file[other],
            )
        )
    else:
        shape = getattr(item, "shape", (3,))
        del file[name]
        if kind == "replace":
            _put(file, name, chance.choice((shape, (10**12,), (2**40, 2**20), (0,), (), (3, 3))), path, chance)


def _put(file, name, shape, path, chance):
    dtype = chance.choice(("f8", "f4", "i8", "i2", "u1", "S5", "V7", h5py.string_dtype(), h5py.ref_dtype, bool))
    how = chance.randrange(5)
    if how == 0:
        file.create_dataset(name, shape, dtype)
    elif how == 1:
        file.create_dataset(name, shape, dtype, chunks=True, compression=9)
    elif how == 2:
        file.create_dataset(name, shape, "f8", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])
    elif how == 3:
        layout = h5py.VirtualLayout(shape, "f8")
        layout[...] = h5py.VirtualSource(str(path), name, shape)
        file.create_virtual_dataset(name, layout)
    else:
        file.create_group(name)


def read(kind: str, path: Path) -> str:
    """Read all of a file; return what became of it."""
    tracemalloc.start()
    try:
        contents(kind, path)
        outcome = "read"
    except InputError:
        outcome = "refused"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * path.stat().st_size + 2**23, f"{peak} bytes for {path.stat().st_size}"
    return outcome


def child(seed: int, folder: Path, valid: dict, report: int):
    """Change and read files, and say so in a pipe: before each file its number, after it what became of it."""
    for number in range(FILES_A_CHILD):
        chance = random.Random(f"{seed} {number}")
        kind = chance.choice(list(KINDS))
        path = folder / f"{kind}.h5"
        path.write_bytes(valid[kind])
        change = chance.choice((changed_bytes, changed_bytes, changed_structure))
        change(path, chance)
        os.write(report, f"{number} {kind} {change.__name__} ".encode())
        signal.alarm(SECONDS_A_FILE)
        try:
            outcome = read(kind, path)
        except BaseException as error:
            outcome = f"FIND:{type(error).__name__}:{error}".replace("\n", "|").replace(" ", "_")
        signal.alarm(0)
        os.write(report, f"{outcome}\n".encode())


def run_child(seed: int, folder: Path, valid: dict) -> tuple[list[str], int]:
    """Run a child; return its lines and its exit status."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(ours)
        status = 1
        with contextlib.suppress(BaseException):
            child(seed, folder, valid, theirs)
            status = 0
        os._exit(status)
    os.close(theirs)
    with os.fdopen(ours) as stream:
        lines = stream.read().splitlines()
    return lines, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def main():
    """Fuzz, and print counts and finds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    counts, finds, seed, end = collections.Counter(), [], args.seed * 10**6, time.monotonic() + args.seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        valid = {kind: written(kind, folder).read_bytes() for kind in KINDS}
        while time.monotonic() < end:
            lines, status = run_child(seed, folder, valid)
            for line in lines:
                words = line.split()
                counts[tuple(words[1:3] + [words[3].split(":")[0] if len(words) > 3 else "CRASH"])] += 1
                if len(words) < 4 or words[3].startswith("FIND"):
                    finds.append(f"seed {seed}, file {line}, exit status {status}")
            seed += 1
    for key, number in sorted(counts.items()):
        print(*key, number)
    print(sum(counts.values()), "files;", len(finds), "finds")
    print(*finds[:50], sep="\n")
    sys.exit(bool(finds))


if __name__ == "__main__":
    main()
