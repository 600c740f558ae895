"""What is turned down, each with its reason and remedy."""

import re

import numpy as np
import pytest
from landscape_help import as_zip, landscape_of, loose, refused, run, texts

from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.account import read_account
from naive.landscape import Crystal


# long: a list of ways to be wrong.
def broken(molecule):
    """What is wrong with a file, and a piece of the reason that must come out."""
    good = texts(molecule, (14,))[0][1]
    crystal = loose(0, 14, molecule)
    full = np.concatenate(
        [crystal.fractional @ r.T + t for r, t in zip(crystal.rotations, crystal.translations, strict=True)]
    )
    far = crystal.fractional.copy()
    far[3] += [0.03, 0, 0]
    tight = Crystal(molecule, 2, 0, centre=(0.02, 0.03, 0.5))

    def res(
        fractional=crystal.fractional,
        symbols=crystal.symbols,
        cell=crystal.cell,
        number=14,
        density=crystal.density,
    ):
        return format_res("bad", -88, density, cell, number, symbols, fractional)

    atom = next(line for line in good.splitlines() if line.startswith("S1 "))
    return {
        "range": (good.replace(atom, atom.replace(" 3 ", " 4 ", 1)), "out of range"),
        "label": (good.replace("S1 ", "N1 "), "SFAC (C H S) lacks N"),
        "chlorine": (
            good.replace("C1 ", "CLR1 "),
            "wrong composition",
        ),
        "swapped": (good.replace("S1    3", "S1    2"), "label S1 means S, but its SFAC number 2 is H"),
        "element": (good.replace("SFAC C H S", "SFAC C H Qq"), "no element"),
        "density": (res(density=crystal.density * 1.1), "density is"),
        "cell twice": (res(full, crystal.symbols * 4, density=crystal.density), "closer than"),
        "overlap": (
            res(tight.fractional, cell=tight.cell, number=2, density=tight.density),
            "molecules overlap",
        ),
        "composition": (
            res(crystal.fractional[:-1], crystal.symbols[:-1], density=np.nan),
            "wrong composition",
        ),
        "moved atom": (res(far), "atoms of one molecule clash: C...C 0."),
        "angles": (good.replace("CELL 0.7", "CELL 0.7 5 5 5 120 120 121 REM"), "CELL needs"),
        "no volume": (res(cell=[9, 9, 9, 150, 90, 30], density=np.nan), "enclose no volume"),
        "energy": (good.replace("-90.000000", "nan"), "no lattice energy"),
        "operation": (good.replace("SYMM ", "SYMM Q"), "no symmetry operation"),
        "group": (good.replace("Y+1/2", "Y+0.21"), "group"),
        "infinite": (good.replace(atom, "S1 3 0.1 inf 0.2"), "not at finite coordinates"),
        "words": (good.replace(atom, "S1 3 0.1 zero 0.2"), "no atom"),
        "nothing": ("", "no TITL"),
        "airss": (re.sub("TITL.*", "TITL a 0.0 300 -1234 0 0 36 (P21/c) n - 1", good), "AIRSS"),
    }


KINDS = [
    "range", "label", "chlorine", "swapped", "element", "density", "cell twice", "overlap",
    "composition", "moved atom", "angles", "no volume", "energy", "operation", "group", "infinite",
    "words", "nothing", "airss",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_has_its_reason_and_remedy(tmp_path, capsys, molecule, kind):
    text, reason = broken(molecule)[kind]
    good = texts(molecule, (19, 2, 61), start=-80)
    files = [(f"{i}.res", t) for i, t, _ in good] + [("bad.res", text)]
    landscape, rejected, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 3
    assert landscape.relative_energy[0] == 0
    assert [row["record"] for row in rejected] == ["bad.res"]
    assert reason in rejected[0]["reason"]
    assert rejected[0]["remedy"]
    assert "1 rejected" in printed


def test_a_second_structure_of_an_id_is_turned_down(tmp_path, capsys, molecule):
    text = texts(molecule, (14,))[0][1]
    source = as_zip(tmp_path / "z.zip", [("a.res", text), ("b.res", text)])
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source)
    assert len(landscape) == 1
    assert "a.res" in rejected[0]["reason"]
    assert rejected[0]["record"] == "b.res"


@pytest.mark.parametrize("ending", ["\n", ""])
def test_a_file_cut_anywhere_never_passes_for_whole(tmp_path, capsys, molecule, ending):
    good = texts(molecule, (19, 2, 61), start=-80)
    lines = texts(molecule, (14,))[0][1].splitlines()
    files = [(f"{i}.res", t) for i, t, _ in good]
    files += [(f"cut{k:02d}.res", "\n".join(lines[:k]) + ending) for k in range(len(lines))]
    # And within the last number: each digit that is missing.
    whole = "\n".join(lines)
    files += [(f"digit{k}.res", whole[:-k]) for k in range(1, 30)]
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 3
    assert len(rejected) == len(files) - 3


