"""Known forms and the crystals of a landscape that come closest to them, as a table and in words."""

from collections.abc import Sequence

import pandas as pd

from crystalspan.similarity.known_file import KnownForms
from crystalspan.similarity.known_forms import KnownForm

CAPTION = (
    "Known forms in the landscapes: the crystal that matches best, its rank among the crystals without repeats, its "
    "energy above the global minimum (kJ/mol), the molecules that match and their RMSD (angstrom); then near misses."
)
COLUMNS = (
    "molecule",
    "known_form",
    "source",
    "space_group",
    "density",
    "match",
    "rank",
    "id",
    "relative_energy",
    "matched",
    "molecules",
    "rmsd",
    "note",
)
FOUND, CLOSEST, NEAR, REFUSED = "found", "closest, not found", "near miss", "not compared"


def known_forms_table(known: Sequence[KnownForms]) -> pd.DataFrame:
    """One row a crystal that comes close to a known form, the best first; one a structure that cannot be compared.

    Parameters
    ----------
    known : sequence of KnownForms

    Returns
    -------
    DataFrame
        `COLUMNS`; `space_group` and `density` (g/cm3) are the known form's.
    """
    rows = [row for one in known for row in _rows(one)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({name: "Int64" for name in ("space_group", "rank", "matched", "molecules")})


def _rows(known: KnownForms) -> list[dict]:
    rows = []
    for form in known.forms:
        about = {
            "molecule": known.molecule,
            "known_form": form.id,
            "source": form.source,
            "space_group": form.space_group,
            "density": round(form.density, 4),
            "molecules": known.molecules,
        }
        matches = [(FOUND if form.found else CLOSEST, form.best), *((NEAR, one) for one in form.near)]
        rows += [
            about
            | {"match": kind, "rank": one.rank, "id": one.id, "relative_energy": round(one.relative_energy, 4)}
            | {"matched": one.matched, "rmsd": round(one.rmsd, 4)}
            for kind, one in matches
            if one is not None
        ]
    for refused in known.rejected:
        source = f"{refused.file}!{refused.record}" if refused.record else refused.file
        rows.append({"molecule": known.molecule, "source": source, "match": REFUSED, "note": refused.reason})
    return rows


def known_forms_sentences(known: Sequence[KnownForms]) -> list[str]:
    """Say in a line for each known form whether it is in the landscape, and where.

    Parameters
    ----------
    known : sequence of KnownForms
    """
    return [
        f"{one.molecule}, known form {form.id}: {_where(form, one.molecules)}" for one in known for form in one.forms
    ]


def _where(form: KnownForm, molecules: int) -> str:
    best = form.best
    if best is None:
        return "the landscape is empty"
    place = (
        f"{best.id}, rank {best.rank}, {best.relative_energy:.2f} kJ/mol above the global minimum "
        f"({best.matched} of {molecules} molecules, RMSD {best.rmsd:.2f} angstrom)"
    )
    return place if form.found else f"not found within the tolerances; the closest is {place}"
