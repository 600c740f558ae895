"""Find crystals that share much of their packing, and say whether descriptor, components and maps keep them near."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, add_space_groups, populations, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(
        parser, "inputs", "landscape.h5, all descriptors.h5 files, maps.h5 and latent.h5 (if any) of one molecule", "+"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of similarities to write (HDF5)")
    parser.add_argument("--window", required=True, metavar="LOWER-UPPER", help="energy window in kJ/mol, such as 0-20")
    add_space_groups(parser, "which sets are looked at, one by one; default: all", combined=True, default=["all"])
    add_settings(parser, "similarity")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.errors import InputError
    from crystalspan.landscape.file import read_landscape
    from crystalspan.latent.file import read_codes
    from crystalspan.maps.file import read_maps
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.points.settings import preparation
    from crystalspan.provenance import provenance
    from crystalspan.similarity.file import write_similarities
    from crystalspan.similarity.kept import SimilaritySettings, kept_similarities
    from crystalspan.stages import deciding
    from crystalspan.storage import by_stage

    settings, paths = read_settings(args, "similarity"), read_inputs(args)
    files = by_stage(paths, "landscape", "featurize", "maps", "latent")
    if len(files["landscape"]) != 1:
        raise InputError(
            f"{len(files['landscape'])} landscape files are given, not one", remedy="give that of the molecule"
        )
    landscape = read_landscape(files["landscape"][0])
    joined = JoinedDescriptors(files["featurize"])
    record = provenance("similarity", deciding(settings, "similarity"), paths)
    found = kept_similarities(
        landscape,
        joined,
        read_maps(files["maps"]),
        populations(args.space_group),
        args.window,
        preparation(settings),
        SimilaritySettings.of(settings),
        read_codes(files["latent"]),
    )
    motifs = _motifs(landscape, joined.select(window=args.window), files["landscape"][0])
    record |= {"descriptor_settings": joined.settings}
    write_similarities(args.output, landscape.name, motifs, map(_said, found), record)


def _motifs(landscape, chosen, path) -> list:
    from crystalspan.errors import InputError
    from crystalspan.similarity.file import CrystalMotif
    from crystalspan.similarity.motif import motifs

    row = {name: place for place, name in enumerate(landscape.id.tolist())}
    absent = [name for name in chosen.id.tolist() if name not in row]
    if absent:
        raise InputError(
            "the landscape does not hold a structure of the descriptors",
            file=path,
            record=absent[0],
            remedy="give the landscape that the descriptors were made of",
        )
    found = motifs(landscape, [row[name] for name in chosen.id.tolist()])
    told = zip(chosen.id.tolist(), chosen.relative_energy.tolist(), found, strict=True)
    return [
        CrystalMotif(name, energy, one.name, one.stacking_distance, one.slip, one.tilt) for name, energy, one in told
    ]


def _said(population):
    """Say what was found of a set of structures, and hand it on."""
    about = f"{population.molecule} {population.space_group} {population.window}"
    print(
        f"{about}: {len(population.id)} structures, {population.n_queries} queries, {len(population.relatives)} pairs"
    )
    for one in population.recalls:
        share = f"{one.recall:.2f} ({one.low:.2f} to {one.high:.2f}; by chance {one.random:.3f})"
        of = f"those sharing {one.at_least} of {population.molecules}"
        print(f"  {one.measure}: {share} of {of} ({one.relatives} of {one.queries} queries, {one.flag})")
    return population
