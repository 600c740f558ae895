"""The stage similarity: relatives, who keeps them near, motifs; its file, tables, words and figures."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from crystalspan import cli
from crystalspan.crystallography.overlay import overlays
from crystalspan.errors import InputError
from crystalspan.landscape.file import write_landscape
from crystalspan.latent.codes import CodedStructures, Codes
from crystalspan.latent.file import write_latent
from crystalspan.latent.molecule import MoleculeLatent
from crystalspan.maps.file import read_maps
from crystalspan.provenance import provenance
from crystalspan.settings import with_defaults
from crystalspan.similarity.distances import average_minimum_distances, distance_distribution, distribution_distance
from crystalspan.similarity.figure import draw_motifs, draw_similarity
from crystalspan.similarity.file import read_similarities, write_similarities
from crystalspan.similarity.kept import KeptSimilarity, RelativePair, SimilaritySettings, _transported
from crystalspan.similarity.motif import motifs
from crystalspan.similarity.packings import packings
from crystalspan.similarity.relatives import Shared, recall_of_coordinates, recall_of_distances
from crystalspan.similarity.table import motifs_table, similarity_sentences
from descriptor_files import write_descriptors

GENERATOR = np.random.default_rng(7)
VALUES = GENERATOR.normal(size=(18, 12))
CODES = GENERATOR.normal(size=(18, 5))


@pytest.fixture(scope="module")
def files(tmp_path_factory, oracle):
    folder = tmp_path_factory.mktemp("similarity")
    landscape = folder / "landscape.h5"
    write_landscape(landscape, oracle)
    descriptors = []
    for group in np.unique(oracle.space_group):
        rows = np.flatnonzero(oracle.space_group == group)
        path = folder / f"{group}.h5"
        energies, ids = oracle.relative_energy[rows], oracle.id[rows].tolist()
        descriptors.append(
            write_descriptors(path, VALUES[rows], energies, space_group=int(group), ids=ids, molecule="test")
        )
    groups = [str(np.bincount(oracle.space_group).argmax()), "all"]
    asked = ["--window", "0-100", "--space-group", *groups]
    run("maps", *descriptors, *asked, "-o", folder / "maps.h5")
    # Latent coordinates of the structures in another order; those of two are a map already.
    order = np.random.default_rng(8).permutation(18)
    codes = [Codes(name, CODES[order][:, :k], {}) for name, k in (("pca", 5), ("autoencoder", 2), ("autoencoder", 5))]
    coded = CodedStructures("test", "all", "0-100", oracle.id[order], oracle.relative_energy[order], "", codes)
    write_latent(folder / "latent.h5", MoleculeLatent("test", [], [], [coded]), provenance("latent", {}))
    made = folder / "maps.h5", folder / "latent.h5"
    run("similarity", landscape, *descriptors, *made, *asked, "-o", folder / "similarity.h5")
    return folder


def run(*arguments):
    cli.main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def found(files):
    return read_similarities([files / "similarity.h5"])[0]


def brute_shared(oracle):
    crystals = packings(oracle)
    matched = np.array([overlays(crystals, i, crystals).matched for i in range(len(oracle))])
    return Shared(np.arange(len(oracle)), matched.astype(np.uint8), 15)


def test_relatives_are_those_that_overlays_say(found, oracle):
    everything = found.populations[-1]
    assert everything.id.tolist() == oracle.id.tolist()
    assert (everything.n_queries, everything.n_structures, everything.molecules) == (18, 18, 15)
    matched = brute_shared(oracle).matched
    expected = {(i, j): matched[i, j] for i in range(18) for j in range(18) if i != j and matched[i, j] >= 8}
    assert len(expected) > 5
    assert {(one.query, one.other): one.matched for one in everything.relatives} == expected


def test_every_measure_has_the_recall_of_its_own_distances(found, oracle, files):
    """Against the library's functions called one by one, PDD with every pair's earth mover's distance."""
    shared = brute_shared(oracle)
    told = {(one.measure, one.at_least): one for one in found.populations[-1].recalls}
    centred = VALUES - VALUES.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    distributions = [distance_distribution(oracle, row) for row in range(18)]
    emd = np.array([[distribution_distance(a, b) for b in distributions] for a in distributions])
    amd = average_minimum_distances(oracle)
    largest = np.abs(amd[:, None] - amd).max(axis=-1)
    maps = {made.method: made.coordinates for made in read_maps([files / "maps.h5"])[-1].maps}
    assert len(maps) > 2
    expected = {
        **{name: recall_of_coordinates(places, shared) for name, places in maps.items() if places.shape[1]},
        "descriptor": recall_of_coordinates(VALUES, shared),
        "2 components": recall_of_coordinates(centred @ axes[:2].T, shared),
        "10 components": recall_of_coordinates(centred @ axes[:10].T, shared),
        "autoencoder, 5 coordinates": recall_of_coordinates(CODES, shared),
        "AMD": recall_of_distances(largest, shared),
        "PDD": recall_of_distances(emd, shared),
    }
    # The map by PCA is that of two components.
    for one, other in zip(expected.pop("pca"), expected["2 components"], strict=True):
        assert one.recall == pytest.approx(other.recall)
    assert {measure for measure, _ in told} == {*expected, *maps, "powder"} - {"pca"}
    assert {one.flag for (name, _), one in told.items() if name in maps and name not in expected} <= {"no map"}
    for measure, recalls in expected.items():
        for one in recalls:
            for name in ("recall", "low", "high", "random", "relatives", "queries", "nearest"):
                value = getattr(told[measure, one.at_least], name)
                assert value == pytest.approx(getattr(one, name), nan_ok=True), (measure, name)
    assert told["descriptor", 8].dimensions == 12
    assert told["autoencoder, 5 coordinates", 8].dimensions == 5
    assert (told["PDD", 8].dimensions, told["PDD", 8].kind) == (0, "PDD")


