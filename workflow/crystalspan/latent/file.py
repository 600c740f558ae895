"""The file of the latent space: basins, curves of held-out minima, and latent coordinates of structures."""

from collections.abc import Iterable

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.latent.basins import Basin, BasinRecord
from crystalspan.latent.bottleneck import Curve, Knee
from crystalspan.latent.codes import CodedStructures, Codes
from crystalspan.latent.molecule import MoleculeLatent
from crystalspan.latent.unseen import Unseen
from crystalspan.storage import TEXT, Array, Group, Layout, Part, Writer, new_file, read_file, table

_KNEE = {"width": int, "bend": float, "error": float, "flag": str}
# A curve a method, with the place that it has in the order of methods.
_CURVES = Group(
    {
        "*": Group(
            {
                "widths": Array("int64", ("w",), least=1, rising=True),
                "unexplained": Array("float64", ("seeds", "w"), least=0),
            },
            {"number": int, **{f"knee_{name}": kind for name, kind in _KNEE.items()}},
        )
    }
)
_NAMES = ("molecule", "space_group", "window")
_UNSEEN = ("training_set", "minima", "added", "held", "reason")
_CODES = Group(
    {"coordinates": Array("float64", ("n", "k")), "quality": Group({}, {"*": float})},
    {"number": int, "method": str},
)
LAYOUT = Layout(
    "latent",
    "file of the latent space",
    Group(
        {
            "basins": Group({"structures": table(BasinRecord), "curves": Group({"*": _CURVES})}),
            "landscape": Group(
                {
                    "*": Group(
                        {"curves": _CURVES},
                        {
                            **dict.fromkeys(_NAMES, str),
                            "training_set": str,
                            **dict.fromkeys(("minima", "added", "held"), int),
                            "reason": str,
                        },
                    )
                }
            ),
            "codes": Group(
                {
                    "*": Group(
                        {"id": Array(TEXT, ("n",)), "relative_energy": Array("float64", ("n",)), "*": _CODES},
                        {**dict.fromkeys(_NAMES, str), "reason": str},
                    )
                }
            ),
        },
        {"molecule": str, "descriptor_settings?": object},
    ),
)


def write_latent(path: PathLike, found: MoleculeLatent, record: dict) -> None:
    """Write what was found of a molecule's latent space; the file appears when it is complete.

    Parameters
    ----------
    path : path-like
    found : MoleculeLatent
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record, molecule=found.molecule) as file:
        basins = file.group("basins")
        basins.rows("structures", [one.record for one in found.basins], BasinRecord)
        curves = basins.group("curves")
        for number, basin in enumerate(found.basins):
            _put_curves(curves.group(str(number)), basin.curves)
        landscape = file.group("landscape")
        for number, one in enumerate(found.unseen):
            group = landscape.group(str(number), **{name: getattr(one, name) for name in (*_NAMES, *_UNSEEN)})
            _put_curves(group.group("curves"), one.curves)
        codes = file.group("codes")
        for number, coded in enumerate(found.coded):
            _put_codes(codes.group(str(number), **{name: getattr(coded, name) for name in (*_NAMES, "reason")}), coded)


def _put_codes(group: Writer, coded: CodedStructures) -> None:
    group.put("id", coded.id)
    group.put("relative_energy", coded.relative_energy)
    for number, one in enumerate(coded.codes):
        part = group.group(f"{one.method} {one.width}", number=number, method=one.method)
        part.put("coordinates", one.coordinates)
        part.group("quality", **one.quality)


def _put_curves(group: Writer, curves: dict[str, Curve]) -> None:
    for number, (name, curve) in enumerate(curves.items()):
        knee = {f"knee_{key}": value for key, value in curve.knee._asdict().items()}
        part = group.group(name, number=number, **knee)
        part.put("widths", curve.widths)
        part.put("unexplained", curve.unexplained)


def read_latent(paths: Iterable[PathLike]) -> list[MoleculeLatent]:
    """Read files of the latent space, a molecule each.

    Raises
    ------
    InputError
        A file is missing or is not of that kind.
    """
    return [read_file(path, _molecule, LAYOUT) for path in paths]


def read_codes(paths: Iterable[PathLike]) -> list[CodedStructures]:
    """Read the latent coordinates of structures, file by file.

    Raises
    ------
    InputError
        A file is missing or is not of that kind.
    """
    return [coded for path in paths for coded in read_file(path, _coded, LAYOUT)]


def _molecule(file: Part) -> MoleculeLatent:
    part = file.parts["basins"]
    records, curves = part.rows("structures", BasinRecord), _in_order(part.parts["curves"])
    if len(records) != len(curves):
        raise file.refuse(f"{len(records)} structures have {len(curves)} sets of curves")
    basins = [Basin(record, _get_curves(one)) for record, one in zip(records, curves, strict=True)]
    unseen = [
        Unseen(**{name: one.attributes[name] for name in (*_NAMES, *_UNSEEN)}, curves=_get_curves(one.parts["curves"]))
        for one in _in_order(file.parts["landscape"])
    ]
    return MoleculeLatent(file.attributes["molecule"], basins, unseen, _coded(file))


def _coded(file: Part) -> list[CodedStructures]:
    return [
        CodedStructures(
            **{name: one.attributes[name] for name in (*_NAMES, "reason")},
            id=one["id"],
            relative_energy=one["relative_energy"],
            codes=[
                Codes(made.attributes["method"], made["coordinates"], made.parts["quality"].attributes)
                for made in sorted(one.parts.values(), key=lambda made: made.attributes["number"])
            ],
        )
        for one in _in_order(file.parts["codes"])
    ]


def _in_order(group: Part) -> list[Part]:
    """The parts of a group whose names are numbers."""
    if not all(name.isdecimal() for name in group.parts):
        raise group.refuse(f"{group.name} holds names that are no numbers")
    return [group.parts[name] for name in sorted(group.parts, key=int)]


def _get_curves(group: Part) -> dict[str, Curve]:
    found = {}
    for one in sorted(group.parts.values(), key=lambda part: part.attributes["number"]):
        knee = Knee(**{name: one.attributes[f"knee_{name}"] for name in _KNEE})
        found[one.name] = Curve(one.name, np.asarray(one["widths"]), one["unexplained"], knee)
    return found
