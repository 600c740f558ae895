"""The stage: from a slice of a landscape file to a descriptor file, split over MPI ranks.

Structures go through in rounds. In each round every rank reads its own rows of the landscape and describes them, and
rank 0 gathers and writes. So the memory hardly depends on the number of structures: a rank holds the row numbers (8
bytes a structure) and its share of a round, rank 0 ids and energies (some 150 bytes a structure) and twice the whole
round (at most `ROUND_BYTES` of descriptors, or `LEAST_SHARE` structures a rank where that is more). A structure's
values depend on nothing but the structure: any number of ranks writes the same file.
"""

import dataclasses
import functools
from pathlib import Path
from typing import Any

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.file import RECORDS, new_descriptor_file
from crystalspan.descriptors.independent_molecules import mean_over_molecules
from crystalspan.descriptors.parameters import (
    SymmetryFunctions,
    columns,
    element_numbers,
    symmetry_functions,
)
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape, Selection, read_rows, selected_rows
from crystalspan.parallel import Communicator, block, gathered
from crystalspan.progress import Progress
from crystalspan.provenance import provenance

# Descriptors gathered at a time, bytes.
ROUND_BYTES = 32 * 2**20
# Structures of a rank in a round at least: the ranks wait for the slowest, and one structure is slower than another.
LEAST_SHARE = 4
_SECONDS_BETWEEN_REPORTS = 10.0


def featurize(
    communicator: Communicator, landscape: PathLike, selection: Selection, settings: dict, output: PathLike
) -> int:
    """Write the descriptors of a slice of a landscape.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; all ranks call this together.
    landscape : path-like
        Landscape file.
    selection : Selection
        Space groups and energy shell.
    settings : dict
        Validated section ``descriptor``.
    output : path-like
        Descriptor file, written by rank 0.

    Returns
    -------
    int
        Number of structures.

    Raises
    ------
    InputError
        The settings make no sense, the landscape cannot be read, or its structures do not hold the same atoms.
    """
    functions = symmetry_functions(settings)
    rows = selected_rows(landscape, selection)
    sample = read_rows(landscape, rows[:1])
    centres = sample.reference_atomic_number.astype(np.int64)
    work = _Work(Path(landscape), functions, element_numbers(centres), centres)
    rounds = _rounds(rows, len(centres) * functions.n_values(len(work.elements)), communicator.size)
    mine = (part[slice(*block(len(part), communicator.size, communicator.rank))] for part in rounds)
    if communicator.rank != 0:
        for own in mine:
            gathered(communicator, functools.partial(work.describe, own))
        return len(rows)
    record = _record(sample, work, settings, selection, landscape)
    labels = columns(functions, centres, work.elements)
    progress, done = Progress("featurize", "structures", _SECONDS_BETWEEN_REPORTS), 0
    with new_descriptor_file(output, len(rows), labels, sample.reference_automorphisms, record) as writer:
        for part, own in zip(rounds, mine, strict=True):
            for found in gathered(communicator, functools.partial(work.describe, own)) or ():
                writer.append(*found)
            done += len(part)
            progress(done, len(rows))
    return len(rows)


class _Work:
    """What a rank does with its rows of a round."""

    def __init__(self, landscape: Path, functions: SymmetryFunctions, elements, centres):
        self.landscape = landscape
        self.functions = functions
        self.elements = elements
        self.centres = centres

    def describe(self, rows) -> tuple[dict, np.ndarray]:
        """Return the records and the descriptors (n, n_columns) of some rows of the landscape."""
        part = read_rows(self.landscape, rows)
        return {name: getattr(part, name) for name in RECORDS}, describe_landscape(part, self.functions, self.landscape)


def describe_landscape(part: Landscape, functions: SymmetryFunctions, file: PathLike | None = None) -> np.ndarray:
    """Describe the crystals of a landscape, or of a part of it, one row a structure.

    Parameters
    ----------
    part : Landscape
    functions : SymmetryFunctions
    file : path-like, optional
        Where the crystals come from, for the message.

    Returns
    -------
    (n, n_columns) float64
        Columns as in `crystalspan.descriptors.parameters.columns`; the mean over the molecules of the asymmetric unit.

    Raises
    ------
    InputError
        A structure does not hold whole molecules in the reference's atom order.
    """
    centres = part.reference_atomic_number.astype(np.int64)
    elements = element_numbers(centres)
    _check(part, centres, file)
    values = describe_crystals(functions, elements, Crystals.of_landscape(part))
    values = mean_over_molecules(values, part.atom_offset, part.reference_automorphisms)
    return values.reshape(len(part), len(centres) * functions.n_values(len(elements)))


def _check(part: Landscape, centres, file):
    """Every molecule of every structure must have the same centres in the same order: they are the columns."""
    counts = np.diff(part.atom_offset)
    wrong = (counts % len(centres) != 0) | (counts == 0)
    if not wrong.any():
        atoms = part.atomic_number.reshape(-1, len(centres))
        molecule = np.flatnonzero(np.any(atoms != centres, axis=1))
        wrong[np.searchsorted(part.atom_offset, molecule * len(centres), side="right") - 1] = True
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"its {counts[i]} atoms are not whole molecules in the atom order of the reference "
            f"({len(centres)} atoms): they have no common columns",
            file=file,
            record=str(part.id[i]),
            remedy="make the landscape file with `python -m crystalspan landscape`",
        )


def _rounds(rows, n_columns: int, size: int) -> list[np.ndarray]:
    """Split the rows into rounds of equal size, each of at most `ROUND_BYTES` or `LEAST_SHARE` structures a rank."""
    most = max(ROUND_BYTES // (8 * n_columns), LEAST_SHARE * size)
    n_rounds = -(-len(rows) // most)
    return [rows[slice(*block(len(rows), n_rounds, i))] for i in range(n_rounds)]


def _record(sample: Landscape, work: _Work, settings: dict, selection: Selection, landscape) -> dict:
    groups: Any = selection.space_groups
    shell: Any = selection.shell
    used = {
        "descriptor": settings,
        "space_groups": None if groups is None else [int(group) for group in groups],
        "shell": None if shell is None else [float(edge) for edge in shell],
    }
    record = provenance("featurize", used, [landscape])
    return {**record, "molecule": sample.name, "functions": dataclasses.asdict(work.functions)}
