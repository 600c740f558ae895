"""What people read: README.txt and CITATION.cff."""

import shlex
import textwrap

from crystalspan.export.about import Author
from crystalspan.export.columns import PROPERTIES
from crystalspan.export.datacite import LATER
from crystalspan.export.deposit import Deposit
from crystalspan.formats.records import printable

_WIDTH = 100
_ENERGIES = """\
Energies are lattice energies per mole of molecules. An id that is no plain name, and so not harmless in every format,
has another one here; the column original_id says which it was. In the CIFs an atom on a special position stands once.
"""
_SPLIT = """\
The column split puts each crystal into train, validation or test. It follows from a hash of ids and seed
(settings.json), so that it stays when crystals are added or left out. Groups (split_group) are never divided:
{together}.{partly}
"""
_PARTLY = " Relatives were looked for of the lowest crystals only; others may be alike as well."
_UNKNOWN = " Nobody looked for relatives, crystals that share much of their packing: they may be in several parts."
_BACK = """\
The CIFs are read back to the same landscape, in this folder (other programs read them, too):

    python -m crystalspan landscape structures.zip --molecule {molecule} \\
        --settings settings.json --output landscape.h5 --rejected again.csv
"""


def citation(deposit: Deposit) -> dict:
    """The content of ``CITATION.cff`` (version 1.2.0 of the format)."""
    about = deposit.about
    found: dict = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them as below.",
        "type": "dataset",
        "title": about.title,
        "authors": [_author(one) for one in about.authors] or [{"name": LATER}],
        "abstract": about.description,
        "keywords": ["crystal structure prediction", deposit.molecule],
        "date-released": about.date,
    }
    if about.licence.identifier:
        found["license"] = about.licence.identifier
    if about.doi:
        found["doi"] = about.doi
    software = {
        "type": "software",
        "title": "CrystalSpan: how many dimensions does a crystal-structure landscape span?",
        "authors": [{"name": "The CrystalSpan developers"}],
        "version": deposit.software,
        "license": "BSD-3-Clause",
    }
    return found | {"references": [software]}


def _author(author: Author) -> dict:
    found = {"family-names": author.family, "given-names": author.given} if author.given else {"name": author.family}
    return found | ({"orcid": author.orcid} if author.orcid else {})


def readme(deposit: Deposit, counts: dict[str, int], together: list[str], notes: list[str]) -> str:
    """The content of ``README.txt``.

    Parameters
    ----------
    deposit : Deposit
    counts : dict of str to int
        What there is of what: crystals, duplicates, parts of the split.
    together : list of str
        What the split keeps together.
    notes : list of str
        What is particular.
    """
    about = deposit.about
    authors = "; ".join(author.name for author in about.authors) or "not named yet"
    licence = about.licence.name or "none was chosen: ask the authors before you use the data"
    said = [f"Authors: {authors}", f"Date: {about.date}", f"Licence: {licence}"]
    said += [f"Cite as: {about.address}"] if about.address else []
    columns = {one.name: one.about + (f" ({one.unit})" if one.unit else "") for one in PROPERTIES}
    split = _SPLIT.format(together=", ".join(together), partly=_PARTLY if _knows_relatives(together) else _UNKNOWN)
    lines = [
        *_heading(about.title, "="),
        *(row for line in about.description.splitlines() for row in _wrapped(line)),
        "",
        *(row for line in said for row in _wrapped(line)),
        "",
        *_heading("Counts"),
        *(f"{number:>8,}  {what}" for what, number in counts.items()),
        *(row for note in notes for row in _wrapped(f"Note: {note}")),
        "",
        *_heading("Files"),
        *_two_columns({one.name: one.about for one in deposit.files}),
        "",
        *_heading("Columns of structures.csv"),
        *_two_columns(columns),
        "",
        *_wrapped(_ENERGIES),
        "",
        *_heading("Split"),
        *_wrapped(split),
        "",
        *_heading("The way back"),
        _BACK.format(molecule=shlex.quote(printable(deposit.molecule))),
    ]
    return "\n".join(lines)


def _knows_relatives(together: list[str]) -> bool:
    return any(one.startswith("relatives") for one in together)


def _heading(text: str, line: str = "-") -> list[str]:
    rows = _wrapped(text)
    return [*rows, line * max(map(len, rows))] + ([""] if line == "=" else [])


def _two_columns(told: dict[str, str]) -> list[str]:
    width = max(map(len, told))
    return [f"{name:{width}}  {about}" for name, about in told.items()]


def _wrapped(text: str) -> list[str]:
    # Texts of ours hold line ends, those of others only what can be printed.
    plain = printable(text.replace("\n", " "))
    return textwrap.wrap(plain, _WIDTH, break_on_hyphens=False) or [""]
