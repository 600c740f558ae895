"""The file of known forms looked for in a landscape: a group for each form, with the crystals that come closest."""

import dataclasses
from collections.abc import Iterable, Sequence

from crystalspan.arrays import PathLike
from crystalspan.formats.records import Rejection
from crystalspan.landscape.records import Mark
from crystalspan.similarity.known_forms import KnownForm, MatchedCrystal
from crystalspan.storage import Group, Layout, Part, new_file, read_file, table


@dataclasses.dataclass(frozen=True)
class _Refused:
    """A structure that could not be compared."""

    file: str
    record: str
    reason: str
    remedy: str


_ABOUT = {"id": str, "source": str, "space_group": int, "density": float, "found": bool}
_FORM = Group({"matches": table(MatchedCrystal)}, {"number": int, **_ABOUT})
LAYOUT = Layout(
    "match",
    "file of known forms",
    Group({"forms": Group({"*": _FORM}), "rejected": table(_Refused)}, {"molecule": str, "molecules": int}),
)


@dataclasses.dataclass(frozen=True)
class KnownForms:
    """What was found of a molecule's known forms.

    Parameters
    ----------
    molecule : str
    molecules : int
        In the clusters that were laid over each other.
    forms : list of KnownForm
    rejected : list of Rejection
        Structures that could not be compared.
    """

    molecule: str
    molecules: int
    forms: list[KnownForm]
    rejected: list[Rejection]


def write_known_forms(path: PathLike, known: KnownForms, record: dict) -> None:
    """Write what was found of known forms; the file appears when it is complete.

    Parameters
    ----------
    path : path-like
    known : KnownForms
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record, molecule=known.molecule, molecules=known.molecules) as file:
        forms = file.group("forms")
        for number, form in enumerate(known.forms):
            told = {name: getattr(form, name) for name in _ABOUT}
            part = forms.group(str(number), number=number, **told)
            part.rows("matches", [*([form.best] if form.best else []), *form.near], MatchedCrystal)
        refused = [_Refused(one.file, one.record, one.reason, one.remedy) for one in known.rejected]
        file.rows("rejected", refused, _Refused)


def read_known_forms(paths: Iterable[PathLike]) -> list[KnownForms]:
    """Read files of known forms, in their order.

    Raises
    ------
    InputError
        A file is missing or is not a file of known forms.
    """
    return [read_file(path, _known, LAYOUT) for path in paths]


def _known(file: Part) -> KnownForms:
    parts = sorted(file.parts["forms"].parts.values(), key=lambda part: part.attributes["number"])
    refused = file.rows("rejected", _Refused)
    return KnownForms(
        file.attributes["molecule"],
        file.attributes["molecules"],
        [_form(part) for part in parts],
        [Rejection(one.file, one.record, one.reason, one.remedy) for one in refused],
    )


def _form(part: Part) -> KnownForm:
    matches = part.rows("matches", MatchedCrystal)
    told = {name: part.attributes[name] for name in _ABOUT}
    return KnownForm(**told, best=matches[0] if matches else None, near=matches[1:])


def marks(known: Sequence[KnownForms]) -> list[Mark]:
    """Return the crystals that are known forms, for figures; forms that are the same crystal share a mark."""
    names: dict[str, list[str]] = {}
    crystals: dict[str, MatchedCrystal] = {}
    for one in known:
        for form in one.forms:
            if form.found and form.best is not None:
                names.setdefault(form.best.id, []).append(form.id)
                crystals[form.best.id] = form.best
    return [
        Mark(", ".join(dict.fromkeys(names[name])), name, best.relative_energy, best.density)
        for name, best in crystals.items()
    ]
