"""Make crystals of a rigid molecule in one space group: trials, quasi-random or guided by what was found, minimised."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this stage."""
    parser.add_argument(
        "molecule",
        type=Path,
        metavar="MOLECULE.json",
        help="rigid molecule: name, symbols, positions (angstrom), charges (e)",
    )
    parser.add_argument("--space-group", required=True, metavar="GROUP", help="number or symbol, such as 14 or P21/c")
    parser.add_argument("-o", "--output", required=True, type=Path, help="database (mol-CSPy layout) to write")
    parser.add_argument("--name", help="name of the molecule in ids (default: that of the molecule file)")
    parser.add_argument(
        "--res",
        type=Path,
        metavar="ZIP|FOLDER",
        help="also write the crystals as .res files, into a zip or folder",
    )
    add_settings(parser, "sample")
    add_ranks(parser)


def run(args: argparse.Namespace) -> None:
    """Sample, write, and say what came of the trials."""
    from crystalspan.crystallography.molecules import read_molecule
    from crystalspan.crystallography.space_groups import number_from_symbol, symbol
    from crystalspan.latent.guided import GuidedSettings, sample_guided
    from crystalspan.parallel import world
    from crystalspan.progress import Progress
    from crystalspan.sampling.database import GUIDED
    from crystalspan.sampling.packing import packing
    from crystalspan.sampling.sampler import sample_group

    settings = read_settings(args, "sample")["sampling"]
    communicator = world(args.ranks)
    molecule = read_molecule(args.molecule)
    prepared = packing(molecule, number_from_symbol(args.space_group))
    progress = Progress(f"{molecule.name} {symbol(prepared.group)}", "trials")
    if settings["search"] == GUIDED:
        guided = GuidedSettings(**settings["guided"])
        trials = sample_guided(prepared, settings["seeds"], settings, guided, communicator, progress)
    else:
        trials = sample_group(prepared, settings["seeds"], settings, communicator, progress)
    if trials is not None:
        _write(args, settings, prepared, trials)


def _write(args, settings, prepared, trials):
    from crystalspan.formats.res_writer import write_res_files
    from crystalspan.provenance import provenance
    from crystalspan.sampling.database import rows_of, write_database
    from crystalspan.sampling.trials import summary

    crystals, records = rows_of(prepared, trials, args.name or prepared.molecule.name)
    record = provenance("sample", {"sampling": settings, "space_group": prepared.group}, [args.molecule])
    if args.res is not None:
        write_res_files(args.res, {row.id: row.text for row in crystals})
    write_database(args.output, crystals, records, [], record)
    print(summary(prepared, trials))
