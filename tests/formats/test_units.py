import pytest

from crystalspan.formats.units import Unit, parse_unit

EV, HARTREE, KCAL = 96.48533212331, 2625.4996394799, 4.184


@pytest.mark.parametrize(
    ("text", "factor", "basis"),
    [
        ("kJ/mol", 1, "mol"),
        ("kJmol-1", 1, "mol"),
        ("kJ mol⁻¹", 1, "mol"),
        ("kJ·mol\u22121", 1, "mol"),
        ("[kJ mol^-1]", 1, "mol"),
        ("kJ", 1, "mol"),
        ("kJ/mol/molecule", 1, "molecule"),
        ("kJ mol-1 per unit cell", 1, "cell"),
        ("kcal/mol", KCAL, "mol"),
        ("kcal.mol-1", KCAL, "mol"),
        ("kcal_mol", KCAL, "mol"),
        ("kcal/mol per molecule", KCAL, "molecule"),
        ("eV", EV, ""),
        ("meV/molecule", EV / 1000, "molecule"),
        ("eV/f.u.", EV, "molecule"),
        ("ev_per_cell", EV, "cell"),
        ("eV/Molekül", EV, "molecule"),
        ("Hartree", HARTREE, ""),
        ("Ha/cell", HARTREE, "cell"),
        ("a.u.", HARTREE, ""),
        ("mEh", HARTREE / 1000, ""),
        ("mHa/molecule", HARTREE / 1000, "molecule"),
        ("Ry", HARTREE / 2, ""),
    ],
)
def test_units_as_people_write_them(text, factor, basis):
    assert parse_unit(text) == Unit(pytest.approx(factor), basis)


@pytest.mark.parametrize(
    "text", ["", "furlongs", "K", "cm-1", "J", "kJ/mol/atom", "eV/atom", "mol", "haha", "kJ/g", "eVs"]
)
def test_what_is_no_known_unit(text):
    assert parse_unit(text) is None
