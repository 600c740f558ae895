"""The types of arrays and of files' names, for signatures: what an array holds stands in the docstring."""

import os

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]
# Anything that numpy can make an array of.
ArrayLike = npt.ArrayLike
PathLike = str | os.PathLike[str]
