"""The file of crystals that were made from a latent space, and by other ways."""

from collections.abc import Iterable

from crystalspan.arrays import PathLike
from crystalspan.latent.making import MadeCrystal, Making
from crystalspan.storage import Array, Group, Layout, Part, new_file, read_file, table

_ATTRIBUTES = {
    "molecule": str,
    "space_group": str,
    "window": str,
    "seed": int,
    "minima": int,
    "learnt": int,
    "left_out": int,
    "within": float,
    "round_trip": float,
    "decoded": float,
    "reason": str,
}
LAYOUT = Layout(
    "generate",
    "file of made crystals",
    Group(
        {
            "*": Group(
                {
                    "energy": Array("float64", ("n",)),
                    "density": Array("float64", ("n",)),
                    "held": Array("bool", ("n",)),
                    "crystals": table(MadeCrystal),
                },
                _ATTRIBUTES,
            )
        },
        {"molecule": str},
    ),
)


def write_makings(path: PathLike, molecule: str, makings: Iterable[Making], record: dict) -> None:
    """Write what was made; the file appears when it is complete.

    Parameters
    ----------
    path : path-like
    molecule : str
    makings : iterable of Making
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record, molecule=molecule) as file:
        for number, one in enumerate(makings):
            group = file.group(str(number), **{name: getattr(one, name) for name in _ATTRIBUTES})
            for name in ("energy", "density", "held"):
                group.put(name, getattr(one, name))
            group.rows("crystals", one.crystals, MadeCrystal)


def read_makings(paths: Iterable[PathLike]) -> list[Making]:
    """Read files of made crystals, in their order.

    Raises
    ------
    InputError
        A file is missing or is not of that kind.
    """
    return [one for path in paths for one in read_file(path, _makings, LAYOUT)]


def _makings(file: Part) -> list[Making]:
    if not all(name.isdecimal() for name in file.parts):
        raise file.refuse("it holds names that are no numbers")
    return [
        Making(
            **{name: part.attributes[name] for name in _ATTRIBUTES},
            energy=part["energy"],
            density=part["density"],
            held=part["held"],
            crystals=part.rows("crystals", MadeCrystal),
        )
        for _, part in sorted(file.parts.items(), key=lambda item: int(item[0]))
    ]
