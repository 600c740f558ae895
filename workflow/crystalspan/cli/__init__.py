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

# In the order of the data's way through them.
STAGES = (
    "compile",
    "sample",
    "cluster",
    "landscape",
    "featurize",
    "pca",
    "dof",
    "jacobian",
    "dimension",
    "maps",
    "scan",
    "compare",
    "tables",
    "dimensiontables",
    "maptable",
    "scantables",
    "figures",
    "runtimes",
    "summary",
)

EXIT_BAD_INPUT = 2
EXIT_FAILED = 1


def main(arguments: list[str] | None = None):
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


def _explain(error: OSError) -> str:
    """Say what the system refused; HDF5 wraps a full disk in a page of text."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
        return "No space left on the disk (or in the quota)\n  remedy: free some and run the same command again; nothing half-written is left"
    return str(error)


def _parser(arguments) -> argparse.ArgumentParser:
    """Build the parser; only the stage that is asked for is imported, since imports take seconds."""
    import crystalspan

    parser = argparse.ArgumentParser(prog="crystalspan", description=crystalspan.__doc__)
    parser.add_argument("--version", action="version", version=crystalspan.__version__)
    stages = parser.add_subparsers(dest="stage", metavar="STAGE", title="stages")
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name in STAGES if asked not in STAGES else (asked,):
        module = importlib.import_module(f"crystalspan.cli.{name}")
        stage = stages.add_parser(
            name,
            help=module.__doc__.strip().splitlines()[0],
            description=module.__doc__,
            fromfile_prefix_chars="@",  # @FILE stands for the lines of a file, where a command line would be too long
        )
        module.add_arguments(stage)
        stage.set_defaults(run=module.run)
    return parser


def _end(message: str, status: int):
    """Print a message and end the process; under MPI, end all ranks."""
    print(message, file=sys.stderr, flush=True)
    mpi = sys.modules.get("mpi4py.MPI")
    if mpi is not None and mpi.Is_initialized() and mpi.COMM_WORLD.size > 1:
        mpi.COMM_WORLD.Abort(status)
    sys.exit(status)
