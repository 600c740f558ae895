"""One rank and two, in wall time, and the serial parts from which `scaling` works out thousands.

Both cores must be idle: these are the only figures that are no CPU times.
"""

import pickle
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks import scaling
from benchmarks.comparison import Comparison, cpu_seconds, skipped
from benchmarks.data import FOLDER, MOLECULE, crystalspan, mixed, sampled, written
from benchmarks.descriptors import arguments
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.featurize import ROUND_BYTES
from crystalspan.descriptors.file import RECORDS, new_descriptor_file
from crystalspan.descriptors.parameters import PRESETS, columns, element_numbers
from crystalspan.landscape.file import read_rows

TARGET = 1.9
NOTHING = ("--shell", "9998-9999")  # a shell without structures: what is left is the start-up


def measure(quick: bool = False) -> list[Comparison]:
    """Measure the serial parts; unless in a hurry, also one rank against two."""
    found = serial_parts()
    if quick:
        return found
    # The wheel of MPICH puts its launcher beside Python.
    launcher = shutil.which("mpiexec", path=Path(sys.executable).parent) or shutil.which("mpiexec")
    for name, command, size in (
        ("featurize", _featurize(), 4000),
        ("sample", _sample(), 6000),
        ("landscape", _read, 20_000),
    ):
        name = f"ranks / {name}, 2 ranks against 1"
        try:
            found += _two_against_one(name, command, size, launcher)
        except Exception as error:
            found.append(skipped(name, error, TARGET))
    return found


def _landscape(n: int) -> Path:
    path = FOLDER / f"{n}.h5"
    if not path.exists():
        crystalspan("landscape", written(n, "zip"), "--molecule", "anti-BDT", "--reference", MOLECULE, "-o", path)
    return path


def _featurize():
    landscape = _landscape(4000)

    def command(size, folder):
        return ["featurize", landscape, *([] if size else NOTHING), "-o", folder / "d.h5"]

    return command


def _sample():
    def command(size, folder):
        return ["sample", MOLECULE, "--space-group", 14, "--seeds", size or 1, "-o", folder / "s.db"]

    return command


def _read(size, folder):
    source = written(size or 100, "zip")
    return ["landscape", source, "--molecule", "anti-BDT", "--reference", MOLECULE, "-o", folder / "l.h5"]


def _two_against_one(name, command, size, launcher, rounds: int = 3) -> list[Comparison]:
    """Time whole commands in turn: 1 rank, 2 ranks, and two unrelated commands of 1 rank at once.

    The start-up, timed likewise, is told apart. Two unrelated commands share nothing but the machine: what they lose
    to each other no program can keep.
    """
    ways = {"one": (1, 1), "two": (2, 1), "unrelated": (1, 2)}
    wall = {(way, n): [] for way in ways for n in (0, size)}
    for _ in range(rounds):
        for way, n in wall:
            wall[way, n].append(_wall(command, n, *ways[way], launcher))
    start_up = {way: min(wall[way, 0]) for way in ways}
    bound = {way: [seconds - start_up[way] for seconds in wall[way, size]] for way in ways}
    whole = [one / two for one, two in zip(wall["one", size], wall["two", size], strict=True)]
    sizes = {"structures or trials": size, "start-up, s": start_up["one"], "with start-up": float(np.median(whole))}
    return [
        Comparison(
            name,
            values=[one / two for one, two in zip(bound["one"], bound["two"], strict=True)],
            target=TARGET,
            ours=[min(bound["two"])],
            other=[min(bound["one"])],
            per="run, wall time",
            sizes=sizes,
            note="wall time of the command less that of the same command without work; both cores must be idle",
        ),
        Comparison(
            f"{name.removesuffix(' against 1')} over two unrelated jobs",
            unit="of it",
            values=[pair / 2 / two for pair, two in zip(bound["unrelated"], bound["two"], strict=True)],
            target=TARGET / 2,
            ours=[min(bound["two"])],
            other=[min(bound["unrelated"]) / 2],
            per="run, wall time",
            sizes=sizes,
            note=f"two unrelated jobs at once do {2 * min(bound['one']) / min(bound['unrelated']):.2f} times the work "
            "of one: the limit of this machine",
        ),
    ]


def _wall(command, n, ranks, copies, launcher) -> float:
    """Return the wall time until the last of some copies of a command has ended."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(copies) as together:
        folders = [Path(folder) / str(copy) for copy in range(copies)]
        for place in folders:
            place.mkdir()
        start = time.monotonic()
        list(together.map(lambda place: _run(command(n, place), ranks, launcher), folders))
        return time.monotonic() - start


def _run(arguments, ranks, launcher):
    crystalspan(*arguments, "--ranks", ranks, launcher=(launcher, "-n", str(ranks)))


def serial_parts() -> list[Comparison]:
    """Measure what every structure and every start costs, for both presets; one line each, with the model's table."""
    found = []
    sampled()
    start_up = _start_up()
    for preset in ("csp-9.3", "ani-1x"):
        parts = _parts(preset, start_up)
        written_share = parts.write / parts.describe
        found.append(
            Comparison(
                f"ranks / HDF5 writing against describing, {preset}",
                unit="of the time to describe",
                values=[written_share],
                target=1.0,
                at_most=True,
                ours=[parts.write],
                other=[],
                sizes=parts.__dict__ | {"ranks a job at which rank 0 is the limit": scaling.most_ranks(parts)},
                note="rank 0's time to write a structure / one rank's to describe it; `scaling` has the consequences",
            )
        )
    return found


def _start_up() -> float:
    times = []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            crystalspan("featurize", FOLDER / "sampled.h5", *NOTHING, "-o", Path(folder) / "d.h5")
            times.append(time.monotonic() - start)
    return min(times)


def _parts(preset: str, start_up: float, n: int = 120) -> scaling.Parts:
    """Measure on n crystals what `featurize` does with a structure, step by step."""
    functions = PRESETS[preset]
    some = mixed(sampled(), n)
    centres = some.reference_atomic_number.astype(np.int64)
    elements = element_numbers(centres)
    call = arguments(functions, some)
    values = describe_crystals(*call).reshape(len(some), -1)
    rows = np.arange(len(some))

    def describe():
        read_rows(FOLDER / "sampled.h5", rows)
        describe_crystals(*call)

    single = []
    for i in range(len(some)):
        one = arguments(functions, some.subset([i]))
        single.append(min(cpu_seconds(lambda one=one: describe_crystals(*one)) for _ in range(3)))
    outcome = {name: getattr(some, name) for name in RECORDS}, values
    blocks = max(1, ROUND_BYTES // values.nbytes)

    def write():
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            labels = columns(functions, centres, elements)
            total = blocks * len(some)
            path = Path(folder) / "d.h5"
            with new_descriptor_file(path, total, labels, some.reference_automorphisms, {}) as writer:
                for _ in range(blocks):
                    writer.append(*outcome)

    return scaling.Parts(
        start_up=start_up,
        describe=cpu_seconds(describe, 0.3) / len(some),
        spread=float(np.std(single) / np.mean(single)),
        # A rank's share comes to rank 0 pickled; the network is not in it.
        gather=cpu_seconds(lambda: pickle.loads(pickle.dumps(outcome, protocol=5)), 0.1) / len(some),
        write=min(cpu_seconds(write) for _ in range(3)) / (blocks * len(some)),
        columns=values.shape[1],
    )
