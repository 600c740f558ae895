"""The command line: ``python -m crystalspan STAGE ...``, one module a stage."""

import argparse
import errno
import importlib
import os
import sys

# One thread a process unless the user says otherwise: ranks and jobs are the parallelism. The libraries
# read these variables when they are imported, so they are set before any of them is.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
# Locks hang or fail on NFS, GPFS and Lustre; every file has one writer, and appears by a rename.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

EXIT_BAD_INPUT = 2
EXIT_FAILED = 1


def main(arguments: list[str] | None = None) -> None:
    """Run one stage and end the process with its exit status.

    0: done. 1: something failed that is not the input's fault (a full disk, a bug). 2: the input or the
    command is wrong, and the message says what to do.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = _parser(arguments)
    options = parser.parse_args(arguments)
    if options.stage is None:
        parser.print_help()
        sys.exit(EXIT_BAD_INPUT)
    from crystalspan.errors import InputError

    try:
        options.run(options)
    except InputError as error:
        _end(f"crystalspan {options.stage}: {error}", EXIT_BAD_INPUT)
    except OSError as error:
        _end(f"crystalspan {options.stage}: {_explain(error)}", EXIT_FAILED)


def stage_names() -> dict[str, list[str]]:
    """Return the stages of each purpose; ``table`` and ``figure`` stand for all their kinds."""
    from crystalspan.stages import PURPOSES, STAGES

    names: dict[str, list[str]] = {purpose: [] for purpose in PURPOSES.values()}
    for name, stage in STAGES.items():
        first, listed = name.split()[0], names[PURPOSES[stage.purpose]]
        if first not in listed:
            listed.append(first)
    return names


def _explain(error: OSError) -> str:
    """Say what the system refused; HDF5 wraps a full disk in a page of text."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
        return "No space left on the disk (or in the quota)\n  remedy: free some and run again; no file is half-written"
    return str(error)


def _parser(arguments) -> argparse.ArgumentParser:
    """Build the parser; only the stage that is asked for is imported, since imports take seconds."""
    import crystalspan

    groups = stage_names()
    known = [name for names in groups.values() for name in names]
    asked = next((word for word in arguments if not word.startswith("-")), None)
    modules = {
        name: importlib.import_module(f"crystalspan.cli.{name}")
        for name in known
        if asked not in known or name == asked
    }
    parser = argparse.ArgumentParser(
        prog="crystalspan",
        description=crystalspan.__doc__,
        epilog=_overview(groups, modules),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=crystalspan.__version__)
    stages = parser.add_subparsers(
        dest="stage", metavar="STAGE", help="one of the stages below; STAGE --help says more"
    )
    for name, module in modules.items():
        stage = stages.add_parser(name, description=module.__doc__)
        module.add_arguments(stage)
        stage.set_defaults(run=module.run)
    return parser


def _overview(groups, modules) -> str:
    lines = []
    for purpose, names in groups.items():
        lines.append(f"{purpose}:")
        lines += [f"  {name:12}{modules[name].__doc__.strip().splitlines()[0]}" for name in names if name in modules]
    return "\n".join(lines)


def _end(message: str, status: int):
    """Print a message and end the process; under MPI, end all ranks."""
    print(message, file=sys.stderr, flush=True)
    mpi = sys.modules.get("mpi4py.MPI")
    if mpi is not None and mpi.Is_initialized() and mpi.COMM_WORLD.size > 1:
        mpi.COMM_WORLD.Abort(status)
    sys.exit(status)