def test_the_nearest_by_transport_are_exact_though_few_are_computed(oracle):
    distributions = [distance_distribution(oracle, row, 40) for row in range(18)]
    means = np.array([one.mean(axis=0) for one in distributions])
    apart = np.abs(means[:, None] - means).max(axis=-1)
    whole = np.array([[distribution_distance(a, b) for b in distributions] for a in distributions])
    assert (whole >= apart - 1e-12).all()
    found = _transported(apart, distributions, np.arange(18), 3)
    for row in range(18):
        nearest = np.sort(whole[row])[3]
        kept = np.isfinite(found[row])
        np.testing.assert_array_equal(found[row][kept], whole[row][kept])
        assert (whole[row][~kept] >= nearest).all()
    assert not np.isfinite(found).all()


def test_sets_of_one_structure_and_without_maps_are_told(files, oracle, tmp_path, capsys):
    landscape = files / "landscape.h5"
    lonely = next(group for group in np.unique(oracle.space_group) if (oracle.space_group == group).sum() == 1)
    inputs = sorted(path for path in files.glob("*.h5") if path.stem.isdigit())
    run("similarity", landscape, *inputs, "--window", "0-100", "--space-group", lonely, "all", "-o", tmp_path / "s.h5")
    (found,) = read_similarities([tmp_path / "s.h5"])
    assert (found.populations[0].recalls, found.populations[0].relatives) == ([], [])
    assert {one.kind for one in found.populations[1].recalls} == {"descriptor", "components", "powder", "AMD", "PDD"}
    assert len(similarity_sentences([found])) == 1
    assert len(draw_similarity(found).axes) == 1
    assert "no maps" in draw_motifs(found, [], 100).axes[0].texts[0].get_text()
    alone = dataclasses.replace(found, populations=found.populations[:1])
    assert "fewer than two" in draw_similarity(alone).axes[0].texts[0].get_text()
    assert similarity_sentences([alone]) == []


