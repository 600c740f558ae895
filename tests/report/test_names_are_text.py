"""Names are text, whatever they look like."""

import numpy as np
import pandas as pd
import pytest

from crystalspan.landscape.records import LandscapeRecords
from crystalspan.printing.csv_files import read_csv
from crystalspan.printing.tables import write_table
from crystalspan.report.summary import summary_text
from crystalspan.spectra.tables import COLUMNS, read_long, to_csv
from crystalspan.storage import Group, Layout, new_file, open_file

NAMES = ["007", "08", "1e5", "NaN", "x.y", "True", "None", "nan", "NA", "null", "inf", "-1", "1_000", "0x10"]


@pytest.mark.parametrize("name", NAMES)
def test_attributes_keep_them(tmp_path, name):
    layout = Layout("test", "test file", Group({}, {"molecule": str, "window": str, "told": object}))
    told = {"molecule": name, "window": name, "told": {"name": name, "n": 18}}
    with new_file(tmp_path / "a.h5", layout, {"stage": "test"}, **told):
        pass
    with open_file(tmp_path / "a.h5", layout) as file:
        assert {key: file.attributes[key] for key in told} == told


def test_tables_keep_them(tmp_path):
    frame = pd.DataFrame({"molecule": NAMES, "space_group": ["14"] * len(NAMES), "value": [1.5] * len(NAMES)})
    frame.loc[0, "value"] = None
    write_table(frame, [tmp_path / "t.csv"], "")
    found = read_csv(tmp_path / "t.csv")
    assert found.molecule.tolist() == NAMES
    assert found.space_group.tolist() == ["14"] * len(NAMES)
    assert found.value.isna().tolist() == [True] + [False] * (len(NAMES) - 1)
    assert found.value.dtype == float


def test_the_summary_finds_their_counts(tmp_path):
    rows = [(name, group, "0-10", 5, criterion, 0.8, k, k, k) for name in NAMES for group in ("14", "all")
            for criterion, k in (("variance", 3), ("singular_values", 4), ("bound", 4))]  # fmt: skip
    (tmp_path / "components.csv").write_text(to_csv(pd.DataFrame(rows, columns=list(COLUMNS))))
    components = read_long(tmp_path / "components.csv")
    landscapes = [LandscapeRecords(name, np.zeros(5), np.zeros(5), np.ones(5), np.full(5, 14)) for name in NAMES]
    text = summary_text(landscapes, components, None, {}, {}, 0.8)
    assert text.count("80% of the variance in 3 components") == len(NAMES)
    assert "outside the study's list" not in text
