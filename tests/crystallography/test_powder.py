import gemmi
import numpy as np
import pytest

from crystalspan.crystallography import _powder, powder
from crystalspan.crystallography.cell import cell_matrix
from naive.landscape import Crystal, load


def cell_contents(crystal):
    sites = np.concatenate(
        [crystal.fractional @ r.T + t for r, t in zip(crystal.rotations, crystal.translations, strict=True)]
    )
    numbers = [gemmi.Element(symbol).atomic_number for symbol in crystal.symbols] * len(crystal.rotations)
    return numbers, sites


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 14, 148])
def test_reflections_are_those_of_gemmi(molecules_folder, number):
    crystal = Crystal(load(molecules_folder, "syn-BDT"), number, 2, edge=9)
    numbers, sites = cell_contents(crystal)
    elements, kind = np.unique(numbers, return_inverse=True)
    length, square = _powder.reflections(
        sites, kind, crystal.matrix, powder._form_factors(tuple(elements.tolist())), 0.45
    )
    small = gemmi.SmallStructure()
    small.cell = gemmi.UnitCell(*crystal.cell)
    small.spacegroup = gemmi.SpaceGroup("P 1")
    for i, (element, place) in enumerate(zip(numbers, sites, strict=True)):
        site = gemmi.SmallStructure.Site()
        site.label, site.fract, site.element = f"A{i}", gemmi.Fractional(*place), gemmi.Element(element)
        small.add_site(site)
    small.setup_cell_images()
    factors = gemmi.StructureFactorCalculatorX(small.cell)
    hkl = gemmi.make_miller_array(small.cell, small.spacegroup, 1 / 0.45)
    distances = [small.cell.calculate_d(one) for one in hkl.tolist()]
    squares = [abs(factors.calculate_sf_from_small_structure(small, one)) ** 2 for one in hkl.tolist()]
    assert len(length) == len(hkl)
    found = sorted(zip(np.round(length, 6), square, strict=True))
    expected = sorted(zip(np.round(1 / np.array(distances), 6), squares, strict=True))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_pattern_has_braggs_peaks():
    # Simple cubic, one carbon atom: 100, 110, 111, 200 ... with multiplicities 6, 12, 8, 6.
    edge = 6.0
    pattern = powder.powder_pattern([6], np.zeros((1, 3)), edge * np.eye(3))
    assert pattern.sum() == pytest.approx(100)
    angles = np.arange(len(pattern)) * powder.STEP
    peaks = [i for i in range(1, len(pattern) - 1) if pattern[i - 1] < pattern[i] >= pattern[i + 1]]
    orders = np.array([1, 2, 3, 4, 5, 6, 8])
    expected = 2 * np.degrees(np.arcsin(powder.WAVELENGTH * np.sqrt(orders) / (2 * edge)))
    assert angles[peaks] == pytest.approx(expected, abs=powder.STEP)
    table = gemmi.Element("C").it92
    multiplicity = np.array([6, 12, 8, 6, 24, 24, 12])
    theta = np.radians(expected / 2)
    lorentz = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    heights = multiplicity * lorentz * [table.calculate_sf(q / (2 * edge) ** 2) ** 2 for q in orders]
    areas = [pattern[np.abs(angles - at) < 0.2].sum() for at in expected]
    assert areas == pytest.approx(100 * heights / heights.sum(), rel=2e-3)


def warped(first, second, band):
    """Dynamic time warping by the full table."""
    n = len(first)
    table = np.full((n + 1, n + 1), np.inf)
    table[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            if abs(i - j) <= band:
                table[i, j] = abs(first[i - 1] - second[j - 1]) + min(
                    table[i - 1, j], table[i, j - 1], table[i - 1, j - 1]
                )
    return table[n, n]


def test_warping_is_that_of_the_full_table():
    rng = np.random.default_rng(0)
    for band in (0, 1, 5, 40):
        first, second = rng.uniform(size=(2, 40))
        expected = warped(first, second, band)
        assert _powder.warped_difference(first, second, band, np.inf) == pytest.approx(expected)
        assert _powder.warped_difference(first, second, band, 0.99 * expected) >= 0.99 * expected
        assert _powder.warped_difference(first, second, band, 0.1) == np.inf
    shifted = np.zeros(40)
    shifted[10:15] = 1
    assert _powder.warped_difference(shifted, np.roll(shifted, 3), 3, np.inf) == 0
    assert _powder.warped_difference(shifted, np.roll(shifted, 3), 0, np.inf) == 6


def test_windows_and_patterns_decide_together(molecules_folder):
    crystal = Crystal(load(molecules_folder, "syn-BDT"), 14, 2, edge=9)
    numbers, sites = cell_contents(crystal)
    wider = cell_matrix(crystal.cell * [1.004, 1.004, 1.004, 1, 1, 1])
    other = Crystal(load(molecules_folder, "syn-BDT"), 14, 5, edge=9)
    patterns = [
        powder.powder_pattern(numbers, sites, crystal.matrix),
        powder.powder_pattern(numbers, sites, wider),
        powder.powder_pattern(*cell_contents(other), other.matrix),
    ]
    same = lambda energy, density: powder.first_alike(energy, density, patterns, 1.0, 0.05, 10.0).tolist()  # noqa: E731
    assert same([0, 0.9, 0.95], [1.4, 1.44, 1.4]) == [0, 0, 2]
    assert same([0, 1.0, 1.1], [1.4, 1.44, 1.4]) == [0, 1, 2]
    assert same([0, 0.9, 0.95], [1.4, 1.46, 1.4]) == [0, 1, 2]