def test_a_map_of_other_structures_has_no_recall(files, oracle, tmp_path):
    """Maps of some space groups do not hold all structures."""
    inputs = sorted(path for path in files.glob("*.h5") if path.stem.isdigit())
    run("maps", *inputs[: len(inputs) // 2], "--window", "0-100", "-o", tmp_path / "half.h5")
    run(
        "similarity",
        files / "landscape.h5",
        *inputs,
        tmp_path / "half.h5",
        "--window",
        "0-100",
        "-o",
        tmp_path / "s.h5",
    )
    (found,) = read_similarities([tmp_path / "s.h5"])
    maps = [one for one in found.populations[0].recalls if one.kind == "map"]
    assert maps
    assert {(one.flag, np.isnan(one.recall)) for one in maps} == {("no map", True)}
    assert draw_similarity(found).axes


def test_queries_and_samples_bound_the_work(files, tmp_path):
    inputs = sorted(path for path in files.glob("*.h5") if path.stem.isdigit())
    asked = ["--window", "0-100", "--queries", 3, "--at-least", 5, "--components", 4, "-o", tmp_path / "s.h5"]
    run("similarity", files / "landscape.h5", *inputs, *asked)
    (one,) = read_similarities([tmp_path / "s.h5"])[0].populations
    assert one.n_queries == 3
    assert {pair.query for pair in one.relatives} <= {0, 1, 2}
    assert {row.at_least for row in one.recalls} == {5}
    assert {row.measure for row in one.recalls} == {"descriptor", "4 components", "powder", "AMD", "PDD"}
    settings = SimilaritySettings.of(with_defaults({}))
    assert settings.queries * settings.largest <= 400_000


def test_motifs_are_those_of_the_crystals(found, oracle):
    expected = motifs(oracle)
    assert [one.id for one in found.motifs] == oracle.id.tolist()
    assert [one.motif for one in found.motifs] == [one.name for one in expected]
    np.testing.assert_array_equal([one.tilt for one in found.motifs], [one.tilt for one in expected])
    assert found.motif_status == "experimental"
    table = motifs_table([found])
    assert table.structures.sum() == 18
    assert table.share.sum() == pytest.approx(1, abs=1e-3)
    assert table.lowest_relative_energy.min() == 0


def test_a_landscape_of_other_crystals_is_refused(files, oracle, tmp_path):
    write_landscape(tmp_path / "l.h5", oracle.subset(np.arange(9)))
    inputs = sorted(path for path in files.glob("*.h5") if path.stem.isdigit())
    with pytest.raises(SystemExit):
        run("similarity", tmp_path / "l.h5", *inputs, "--window", "0-100", "-o", tmp_path / "s.h5")
    assert not (tmp_path / "s.h5").exists()


def test_tables_figures_and_words(files, found, tmp_path):
    run("table", "similarity", files / "similarity.h5", "-o", tmp_path)
    frame = pd.read_csv(tmp_path / "similarity.csv")
    assert set(frame.space_group.astype(str)) == {one.space_group for one in found.populations}
    assert len(frame) == sum(len(one.recalls) for one in found.populations)
    assert "Isomap (map)" in set(frame.measure)
    assert frame[frame.measure == "PDD"].dimensions.isna().all()
    assert (tmp_path / "similarity.md").exists()
    assert (tmp_path / "motifs.csv").exists()
    run("figure", "similarity", files / "similarity.h5", "-o", tmp_path / "s.png")
    run("figure", "motifs", files / "similarity.h5", files / "maps.h5", "-o", tmp_path / "m.png")
    (sentence,) = similarity_sentences([found])
    assert "share 12 of 15" in sentence
    enough = dataclasses.replace(
        found.populations[-1],
        recalls=[dataclasses.replace(one, flag="valid") for one in found.populations[-1].recalls],
    )
    (sentence,) = similarity_sentences([dataclasses.replace(found, populations=[enough])])
    best = max((one for one in enough.recalls if one.at_least == 12), key=lambda one: one.recall)
    assert f"{best.recall:.0%}" in sentence
    assert "by chance" in sentence


def test_maps_of_another_molecule_are_refused(found, files):
    (one, *_) = read_maps([files / "maps.h5"])
    with pytest.raises(InputError, match="maps of other"):
        draw_motifs(found, [dataclasses.replace(one, molecule="other")], 100)


def test_relatives_beyond_the_crystals_are_refused(tmp_path):
    one = KeptSimilarity("t", "all", "0-1", 2, np.array(["a", "b"]), np.zeros(2), 1, 15, [RelativePair(0, 2, 9)], [])
    write_similarities(tmp_path / "s.h5", "t", [], [one], {"settings": {}, "versions": {}, "inputs": {}})
    with pytest.raises(InputError, match="none of its 2 crystals"):
        read_similarities([tmp_path / "s.h5"])
