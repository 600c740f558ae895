"""Real landscapes beside the checkout: known forms, duplicates, motifs."""

import dataclasses
import zipfile

import numpy as np
import pytest
from packed_crystals import NAPHTHALENE, oracle_landscape

from crystalspan.crystallography.overlay import overlays
from crystalspan.crystallography.repeats import DEFAULT
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from crystalspan.similarity.duplicates import duplicates_of
from crystalspan.similarity.known_forms import match_known_forms
from crystalspan.similarity.motif import HERRINGBONE, motifs
from crystalspan.similarity.packings import packings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def read(shared):
    settings = CheckSettings.of_section(with_defaults({})["landscape"])
    return lambda name: build_landscape(name, [shared / "landscapes" / f"{name}.zip"], settings)[0]


def test_the_global_minimum_of_other_authors_is_the_lowest_naphthalene(read, tmp_path):
    """CPOSS's DMACRYS landscape: another potential, another molecular geometry, another setting."""
    theirs = read("1.NaphthaleneA_DMA")
    archive, record = theirs.source[0].split("!")
    path = tmp_path / "minimum.res"
    with zipfile.ZipFile(archive) as files:
        path.write_bytes(files.read(record))
    (found,), rejected = match_known_forms(oracle_landscape(told=NAPHTHALENE), [path])
    assert not rejected
    assert found.found
    assert (found.best.rank, found.best.matched) == (1, 15)
    assert found.best.rmsd <= 0.25


def test_naphthalene_and_anthracene_are_herringbones(read):
    for name, tilt in (("1.NaphthaleneA_DMA", 52), ("1.AnthraceneA_MOLPAK", 52)):
        (found,) = motifs(read(name), [0])
        assert found.name == HERRINGBONE
        assert found.tilt == pytest.approx(tilt, abs=3)


def test_no_duplicate_of_a_real_landscape_escapes_the_prefilter(read):
    """Crystals minimised to different depths, Z' of 1, 2 and 4: every pair within the energy window, laid over."""
    landscape = read("1.2-fluorotolueneA_FIT")
    crystals, energy = packings(landscape), landscape.lattice_energy
    same_as = duplicates_of(landscape).same_as
    wide = dataclasses.replace(DEFAULT, centres=5 * DEFAULT.centres, density=3 * DEFAULT.density)
    np.testing.assert_array_equal(duplicates_of(landscape, wide).same_as, same_as)
    confirmed = 0
    for i in range(len(landscape)):
        later = np.flatnonzero((np.arange(len(landscape)) > i) & (energy - energy[i] < DEFAULT.energy))
        found = overlays(crystals, i, crystals, later, DEFAULT.molecules)
        for j in later[(found.matched == DEFAULT.molecules) & (found.rmsd < DEFAULT.rmsd)]:
            confirmed += 1
            assert same_as[i] != i or same_as[j] == i or same_as[j] < i
    assert confirmed > 5
    assert len(np.unique(same_as)) > 0.9 * len(landscape)
