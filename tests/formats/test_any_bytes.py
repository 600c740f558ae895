"""Whatever a file holds: structures, reasons or an `InputError`; never another exception, never a hang."""

import io
import sqlite3

import ase
import ase.db
import pytest
from formats_help import AIRSS, CIF, CSV, DMACRYS, EXTXYZ, MOL_CSPY, numbered, tarred, write, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_databases import crystals, mol_cspy
from test_energy_tables import ROWS, workbook
from written_landscapes import MOLECULES_CIF, MOLECULES_EXTXYZ, MOLECULES_RES, landscape_and_rejections

from crystalspan.formats.records import RawStructure
from crystalspan.formats.registry import BY_NAME
from crystalspan.formats.sources import SourceReader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    for suffix in ("db", "json"):
        with ase.db.connect(folder / f"ase.{suffix}") as db:
            for atoms in crystals():
                db.write(atoms, name="x")
    small = folder / "small.db"
    with sqlite3.connect(small) as db:
        db.execute("pragma page_size = 512")
        db.execute("vacuum")
    db.close()
    many = io.StringIO()
    many.write(EXTXYZ * 3)
    return {
        "res": (MOL_CSPY + DMACRYS + AIRSS).encode(),
        "cif": (CIF + CIF.replace("form_I", "other")).encode(),
        "extxyz": many.getvalue().encode(),
        "mol-cspy": mol_cspy(small, []).read_bytes(),
        "ase-db": (folder / "ase.db").read_bytes(),
        "ase-json": (folder / "ase.json").read_bytes(),
        "zip": zipped([*numbered(DMACRYS, 2), ("t.csv", CSV), ("t.xlsx", workbook(ROWS))]),
        "tar": tarred([*numbered(DMACRYS, 2), ("a.cif", CIF)]),
        "tar.gz": tarred(numbered(DMACRYS, 2), "w:gz"),
        "tar.xz": tarred(numbered(DMACRYS, 2), "w:xz"),
        "xlsx": zipped([("a.res", DMACRYS.replace("(-48.367)", "")), ("t.xlsx", workbook(ROWS))]),
        "molecules.res": MOLECULES_RES.encode(),
        "molecules.cif": (MOLECULES_CIF + MOLECULES_CIF.replace("first", "second")).encode(),
        "molecules.extxyz": (MOLECULES_EXTXYZ + MOLECULES_EXTXYZ.replace("first", "second")).encode(),
        "molecules.zip": zipped([("a.res", MOLECULES_RES), ("b.cif", MOLECULES_CIF)]),
    }


def mutated(draw, data: bytes) -> bytes:
    """A few bytes or pieces changed, cut out, doubled or put in."""
    data = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.sampled_from([1, 1, 2, 4, 8, 64, 512]))
        piece = bytes(data[at : at + length])
        new = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b"", piece * 2, b"\xff" * len(piece), b"\0" * len(piece)]),
                st.sampled_from([b"\n", b" ", b"'", b";", b"-1", b"1e999", b"nan", b"99999999999", b"TITL", b"data_"]),
            )
        )
        data[at : at + length] = new
    return bytes(data)


@pytest.mark.parametrize(
    "name",
    ["res", "cif", "extxyz", "mol-cspy", "ase-db", "ase-json", "zip", "tar", "tar.gz", "tar.xz", "xlsx",
     "molecules.res", "molecules.cif", "molecules.extxyz", "molecules.zip"],
)  # fmt: skip
def test_mutated_files(samples, tmp_path_factory, name):
    path = tmp_path_factory.mktemp("any") / "file"

    @settings(max_examples=120, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data(), st.booleans())
    def run(data, named):
        write(path, mutated(data.draw, samples[name]))
        landscape_and_rejections(path, name if named and name in BY_NAME else None, path.parent)

    run()


def test_the_samples_themselves_are_read(samples, tmp_path):
    for name, data in samples.items():
        found = SourceReader().read(write(tmp_path / name / "file", data))
        assert found
        if name.startswith("molecules"):
            assert landscape_and_rejections(tmp_path / name / "file", None, tmp_path)[0] > 0
        assert all(isinstance(one, RawStructure) or "of the cell" in one.reason for one in found)


@settings(max_examples=100, derandomize=True, database=None)
@given(st.binary(max_size=300), st.sampled_from([None, *BY_NAME]))
def test_any_bytes_as_any_format(tmp_path_factory, data, name):
    path = write(tmp_path_factory.getbasetemp() / "any" / "bytes", data)
    landscape_and_rejections(path, name, path.parent)
