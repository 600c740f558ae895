"""The section `descriptor_scan`: what a variant takes from the study, what from itself, and what is refused."""

import pytest

from crystalspan.descriptors.parameters import PRESETS, symmetry_functions
from crystalspan.descriptors.soap import SoapSettings
from crystalspan.errors import InputError
from crystalspan.scan.variants import resolved_variants
from crystalspan.settings import with_defaults


def resolve(*scan, **sections):
    settings = with_defaults({"descriptor_scan": list(scan), **sections})
    return resolved_variants(settings)


def test_keys_of_a_variant_stand_over_the_study_s_own():
    own = {"preset": "ani-1x", "zeta": 20.0, "neighbours": "all"}
    wider = {"name": "wide", "descriptor": {"radial_eta": 4}}
    (plain, wide), repeated = resolve({"name": "own"}, wider, descriptor=own)
    assert repeated == {}
    assert plain.source == symmetry_functions(with_defaults(own, "descriptor"))
    assert (wide.source.radial_eta, wide.source.zeta, wide.source.neighbours) == (4, 20.0, "all")
    assert wide.source.angular_shifts == PRESETS["ani-1x"].angular_shifts


def test_a_preset_is_taken_whole_but_for_the_neighbours_and_the_convention():
    own = {"radial_cutoff": 6, "zeta": 20, "neighbours": "all", "convention": "torchani"}
    (variant,), _ = resolve({"name": "2x", "descriptor": {"preset": "ani-2x", "angular_eta": 9}}, descriptor=own)
    assert (variant.source.radial_cutoff, variant.source.zeta) == (5.1, 14.1)
    assert (variant.source.angular_eta, variant.source.neighbours, variant.source.convention) == (9, "all", "torchani")


def test_the_preparation_of_a_variant_stands_over_the_study_s_own():
    (variant,), _ = resolve(
        {"name": "z", "points": {"scaling": "zscore"}},
        points={"atom_order": "canonical"},
        resources={"block_mib": 3},
    )
    assert (variant.preparation.scaling, variant.preparation.atom_order) == ("zscore", "canonical")
    assert (variant.preparation.pooling, variant.preparation.block_mib) == ("concatenate", 3)


def test_the_same_descriptor_under_another_name_is_left_out_and_named():
    found, repeated = resolve(
        {"name": "own"},
        {"name": "preset", "descriptor": {"preset": "csp-9.3"}},
        {"name": "spelled out", "descriptor": {"radial_cutoff": 9.3, "radial_eta": 50}},
        {"name": "radial", "part": "radial"},
        {"name": "mean", "points": {"pooling": "mean"}},
        {"name": "ordered mean", "points": {"pooling": "mean", "atom_order": "canonical"}},
    )
    assert [one.name for one in found] == ["own", "radial", "mean"]
    assert repeated == {"preset": "own", "spelled out": "own", "ordered mean": "mean"}


def test_the_default_scan_is_about_a_dozen_descriptors_of_few_computations():
    settings = with_defaults({})
    found, _ = resolved_variants(settings)
    assert 10 <= len(found) <= 15
    assert len({one.source for one in found}) <= 8
    assert found[0].part == "all"
    assert found[0].source == symmetry_functions(settings["descriptor"])
    assert not any(isinstance(one.source, SoapSettings) for one in found)


def test_an_empty_list_is_no_scan():
    assert resolve() == ([], {})


def test_soap_has_its_defaults_in_the_schema():
    (variant,), _ = resolve({"name": "soap", "soap": {"l_max": 4}})
    assert variant.source == SoapSettings(cutoff=6, n_max=8, l_max=4, sigma=0.5)


@pytest.mark.parametrize(
    ("scan", "message"),
    [
        ([{"descriptor": {}}], "'name' is a required property"),
        ([{"name": "a"}, {"name": "a"}], "two variants are called 'a'"),
        ([{"name": "a", "descriptor": {"radial_cutof": 3}}], "did you mean 'radial_cutoff'"),
        ([{"name": "a", "descriptor": {"preset": "ani-3x"}}], "descriptor_scan.0.descriptor.preset"),
        ([{"name": "b"}, {"name": "a", "points": {"thresholds": [0.8]}}], r"descriptor_scan.1.points: unknown key"),
        ([{"name": "a", "points": {"scaling": "z"}}], "is not one of"),
        ([{"name": "a", "part": "radials"}], "descriptor_scan.0.part"),
        ([{"name": "a", "soap": {"nmax": 3}}], "did you mean 'n_max'"),
        ([{"name": "a", "soap": {}, "part": "radial"}], "SOAP has no symmetry functions"),
        ([{"name": "a", "soap": {}, "descriptor": {"zeta": 3}}], "descriptor_scan, a: SOAP"),
        ([{"name": "a", "descriptor": {"zeta": float("inf")}}], "descriptor_scan.0.descriptor.zeta: inf is no number"),
    ],
)
def test_bad_variants_are_named(scan, message):
    with pytest.raises(InputError, match=message):
        resolve(*scan)


def test_a_variant_that_was_not_checked_before_is_named_too():
    settings = with_defaults({"descriptor_scan": [{"name": "a"}]})
    settings["descriptor_scan"][0]["descriptor"] = {"zeta": float("inf")}
    with pytest.raises(InputError, match="descriptor_scan, a, descriptor.zeta: inf is no number"):
        resolved_variants(settings)
