"""Compile the kernels once, before many jobs that would each do so start side by side."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this stage."""
    parser.add_argument("--sampling", action="store_true", help="compile the sampler too")
    parser.add_argument("-o", "--output", type=Path, help="also write the note (JSON) of what was compiled where")
    add_settings(parser, "compile")


def run(args: argparse.Namespace) -> None:
    """Compile by describing, comparing (and sampling) crystals of a made-up molecule."""
    import json
    import time

    import llvmlite.binding
    import numba
    import numpy as np

    from crystalspan.descriptors.compute import describe_crystal
    from crystalspan.descriptors.parameters import symmetry_functions
    from crystalspan.provenance import versions, write_text

    cpu, folder = llvmlite.binding.get_host_cpu_name(), Path(numba.config.CACHE_DIR)
    done = folder / f"compiled-{cpu}{'-sampling' if args.sampling else ''}.json"
    if done.exists() and args.output is None:
        print(f"kernels were compiled before, in {folder}")
        return
    start = time.monotonic()
    settings = read_settings(args, "compile")["descriptor"]
    rotations, translations = np.eye(3, dtype=np.int8)[None], np.zeros((1, 3))
    cell = np.diag([6.0, 6.0, 6.0])
    atoms = np.array([[0.0, 0, 0], [0.1, 0.0, 0.1], [0.1, 0.1, 0.0]])
    numbers = np.array([6, 1, 1])
    describe_crystal(
        symmetry_functions(settings), [1, 6], cell, rotations, translations, atoms, numbers, np.zeros(3, dtype=int)
    )
    _compare(atoms, cell, numbers)
    if args.sampling:
        _sample(atoms @ cell)
    note = {
        "cpu": cpu,
        "folder": str(folder),
        "seconds": round(time.monotonic() - start, 1),
        "versions": versions(),
    }
    for path in filter(None, (done, args.output)):
        write_text(path, json.dumps(note, indent=1) + "\n")
    print(f"kernels compiled (or found) in {note['seconds']} s, in {note['folder']}")


def _compare(atoms, cell, numbers):
    """Compile what looks for duplicates; more than half a minute."""
    import numpy as np

    from crystalspan.crystallography.packings import lay_out
    from crystalspan.crystallography.repeats import confirmed

    alone = np.eye(3, dtype=np.int8)[None], np.zeros((1, 3))
    confirmed([-1.0, -1.0], [1.0, 1.0], lay_out([atoms] * 2, np.array([cell] * 2), [alone] * 2, numbers, atoms @ cell))


def _sample(positions):
    import numpy as np

    from crystalspan.crystallography.molecules import Molecule
    from crystalspan.parallel import world
    from crystalspan.sampling.packing import packing
    from crystalspan.sampling.sampler import sample_group
    from crystalspan.settings import with_defaults

    molecule = Molecule("probe", ("C", "H", "H"), positions, np.array([-0.2, 0.1, 0.1]))
    sample_group(packing(molecule, 2), 8, with_defaults({}, "sampling"), world(1))
