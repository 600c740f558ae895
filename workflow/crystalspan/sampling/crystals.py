"""Crystals read back from the .res texts of sampled databases, for the search for duplicates."""

import dataclasses

import numpy as np

from crystalspan.errors import InputError
from crystalspan.formats.records import SYMBOLS, Rejection, Settings
from crystalspan.formats.res_reader import ResReader


@dataclasses.dataclass(frozen=True, eq=False)
class Crystal:
    """A crystal as a .res text holds it.

    Parameters
    ----------
    cell : (6,) float64
        a, b, c in angstrom, alpha, beta, gamma in degrees.
    rotations, translations : (m, 3, 3) and (m, 3)
    symbols : tuple of str, length n
    fractional : (n, 3) float64
    """

    cell: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
    symbols: tuple[str, ...]
    fractional: np.ndarray


class CrystalReader:
    """Reads .res texts of one crystal each; operations that come again are worked out once."""

    def __init__(self):
        self._settings = Settings()
        self._reader = ResReader(self._settings)

    def read(self, text: str, file: str = "", record: str = "") -> Crystal:
        """Return the crystal of a text.

        Raises
        ------
        InputError
            The text is damaged, or does not hold exactly one crystal.
        """
        found = list(self._reader.read(text, file, record, record))
        if len(found) == 1 and isinstance(found[0], Rejection):
            raise InputError(found[0].reason, file=file or None, record=record or None, remedy=found[0].remedy)
        if len(found) != 1:
            raise InputError(f"holds {len(found)} crystals instead of one", file=file or None, record=record or None)
        structure = found[0]
        return Crystal(
            np.array(structure.cell),
            self._settings.rotations[structure.setting],
            self._settings.translations[structure.setting],
            tuple(SYMBOLS[number] for number in structure.numbers),
            structure.fractional,
        )
