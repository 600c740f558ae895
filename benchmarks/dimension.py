"""Time and memory of the dimension estimates for N structures of D = 8,640 columns: python benchmarks/dimension.py."""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

COLUMNS = 8640  # a crystal of 24 atoms, 360 values an atom; or any other product
SIZES = (300, 3000, 30000)
TRUE_DIMENSION = 8
# Structures whose component counts are resampled, as in the default settings of a study.
LARGEST_SAMPLE = 2000
PARTS = ("intrinsic", "counts")
_BLOCK = 1000


def write_cloud(path, n: int, columns: int, seed: int = 0):
    """Write a curved cloud of `TRUE_DIMENSION` dimensions, its columns ever weaker, as a NumPy file."""
    import numpy as np

    generator = np.random.default_rng(seed)
    waves = generator.normal(size=(TRUE_DIMENSION, columns))
    waves *= np.pi / np.linalg.norm(waves, axis=0)
    phases = generator.uniform(0, 2 * np.pi, columns)
    strengths = 1 / (1 + np.arange(columns) / 50)
    values = np.lib.format.open_memmap(path, mode="w+", dtype=float, shape=(n, columns))
    for start in range(0, n, _BLOCK):
        points = generator.random((min(_BLOCK, n - start), TRUE_DIMENSION))
        values[start : start + _BLOCK] = np.cos(points @ waves + phases) * strengths
    values.flush()


def measure(quick: bool = False, sizes=None, parts=PARTS, folder=None) -> list[dict]:
    """Measure every size and part, each in a process of its own.

    Returns
    -------
    list of dict
        part, structures, columns, cpu_s, wall_s, memory_mib (largest memory of the process's own), resident_mib (with
        the pages of the file that the system kept for it), result.
    """
    rows = []
    for n in sizes or (SIZES[:1] if quick else SIZES):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            path = Path(place) / "cloud.npy"
            write_cloud(path, n, COLUMNS)
            for part in parts:
                command = [sys.executable, __file__, "--part", part, "--cloud", str(path)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                rows.append(json.loads(done.stdout))
    return rows


def one_part(part: str, path) -> dict:
    """Measure this process at one part of the work."""
    import numpy as np

    watch = _Watch()
    values = np.load(path, mmap_mode="r")
    start = time.monotonic()
    result = {"intrinsic": _intrinsic, "counts": _counts}[part](values)
    watch.stop()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "part": part,
        "structures": values.shape[0],
        "columns": values.shape[1],
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "wall_s": round(time.monotonic() - start, 1),
        "memory_mib": round(watch.largest / 1024),
        "resident_mib": round(usage.ru_maxrss / 1024),
        "result": result,
    }


def _intrinsic(values) -> dict:
    """All our estimators with error bars from 20 half-sized subsets."""
    from crystalspan.dimension.estimators.estimate import ErrorSettings
    from crystalspan.dimension.estimators.intrinsic import IntrinsicSettings, intrinsic_dimension

    errors = ErrorSettings(subsets=20, share=0.5, seed=0, smallest_sample=30)
    settings = IntrinsicSettings(0.1, (1, 2, 4, 8, 16), (5, 10, 20), (20, 40), 0.05, 1e-4, 512, errors)
    return {
        f"{one.method} {one.neighbours}": [round(one.value, 3), round(one.standard_error, 3)]
        for one in intrinsic_dimension(values, settings)
    }


def _counts(values) -> dict:
    """All component criteria with intervals from 20 half-sized subsets, of a random sample where there are many."""
    import numpy as np

    from crystalspan.dimension.resampling import count_intervals
    from crystalspan.points.neighbours import principal_coordinates
    from crystalspan.spectra.components import CountSettings, ElbowSettings

    n, columns = values.shape
    rows = np.sort(np.random.default_rng(0).choice(n, min(n, LARGEST_SAMPLE), replace=False))
    settings = CountSettings((0.8, 0.9, 0.95), ElbowSettings(0.99, 1.0))
    found = count_intervals(principal_coordinates(values[rows]), columns, 0.5, 20, 0.95, 0, settings)
    return {
        f"{one.criterion} {one.threshold:g}": [round(one.components, 2), round(one.low, 1), round(one.high, 1)]
        for one in found
    }


class _Watch:
    """Watches the memory that a process holds for itself, file pages not counted (Linux)."""

    def __init__(self):
        self.largest, self._done = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        while not self._done.wait(0.02):
            with open("/proc/self/status") as stream:
                for line in stream:
                    if line.startswith("RssAnon"):
                        self.largest = max(self.largest, int(line.split()[1]))

    def stop(self):
        self._done.set()
        self._thread.join()


def main():
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest size only")
    parser.add_argument("--sizes", type=int, nargs="*")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--folder", help="where the clouds are written (30,000 structures: 2 GB)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--cloud", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        print(json.dumps(one_part(args.part, args.cloud)))
        return
    print("| structures | part | CPU, s | own memory, MiB | with file pages, MiB |\n|--:|:--|--:|--:|--:|")
    for row in measure(args.quick, args.sizes, args.parts, args.folder):
        print(
            f"| {row['structures']:,} | {row['part']} | {row['cpu_s']} | {row['memory_mib']:,} "
            f"| {row['resident_mib']:,} |",
            flush=True,
        )
        print(row["result"], file=sys.stderr)


if __name__ == "__main__":
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(_name, "1")
    main()
