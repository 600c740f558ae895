"""The descriptors under which a landscape is looked at again: the section `descriptor_scan`, resolved."""

import dataclasses

from crystalspan.descriptors.parameters import SymmetryFunctions, symmetry_functions
from crystalspan.descriptors.soap import SoapSettings
from crystalspan.errors import InputError
from crystalspan.points.settings import Preparation, preparation
from crystalspan.settings import with_defaults

# What stays of the study's own section where a variant names a preset: they are no parameters of a preset.
_BESIDE_PRESETS = ("neighbours", "convention")


@dataclasses.dataclass(frozen=True)
class Variant:
    """One descriptor of a scan.

    Parameters
    ----------
    name : str
    source : SymmetryFunctions or SoapSettings
        What is computed of the crystals; variants of the same source share it.
    part : {"all", "radial", "angular"}
        Which columns are used.
    preparation : Preparation
        How they become one vector a structure.
    """

    name: str
    source: SymmetryFunctions | SoapSettings
    part: str
    preparation: Preparation


def resolved_variants(settings: dict) -> tuple[list[Variant], dict[str, str]]:
    """Complete the variants of a scan by the study's own settings.

    Parameters
    ----------
    settings : dict
        The study's sections `descriptor_scan`, `descriptor`, `points` and `resources`, their defaults filled in.

    Returns
    -------
    variants : list of Variant
        Without those that are the same as an earlier one.
    repeated : dict of str to str
        The names of those, and of the earlier ones.

    Raises
    ------
    InputError
        Two variants have one name, or the settings of one make no sense.
    """
    variants: dict[Variant, Variant] = {}
    repeated: dict[str, str] = {}
    names: set[str] = set()
    for item in settings["descriptor_scan"]:
        if item["name"] in names:
            raise InputError(
                f"two variants are called {item['name']!r}",
                record="descriptor_scan",
                remedy="give every variant a name of its own",
            )
        names.add(item["name"])
        variant = _resolved(item, settings)
        content = dataclasses.replace(variant, name="")
        if content in variants:
            repeated[variant.name] = variants[content].name
        else:
            variants[content] = variant
    return list(variants.values()), repeated


def _resolved(item: dict, settings: dict) -> Variant:
    prepared = preparation({**settings, "points": {**settings["points"], **item["points"]}})
    if prepared.pooling != "concatenate":
        # A mean knows no order: it must not count as another variant.
        prepared = dataclasses.replace(prepared, atom_order="input")
    return Variant(item["name"], _source(item, settings["descriptor"]), item["part"], prepared)


def _source(item: dict, descriptor: dict) -> SymmetryFunctions | SoapSettings:
    place = f"descriptor_scan, {item['name']}"
    own = item["descriptor"]
    if item["soap"] is not None:
        if own or item["part"] != "all":
            raise InputError(
                "SOAP has no symmetry functions: 'descriptor' and 'part' mean nothing beside 'soap'",
                record=place,
                remedy="leave them out, or make two variants of it",
            )
        return SoapSettings(**item["soap"])
    kept = {key: descriptor[key] for key in _BESIDE_PRESETS} if "preset" in own else descriptor
    try:
        return symmetry_functions(with_defaults({**kept, **own}, "descriptor"))
    except InputError as error:
        raise InputError(error.problem, record=f"{place}, {error.record}", remedy=error.remedy) from None
