"""Run the benchmarks: ``python -m benchmarks.run [--quick | --long] [FAMILY ...]``; `make bench` calls it.

Every family runs in a process of its own, so that none is warmed or crowded by another and a crash ends only its own.
The lines of a family replace its old ones in results.json; the others stay. The quick run only prints its table.
"""

import argparse
import importlib
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from benchmarks import comparison, machine
from benchmarks.report import markdown, write_report

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
QUICK_RESULTS = FOLDER / ".data" / "quick.json"
# In the order of the data's way; the two that want idle cores come last.
FAMILIES = ("descriptors", "kernel", "reading", "sampler", "spectra", "pipeline", "ranks")
# One thread a process, for every program alike; they read it when they are loaded.
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON", "NUMEXPR", "BLIS")
} | {"TORCHANI_NO_WARN_EXTENSIONS": "1"}
# Seconds after which a family is given up.
SECONDS = {"quick": 1800, "usual": 3600, "long": 12 * 3600}


def main(arguments: list[str] | None = None):
    """Run the families that are asked for, and write or print their results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"some of {', '.join(FAMILIES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="the core ratios only, less than 5 minutes")
    parser.add_argument("--long", action="store_true", help="also what takes hours: 100,000 structures")
    parser.add_argument("--one", nargs=2, metavar=("FAMILY", "JSON"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    mode = "long" if options.long else "quick" if options.quick else "usual"
    if options.one:
        family, path = options.one
        Path(path).write_text(json.dumps(measured(family, mode)))
        return
    wrong = [family for family in options.families if family not in FAMILIES]
    if wrong:
        parser.error(f"no family {wrong[0]}; there are {', '.join(FAMILIES)}")
    path = QUICK_RESULTS if options.quick else RESULTS
    # Once: afterwards the load is our own.
    described = machine.describe()
    for family in options.families or FAMILIES:
        lines = _in_a_process(family, mode, described)
        results = with_family(json.loads(path.read_text()) if path.exists() else {}, family, lines)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(results, indent=1) + "\n")
    if options.quick:
        print(markdown(results))
    else:
        write_report(results, FOLDER)


def with_family(results: dict, family: str, lines: dict) -> dict:
    """Return the results with the lines of a family replaced or added, in the order of the families."""
    found = results.get("families", {}) | {family: lines}
    return {"families": {name: found[name] for name in FAMILIES if name in found}}


def _in_a_process(family: str, mode: str, described: dict) -> dict:
    """Run a family and return its record: mode, machine, seconds and lines."""
    print(f"{family} ({mode}) ...", flush=True)
    start = time.monotonic()
    environment = {**os.environ, **ONE_THREAD}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.json"
        command = [sys.executable, "-m", "benchmarks.run", "--one", family, str(path)]
        command += [] if mode == "usual" else [f"--{mode}"]
        try:
            subprocess.run(command, check=True, timeout=SECONDS[mode], cwd=FOLDER.parent, env=environment)
            lines = json.loads(path.read_text())
        except subprocess.TimeoutExpired:
            lines = [comparison.Comparison(family, skipped=f"given up after {SECONDS[mode]} s").record()]
        except subprocess.CalledProcessError as error:
            lines = [comparison.Comparison(family, skipped=f"its process ended with {error.returncode}").record()]
    for line in lines:
        _say(comparison.of_record(line))
    seconds = round(time.monotonic() - start, 1)
    return {"mode": mode, "seconds": seconds, "machine": described, "comparisons": lines}


def measured(family: str, mode: str) -> list[dict]:
    """Run a family in this process and return its lines."""
    try:
        module = importlib.import_module(f"benchmarks.{family}")
        options = {"quick": mode == "quick"}
        if "long" in inspect.signature(module.measure).parameters:
            options["long"] = mode == "long"
        found = comparison.lines(module.measure(**options))
    except Exception as error:  # the other families go on
        traceback.print_exc()
        found = [comparison.skipped(family, error)]
    return [line.record() for line in found]


def _say(line: comparison.Comparison):
    if line.skipped:
        print(f"  {line.name}: left out: {line.skipped}", flush=True)
        return
    target = "" if line.target is None else f" (target {line.target:g}: {'met' if line.met else 'missed'})"
    print(f"  {line.name}: {line.of_minima:.3g} {line.unit}, median {line.median:.3g}{target}", flush=True)


if __name__ == "__main__":
    main()
