"""The scan: the same as describing and analysing by hand, whatever is shared and however many ranks there are."""

from dataclasses import replace

import numpy as np
import pytest

from crystalspan.descriptors.featurize import featurize
from crystalspan.descriptors.soap import soap_library
from crystalspan.dimension.analysis import analyse, dimension_settings
from crystalspan.errors import InputError
from crystalspan.landscape.file import Selection, write_landscape
from crystalspan.parallel import Outcome, world
from crystalspan.points.cloud import prepared_points
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.scan import scan as descriptor_scan
from crystalspan.scan.file import DescriptorScan, read_scan, write_scan
from crystalspan.scan.scan import described, scan_descriptors, used_columns
from crystalspan.scan.variants import resolved_variants
from crystalspan.settings import with_defaults
from random_crystals import random_landscape

GROUPS = (14, 2)
SMALL = {"preset": "ani-1x", "radial_cutoff": 4.0}
DIMENSION = {
    "error_bars": {"subsets": 3},
    "smallest_sample": 10,
    "mle": {"neighbours": [3]},
    "local_pca": {"neighbours": [3]},
    "gride": {"orders": [1]},
}


def resolved(*scan):
    """The variants and the settings of the analysis."""
    settings = with_defaults({"descriptor": SMALL, "dimension": DIMENSION, "descriptor_scan": list(scan)})
    variants, _ = resolved_variants(settings)
    return variants, dimension_settings(settings)


def scan(path, *variants, groups=GROUPS, window="0-100", communicator=None):
    found, analysis = resolved(*variants)
    return scan_descriptors(communicator or world(1), path, list(groups), window, found, analysis)


def same(one, other):
    """Whether two sets hold the same numbers, bit for bit (an absent one is equal to itself)."""
    return repr(replace(one, variant="")) == repr(replace(other, variant=""))


@pytest.fixture(scope="module")
def landscape():
    return random_landscape(GROUPS, per_group=14, n_atoms=4)


