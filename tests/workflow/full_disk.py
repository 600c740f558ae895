"""Run every stage on file systems of several sizes, and say what became of each run (a line of JSON each).

    unshare --mount python tests/workflow/full_disk.py FOLDER MOLECULE.json

Mounts small file systems (tmpfs), so it needs a mount namespace in which it may. Each run is a forked process, which
has all libraries already and ends as every Python process ends.
"""

import hashlib
import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import crystalspan
from crystalspan import cli

ROOM = 64 * 2**20
SHARES = (0.15, 0.5, 0.9)
PAGE = 4096
# Networks of seconds.
LATENT = {
    "latent": {
        "space_groups": [2],
        "seeds": 1,
        "widths": [2],
        "training": {"hidden": 12, "epochs": 3},
        "basins": {"crystals": 60, "narrower": 1, "wider": 1},
        "generation": {"crystals": 4, "fewest": 4, "window": 100},
        "landscape": {"methods": ["pca", "autoencoder"], "widths": [2], "displaced": 30},
    }
}


# long: a line a stage.
def commands(before: Path, out: Path, molecule: Path) -> dict[str, list]:
    """Return the command of each stage, in their order: inputs from `before`, output to `out`."""
    window = ["--window", "0-100"]
    shells = [before / "featurize" / "descriptors.h5"]
    landscape = before / "landscape" / "landscape.h5"
    small = json.dumps({"dimension": {"error_bars": {"subsets": 4}}})
    variants = json.dumps({"descriptor_scan": [{"name": "ani-1x", "descriptor": {"preset": "ani-1x"}}]})
    networks = json.dumps(LATENT)
    figures = [out / "figures" / f"{name}.png" for name in ("landscape", "spectra", "shares")]
    spectra = before / "pca" / "spectra.h5"
    counts = before / "components" / "components.h5"
    maps = before / "maps" / "maps.h5"
    compared = before / "compare" / "comparison.h5"
    measured = [before / "dimension" / "dimension.h5", before / "jacobian" / "jacobian.h5"]
    return {
        "sample": [molecule, "--name", "toy", "--space-group", 2, "--seeds", 30, "-o", out / "sample.db"],
        "unique": [before / "sample" / "sample.db", "-o", out / "sampled.db"],
        "completeness": [before / "unique" / "sampled.db", "-o", out / "completeness.h5"],
        "landscape": [
            *(before / "unique" / "sampled.db", "--molecule", "toy", "--slices", 2, 14),
            *("-o", out / "landscape.h5"),
        ],
        "featurize": [landscape, "--preset", "ani-1x", "-o", out / "descriptors.h5"],
        "pca": [*shells, *window, "-o", out / "spectra.h5"],
        "components": [spectra, "-o", out / "components.h5"],
        "quality": [*shells, spectra, "-o", out / "quality.h5"],
        "jacobian": [landscape, *window, "--structures", 3, "-o", out / "jacobian.h5"],
        "dimension": [*shells, "--landscape", landscape, *window, "--settings", small, "-o", out / "dimension.h5"],
        "maps": [*shells, *window, "-o", out / "maps.h5"],
        "match": [landscape, before / "unique" / "sampled.db", "-o", out / "known_forms.h5"],
        "latent": [*shells, "--landscape", landscape, *window, "--settings", networks, "-o", out / "latent.h5"],
        "generate": [
            *(landscape, "--molecule", molecule, *window, "--settings", networks, "-o", out / "generation.h5")
        ],
        "similarity": [landscape, *shells, maps, *window, "-o", out / "similarity.h5"],
        "scan": [landscape, *window, "--settings", variants, "-o", out / "scan.h5"],
        "compare": [*shells, "--molecule", "anti-BDT", "-o", out / "comparison.h5"],
        "viewer": [landscape, spectra, maps, *window, "-o", out / "explore.html"],
        "export": [landscape, "--descriptors", *shells, "--spectra", spectra, "-o", out / "export"],
        "table spectra": [spectra, counts, "-o", out],
        "table comparison": [compared, spectra, "-o", out / "comparison.csv", out / "comparison.md"],
        "table dimension": [*measured, "-o", out],
        "table maps": [maps, "-o", out / "maps.csv"],
        "table latent": [before / "latent" / "latent.h5", "-o", out],
        "table generation": [before / "generate" / "generation.h5", "-o", out / "generation.csv"],
        "table completeness": [before / "completeness" / "completeness.h5", "-o", out / "completeness.csv"],
        "table known-forms": [before / "match" / "known_forms.h5", "-o", out / "known_forms.csv"],
        "table similarity": [before / "similarity" / "similarity.h5", "-o", out],
        "table scan": [before / "scan" / "scan.h5", "-o", out],
        "figure landscape": [landscape, "-o", out / "landscape.png", out / "landscape.svg"],
        "figure molecule": [landscape, spectra, counts, before / "quality" / "quality.h5", "-o", *figures],
    }


def run(words: list, log: Path) -> int:
    """Run a stage in a forked process; return its exit status, negative for a signal."""
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(stream, 1)
        os.dup2(stream, 2)
        cli.main([str(word) for word in words])
        sys.exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def digests(folder: Path) -> dict[str, str]:
    """Return each file below a folder with the digest of its content."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def mount(folder: Path, size: int, *options: str):
    """Mount a file system of a size, or give it another one."""
    words = ["mount", "-t", "tmpfs", "-o", ",".join([*options, f"size={size}"]), "tmpfs", str(folder)]
    subprocess.run(words, check=True, capture_output=True)


def try_stage(name: str, words: list, out: Path, whole: Path, log: Path) -> dict:
    """Run a stage with room for all, keep what it wrote, and run it with less room, and again with all."""
    mount(out, ROOM)
    free = os.statvfs(out).f_bfree
    status = run([*name.split(), *words], log)
    used = (free - os.statvfs(out).f_bfree) * os.statvfs(out).f_frsize
    shutil.copytree(out, whole)
    subprocess.run(["umount", str(out)], check=True)
    result = {
        "stage": name,
        "status": status,
        "log": log.read_text(),
        "whole": digests(whole),
        "used": used,
        "runs": [],
    }
    for size in sorted({max(int(used * share) // PAGE, 1) * PAGE for share in SHARES}):
        mount(out, size)
        status, text = run([*name.split(), *words], log), log.read_text()
        left = digests(out)
        mount(out, ROOM, "remount")
        again = run([*name.split(), *words], log)
        result["runs"].append(
            {"size": size, "status": status, "log": text, "left": left, "again": again, "then": digests(out)}
        )
        subprocess.run(["umount", str(out)], check=True)
    return result


def main(folder: Path, molecule: Path):
    """Try every stage."""
    for module in pkgutil.walk_packages(crystalspan.__path__, "crystalspan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    out, log = folder / "out", folder / "log"
    out.mkdir()
    for name, words in commands(folder / "whole", out, molecule).items():
        print(json.dumps(try_stage(name, words, out, folder / "whole" / name.replace(" ", "-"), log)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
