"""The file of similarities: packing motifs, relatives, and who keeps them near, for each set of structures."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.similarity.kept import KeptSimilarity, MeasuredRecall, RelativePair
from crystalspan.similarity.motif import STATUS
from crystalspan.storage import TEXT, Array, Group, Layout, Part, Writer, new_file, read_file, table

_NAMES = ("molecule", "space_group", "window")
_NUMBERS = ("n_structures", "n_queries", "molecules")
_POPULATION = Group(
    {
        "id": Array(TEXT, ("n",)),
        "relative_energy": Array("float64", ("n",)),
        "relatives": table(RelativePair),
        "recalls": table(MeasuredRecall),
    },
    {"number": int, **dict.fromkeys(_NAMES, str), **dict.fromkeys(_NUMBERS, int)},
)


@dataclasses.dataclass(frozen=True)
class CrystalMotif:
    """The packing motif of a crystal, as `crystalspan.similarity.motif.Motif` says.

    Parameters
    ----------
    id : str
    relative_energy : float, kJ/mol
    motif : str
    stacking_distance, slip : float, angstrom
    tilt : float, degrees
    """

    id: str
    relative_energy: float
    motif: str
    stacking_distance: float
    slip: float
    tilt: float


LAYOUT = Layout(
    "similarity",
    "file of similarities",
    Group(
        {"motifs": table(CrystalMotif), "populations": Group({"*": Group({"*": _POPULATION})})},
        {"molecule": str, "motif_status": str, "descriptor_settings?": object},
    ),
)


@dataclasses.dataclass(frozen=True)
class Similarities:
    """What was found of a molecule's crystals.

    Parameters
    ----------
    molecule : str
    motif_status : str
        How far the motifs' labels can be trusted: ``experimental``.
    motifs : list of CrystalMotif
    populations : list of KeptSimilarity
    """

    molecule: str
    motif_status: str
    motifs: list[CrystalMotif]
    populations: list[KeptSimilarity]


def write_similarities(
    path: PathLike, molecule: str, motifs: list[CrystalMotif], populations: Iterable[KeptSimilarity], record: dict
) -> None:
    """Write a file of similarities; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    molecule : str
    motifs : list of CrystalMotif
    populations : iterable of KeptSimilarity
        May make each one when its turn comes.
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record, molecule=molecule, motif_status=STATUS) as file:
        file.rows("motifs", motifs, CrystalMotif)
        whole, groups = file.group("populations"), dict[str, Writer]()
        for number, one in enumerate(populations):
            if one.space_group not in groups:
                groups[one.space_group] = whole.group(one.space_group)
            told = {name: getattr(one, name) for name in (*_NAMES, *_NUMBERS)}
            part = groups[one.space_group].group(one.window, number=number, **told)
            part.put("id", one.id)
            part.put("relative_energy", one.relative_energy)
            part.rows("relatives", one.relatives, RelativePair)
            part.rows("recalls", one.recalls, MeasuredRecall)


def read_similarities(paths: Iterable[PathLike]) -> list[Similarities]:
    """Read files of similarities, in their order.

    Raises
    ------
    InputError
        A file is missing or is not a file of similarities.
    """
    return [read_file(path, _similarities, LAYOUT) for path in paths]


def _similarities(file: Part) -> Similarities:
    parts = [part for group in file.parts["populations"].parts.values() for part in group.parts.values()]
    parts.sort(key=lambda part: part.attributes["number"])
    told = file.attributes["molecule"], file.attributes["motif_status"]
    return Similarities(*told, file.rows("motifs", CrystalMotif), [_population(part) for part in parts])


def _population(part: Part) -> KeptSimilarity:
    relatives, n = part.rows("relatives", RelativePair), len(part["id"])
    if not all(0 <= one.query < n and 0 <= one.other < n for one in relatives):
        raise part.refuse(f"names relatives that are none of its {n} crystals")
    return KeptSimilarity(
        **{name: part.attributes[name] for name in (*_NAMES, *_NUMBERS)},
        id=np.asarray(part["id"]),
        relative_energy=part["relative_energy"],
        relatives=relatives,
        recalls=part.rows("recalls", MeasuredRecall),
    )
