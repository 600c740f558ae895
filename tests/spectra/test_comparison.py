"""Cuts at the published study's numbers of structures: computed once, kept in a file, counted from it alone."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from crystalspan.errors import InputError
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.provenance import provenance
from crystalspan.published import bdt_2021 as study
from crystalspan.settings import with_defaults
from crystalspan.spectra import comparison
from crystalspan.spectra.comparison import cut_spectra
from crystalspan.spectra.comparison_file import STAGE, read_cuts, write_cuts
from crystalspan.spectra.comparison_table import COLUMNS, comparison_table
from crystalspan.spectra.settings import spectrum_settings
from descriptor_files import embedding, write_descriptors

SETTINGS = spectrum_settings(with_defaults({}))
FEW = pd.DataFrame({"molecule": ["toy", "toy"], "window": ["0-10", "0-20"], "n_structures": [20, 60]})
PRINTED = {("toy", "0-10", "14"): 9, ("toy", "0-10", "all"): 8, ("toy", "0-20", "all"): 90}


@pytest.fixture
def joined(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "printed_structures", lambda: FEW)
    monkeypatch.setattr(study, "published_components", lambda: PRINTED)
    values, energy = embedding(50, 4, 30), np.linspace(0, 20, 50)
    paths = [
        write_descriptors(tmp_path / f"{group}.h5", values[rows], energy[rows], space_group=group)
        for group, rows in ((14, slice(0, None, 2)), (2, slice(1, None, 2)))
    ]
    return JoinedDescriptors(paths)


def test_every_cut_is_decomposed_once(joined, monkeypatch):
    calls = []

    def counting(chosen, *rest):
        calls.append(chosen.n_structures)
        return real(chosen, *rest)

    real = comparison.spectrum
    monkeypatch.setattr(comparison, "spectrum", counting)
    cuts = cut_spectra(joined, "toy", SETTINGS)
    assert calls == [10, 20]
    assert [(cut.space_group, cut.n_structures, cut.is_comparable) for cut in cuts] == [
        ("14", 10, True),
        ("all", 20, True),
        ("all", 0, False),
    ]
    assert cut_spectra(joined, "other", SETTINGS) == []


def test_the_file_keeps_every_cut_bit_for_bit(joined, tmp_path):
    cuts = cut_spectra(joined, "toy", SETTINGS)
    write_cuts(tmp_path / "comparison.h5", cuts, provenance(STAGE, {}, []))
    again = read_cuts([tmp_path / "comparison.h5"])
    assert len(again) == len(cuts) == 3
    for one, other in zip(cuts, again, strict=True):
        for field in dataclasses.fields(one):
            ours, theirs = getattr(one, field.name), getattr(other, field.name)
            assert type(ours) is type(theirs)
            np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(InputError, match="there is no such file"):
        read_cuts([tmp_path / "none.h5"])


def test_the_table_needs_no_descriptors(joined):
    cuts = cut_spectra(joined, "toy", SETTINGS)
    frame = comparison_table(cuts, [])
    assert tuple(frame.columns) == COLUMNS
    assert frame.note.tolist()[2] == (
        "impossible: 60 structures need at most 48 components, the study prints 90; "
        "not comparable: our landscape has 50 structures, the study 60"
    )
    # Without the spectra of the windows only the number of structures is known.
    assert frame.window_structures.tolist() == [13, 25, 50]
    assert frame.window_variance.isna().all()
    expected = np.linalg.svd(joined.read(0, 20) - joined.read(0, 20).mean(axis=0), compute_uv=False)[:19]
    shares = np.cumsum(expected) / expected.sum()
    assert frame.singular_values.tolist()[1] == np.argmax(shares >= 0.8) + 1
    assert frame.ratio.tolist()[1] == pytest.approx(frame.singular_values.tolist()[1] / 8, abs=1e-3)
