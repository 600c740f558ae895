"""Names that stand for ids: harmless everywhere, all different, and the ids themselves wherever that can be."""

import io
import re

import hypothesis
import pandas as pd
import pytest
from hypothesis import strategies as st

from crystalspan.export.names import is_plain, safe_names

ODD = [
    "",
    ".",
    "..",
    "../../x",
    "a/b",
    "a\\b",
    "CON",
    "nul.txt",
    "-o",
    "1",
    "007",
    "1e5",
    "NaN",
    "None",
    "T",
    "x" * 300,
    "a b",
    "é",
]


@pytest.mark.parametrize(
    "one", ["anti-BDT-QR-14-112-2", "ANTCEN_opt_ai31", "job_00012", "1.2-toluene+x", "0xff", "a" * 64, "14-8087"]
)
def test_a_plain_id_stays(one):
    assert safe_names([one]) == [one]


@pytest.mark.parametrize("one", ODD)
def test_an_odd_id_gets_another_name(one):
    (name,) = safe_names([one])
    assert name != one
    assert is_plain(name)


def test_a_number_stays_readable():
    assert safe_names(["14", "NaN", "x y"])[:2] == ["crystal-14", "crystal-NaN"]
    assert re.fullmatch("x_y-[0-9a-f]{8}", safe_names(["x y"])[0])


def test_no_other_name_takes_that_of_a_plain_id():
    assert safe_names(["14", "crystal-14"])[1] == "crystal-14"
    first, second, third = safe_names(["Ab", "ab", "AB"])
    assert first == "Ab"
    assert len({first.lower(), second.lower(), third.lower()}) == 3


texts = st.one_of(st.text(max_size=12), st.sampled_from(ODD), st.from_regex(r"[Aa1.eE+-]{1,4}", fullmatch=True))


@hypothesis.given(st.lists(texts, min_size=1, max_size=30, unique=True))
def test_names_of_anything_are_plain_and_different(ids):
    names = safe_names(ids)
    assert len({name.lower() for name in names}) == len(ids)
    assert all(map(is_plain, names))
    assert all(re.fullmatch(r"[A-Za-z0-9_.+-]{1,64}", name) and not name.endswith(".") for name in names)
    plain = [one for one in ids if is_plain(one)]
    if len({one.lower() for one in plain}) == len(plain):
        assert [name for one, name in zip(ids, names, strict=True) if is_plain(one)] == plain
    # Each is text for whoever reads the table, alone in its column or not.
    for name in names:
        (found,) = pd.read_csv(io.StringIO(f"id,x\n{name},1\n")).id
        assert found == name
    assert safe_names(ids) == names
