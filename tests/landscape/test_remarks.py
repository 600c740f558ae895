import numpy as np
import pytest

from crystalspan.landscape.remarks import energy_remarks


@pytest.mark.parametrize(
    ("energies", "words"),
    [
        ([], []),
        ([-88.4], []),
        ([-88.4, -87.7, -60.0], []),
        ([-88.4, -78.4], []),
        ([-87.7, -1e6, -88.4], ["(b), -1000000.00 kJ/mol, lies 999911.6 kJ/mol below the next"]),
        ([-98.5, -88.4], ["lies 10.1 kJ/mol below the next"]),
        ([-98.5, -98.5, -88.4], []),
        ([-80.0] * 3, ["all 3 energies are equal"]),
        ([111.5, 113.6], ["all energies are positive"]),
        ([111.5] * 2, ["are equal", "are positive"]),
        ([0.0, 5.0], []),
    ],
)
def test_odd_energies_are_remarked_on(energies, words):
    found = energy_remarks(np.array(energies), ["a", "b", "c"][: len(energies)])
    assert len(found) == len(words)
    for remark, word in zip(found, words, strict=True):
        assert word in remark


def test_relative_energies_may_be_positive():
    assert energy_remarks([0.0, 3.5], relative=True) == []
    (remark,) = energy_remarks([2.5, 3.5], ["a", "b"], relative=True)
    assert "2.50 kJ/mol (a): the structure at 0 is missing" in remark
