"""The summary and the landscape figure say the numbers of the stage landscape."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crystalspan.landscape.account import Account, read_account
from crystalspan.landscape.figure import draw_landscape
from crystalspan.landscape.file import write_landscape
from crystalspan.landscape.records import read_records
from crystalspan.report.summary import summary_text
from random_crystals import random_landscape

ACCOUNT = Account(
    read=30,
    accepted=20,
    rejected=10,
    duplicates=4,
    analysed=16,
    conformers=3,
    reasons={"molecules overlap": 5, "no lattice energy": 2, "density is #": 1, "no TITL line": 1, "other": 1},
    warnings=["a rejected structure lies below the accepted global minimum, the lowest by 9.60 kJ/mol: x.res: y"],
)


@pytest.fixture
def path(tmp_path):
    landscape = random_landscape((14, 2), per_group=10, n_atoms=4)
    analysed = np.arange(20) % 5 != 4
    landscape = replace(
        landscape, analysed=analysed, duplicate_of=np.where(analysed, "", landscape.id[0]).astype(object)
    )
    write_landscape(tmp_path / "landscape.h5", landscape, ACCOUNT.record())
    return tmp_path / "landscape.h5"


def test_an_account_survives_its_file(path):
    assert read_account(path) == ACCOUNT
    assert list(read_account(path).reasons) == list(ACCOUNT.reasons)


def test_summary_and_figure_say_the_same(path):
    records = read_records(path)
    assert len(records.lattice_energy) == ACCOUNT.analysed
    components = pd.DataFrame(
        columns=["molecule", "space_group", "window", "n_structures", "criterion", "threshold", "components"]
    )
    text = summary_text([records], components, None, {}, {}, 0.8)
    assert "random: 16 structures; global minimum -90.00" in text
    assert "30 structures read, 20 accepted, 10 rejected; 4 of the accepted are duplicates, 16 structures are" in text
    assert "rejected: 5 molecules overlap; 2 no lattice energy; 1 density is #; 2 for other reasons" in text
    assert "3 conformers of the molecule" in text
    assert "warning: a rejected structure lies below the accepted global minimum, the lowest by 9.60 kJ/mol" in text
    (axes,) = draw_landscape(records, ["0-5"]).axes
    within = int((records.relative_energy <= 5).sum())
    assert 0 < within < 16
    assert axes.get_title() == f"random, 16 structures ({within} within 5 kJ mol$^{{-1}}$)"
    (axes,) = draw_landscape(records, ["0-20"]).axes
    assert axes.get_title() == "random, 16 structures"


def test_a_file_of_an_older_version_says_less(tmp_path):
    write_landscape(tmp_path / "landscape.h5", random_landscape((14,), per_group=3, n_atoms=4))
    assert read_records(tmp_path / "landscape.h5").account is None
