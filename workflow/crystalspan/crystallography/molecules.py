"""Molecules: geometry, charges, bonds, and the relabellings that leave them the same."""

import dataclasses
import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import gemmi
import networkx
import numpy as np

from crystalspan.arrays import ArrayLike, PathLike
from crystalspan.crystallography import _isomorphisms
from crystalspan.crystallography.elements import element, excess_masses
from crystalspan.errors import InputError
from crystalspan.text import read_text

# Two atoms are bonded when closer than the sum of their covalent radii and this margin, angstrom.
BOND_MARGIN = 0.4
_COVALENT_RADII = np.array([gemmi.Element(number).covalent_r for number in range(119)])


@dataclasses.dataclass(frozen=True, eq=False)
class Molecule:
    """A rigid molecule.

    Attributes
    ----------
    name : str
    symbols : tuple of str, length n
        Element symbols; D and T are hydrogen with their own masses.
    positions : (n, 3) float64
        Cartesian, angstrom.
    charges : (n,) float64, or None
        Atomic point charges, elementary charges.
    """

    name: str
    symbols: tuple[str, ...]
    positions: np.ndarray
    charges: np.ndarray | None = None

    @cached_property
    def atomic_numbers(self) -> np.ndarray:
        """Atomic numbers, shape (n,), uint8."""
        return np.array([one.number for one in self._nuclides], dtype=np.uint8)

    @cached_property
    def _nuclides(self) -> list:
        return [element(symbol) for symbol in self.symbols]

    @cached_property
    def mass(self) -> float:
        """Mass of one molecule, atomic mass units."""
        natural = sum(gemmi.Element(int(number)).weight for number in self.atomic_numbers)
        return float(natural + excess_masses([one.isotope for one in self._nuclides]).sum())

    @cached_property
    def bonds(self) -> networkx.Graph:
        """The bonding graph; nodes are atom indices with the attribute ``element``."""
        return bonding_graph(self.atomic_numbers, self.positions)

    @cached_property
    def automorphisms(self) -> np.ndarray:
        """Relabellings that keep elements and bonds, shape (k, n), int32; the identity comes first."""
        return isomorphisms(self.bonds, self.bonds)


def bonding_graph(atomic_numbers: Iterable[int], positions: ArrayLike) -> networkx.Graph:
    """Return the graph of covalent bonds: pairs closer than the sum of covalent radii plus 0.4 angstrom.

    Parameters
    ----------
    atomic_numbers : (n,) int
    positions : (n, 3) float
        Cartesian, angstrom.
    """
    positions = np.asarray(positions, dtype=np.float64)
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    return graph_of_bonds(atomic_numbers, bonded(atomic_numbers, distances))


def bonded(atomic_numbers: Iterable[int], distances: np.ndarray) -> np.ndarray:
    """Return which atoms are bonded, (n, n) bool, from atomic numbers (n,) and distances (n, n) in angstrom."""
    radii = _COVALENT_RADII[np.fromiter(atomic_numbers, dtype=np.int64)]
    bonds = distances < radii[:, None] + radii[None] + BOND_MARGIN
    np.fill_diagonal(bonds, False)
    return bonds


def graph_of_bonds(atomic_numbers: Iterable[int], bonds: np.ndarray) -> networkx.Graph:
    """Return bonds (n, n) bool as a graph whose nodes are atom indices with the attribute ``element``."""
    graph = networkx.Graph()
    graph.add_nodes_from((index, {"element": int(number)}) for index, number in enumerate(atomic_numbers))
    graph.add_edges_from(zip(*np.nonzero(np.triu(bonds, 1)), strict=True))
    return graph


def isomorphisms(graph: networkx.Graph, other: networkx.Graph, limit: int | None = None) -> np.ndarray:
    """Return every mapping of one bonding graph onto another, sorted; at most `limit` of them.

    Returns
    -------
    (k, n) int32
        ``mapping[i]`` is the atom of `other` that corresponds to atom i of `graph`; k = 0: no such mapping.
    """
    n = graph.number_of_nodes()
    if n != other.number_of_nodes() or graph.number_of_edges() != other.number_of_edges():
        return np.zeros((0, n), dtype=np.int32)
    colour, other_colour = _colours(graph, other)
    if sorted(colour) != sorted(other_colour):
        return np.zeros((0, n), dtype=np.int32)
    order, parent = [], np.full(n, -1)
    for part in networkx.connected_components(graph):
        root = min(part)
        order.append(root)
        for atom, child in networkx.bfs_edges(graph, root):
            order.append(child)
            parent[child] = atom
    pairs = [networkx.to_numpy_array(one, nodelist=range(n), dtype=bool) for one in (graph, other)]
    found = _isomorphisms.mappings(
        *pairs, np.array(colour), np.array(other_colour), np.array(order, dtype=np.int64), parent, limit or -1
    )
    return found[np.lexsort(found.T[::-1])]