@pytest.fixture(scope="module")
def path(landscape, tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "landscape.h5"
    write_landscape(path, landscape)
    return path


def test_a_scan_is_featurize_and_analyse_by_hand(path, tmp_path):
    variants = (
        {"name": "mean", "points": {"pooling": "mean", "scaling": "zscore"}},
        {"name": "2x", "descriptor": {"preset": "ani-2x", "neighbours": "all"}},
    )
    found = scan(path, *variants)
    assert [(one.variant, one.space_group) for one in found] == [
        (name, group) for name in ("mean", "2x") for group in ("all", "14", "2")
    ]
    chosen, analysis = resolved(*variants)
    sections = (SMALL, {"preset": "ani-2x", "neighbours": "all"})
    for number, (variant, section) in enumerate(zip(chosen, sections, strict=True)):
        file = tmp_path / f"{variant.name}.h5"
        featurize(world(1), path, Selection(), with_defaults(section, "descriptor"), file)
        joined = JoinedDescriptors([file])
        for place, group in enumerate((None, 14, 2)):
            points = prepared_points(joined.select(space_group=group), variant.preparation)
            expected = analyse(points, analysis, detail=False)
            one = found[3 * number + place]
            assert (one.n_structures, one.n_columns) == points.shape == (expected.n_structures, expected.n_columns)
            assert repr(one.estimates) == repr(expected.estimates)
            assert repr(one.counts) == repr(expected.counts)
    assert any(one.valid for one in found[0].estimates)


def test_shared_descriptors_are_those_computed_alone(path, monkeypatch):
    variants = [{"name": "own"}, {"name": "radial", "part": "radial"}, {"name": "z", "points": {"scaling": "zscore"}}]
    calls = []
    plain = descriptor_scan.described
    monkeypatch.setattr(descriptor_scan, "described", lambda *given: calls.append(1) or plain(*given))
    together = scan(path, *variants)
    assert len(calls) == 1
    alone = [one for variant in variants for one in scan(path, variant)]
    assert len(calls) == 4
    assert all(same(one, other) for one, other in zip(together, alone, strict=True))
    assert not same(together[0], together[3])


def test_radial_and_angular_columns_are_told_apart_by_their_labels(landscape):
    """Another angular part changes all angular columns and no radial one; together they are all columns."""
    (radial, angular, other), _ = resolved(
        {"name": "radial", "part": "radial"},
        {"name": "angular", "part": "angular"},
        {"name": "other", "part": "radial", "descriptor": {"angular_eta": 3, "angular_cutoff": 6}},
    )
    one, two = described(landscape, radial.source), described(landscape, other.source)
    is_radial, is_angular = used_columns(landscape, radial), used_columns(landscape, angular)
    assert np.array_equal(is_radial, ~is_angular)
    assert is_radial.sum() == 4 * 3 * 16
    # Another cutoff is another list of neighbours, summed in another order.
    assert np.allclose(one[:, is_radial], two[:, is_radial], rtol=1e-12, atol=1e-14)
    changed = np.abs(one - two).max(axis=0) > 1e-9
    assert not changed[is_radial].any()
    assert changed[is_angular & (one.max(axis=0) > 1e-6)].all()
    assert changed.sum() > is_angular.sum() / 2


def test_only_the_canonical_order_does_not_see_a_relabelling(landscape, tmp_path):
    """Atoms 2 and 3 are made equivalent, and exchanged in every other crystal."""
    numbers = landscape.atomic_number.copy()
    numbers[3::4] = numbers[2::4]
    fractional = landscape.fractional.reshape(-1, 4, 3).copy()
    fractional[::2] = fractional[::2][:, [0, 1, 3, 2]]
    made = replace(
        landscape,
        atomic_number=numbers,
        reference_atomic_number=numbers[:4],
        reference_automorphisms=np.array([[0, 1, 2, 3], [0, 1, 3, 2]], dtype=np.int32),
    )
    write_landscape(tmp_path / "one.h5", made)
    write_landscape(tmp_path / "two.h5", replace(made, fractional=fractional.reshape(-1, 3)))
    variants = ({"name": "input"}, {"name": "canonical", "points": {"atom_order": "canonical"}})
    one, two = (scan(tmp_path / f"{name}.h5", *variants, groups=[14]) for name in ("one", "two"))
    assert not same(one[0], two[0])
    for mine, theirs in zip(one[2].estimates, two[2].estimates, strict=True):
        assert mine.value == pytest.approx(theirs.value, rel=1e-9)
    counts = [[count.components for count in found[2].counts] for found in (one, two)]
    assert counts[0] == pytest.approx(counts[1], rel=1e-9, nan_ok=True)


class Rank:
    """One of several MPI ranks, run one after the other: the last is rank 0, who has heard the others."""

    def __init__(self, rank, heard):
        self.rank, self.size, self.heard = rank, 3, heard

    def gather(self, value, root=0):
        self.heard[self.rank] = value
        return [self.heard[i] for i in range(3)] if self.rank == root else None


@pytest.mark.slow
def test_ranks_share_the_descriptors_and_give_the_same(path):
    variants = [
        {"name": "own"},
        {"name": "narrow", "descriptor": {"radial_eta": 40}},
        {"name": "2x", "descriptor": {"preset": "ani-2x"}},
        {"name": "own, z", "points": {"scaling": "zscore"}},
        {"name": "wide", "descriptor": {"radial_eta": 4}},
    ]
    heard = {}
    assert scan(path, *variants, communicator=Rank(1, heard)) is None
    assert scan(path, *variants, communicator=Rank(2, heard)) is None
    assert [len(heard[i].get()) for i in (1, 2)] == [1, 1]
    together = scan(path, *variants, communicator=Rank(0, heard))
    assert all(same(one, other) for one, other in zip(together, scan(path, *variants), strict=True))


def test_an_error_on_any_rank_is_raised_by_the_first(path):
    heard = {1: Outcome({}, None), 2: Outcome(None, InputError("of rank 2"))}
    with pytest.raises(InputError, match="of rank 2"):
        scan(path, {"name": "own"}, communicator=Rank(0, heard))


def test_a_large_landscape_is_sampled_with_the_seed(path):
    found, plain = resolved({"name": "own"})
    drawn = []
    for seed in (1, 1, 2):
        errors = replace(plain.intrinsic.errors, seed=seed)
        analysis = replace(plain, largest_sample=12, intrinsic=replace(plain.intrinsic, errors=errors))
        sets = scan_descriptors(world(1), path, list(GROUPS), "0-100", found, analysis)
        assert sets[0].n_structures == 12 == sum(one.n_structures for one in sets[1:])
        drawn.append(sets[0])
    assert same(drawn[0], drawn[1])
    assert not same(drawn[0], drawn[2])


def test_too_few_structures_leave_empty_sets(path):
    found = scan(path, {"name": "own"}, {"name": "radial", "part": "radial"}, groups=(14, 61), window="0-0.4")
    assert [(one.space_group, one.n_structures) for one in found] == 2 * [("all", 1), ("14", 1), ("61", 0)]
    assert all(one.estimates == [] for one in found)
    nothing = scan(path, {"name": "own"}, groups=[61])
    assert [one.n_structures for one in nothing] == [0, 0]
    assert scan(path) == []


def test_the_file_gives_back_what_was_written(path, tmp_path):
    sets = scan(path, {"name": "own, 5 \u00c5"}, {"name": "radial", "part": "radial"}, groups=(14, 61))
    write_scan(tmp_path / "scan.h5", DescriptorScan("toy", "0-100", sets), {"stage": "scan"})
    found = read_scan(tmp_path / "scan.h5")
    assert (found.molecule, found.window) == ("toy", "0-100")
    for one, other in zip(found.sets, sets, strict=True):
        assert repr(one.estimates) == repr(other.estimates)
        assert repr([float(count.components) for count in one.counts]) == repr(
            [float(count.components) for count in other.counts]
        )
        assert repr(replace(one, counts=[])) == repr(replace(other, counts=[]))
    with pytest.raises(InputError, match="not a file of a descriptor scan, but one that landscape wrote"):
        read_scan(path)
    with pytest.raises(InputError, match="no such file"):
        read_scan(tmp_path / "none.h5")


def test_soap_that_is_not_installed_is_named(path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dscribe.descriptors", None)
    with pytest.raises(InputError, match=r"(?s)needs the library dscribe.*pip install 'crystalspan\[soap\]'"):
        soap_library()
    with pytest.raises(InputError, match="dscribe"):
        scan(path, {"name": "soap", "soap": {}})


def test_soap_takes_the_place_of_the_symmetry_functions(path, landscape):
    pytest.importorskip("dscribe")
    soap = {"cutoff": 3, "n_max": 2, "l_max": 1}
    found = scan(path, {"name": "soap", "soap": soap}, {"name": "mean", "soap": soap, "points": {"pooling": "mean"}})
    per_atom = (3 * 2) * (3 * 2 + 1) // 2 * 2
    assert [one.n_columns for one in found] == 3 * [4 * per_atom] + 3 * [per_atom]
    assert found[0].n_structures == len(landscape)
    assert found[0].estimates[0].value > 0
