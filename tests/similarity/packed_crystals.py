"""Landscapes of a few crystals for the tests of similarity, and one crystal in many guises."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crystalspan.crystallography.cell import cell_matrix, cell_parameters
from crystalspan.crystallography.molecules import bonding_graph, isomorphisms
from crystalspan.crystallography.space_groups import operations, symbol
from crystalspan.landscape.file import Landscape

# Crystals of anti-BDT from the demo of 500 trials a group, and what two programs say of them: oxtalign 0.1.0 (molecules
# matched and RMSD of clusters of 15 and 20) and average-minimum-distance 1.6.1 (AMD, EMD of PDDs, 100 neighbours).
_HERE = Path(__file__).parent
ORACLE = json.loads((_HERE / "oracle.json").read_text("utf-8"))

# The lowest 20 of 400 trials of naphthalene in P21/c by the built-in sampler.
NAPHTHALENE = json.loads((_HERE / "naphthalene.json").read_text("utf-8"))


@dataclass(frozen=True)
class Crystal:
    """Matrix, operations and fractional coordinates of whole molecules of n atoms."""

    matrix: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
    fractional: np.ndarray
    n: int

    def expanded(self):
        """All molecules of the cell listed in P1."""
        placed = np.einsum("mij,nj->mni", self.rotations, self.fractional) + self.translations[:, None]
        identity = np.eye(3, dtype=int)[None], np.zeros((1, 3))
        return replace(self, rotations=identity[0], translations=identity[1], fractional=placed.reshape(-1, 3))

    def on(self, change, origin=(0.0, 0.0, 0.0)):
        """The same crystal on other edges (rows of whole numbers, determinant 1) and another origin."""
        change, back = np.asarray(change, float), np.linalg.inv(change)
        moved = self.translations + self.rotations @ np.asarray(origin) - origin
        return replace(
            self,
            matrix=change @ self.matrix,
            rotations=np.rint(back.T @ self.rotations @ change.T).astype(int),
            translations=moved @ back,
            fractional=(self.fractional - origin) @ back,
        )

    def doubled(self):
        """A supercell of two cells along a, in P1."""
        one = self.expanded()
        both = np.concatenate([one.fractional, one.fractional + [1.0, 0.0, 0.0]]) * [0.5, 1.0, 1.0]
        return replace(one, matrix=one.matrix * [[2.0], [1.0], [1.0]], fractional=both)

    def mirrored(self):
        """The mirror image."""
        return replace(self, translations=-self.translations, fractional=-self.fractional)

    def relabelled(self, relabelling):
        """Each molecule's atoms in another order that means the same."""
        return replace(self, fractional=self.fractional.reshape(-1, self.n, 3)[:, relabelling].reshape(-1, 3))

    def moved(self, shift):
        """Molecules listed elsewhere: in other cells."""
        return replace(self, fractional=self.fractional + np.asarray(shift, float))

    def reordered(self, order):
        """Listed molecules in another order."""
        return replace(self, fractional=self.fractional.reshape(-1, self.n, 3)[order].reshape(-1, 3))

    def stretched(self, factors):
        """Cell edges longer, molecules of the same size about the same fractional centres."""
        molecules = self.fractional.reshape(-1, self.n, 3)
        centres = molecules.mean(axis=1, keepdims=True)
        matrix = self.matrix * np.asarray(factors)[:, None]
        own = (molecules - centres) @ self.matrix @ np.linalg.inv(matrix)
        return replace(self, matrix=matrix, fractional=(centres + own).reshape(-1, 3))


def guises(crystal, relabellings):
    """Pairs of name and the same crystal, described otherwise."""
    change = [[1, 1, 0], [0, 1, -1], [0, 0, 1]]
    yield "P1", crystal.expanded()
    yield "other edges and origin", crystal.on(change, (0.13, -0.4, 0.27))
    yield "supercell", crystal.doubled()
    yield "mirror image", crystal.mirrored()
    yield "labels", crystal.relabelled(relabellings[-1])
    yield "other cells", crystal.moved([2, -1, 3])
    yield "order", crystal.expanded().reordered(np.arange(len(crystal.rotations))[::-1])


def landscape_of(crystals, numbers, positions, energies=None, densities=None, ids=None, groups=None) -> Landscape:
    """A landscape of crystals of one molecule (atomic numbers (n,), positions (n, 3))."""
    numbers = np.asarray(numbers, dtype=np.uint8)
    count, graph = len(crystals), bonding_graph(numbers, positions)
    lengths = [len(crystal.rotations) for crystal in crystals]
    listed = np.array([len(crystal.fractional) // len(numbers) for crystal in crystals])
    energies = 0.5 * np.arange(count) if energies is None else np.asarray(energies)
    groups = np.ones(count, int) if groups is None else np.asarray(groups)
    return Landscape(
        name="test",
        id=np.array(ids if ids is not None else [f"c{i}" for i in range(count)], dtype=object),
        lattice_energy=energies,
        relative_energy=energies - energies.min(initial=np.inf),
        density=np.ones(count) if densities is None else np.asarray(densities),
        space_group=groups.astype(np.int16),
        space_group_symbol=np.array([symbol(int(group)) for group in groups], dtype=object),
        cell=np.array([cell_parameters(crystal.matrix) for crystal in crystals]).reshape(-1, 6),
        setting=np.arange(count, dtype=np.int32),
        z_prime=listed.astype(float),
        source=np.array([f"test!{i}" for i in range(count)], dtype=object),
        setting_offset=np.cumsum([0, *lengths]),
        rotation=np.concatenate([crystal.rotations for crystal in crystals]).astype(np.int8),
        translation=np.concatenate([crystal.translations for crystal in crystals]),
        atom_offset=np.cumsum([0, *(listed * len(numbers))]),
        fractional=np.concatenate([crystal.fractional for crystal in crystals]),
        atomic_number=np.tile(numbers, listed.sum()),
        molecule=np.concatenate([np.repeat(np.arange(q), len(numbers)) for q in listed]).astype(np.uint8),
        reference_atomic_number=numbers,
        reference_positions=np.asarray(positions, float),
        reference_automorphisms=isomorphisms(graph, graph),
        provenance={},
    )


def oracle_crystals(told=ORACLE) -> list[Crystal]:
    """The crystals of `oracle.json`, or of another such file, in its order."""
    found = []
    for one in told["crystals"]:
        fractional = np.array(one["fractional"])
        found.append(Crystal(cell_matrix(one["cell"]), *operations(one["space_group"]), fractional, len(fractional)))
    return found


def oracle_landscape(crystals=None, told=ORACLE) -> Landscape:
    """The landscape of `oracle.json` or of another such file, or other guises of its crystals."""
    first, listed = oracle_crystals(told)[0], told["crystals"]
    return landscape_of(
        crystals or oracle_crystals(told),
        told["atomic_numbers"],
        first.fractional @ first.matrix,
        *([one[key] for one in listed] for key in ("energy", "density", "id", "space_group")),
    )