def test_groups_and_energies_that_are_not_asked_for(tmp_path, capsys, molecule):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule)])
    landscape, rejected, printed = landscape_of(
        tmp_path, capsys, source, "--space-group", "P21/c", "15", "61", "--max-relative-energy", "9"
    )
    assert landscape.space_group.tolist() == [14, 15]
    assert len(rejected) == 7
    assert all("not asked for" in row["reason"] for row in rejected)
    assert "1 above the largest window left out" in printed


def test_nothing_accepted_is_an_error_with_the_commonest_reason(tmp_path, capsys, molecule):
    files = [("broken.res", ""), *((f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19)))]
    rejected, printed = refused(tmp_path, capsys, as_zip(tmp_path / "z.zip", files), "--space-group", "2")
    assert [row["record"] for row in rejected] == [name for name, _ in files]
    assert "no structure of anti-BDT is accepted: 3 are rejected, 1 of them for: no TITL" in printed.err
    assert "3 structures read, 0 accepted, 3 rejected" in printed.out
    rejected, printed = refused(tmp_path, capsys, as_zip(tmp_path / "two.zip", files[1:]), "--space-group", "2")
    assert len(rejected) == 2
    assert "remedy: add the group to space_groups" in printed.err


def test_no_whole_molecule_is_told_by_the_reasons_of_the_structures(tmp_path, capsys, molecule):
    crystal = loose(0, 14, molecule)
    full = np.concatenate(
        [crystal.fractional @ r.T + t for r, t in zip(crystal.rotations, crystal.translations, strict=True)]
    )
    twice = format_res("twice", -80, np.nan, crystal.cell, 14, crystal.symbols * 4, full)
    rejected, printed = refused(tmp_path, capsys, as_zip(tmp_path / "z.zip", [("twice.res", twice)]))
    assert [row["reason"] for row in rejected] == ["two atoms are closer than 0.5 angstrom"]
    assert "all for: two atoms are closer than 0.5 angstrom (first: twice.res)" in printed.err
    assert f"remedy: {rejected[0]['remedy']}" in printed.err


def test_a_structure_that_only_a_search_through_all_finds_is_the_reference(tmp_path, capsys, molecule):
    # More kinds of broken lists than are tried: one atom less each.
    crystal = loose(0, 14, molecule)
    point = [[0.1, 0.2, 0.3]] * 2
    broken = [
        (
            f"{k}.res",
            format_res(
                f"x{k}",
                -90 - k,
                np.nan,
                crystal.cell,
                14,
                ["C"] * (k + 2),
                point + [[0.5, 0.5, 0.1 + 0.001 * i] for i in range(k)],
            ),
        )
        for k in range(60)
    ]
    good = [(f"good{i}.res", text) for i, text, _ in texts(molecule, (14,))]
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", [*broken, *good]))
    assert len(landscape) == 1
    assert len(rejected) == 60


def test_the_list_is_written_on_every_refusal(tmp_path, capsys):
    damaged = tmp_path / "d.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    (rejected,), printed = refused(tmp_path, capsys, damaged)
    assert rejected["file"] == str(damaged)
    assert rejected["reason"] in printed.err
    (rejected,), _ = refused(tmp_path, capsys, tmp_path / "missing.zip")
    assert rejected["reason"] == "no such file or folder"
    empty = tmp_path / "empty"
    empty.mkdir()
    rejected, printed = refused(tmp_path, capsys, empty)
    assert rejected == []
    assert "remedy: give what a CSP program wrote" in printed.err


def test_the_last_lines_tell_counts_reasons_and_what_lies_below_the_minimum(tmp_path, capsys, molecule):
    crystal = loose(0, 14, molecule)
    low = format_res("low", -95.5, crystal.density * 1.2, crystal.cell, 14, crystal.symbols, crystal.fractional)
    files = [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19, 2))]
    broken = [(f"broken{k}.res", "") for k in range(2)]
    source = as_zip(tmp_path / "z.zip", [*files, *broken, ("low.res", low)])
    _, _, printed = landscape_of(tmp_path, capsys, source)
    last = printed.splitlines()[-4:]
    assert last[0] == "anti-BDT: 6 structures read, 3 accepted, 3 rejected"
    assert last[1].startswith("  rejected: 2: no TITL")
    assert last[2].startswith("  rejected: 1: density is # g/cm3 and not # as stated")
    assert last[3].startswith(
        "  warning: a rejected structure lies below the accepted global minimum, the lowest by 5.50 kJ/mol: low.res: "
    )
    account = read_account(tmp_path / "out" / "landscape.h5")
    assert (account.read, account.accepted, account.rejected) == (6, 3, 3)
    assert account.lines("anti-BDT") == last


def test_energies_of_cells_are_compared_with_the_minimum_per_molecule(tmp_path, capsys, molecule):
    # -95.5 per molecule lies below -90; as an energy of the cell it would seem to lie far lower.
    crystal = loose(0, 14, molecule)
    low = format_res("low", -95.5 * 4, crystal.density * 1.2, crystal.cell, 14, crystal.symbols, crystal.fractional)
    files = [
        (f"{i}.res", format_res(i, -90.0 * len(c.rotations), c.density, c.cell, c.number, c.symbols, c.fractional))
        for i, _, c in texts(molecule, (14, 19, 2))
    ]
    source = as_zip(tmp_path / "z.zip", [*files, ("low.res", low)])
    _, _, printed = landscape_of(tmp_path, capsys, source, "--energy-basis", "cell")
    assert "the lowest by 5.50 kJ/mol: low.res" in printed


