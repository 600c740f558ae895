"""The stage: from a slice of a landscape file to a descriptor file, split over MPI ranks.

Structures go through in rounds. In each round every rank reads its own rows of the landscape and describes them, and
rank 0 gathers and writes. So the memory hardly depends on the number of structures: a rank holds the row numbers (8
bytes a structure) and its share of a round, rank 0 ids and energies (some 150 bytes a structure) and twice the whole
round (at most `ROUND_BYTES` of descriptors, or `LEAST_SHARE` structures a rank where that is more). A structure's
values depend on nothing but the structure: any number of ranks writes the same file.
"""

import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.descriptors.compute import describe_crystals
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
from crystalspan.parallel import block
from crystalspan.provenance import provenance

# Descriptors gathered at a time, bytes.
ROUND_BYTES = 32 * 2**20
# Structures of a rank in a round at least: the ranks wait for the slowest, and one structure is slower than another.
LEAST_SHARE = 4
_SECONDS_BETWEEN_REPORTS = 10.0


def featurize(communicator, landscape, selection: Selection, settings: dict, output) -> int:
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
    if communicator.rank != 0:
        for part in rounds:
            first, last = block(len(part), communicator.size, communicator.rank)
            communicator.gather(work.outcome(part[first:last]), root=0)
        return len(rows)
    record = _record(sample, work, settings, selection, landscape)
    labels = columns(functions, centres, work.elements)
    progress = _Progress(len(rows))
    with new_descriptor_file(output, len(rows), labels, sample.reference_automorphisms, record) as writer:
        for part in rounds:
            first, last = block(len(part), communicator.size, 0)
            for outcome in communicator.gather(work.outcome(part[first:last]), root=0):
                if isinstance(outcome, Exception):
                    raise outcome
                writer.append(*outcome)
            progress.add(len(part))
    return len(rows)


class _Work:
    """What a rank does with its rows of a round."""

    def __init__(self, landscape: Path, functions: SymmetryFunctions, elements, centres):
        self.landscape = landscape
        self.functions = functions
        self.elements = elements
        self.centres = centres

    def outcome(self, rows) -> tuple[dict, np.ndarray] | Exception:
        """Return what `describe` returns, or the error that the input caused.

        Rank 0 raises it: a rank that ended all others itself would leave rank 0 no time to remove its unfinished file.
        """
        try:
            return self.describe(rows)
        except (InputError, OSError) as error:
            return error

    def describe(self, rows) -> tuple[dict, np.ndarray]:
        """Return the records and the descriptors (n, n_columns) of some rows of the landscape."""
        part = read_rows(self.landscape, rows)
        return {name: getattr(part, name) for name in RECORDS}, describe_landscape(part, self.functions, self.landscape)


def describe_landscape(part: Landscape, functions: SymmetryFunctions, file=None) -> np.ndarray:
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
    values = describe_crystals(
        functions,
        elements,
        cell_matrix(part.cell),
        part.setting,
        part.setting_offset,
        part.rotation,
        part.translation,
        part.atom_offset,
        part.fractional,
        part.atomic_number,
        part.molecule,
    )
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
    used = {
        "descriptor": settings,
        "space_groups": None if selection.space_groups is None else [int(g) for g in selection.space_groups],
        "shell": None if selection.shell is None else [float(edge) for edge in selection.shell],
    }
    record = provenance("featurize", used, [landscape])
    return {**record, "molecule": sample.name, "functions": asdict(work.functions)}


class _Progress:
    """Says on standard error how far the work is, every few seconds and at the end."""

    def __init__(self, total: int):
        self._total = total
        self._done = 0
        self._started = self._said = time.monotonic()

    def add(self, n: int):
        self._done += n
        now = time.monotonic()
        if now - self._said >= _SECONDS_BETWEEN_REPORTS:
            self._said = now
            seconds = now - self._started
            print(
                f"featurize: {self._done} of {self._total} structures in {seconds:.0f} s",
                file=sys.stderr,
                flush=True,
            )
