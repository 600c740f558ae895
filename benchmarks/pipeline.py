"""From CSP output to tables and a judged map, with each stage's share, beside the pipeline that one would write today.

Every stage of ours is a process of its own, as in a study, and its start-up counts.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.comparison import Comparison, skipped
from benchmarks.data import MOLECULE, crystalspan, written

TARGET = 30.0
# Structures that the other pipeline reads and describes; beyond them its times are scaled up.
MEASURED = {"csp-9.3": 12, "ani-1x": 1000}


def measure(quick: bool = False, long: bool = False) -> list[Comparison]:
    """Measure both presets at 1,000 structures, then larger numbers."""
    sizes = [("csp-9.3", 1000)]
    if not quick:
        sizes += [("ani-1x", 1000), ("ani-1x", 10_000)]
    if long:
        # csp-9.3 of 100,000 would take an hour: its spectrum is the large one of `spectra`, the rest grows linearly.
        sizes += [("csp-9.3", 10_000), ("ani-1x", 100_000)]
    found = []
    for preset, n in sizes:
        name = f"pipeline / {preset}, {n:,} structures"
        try:
            found.append(_compared(name, preset, n, rounds=2 if n <= 1000 and not quick else 1))
        except Exception as error:
            found.append(skipped(name, error, TARGET))
    return found


def _compared(name, preset, n, rounds) -> Comparison:
    source = written(n, "zip")
    ours, other = [], []
    for _ in range(rounds):
        ours.append(_ours(source, preset))
        other.append(_other(source, preset, n))
    totals = [(sum(a.values()), sum(b.values())) for a, b in zip(ours, other, strict=True)]
    measured = min(n, MEASURED[preset])
    scaled = "" if measured == n else f"; the other reads and describes {measured} structures, scaled to all"
    return Comparison(
        name,
        values=[b / a for a, b in totals],
        target=TARGET,
        ours=[a for a, _ in totals],
        other=[b for _, b in totals],
        per="run",
        sizes={
            "structures": n,
            "stages, ours, s": {key: round(value, 2) for key, value in ours[0].items()},
            "stages, other, s": {key: round(value, 2) for key, value in other[0].items()},
        },
        note=f"other: chmpy, DScribe ACSF of like size, scikit-learn PCA{scaled}",
    )


def _ours(source: Path, preset: str) -> dict[str, float]:
    """Run the stages and return the CPU seconds of each."""
    with tempfile.TemporaryDirectory(dir=source.parent) as name:
        folder = Path(name)
        parts = ("landscape", "descriptors", "spectra", "components")
        landscape, descriptors, spectra, components = (folder / f"{part}.h5" for part in parts)
        settings = ["--preset", preset, "--neighbours", "all"]
        return {
            "landscape": _spent(
                "landscape", source, "--molecule", "anti-BDT", "--reference", MOLECULE, "-o", landscape
            ),
            "featurize": _spent("featurize", landscape, *settings, "-o", descriptors),
            "pca": _spent("pca", descriptors, "--space-group", "all", "-o", spectra),
            "components": _spent("components", spectra, "-o", components),
            "quality": _spent("quality", descriptors, spectra, "-o", folder / "quality.h5"),
            "tables": _spent("table", "spectra", spectra, components, "-o", folder / "tables"),
        }


def _spent(*arguments) -> float:
    before = _of_children()
    crystalspan(*arguments)
    return _of_children() - before


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _other(source: Path, preset: str, n: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.todays_pipeline", str(source), str(n)]
    command += [str(min(n, MEASURED[preset])), preset]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