@pytest.mark.parametrize("lowest", [-1e6, -1e308, -200.0])
def test_a_collapsed_structure_does_not_empty_the_windows(tmp_path, capsys, molecule, lowest):
    made = texts(molecule, (14, 19, 2, 61))
    files = [(f"{i}.res", t) for i, t, _ in made]
    files[3] = (files[3][0], files[3][1].replace(f"{-90 + 1.25 * 3:.6f}", f"{lowest:.6f}"))
    source = as_zip(tmp_path / "z.zip", files)
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source, "--max-relative-energy", "20")
    assert landscape.relative_energy.tolist() == [0, 1.25, 2.5]
    assert [row["record"] for row in rejected] == [files[3][0]]
    assert "kJ/mol" in rejected[0]["reason"]
    assert "warning: a rejected structure lies below the accepted global minimum" in printed
    if lowest > -1e5:
        kept, _, printed = landscape_of(tmp_path, capsys, source, "--largest-gap", "1e5")
        assert len(kept) == 4
        assert f"lies {-90 - lowest:.1f} kJ/mol below the next structure" in printed


def test_where_most_lie_below_a_gap_they_stay(tmp_path, capsys, molecule):
    made = texts(molecule, (14, 19, 2, 61), start=-390)
    files = [(f"{i}.res", t.replace("-386.250000", "-250.0")) for i, t, _ in made]
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 4
    assert rejected == []


def test_a_minimum_far_below_the_next_structure_is_told(tmp_path, capsys, molecule):
    files = [(f"{i}.res", t.replace("-90.000000", "-105.0")) for i, t, _ in texts(molecule, (14, 19, 2))]
    _, rejected, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert rejected == []
    assert (
        "warning: the global minimum (anti-BDT-QR-14-1-3), -105.00 kJ/mol, lies 16.2 kJ/mol below the next structure"
        in printed
    )


@pytest.mark.parametrize(
    ("energies", "words"),
    [([10, 11, 12], "all energies are positive"), ([-50, -50, -50], "all 3 energies are equal")],
)
def test_odd_energies_are_remarked_upon(tmp_path, capsys, molecule, energies, words):
    files = [
        (f"{i}.res", format_res(i, energy, c.density, c.cell, c.number, c.symbols, c.fractional))
        for energy, (i, _, c) in zip(energies, texts(molecule, (14, 19, 2)), strict=True)
    ]
    landscape, _, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 3
    assert f"warning: {words}" in printed


def test_many_kinds_of_reasons_take_few_lines(tmp_path, capsys, molecule):
    text = texts(molecule, (14,))[0][1]
    files = [(f"{k}.res", text.replace("SFAC C H S", f"SFAC C H Q{k}")) for k in range(30)]
    files += [(f"{i}.res", t) for i, t, _ in texts(molecule, (19, 2))]
    _, rejected, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(rejected) == 30
    lines = [line for line in printed.splitlines() if line.startswith("  rejected: ")]
    assert len(lines) == 12
    assert lines[-1] == "  rejected: 19: 19 other reasons, see the list of rejected structures"


def test_long_edges_and_clashes_get_their_true_reasons(tmp_path, capsys, molecule):
    good = [(f"{i}.res", t) for i, t, _ in texts(molecule, (19, 2))]
    crystal = loose(0, 14, molecule)
    long = [*crystal.cell]
    long[2] = 1828.61
    files = [("long.res", format_res("long", -80, np.nan, long, 14, crystal.symbols, crystal.fractional))]
    # Two hydrogen atoms of one molecule 0.6 angstrom apart.
    points, hydrogens = crystal.fractional @ crystal.matrix, [i for i, s in enumerate(crystal.symbols) if s == "H"]
    points[hydrogens[1]] = points[hydrogens[0]] + [0.6, 0, 0]
    clash = points @ np.linalg.inv(crystal.matrix)
    files.append(("clash.res", format_res("clash", -80, np.nan, crystal.cell, 14, crystal.symbols, clash)))
    _, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", [*good, *files]))
    reasons = {row["record"]: row["reason"] for row in rejected}
    assert reasons["long.res"].endswith("has an edge of 1000 angstrom or more")
    assert reasons["clash.res"] == "atoms of one molecule clash: H...H 0.600 angstrom apart"


def test_strict_makes_a_rejection_an_error(tmp_path, capsys, molecule):
    files = [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19))]
    good = as_zip(tmp_path / "good.zip", files)
    landscape_of(tmp_path, capsys, good, "--strict")
    bad = as_zip(tmp_path / "bad.zip", [*files, ("empty.res", "")])
    output = tmp_path / "strict" / "landscape.h5"
    printed = run(capsys, bad, "--molecule", "m", "-o", output, "--strict", status=2)
    assert "strict: 1 of 3 structures are rejected" in printed.err
    assert "1 rejected" in printed.out
    assert not output.exists()
    assert "empty.res" in (output.parent / "rejected.csv").read_text()
