"""Tables in three formats, the comparison with the study, and the summary."""

import numpy as np
import pandas as pd
import pytest

from crystalspan.landscape.records import LandscapeRecords
from crystalspan.printing.tables import table_text, write_table
from crystalspan.published import bdt_2021 as study
from crystalspan.report.summary import summary_text
from crystalspan.spectra.counted import read_components
from reporting_help import run

COLUMNS = "molecule,space_group,window,n_structures,criterion,threshold,components,fewest,most"


@pytest.fixture(scope="module")
def tables(spectra_files, components_files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    run("table", "spectra", *spectra_files, *components_files, "-o", folder)
    return folder


def test_components_have_exactly_the_promised_columns_and_names(tables):
    text = (tables / "components.csv").read_text()
    assert text.splitlines()[0] == COLUMNS
    frame = pd.read_csv(tables / "components.csv")
    assert set(frame.space_group) == {"14", "2", "9", "61", "all"}
    assert {"variance", "singular_values", "bound", "participation_ratio", "kneedle_linear"} <= set(frame.criterion)
    shares = frame[frame.threshold.notna()].pivot_table(
        index=["molecule", "space_group", "window", "threshold"], columns="criterion", values="components"
    )
    assert (shares.variance <= shares.singular_values).all()
    assert (shares.singular_values <= shares.bound).all()
    assert len(shares) == 2 * 5 * 2 * 3


def test_structures_add_up_to_the_combined_row(tables):
    frame = pd.read_csv(tables / "structures.csv").set_index("space_group")
    assert frame.index.tolist() == ["P21/c (14)", "P-1 (2)", "Pbca (61)", "Cc (9)", "combined"]
    assert (frame.drop("combined").sum() == frame.loc["combined"]).all()
    assert frame.loc["combined", "anti-BDT 0-20"] == 380


def test_degrees_of_freedom_stand_beside_the_studys(tables):
    frame = pd.read_csv(tables / "degrees_of_freedom.csv")
    assert (frame.degrees_of_freedom == frame.study_2021).all()
    parts = frame.cell + frame.translations + frame.rotations - frame.free_origin
    assert (parts == frame.degrees_of_freedom).all()


def test_wide_table_has_both_counts_n_and_the_bound(tables):
    frame = pd.read_csv(tables / "components_wide.csv")
    assert len(frame) == 20
    row = frame[(frame.molecule == "anti-BDT") & (frame.window == "0-20") & (frame.space_group == "combined")]
    assert row.N.item() == 380
    assert row.bound.item() == 304  # ceil(0.8 x 379)
    assert row.variance.item() < row.singular_values.item()


def test_eigenvalues_are_all_there(tables):
    frame = pd.read_csv(tables / "eigenvalues.csv", dtype={"space_group": str})
    part = frame[(frame.molecule == "syn-BDT") & (frame.window == "0-20") & (frame.space_group == "all")]
    assert part.component.tolist() == list(range(1, 40))
    np.testing.assert_allclose(part.singular_value**2 / 39, part.eigenvalue, rtol=1e-4)
    assert part.variance_share.iloc[-1] == pytest.approx(1)


def test_latex_escapes_and_uses_booktabs():
    frame = pd.DataFrame({"space_group": ["P21/c & 100%"], "n": [3]})
    text = table_text(frame, "tex", "80% of a_b", "t")
    assert "\\toprule" in text
    assert "P21/c \\& 100\\%" in text
    assert "\\caption{80\\% of a\\_b}" in text
    assert table_text(frame.iloc[:0], "tex", "", "t").count("\\\\") == 1


def test_missing_values_are_empty_cells(tmp_path):
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": pd.array([1, pd.NA], dtype="Int64"), "c": ["x", None]})
    write_table(frame, [tmp_path / "t.csv", tmp_path / "t.md"], "caption")
    assert (tmp_path / "t.csv").read_text().splitlines()[2] in (",,", '"","",""')
    assert "nan" not in (tmp_path / "t.md").read_text().lower()


def test_the_studys_tables_are_complete():
    assert len(study.printed_components()) == 44
    assert study.printed_structures().n_structures.tolist() == [315, 1301, 267, 1349]


@pytest.fixture(scope="module")
def comparison(study_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison")
    files = []
    for molecule in ("anti-BDT", "syn-BDT"):
        files.append(folder / f"{molecule}.h5")
        run("compare", *sorted(study_folder.glob(f"{molecule}/*/descriptors.h5")), "-o", files[-1])
    spectra = sorted(study_folder.glob("*/*/*/spectra.h5"))
    run("table", "comparison", *files, *spectra, "-o", folder / "comparison.csv", folder / "comparison.md")
    run("figure", "comparison", *files, "-o", folder / "finding.png")
    return folder


def test_comparison_cuts_to_the_studys_number_of_structures(comparison, study_folder):
    frame = pd.read_csv(comparison / "comparison.csv", dtype={"space_group": str})
    assert len(frame) == 44
    anti = frame[(frame.molecule == "anti-BDT") & (frame.window == "0-10")].set_index("space_group")
    assert anti.loc["all", "n_structures"] == 315
    assert anti.drop("all").n_structures.sum() == 315
    assert anti.loc["all", "bound"] == 252
    assert anti.loc["all", "ratio"] == pytest.approx(anti.loc["all", "singular_values"] / 144, abs=1e-3)
    lowest = study_folder / "lowest.h5"
    files = sorted((study_folder / "anti-BDT").glob("*/descriptors.h5"))
    run("pca", *files, "--lowest", "315", "-o", lowest)
    run("components", lowest, "-o", study_folder / "lowest-components.h5")
    counts = {
        one.criterion: one.components
        for one in read_components([study_folder / "lowest-components.h5"])
        if one.threshold == 0.8
    }
    assert anti.loc["all", "singular_values"] == counts["singular_values"]
    assert anti.loc["all", "variance"] == counts["variance"]


def test_comparison_flags_the_impossible_and_the_incomparable(comparison):
    frame = pd.read_csv(comparison / "comparison.csv", dtype={"space_group": str}).fillna({"note": ""})
    impossible = frame[frame.note.str.contains("impossible")]
    assert impossible[["molecule", "window", "space_group"]].to_numpy().tolist() == [["syn-BDT", "0-10", "all"]]
    assert "at most 213" in impossible.note.item()
    few = frame[frame.note.str.contains("not comparable")]
    assert set(zip(few.molecule, few.window, strict=True)) == {
        ("anti-BDT", "0-20"), ("syn-BDT", "0-10"), ("syn-BDT", "0-20")
    }  # fmt: skip
    assert few.singular_values.isna().all()
    assert few.window_structures.notna().all()
    assert (comparison / "finding.png").stat().st_size > 10_000


def test_summary_tells_both_counts_and_the_impossible_cell(comparison, tables, study_folder, capsys):
    files = [study_folder / "anti-BDT.h5", study_folder / "syn-BDT.h5"]
    options = ["--components", tables / "components.csv", "--comparison", comparison / "comparison.csv"]
    run("summary", *files, *options, "--place", "report=report.html")
    text = capsys.readouterr().out
    assert "anti-BDT: 380 structures; global minimum -88.57 kJ/mol in Cc" in text
    assert "80% of the variance" in text
    assert "impossible: 267 structures need at most 213" in text
    assert text.rstrip().endswith("report  report.html")


def test_summary_says_which_structures_no_space_group_of_the_study_holds():
    components = pd.DataFrame(
        [["m", "14", "0-10", 1, "variance", 0.8, 0]],
        columns=["molecule", "space_group", "window", "n_structures", "criterion", "threshold", "components"],
    )
    groups = np.array([14, 2, 19, 2])
    records = LandscapeRecords("m", np.zeros(4), np.zeros(4), np.ones(4), groups)
    text = summary_text([records], components, None, {"Dimensions": ["dimensions told"], "Empty": []}, {}, 0.8)
    assert "dimensions told" in text
    assert "3 structures lie in space groups outside the study's list (P-1 2, P212121 1)" in text
    inside = LandscapeRecords("m", np.zeros(1), np.zeros(1), np.ones(1), np.array([14]))
    assert "outside" not in summary_text([inside], components, None, {}, {}, 0.8)
