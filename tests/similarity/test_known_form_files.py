"""The stage match: files of known forms, their table, words and stars."""

import json

import numpy as np
import pandas as pd
import pytest
from packed_crystals import NAPHTHALENE, oracle_crystals, oracle_landscape
from test_known_forms import cif

from crystalspan import cli
from crystalspan.formats.records import Rejection
from crystalspan.landscape.figure import draw_landscape
from crystalspan.landscape.file import write_landscape
from crystalspan.landscape.records import read_records
from crystalspan.settings import with_defaults
from crystalspan.similarity.known_file import KnownForms, marks, read_known_forms, write_known_forms
from crystalspan.similarity.known_forms import KnownForm, MatchedCrystal, Tolerances, match_known_forms
from crystalspan.similarity.known_table import known_forms_sentences, known_forms_table

BEST, NEAR = (
    MatchedCrystal(4, 3, "c4", 1.25, 1.3, 15, 0.2),
    MatchedCrystal(9, 7, "c9", 3.5, 1.2, 13, 0.7),
)
KNOWN = KnownForms(
    "toy",
    15,
    [
        KnownForm("I", "I.cif", 14, 1.28, BEST, True, [NEAR]),
        KnownForm("II", "II.cif", 2, 1.2, NEAR, False, []),
        KnownForm("I-again", "again.cif", 14, 1.29, BEST, True, []),
        KnownForm("III", "III.cif", 2, 1.2, None, False, []),
    ],
    [Rejection("salt.cif", "block", "another molecule", "leave it out")],
)


@pytest.fixture
def landscape(tmp_path, oracle):
    write_landscape(tmp_path / "landscape.h5", oracle)
    return tmp_path / "landscape.h5"


def test_a_file_gives_back_what_was_written(tmp_path):
    write_known_forms(tmp_path / "k.h5", KNOWN, {"settings": {}, "versions": {}, "inputs": {}})
    assert read_known_forms([tmp_path / "k.h5"]) == [KNOWN]


def test_the_table_has_a_row_for_each_crystal_and_each_refusal():
    frame = known_forms_table([KNOWN])
    rows = list(frame[["known_form", "match", "id"]].fillna("").itertuples(index=False, name=None))
    assert rows == [
        ("I", "found", "c4"),
        ("I", "near miss", "c9"),
        ("II", "closest, not found", "c9"),
        ("I-again", "found", "c4"),
        ("", "not compared", ""),
    ]
    assert frame.note.iloc[-1] == "another molecule"
    sentences = known_forms_sentences([KNOWN])
    assert "rank 3, 1.25 kJ/mol" in sentences[0]
    assert "not found within the tolerances" in sentences[1]
    assert "empty" in sentences[3]


def test_only_what_is_found_gets_a_star_and_one_crystal_gets_one():
    (mark,) = marks([KNOWN])
    assert (mark.label, mark.id, mark.relative_energy, mark.density) == ("I, I-again", "c4", 1.25, 1.3)


def test_the_stage_finds_a_form_and_the_figure_marks_it(landscape, oracle, tmp_path, capsys):
    order = np.random.default_rng(2).permutation(len(oracle.reference_atomic_number))
    form = cif(tmp_path / "form-I.cif", oracle_crystals()[5].stretched((1.02, 1.01, 1.015)), oracle, order)
    output = tmp_path / "known_forms.h5"
    cli.main(["match", str(landscape), str(form), "-o", str(output)])
    assert f"{oracle.id[5]}, rank 6" in capsys.readouterr().out
    (known,) = read_known_forms([output])
    expected, _ = match_known_forms(oracle, [form])
    assert [one.best for one in known.forms] == [one.best for one in expected]
    (mark,) = marks([known])
    axes = draw_landscape(read_records(landscape), marks=[mark]).axes[0]
    star = axes.collections[-1].get_offsets()[0]
    assert star.tolist() == pytest.approx([oracle.density[5], oracle.lattice_energy[5]])
    assert "form-I" in [text.get_text() for text in axes.texts]
    below = draw_landscape(read_records(landscape), windows=["0-0.001"], marks=[mark]).axes[0]
    assert "form-I" not in [text.get_text() for text in below.texts]
    cli.main(["figure", "landscape", str(landscape), str(output), "-o", str(tmp_path / "l.png")])
    cli.main(["table", "known-forms", str(output), "-o", str(tmp_path / "t.csv"), str(tmp_path / "t.md")])
    assert pd.read_csv(tmp_path / "t.csv").id.tolist()[0] == oracle.id[5]


def test_tolerances_are_settings(landscape, oracle, tmp_path):
    form = cif(tmp_path / "I.cif", oracle_crystals()[5].stretched((1.02, 1.01, 1.015)), oracle, np.arange(18))
    settings = {"known_forms": {"rmsd": 0.02, "near_misses": 0}}
    cli.main(["match", str(landscape), str(form), "--settings", json.dumps(settings), "-o", str(tmp_path / "k.h5")])
    (known,) = read_known_forms([tmp_path / "k.h5"])
    assert (known.forms[0].found, known.forms[0].near, known.forms[0].best.matched) == (False, [], 15)
    assert Tolerances.of_section(with_defaults({}, "known_forms")) == Tolerances()


def test_cposs_global_minimum_of_naphthalene_is_our_first(shared, tmp_path):
    """Sampled here in P21/c; the form comes from another program with another potential."""
    import zipfile

    with zipfile.ZipFile(shared / "landscapes" / "1.NaphthaleneA_DMA.zip") as archive:
        (tmp_path / "form.res").write_bytes(archive.read("1.NaphthaleneA_DMA/NAPHTA_opt_af90.res"))
    (form,), _ = match_known_forms(oracle_landscape(told=NAPHTHALENE), [tmp_path / "form.res"])
    assert (form.best.rank, form.best.matched, form.found) == (1, 15, True)
    assert form.best.rmsd <= 0.25
