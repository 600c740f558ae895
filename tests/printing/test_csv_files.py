"""Tables as CSV: no cell is a formula, and what is read is what was written."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalspan.formats.records import Rejection, printable
from crystalspan.landscape.account import write_rejected
from crystalspan.printing.csv_files import csv_text, guarded, read_csv, unguarded
from crystalspan.printing.tables import write_table

FORMULAS = ["=1+1", "+1", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''-x"]


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(FORMULAS))
def test_no_text_is_a_formula_and_every_text_comes_back(text):
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(guarded(text)) == text
    assert guarded(text) == text or text.lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", FORMULAS)
def test_every_table_guards_its_text_and_leaves_its_numbers(text, tmp_path):
    frame = pd.DataFrame({"molecule": [text, "a,b"], "x": [-1.5, np.nan], "n": [-3, 4]})
    write_table(frame, [tmp_path / "t.csv"], "")
    write_rejected(tmp_path / "rejected.csv", [Rejection(text, text, "reason", "remedy")])
    with open(tmp_path / "rejected.csv", newline="") as stream:
        # Names are printable where records are made: control characters stand there as their escapes.
        shown = guarded(printable(text))
        assert list(csv.reader(stream))[1] == [shown, shown, "reason", "remedy"]
    with open(tmp_path / "t.csv", newline="") as stream:
        assert list(csv.reader(stream))[1:] == [[f"'{text}", "-1.5", "-3"], ["a,b", "", "4"]]
    again = read_csv(tmp_path / "t.csv")
    assert again.x.tolist()[0] == -1.5
    assert again.n.tolist() == [-3, 4]
    assert again.molecule.tolist() == [text, "a,b"]


def test_a_table_without_such_text_is_what_pandas_writes():
    frame = pd.DataFrame({"a": ["x", 'q"uote', "li\nne", ""], "n": [1, 2, 3, 4], "b": [True, False, True, True]})
    expected = io.StringIO()
    frame.to_csv(expected, index=False, lineterminator="\n")
    assert csv_text(frame.columns, frame.itertuples(index=False)) == expected.getvalue()
