"""What people read: README.txt and CITATION.cff."""

from crystalspan.export.columns import PROPERTIES
from crystalspan.export.datacite import LATER
from crystalspan.export.deposit import Deposit
from crystalspan.formats.records import printable

_SPLIT = """\
The column split of structures.csv puts each crystal into train, validation or test. It follows from a hash of ids and
seed (settings.json), so that it stays when crystals are added or left out. Groups (split_group) are never divided:
{together}.{partly}
"""
_BACK = """\
The CIFs are read back to the same landscape (other programs read them, too):

    python -m crystalspan landscape structures.zip --molecule {molecule} --settings settings.json -o landscape.h5
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
    return found | {
        "references": [
            {
                "type": "software",
                "title": "CrystalSpan: how many dimensions does a crystal-structure landscape span?",
                "authors": [{"name": "The CrystalSpan developers"}],
                "version": deposit.software,
                "license": "BSD-3-Clause",
            }
        ]
    }


def _partly(together: list[str]) -> str:
    known = any("relatives" in one for one in together)
    if known:
        return " Relatives were looked for of the lowest crystals only; others may be alike as well."
    return " Nobody looked for relatives, crystals that share much of their packing: they may be in several parts."


def _author(author) -> dict:
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
    title = printable(about.title)
    authors = "; ".join(printable(author.name) for author in about.authors) or "not named yet"
    licence = printable(about.licence.name) or "none was chosen: ask the authors before you use the data"
    lines = [title, "=" * min(len(title), 120), "", printable(about.description), ""]
    lines += [f"Authors: {authors}", f"Date: {about.date}", f"Licence: {licence}"]
    lines += [f"Cite as: {about.address}"] if about.address else []
    lines += ["", "Counts", "------"] + [f"{number:>8,}  {what}" for what, number in counts.items()]
    lines += [f"Note: {note}" for note in notes]
    lines += ["", "Files", "-----"]
    width = max(len(one.name) for one in deposit.files)
    lines += [f"{one.name:{width}}  {one.about}" for one in deposit.files]
    lines += ["", "Columns of structures.csv", "-------------------------"]
    width = max(len(one.name) for one in PROPERTIES)
    lines += [f"{one.name:{width}}  {one.about}{f' ({one.unit})' if one.unit else ''}" for one in PROPERTIES]
    lines += [
        "",
        "Energies are lattice energies per mole of molecules. Atoms are listed in whole molecules where symmetry",
    ]
    lines += ["allows. An id that is no plain name has another one here; the column original_id says which it was.", ""]
    lines += ["Split", "-----", _SPLIT.format(together=", ".join(together), partly=_partly(together))]
    lines += ["The way back", "------------", _BACK.format(molecule="NAME")]
    return "\n".join(lines)