def _colours(*graphs) -> list[list[int]]:
    """Number the atoms of graphs so that only atoms with like surroundings share a number.

    Refinement of the elements by the numbers of the neighbours, until it tells no more apart (Weisfeiler and Leman).
    """
    colours = [[graph.nodes[atom]["element"] for atom in range(len(graph))] for graph in graphs]
    kinds = 0
    while True:
        surroundings = [
            [(own[atom], *sorted(own[other] for other in graph[atom])) for atom in range(len(graph))]
            for graph, own in zip(graphs, colours, strict=True)
        ]
        number = {key: i for i, key in enumerate(sorted({key for one in surroundings for key in one}))}
        colours = [[number[key] for key in one] for one in surroundings]
        if len(number) == kinds:
            return colours
        kinds = len(number)


def van_der_waals_volume(atomic_numbers: Iterable[int], positions: ArrayLike, spacing: float = 0.2) -> float:
    """Return the volume of the union of a molecule's van der Waals spheres, cubic angstrom, to about 0.5 %.

    Parameters
    ----------
    atomic_numbers : (n,) int
    positions : (n, 3) float
        Cartesian, angstrom.
    spacing : float
        Of the points that are counted, angstrom.
    """
    radii = np.array([gemmi.Element(int(number)).vdw_r for number in atomic_numbers])
    positions = np.asarray(positions, dtype=np.float64)
    ends = zip((positions - radii[:, None]).min(axis=0), (positions + radii[:, None]).max(axis=0), strict=True)
    axes = [np.arange(first + spacing / 2, last, spacing) for first, last in ends]
    inside = np.zeros([len(axis) for axis in axes], dtype=bool)
    for centre, radius in zip(positions, radii, strict=True):
        # The points of the sphere's own box.
        box = tuple(
            slice(*np.searchsorted(axis, (x - radius, x + radius))) for axis, x in zip(axes, centre, strict=True)
        )
        x, y, z = ((axis[part] - at) ** 2 for axis, part, at in zip(axes, box, centre, strict=True))
        inside[box] |= x[:, None, None] + y[:, None] + z < radius**2
    return float(inside.sum() * spacing**3)


def read_molecule(path: PathLike) -> Molecule:
    """Read a rigid molecule from a JSON file with the keys name, symbols, positions and charges.

    Positions are in angstrom, charges (optional) in elementary charges.

    Raises
    ------
    InputError
        The file is missing or does not hold a molecule; the message says what is wrong.
    """
    path = Path(path)
    try:
        record = json.loads(read_text(path))
    except FileNotFoundError:
        raise InputError("no such molecule file", file=path, remedy="check the path in landscapes.tsv") from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as JSON: {error}", file=path) from None
    remedy = "a molecule file has the keys name, symbols, positions (angstrom) and charges (e)"
    missing = [key for key in ("name", "symbols", "positions") if not isinstance(record, dict) or key not in record]
    if missing:
        raise InputError(f"lacks {', '.join(missing)}", file=path, remedy=remedy)
    symbols = tuple(record["symbols"])
    unknown = [symbol for symbol in symbols if element(str(symbol)) is None]
    if unknown:
        raise InputError(f"unknown element {unknown[0]!r}", file=path, record="symbols", remedy=remedy)
    positions = _numbers(record["positions"], (len(symbols), 3), "positions", path, remedy)
    charges = record.get("charges")
    if charges is not None:
        charges = _numbers(charges, (len(symbols),), "charges", path, remedy)
    return Molecule(str(record["name"]), symbols, positions, charges)


def _numbers(values, shape, key, path, remedy) -> np.ndarray:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = None
    if array is None or array.shape != shape or not np.all(np.isfinite(array)):
        raise InputError(f"expected finite numbers of shape {shape}", file=path, record=key, remedy=remedy)
    return array
