"""What is known of every crystal: columns that the page shows, colours, and draws as the axes of maps."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np

from crystalspan.crystallography.space_groups import symbol
from crystalspan.landscape.file import Landscape
from crystalspan.maps.file import MappedPopulation
from crystalspan.maps.table import METHOD_NAMES
from crystalspan.printing.labels import ALL
from crystalspan.similarity.file import Similarities
from crystalspan.similarity.known_file import KnownForms, marks
from crystalspan.spectra.file import StoredSpectrum
from crystalspan.study import in_interval, parse_interval

# A text of more kinds is no legend (chemiscope takes no more): the commonest keep their names.
MOST_KINDS = 20
ENERGY, DENSITY, KNOWN = "relative energy", "density", "known form"


@dataclasses.dataclass(frozen=True)
class Column:
    """One property of all crystals.

    Parameters
    ----------
    name : str
    values : (n,) float64 or object array of str
        NaN where a number is not known.
    step : float
        Numbers are kept to this resolution; 0 for text.
    unit, about : str
    rises : bool
        Whether no number is smaller than the one before it.
    """

    name: str
    values: np.ndarray
    step: float = 0.0
    unit: str = ""
    about: str = ""
    rises: bool = False


@dataclasses.dataclass(frozen=True)
class Axes:
    """Two columns that make a map.

    Parameters
    ----------
    label : str
    x, y : str
        Names of columns.
    note : str
        What is to be known of it.
    """

    label: str
    x: str
    y: str
    note: str = ""


def crystal_columns(landscape: Landscape, windows: Sequence[str]) -> list[Column]:
    """What a landscape file says of its crystals.

    Parameters
    ----------
    landscape : Landscape
    windows : sequence of str
        Energy windows, such as ``0-10`` (kJ/mol), widening.
    """
    found = [
        Column(ENERGY, landscape.relative_energy, 0.001, "kJ/mol", "above the lowest crystal of all", rises=True),
        Column(DENSITY, landscape.density, 0.0001, "g/cm3"),
        Column("space group", _kinds([symbol(int(group)) for group in landscape.space_group])),
        Column("Z'", _kinds([f"{z:g}" for z in landscape.z_prime]), about="molecules in the asymmetric unit"),
        Column("conformer", _kinds([_conformer(int(one)) for one in np.asarray(landscape.conformer)])),
    ]
    if windows:
        found.append(Column("window", _windows(landscape.relative_energy, windows), about="the narrowest, kJ/mol"))
    repeats = ["yes" if other else "no" for other in np.asarray(landscape.duplicate_of)]
    found.append(Column("duplicate", _kinds(repeats), about="whether it repeats a crystal of lower energy"))
    return found


def further_columns(
    ids: Sequence[str], known: Sequence[KnownForms] = (), similarities: Sequence[Similarities] = ()
) -> list[Column]:
    """What other rooms' files say of single crystals; a further column is a line here.

    Parameters
    ----------
    ids : (n,) str
        Of the landscape.
    known : sequence of KnownForms
    similarities : sequence of Similarities
    """
    found = []
    if known:
        names = {mark.id: mark.label for mark in marks(known)}
        texts = [names.get(one, "none") for one in ids]
        found.append(Column(KNOWN, _kinds(texts), about="the known form that the crystal is"))
    motifs = {one.id: one for part in similarities for one in part.motifs}
    if motifs:
        about = f"packing motif ({similarities[0].motif_status})"
        texts = [motifs[one].motif if one in motifs else "not looked for" for one in ids]
        found.append(Column("motif", _kinds(texts), about=about))
        for name, step, unit in (("stacking_distance", 0.001, "angstrom"), ("tilt", 0.01, "degrees")):
            values = [getattr(motifs[one], name) if one in motifs else np.nan for one in ids]
            found.append(Column(name.replace("_", " "), np.array(values, dtype=float), step, unit, about))
    return found


def _conformer(number: int) -> str:
    return "several" if number < 0 else str(number)


def _windows(energy: np.ndarray, windows: Sequence[str]) -> np.ndarray:
    found = np.full(len(energy), "above", dtype=object)
    for label in reversed(windows):
        found[in_interval(energy, *parse_interval(label))] = label
    return found


def _kinds(texts: Sequence[str]) -> np.ndarray:
    """Texts (n,), of which only the commonest keep their names where there are too many kinds for a legend."""
    counts = Counter(texts)
    kept = counts.keys() if len(counts) <= MOST_KINDS else {one for one, _ in counts.most_common(MOST_KINDS - 1)}
    return np.array([*(one if one in kept else "other" for one in texts), None], dtype=object)[:-1]


def map_columns(
    ids: Sequence[str], spectra: Sequence[StoredSpectrum], populations: Sequence[MappedPopulation]
) -> tuple[list[Column], list[Axes]]:
    """The coordinates of every map, crystal by crystal; NaN where a map does not show one.

    Parameters
    ----------
    ids : (n,) str
        Of the landscape.
    spectra : sequence of StoredSpectrum
        The two leading principal components of the widest window of each set of structures stand for the map ``pca``,
        which may show fewer crystals.
    populations : sequence of MappedPopulation
        Every method in them, known by name or not.
    """
    row = {one: i for i, one in enumerate(ids)}
    maps = {}
    for one in _widest(spectra):
        if one.scores.shape[1] >= 2:
            maps[one.space_group, "pca"] = one.id, one.scores[:, :2], ""
    for population in populations:
        for made in population.maps:
            key = population.space_group, made.method
            if made.coordinates.shape[1] == 2 and key not in maps:
                maps[key] = population.id, made.coordinates, made.note
    columns: list[Column] = []
    axes = []
    for (group, method), (names, coordinates, note) in sorted(maps.items(), key=_order):
        values = np.full((len(ids), 2), np.nan)
        places = [(row[name], i) for i, name in enumerate(names) if name in row]
        if not places:
            continue
        rows, order = np.array(places).T
        values[rows] = coordinates[order]
        label = METHOD_NAMES.get(method, method.replace("_", " "))
        short = ("PC" if method == "pca" else label) + ("" if group == ALL else f" ({_group(group)})")
        pair = _pair(short, values)
        columns += pair
        where = "all space groups" if group == ALL else _group(group)
        axes.append(Axes(f"{label}, {where}", pair[0].name, pair[1].name, note))
    return columns, axes


def _pair(label: str, values: np.ndarray) -> list[Column]:
    range_ = max(float(np.nanmax(np.ptp(values[~np.isnan(values[:, 0])], axis=0))), 1e-9)
    head, bracket, tail = label.partition(" (")
    return [Column(f"{head} {i + 1}{bracket}{tail}", values[:, i], range_ / 16_000) for i in (0, 1)]


def _group(label: str) -> str:
    return symbol(int(label)) if label.isdigit() else label


def _order(item) -> tuple:
    (group, method), _ = item
    known = list(METHOD_NAMES)
    return group != ALL, int(group) if group.isdigit() else 0, known.index(method) if method in known else len(known)


def _widest(spectra: Sequence[StoredSpectrum]) -> list[StoredSpectrum]:
    found: dict[str, StoredSpectrum] = {}
    for one in spectra:
        if one.space_group not in found or one.n_structures > found[one.space_group].n_structures:
            found[one.space_group] = one
    return list(found.values())
