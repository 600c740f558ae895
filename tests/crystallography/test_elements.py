"""Symbols, labels and formulas."""

import json

import ase.data
import gemmi
import numpy as np
import pytest

from crystalspan.crystallography.elements import (
    element,
    excess_masses,
    formula_counts,
    is_dummy,
    labelled,
    same_composition,
)
from crystalspan.crystallography.molecules import read_molecule


def test_symbols_are_those_of_the_periodic_table():
    for number, symbol in enumerate(ase.data.chemical_symbols[1:], 1):
        assert element(symbol) == element(symbol.upper()) == element(symbol.lower()) == (number, 0)
    for word in ("", "X", "Cg", "Qq", "C1", "CAR", "Hyd", "1"):
        assert element(word) is None
    assert element("D") == (1, 2)
    assert element("t") == (1, 3)


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("C1", 6),
        ("C1A", 6),
        ("CAR", 6),
        ("OXY12", 8),
        ("NIT1", 7),
        ("HYD3", 1),
        ("CLR1", 17),
        ("Cl1", 17),
        ("BR", 35),
        ("HO1", 1),
        ("Ho1", 67),
        ("NA1", 7),
        ("Na1", 11),
        ("SUL1", 16),
        ("SI1", 14),
        ("FLU1", 9),
        ("PHO1", 15),
        ("ZN1", 30),
        ("D1", 1),
        ("IOD1", 53),
        ("1C", None),
        ("", None),
        ("X1", None),
    ],
)
def test_labels(label, number):
    found = labelled(label)
    assert (found and found.number) == number


def test_a_formula_decides_between_two_readings():
    assert labelled("HO1", {1, 6, 8}).number == 1
    assert labelled("HO1", {6, 67}).number == 67
    assert labelled("HO1", {6}) is None


@pytest.mark.parametrize("label", ["Cg1", "CG12", "Cent1", "X", "X1", "Du3", "Q12", "bq1"])
def test_dummies(label):
    assert is_dummy(label)
    assert not any(map(is_dummy, ("C1", "Cl1", "CA", "CGA", "H1X", "Xe1", "Cd1", "O1")))


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("C10 H6 S2", {6: 10, 1: 6, 16: 2}),
        ("C10H6S2", {6: 10, 1: 6, 16: 2}),
        ("C D6 H", {6: 1, 1: 7}),
        ("CO2", {6: 1, 8: 2}),
        ("Co", {27: 1}),
        ("C0.5 H1", {6: 0.5, 1: 1}),
        ("C2 H5 +", None),
        ("2(C H)", None),
        ("", None),
        ("?", None),
        ("C0", None),
    ],
)
def test_formulas(text, counts):
    assert formula_counts(text) == counts


def test_compositions_are_compared_as_ratios():
    assert same_composition({6: 10, 1: 6}, {6: 40, 1: 24})
    assert not same_composition({6: 10, 1: 6}, {6: 10, 1: 7})
    assert not same_composition({6: 10}, {6: 10, 1: 6})


def test_deuterium_is_as_heavy_as_its_nucleus_says():
    assert excess_masses([0, 2, 3]) + gemmi.Element(1).weight == pytest.approx([1.008, 2.014, 3.016], abs=1e-3)
    assert excess_masses([2])[0] == pytest.approx(gemmi.Element("D").weight - gemmi.Element("H").weight, abs=1e-4)


def test_a_molecule_of_heavy_water(tmp_path):
    positions = [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]
    found = []
    for symbols in ("OHH", "ODD", "OTT"):
        path = tmp_path / "water.json"
        path.write_text(json.dumps({"name": "water", "symbols": list(symbols), "positions": positions}))
        found.append(read_molecule(path))
    assert all(one.atomic_numbers.tolist() == [8, 1, 1] for one in found)
    assert np.diff([one.mass for one in found]) == pytest.approx([2.012, 2.004], abs=1e-3)
    assert all(one.bonds.number_of_edges() == 2 for one in found)
