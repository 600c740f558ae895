"""Principal components from descriptor files: time, memory and accuracy beside scikit-learn.

Every run is a process of its own that reads the same file; its CPU time runs from opening the file to the eigenvalues,
components and scores, its memory is the process's largest. The matrix is made of discrete cosines, so that all of its
singular values are known: nothing has to be believed.

``python -m benchmarks.spectra --huge`` runs 100,000 structures of 8,640 values alone and prints what it took.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

COMPONENTS = 50
SIZES = {"quick": (3000, 2000, 2), "usual": (6000, 4000, 2), "long": (20_000, 8640, 1)}
HUGE = (100_000, 8640)
MIB = 2**20
# Programs that find every eigenvalue, and those that find the leading ones.
ALL = ("scikit-learn PCA full", "scikit-learn PCA covariance_eigh")
LEADING = ("scikit-learn PCA randomized", "scikit-learn IncrementalPCA")
OURS, OURS_LEADING, WHOLE = "ours exact", "ours randomized", "ours with map"


def measure(quick: bool = False, long: bool = False) -> list:
    """Time ours and scikit-learn in turn on one file.

    Returns
    -------
    list of benchmarks.comparison.Comparison
        Ratios of CPU times, largest memories and largest relative errors of the eigenvalues.
    """
    if not long:
        return _compared(*SIZES["quick" if quick else "usual"], ALL)
    # At this size the full decomposition takes scikit-learn longer than all else together.
    return [*_compared(*SIZES["usual"], ALL), *_compared(*SIZES["long"], ALL[1:]), _huge_line()]


def _compared(n: int, d: int, rounds: int, finding_all) -> list:
    """Time ours beside programs that find every eigenvalue, and beside those that find the leading ones."""
    from benchmarks.comparison import Comparison

    runs, size = {}, f"{n:,} x {d:,}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "descriptors.h5"
        write_known(path, n, d)
        for _ in range(rounds):
            for program in (OURS, *finding_all, OURS_LEADING, *LEADING):
                runs.setdefault(program, []).append(in_a_process(program, path, n, d))
    sizes, lines = {"structures": n, "values": d, "components": COMPONENTS}, []
    for ours, others in ((OURS, finding_all), (OURS_LEADING, LEADING)):
        for other in others:
            seconds = {name: [run["seconds"] for run in runs[name]] for name in (ours, other)}
            lines.append(
                Comparison(
                    f"spectra / {size}, {other}",
                    values=[b / a for a, b in zip(seconds[ours], seconds[other], strict=True)],
                    ours=seconds[ours],
                    other=seconds[other],
                    per="spectrum",
                    sizes=sizes,
                    note=f"{_said(ours, runs)}; {_said(other, runs)}",
                )
            )
    memory = max(run["mib"] for run in runs[OURS])
    name = f"spectra / memory, {size}"
    return [*lines, Comparison(name, "MiB", [memory], 4096, at_most=True, sizes=sizes, note="ours exact")]


def _huge_line():
    """The case that the memory is bounded for; also in `huge`."""
    from benchmarks.comparison import Comparison
    from benchmarks.data import FOLDER

    FOLDER.mkdir(exist_ok=True)
    found = huge(FOLDER)
    note = (
        f"ours exact, with scores, loadings and the judged map: {found['seconds']:.0f} s CPU, {found['wall']:.0f} s; "
        f"relative error of the 1,000 largest eigenvalues {found['error_of_1000']:.1e}, of all above rounding "
        f"{found['error_of_all']:.1e}; {found['zeros']} below it (max(N, D) eps of the largest) are given as zero"
    )
    name = f"spectra / memory, {HUGE[0]:,} x {HUGE[1]:,} from a file of {found['file_mib']:,.0f} MiB"
    return Comparison(name, "MiB", [found["mib"]], 4096, at_most=True, note=note)


def _said(program, runs) -> str:
    error, bound, mib = (max(run[key] for run in runs[program]) for key in ("error", "bound", "mib"))
    seconds = min(run["seconds"] for run in runs[program])
    text = (
        f"{program}: {seconds:.1f} s, {mib:.0f} MiB, relative error of the {COMPONENTS} largest eigenvalues {error:.1e}"
    )
    return text + (f", stated {bound:.1e}" if bound else "")


def singular_values(d: int) -> np.ndarray:
    """The singular values of the matrix, (d,) float64: they fall as those of descriptors do, to 1e-6 of the first."""
    place = np.arange(1, d + 1)
    return 1e3 * place**-0.75 * 10 ** (-3.0 * place / d)


def write_known(path, n: int, d: int):
    """Write a descriptor file of n > d structures whose singular values are those of `singular_values`.

    Row i is the sum over k of s_k u_k(i) v_k, plus 1, with discrete cosines u_k (n values, mean 0) and v_k (d values),
    two orthonormal sets.
    """
    from scipy.fft import idct

    from crystalspan.descriptors.file import new_descriptor_file
    from crystalspan.descriptors.parameters import Columns

    text, zeros = np.full(d, "C", dtype=object), np.zeros(d)
    columns = Columns(np.zeros(d, dtype=np.int32), text, text, text, zeros, zeros)
    attributes = {"molecule": "cosines", "n_atoms": 1, "values_per_atom": d, "settings": {}}
    values, waves = singular_values(d), np.arange(1, d + 1)
    # Angles as whole numbers of pi / 2n: exact however large.
    table = np.cos(np.pi * np.arange(4 * n) / (2 * n)) * np.sqrt(2 / n)
    with new_descriptor_file(path, n, columns, [[0]], attributes) as writer:
        for start in range(0, n, 500):
            rows = np.arange(start, min(start + 500, n))
            angles = (2 * rows[:, None] + 1) * waves % (4 * n)
            block = idct(table[angles] * values, axis=1, norm="ortho") + 1.0
            records = {name: rows / n for name in ("relative_energy", "lattice_energy", "density")}
            records |= {"id": [f"cosines-{i}" for i in rows], "space_group": np.full(len(rows), 14)}
            writer.append(records, block)


def in_a_process(program: str, path, n: int, d: int) -> dict:
    """Run one program in a new process; return its CPU seconds, largest memory (MiB) and largest relative error."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    command = [sys.executable, __file__, "--one", program, str(path)]
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[1] / "workflow"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, **threads, "PYTHONPATH": paths}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = json.loads(done.stdout.splitlines()[-1])
    known = singular_values(d)[: len(found["eigenvalues"])] ** 2 / (n - 1)
    eigenvalues = np.array(found.pop("eigenvalues"))
    errors = np.abs(eigenvalues / known - 1)
    bounds, rounding = np.array(found.pop("bounds")), 1e-12 * known[0]
    inside = (known >= eigenvalues - rounding) & (known <= eigenvalues + bounds + rounding)
    found |= {"error": float(errors[:COMPONENTS].max()), "all_errors": errors.tolist()}
    return found | {"bounded": float(inside.mean()), "bound": float((bounds / known)[:COMPONENTS].max())}


