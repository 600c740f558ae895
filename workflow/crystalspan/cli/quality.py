"""Judge the maps of the two leading principal components: what each keeps of the neighbours of its structures."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, add_space_groups, populations, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "inputs", "all descriptors.h5 and spectra.h5 files of one molecule", "+")
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of the maps' quality to write (HDF5)")
    add_space_groups(parser, "whose maps are judged; default: those of the spectra", combined=True)
    add_settings(parser, "quality")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.maps.leading import leading_maps, write_leading_maps
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.points.settings import preparation
    from crystalspan.provenance import provenance
    from crystalspan.spectra.file import read_spectra
    from crystalspan.stages import deciding
    from crystalspan.storage import by_stage

    settings, paths = read_settings(args, "quality"), read_inputs(args)
    files = by_stage(paths, "featurize", "pca")
    asked = None if args.space_group is None else {label for label, _ in populations(args.space_group)}
    spectra = [one for one in read_spectra(files["pca"]) if asked is None or one.space_group in asked]
    joined = JoinedDescriptors(files["featurize"])
    found = list(leading_maps(joined, spectra, preparation(settings), settings["maps"]["judged_neighbours"]))
    record = provenance("quality", deciding(settings, "quality"), paths)
    write_leading_maps(args.output, found, record)
    print(f"{args.output}: {len(found)} maps")
