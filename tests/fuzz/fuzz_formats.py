"""Fuzz every reader, and what is written after it, with atheris (not part of the tests; needs `pip install atheris`).

    python tests/fuzz/fuzz_formats.py CORPUS_FOLDER -max_total_time=300 -timeout=20 -rss_limit_mb=2048

The first byte chooses the format that the rest is read as, or detection; what is found goes on to the landscape file
and the list of rejected structures. The corpus folder is filled with valid files.
"""

import hashlib
import sqlite3
import sys
import tempfile
from pathlib import Path

import atheris

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / "formats"), str(_TESTS.parent / "workflow")]
import crystalspan.crystallography.completion  # noqa: E402, F401  (numba compiles it as it stands)

with atheris.instrument_imports(include=["crystalspan.formats", "ase.io.extxyz"]):
    from crystalspan.formats import registry
    from crystalspan.formats.interface import Item

import formats_help  # noqa: E402
import written_landscapes  # noqa: E402

FORMATS = [None, *registry.FORMATS]
_FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-formats-"))


def one_input(data: bytes):
    """Read some bytes; any exception but `InputError` is a find."""
    if not data:
        return
    kind = FORMATS[data[0] % len(FORMATS)]
    path = _FOLDER / "member.res"
    path.write_bytes(data[1:])
    name = kind.name if kind is not None and kind.name in registry.BY_NAME else None
    written_landscapes.landscape_and_rejections(path, name, _FOLDER)


def seeds():
    """Yield valid files of every format."""
    import ase
    import ase.db

    texts = [formats_help.MOL_CSPY, formats_help.DMACRYS, formats_help.AIRSS, formats_help.CIF, formats_help.EXTXYZ]
    texts += [written_landscapes.MOLECULES_RES, written_landscapes.MOLECULES_CIF, written_landscapes.MOLECULES_EXTXYZ]
    yield from (text.encode() for text in [*texts, formats_help.CSV])
    files = [(f"{k}.res", text) for k, text in enumerate(texts)]
    yield formats_help.zipped([*files, ("t.csv", formats_help.CSV)])
    yield from (formats_help.tarred(files, mode) for mode in ("w", "w:gz", "w:bz2", "w:xz"))
    yield formats_help.zipped([("[Content_Types].xml", ""), ("xl/worksheets/sheet1.xml", _SHEET)])
    with tempfile.TemporaryDirectory() as folder:
        atoms = ase.Atoms("CO", positions=[[0, 0, 0], [1, 1, 1]], cell=[4, 5, 6], pbc=True)
        for suffix in ("db", "json"):
            with ase.db.connect(f"{folder}/x.{suffix}") as db:
                db.write(atoms, lattice_energy=-3.0)
            yield Path(folder, f"x.{suffix}").read_bytes()
        with sqlite3.connect(f"{folder}/m.db") as db:
            db.execute("pragma page_size = 512")
            db.execute("create table crystal (id string, energy float, file_content string)")
            db.execute("insert into crystal values ('a', -3, ?)", (formats_help.MOL_CSPY,))
        db.close()
        yield Path(folder, "m.db").read_bytes()


_SHEET = """<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is>
<t>energy</t></is></c></row><row r="2"><c r="A2"><v>7</v></c><c r="B2"><v>-5</v></c></row></sheetData></worksheet>"""


def main():
    """Fill the corpus and fuzz."""
    corpus = Path(next(word for word in sys.argv[1:] if not word.startswith("-")))
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        item = Item.in_memory(seed, "file", "member", 0)
        kinds = {0, FORMATS.index(registry.detect(item))}
        for kind in kinds:
            data = bytes([kind]) + seed
            (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