def run(program: str, path) -> dict:
    """Run one program in this process."""
    programs = {
        OURS: lambda: _ours(path, "exact"),
        WHOLE: lambda: _ours(path, "exact", judge=True),
        OURS_LEADING: lambda: _ours(path, "randomized"),
        ALL[0]: lambda: _sklearn(path, svd_solver="full"),
        ALL[1]: lambda: _sklearn(path, svd_solver="covariance_eigh"),
        LEADING[0]: lambda: _sklearn(path, svd_solver="randomized", n_components=COMPONENTS, random_state=1),
        LEADING[1]: lambda: _incremental(path),
    }
    import h5py  # noqa: F401
    import sklearn.decomposition  # noqa: F401

    import crystalspan.spectra.pca  # noqa: F401

    start = time.process_time(), time.monotonic()
    eigenvalues, bounds = programs[program]()
    spent = {"seconds": time.process_time() - start[0], "wall": time.monotonic() - start[1]}
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return spent | {"mib": kib / 1024, "eigenvalues": list(eigenvalues), "bounds": list(bounds)}


def _ours(path, solver, judge: bool = False):
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.points.quality import map_quality
    from crystalspan.settings import with_defaults
    from crystalspan.spectra.pca import spectrum
    from crystalspan.spectra.rows import PreparedRows
    from crystalspan.spectra.settings import spectrum_settings

    settings = with_defaults({"spectra": {"solver": solver, "randomized_components": COMPONENTS}})
    joined, asked = JoinedDescriptors([path]), spectrum_settings(settings)
    found = spectrum(joined, asked)
    if judge:  # the others judge no map
        map_quality(PreparedRows(joined, asked), found.scores[:, :2], settings["maps"]["judged_neighbours"])
    return found.eigenvalues, found.eigenvalue_errors


def _sklearn(path, **options):
    import h5py
    from sklearn.decomposition import PCA

    with h5py.File(path) as file:
        values = file["descriptors"][...]
    model = PCA(**options)
    model.fit(values)
    model.transform(values)
    return model.explained_variance_, np.zeros(len(model.explained_variance_))


def _incremental(path):
    import h5py
    from sklearn.decomposition import IncrementalPCA

    model = IncrementalPCA(COMPONENTS)
    with h5py.File(path) as file:
        rows = file["descriptors"]
        spans = [(start, min(start + 1000, len(rows))) for start in range(0, len(rows), 1000)]
        for start, stop in spans:
            model.partial_fit(rows[start:stop])
        for start, stop in spans:
            model.transform(rows[start:stop])
    return model.explained_variance_, np.zeros(COMPONENTS)


def huge(folder) -> dict:
    """Run 100,000 x 8,640 once, the spectrum of the stage `pca` and the judging of its map; return what it took."""
    n, d = HUGE
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "descriptors.h5"
        write_known(path, n, d)
        size = path.stat().st_size / MIB
        found = in_a_process(WHOLE, path, n, d)
    errors = np.array(found.pop("all_errors"))
    zero = errors == 1.0
    found |= {"file_mib": size, "error_of_1000": errors[:1000].max(), "error_of_all": errors[~zero].max()}
    found["zeros"] = int(zero.sum())
    return found | {"median_error": statistics.median(errors)}


def main():
    """Run one program (for `in_a_process`), the huge case, or the comparison of one size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("PROGRAM", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--huge", action="store_true", help="100,000 x 8,640 alone; needs 7 GB of disk")
    parser.add_argument("--folder", help="where the file of --huge is written")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(run(*options.one)))
    elif options.huge:
        print(json.dumps(huge(options.folder), indent=1))


if __name__ == "__main__":
    main()
