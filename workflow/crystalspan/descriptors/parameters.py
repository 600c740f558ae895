"""Which symmetry functions: presets, overrides, and what each column of a descriptor is."""

import dataclasses
from typing import NamedTuple

import gemmi
import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.errors import InputError

# Values that the kernel (compiled by njit, which freezes this value) handles at a time: those of an AVX-512 register.
LANES = 8
# The largest exponent in a recurrence: neither overflow nor underflow, with room for products of factors.
_LARGEST_EXPONENT = 600.0


@dataclasses.dataclass(frozen=True)
class SymmetryFunctions:
    """A set of radial and angular symmetry functions, its neighbours and its convention.

    Attributes
    ----------
    radial_cutoff, angular_cutoff : float, angstrom
    radial_eta, angular_eta : float, 1/angstrom^2
        Width of the Gaussians.
    radial_shifts, angular_shifts : tuple of float, angstrom
        Centres R_m of the Gaussians.
    zeta : float
        Sharpness of the angular part.
    theta_shifts : tuple of float, radian
        Centres theta_n of the angular part.
    neighbours : str
        ``all`` or ``intermolecular`` (atoms of other molecules only; an image of the centre's own molecule is
        another molecule).
    convention : str
        ``paper`` or ``torchani`` (radial part x 0.25, theta = acos(0.95 cos theta)).
    """

    radial_cutoff: float
    radial_eta: float
    radial_shifts: tuple[float, ...]
    angular_cutoff: float
    angular_eta: float
    angular_shifts: tuple[float, ...]
    zeta: float
    theta_shifts: tuple[float, ...]
    neighbours: str = "all"
    convention: str = "paper"

    def n_values(self, n_elements: int) -> int:
        """Return the number of values of one atom, for so many elements of neighbours."""
        radial = n_elements * len(self.radial_shifts)
        n_pairs = n_elements * (n_elements + 1) // 2
        return radial + n_pairs * len(self.angular_shifts) * len(self.theta_shifts)


def _even(first, step, count):
    return tuple(float(first + step * k) for k in range(count))


def _linspace(first, last, count):
    return tuple(float(value) for value in np.linspace(first, last, count))


PRESETS = {
    # mol-CSPy's defaults, used by the study: DOI 10.5258/SOTON/AI3SD0150.
    "csp-9.3": SymmetryFunctions(
        radial_cutoff=9.3,
        radial_eta=50.0,
        radial_shifts=_linspace(1, 9.3, 32),
        angular_cutoff=9.3,
        angular_eta=5.0,
        angular_shifts=_linspace(1, 9.3, 8),
        zeta=70.0,
        theta_shifts=_linspace(0, np.pi, 8),
    ),
    # Smith, Isayev, Roitberg, Chem. Sci. 2017, 8, 3192, DOI 10.1039/C6SC05720A.
    "ani-1x": SymmetryFunctions(
        radial_cutoff=5.2,
        radial_eta=16.0,
        radial_shifts=_even(0.9, 0.26875, 16),
        angular_cutoff=3.5,
        angular_eta=8.0,
        angular_shifts=_even(0.9, 0.65, 4),
        zeta=32.0,
        theta_shifts=_even(np.pi / 16, np.pi / 8, 8),
    ),
    # Devereux et al., J. Chem. Theory Comput. 2020, 16, 4192, DOI 10.1021/acs.jctc.0c00121.
    "ani-2x": SymmetryFunctions(
        radial_cutoff=5.1,
        radial_eta=19.7,
        radial_shifts=_even(0.8, 0.26875, 16),
        angular_cutoff=3.5,
        angular_eta=12.5,
        angular_shifts=_even(0.8, 0.3375, 8),
        zeta=14.1,
        theta_shifts=_even(np.pi / 8, np.pi / 4, 4),
    ),
}


def symmetry_functions(settings: dict) -> SymmetryFunctions:
    """Return the functions that the section ``descriptor`` of a study describes.

    Parameters
    ----------
    settings : dict
        Validated and completed: preset, neighbours, convention, and overrides of single parameters (None or an
        empty list keeps the preset's value).

    Raises
    ------
    InputError
        A cutoff, width or list of shifts makes no sense.
    """
    chosen = dict(settings)
    preset = PRESETS[chosen.pop("preset")]
    changes = {key: value for key, value in chosen.items() if value not in (None, [], ())}
    for key in ("radial_shifts", "angular_shifts", "theta_shifts"):
        if key in changes:
            changes[key] = tuple(float(value) for value in changes[key])
    functions = dataclasses.replace(preset, **changes)
    for key, value in dataclasses.asdict(functions).items():
        if isinstance(value, float | int | tuple) and not np.all(np.isfinite(value)):
            raise InputError("is not a finite number", record=f"descriptor.{key}")
        if isinstance(value, float | int) and value <= 0:
            raise InputError(f"{value} is not above 0", record=f"descriptor.{key}", remedy="give a positive number")
        if isinstance(value, tuple) and not value:
            raise InputError("the list is empty", record=f"descriptor.{key}", remedy="give one value or more")
    return functions


class Terms(NamedTuple):
    """What the kernel needs of the functions: constants worked out once.

    The lists stand one after the other in one array, ``table``, and the fields that end in ``_at`` say where each
    begins: numba counts references for every array of a tuple at every call.
    """

    table: np.ndarray
    radial_cutoff: float
    radial_eta: float
    radial_even: bool
    radial_middle: int
    radial_step: float
    n_radial: int
    radial_shifts_at: int
    radial_scale_at: int
    angular_cutoff: float
    angular_eta: float
    angular_even: bool
    angular_middle: int
    angular_step: float
    n_shifts: int
    angular_shifts_at: int
    angular_scale_at: int
    zeta: float
    n_angles: int
    cosines_at: int
    sines_at: int
    cosine_scale: float


def terms(functions: SymmetryFunctions) -> Terms:
    """Work out the kernel's constants."""
    is_torchani = functions.convention == "torchani"
    radial = _gaussians(functions.radial_eta, functions.radial_shifts, functions.radial_cutoff, LANES)
    angular = _gaussians(functions.angular_eta, functions.angular_shifts, functions.angular_cutoff)
    theta = np.array(functions.theta_shifts, dtype=np.float64)
    padded = np.concatenate([theta, np.zeros(-len(theta) % LANES)])
    lists = [
        np.concatenate([radial.shifts, np.zeros(-len(radial.shifts) % LANES)]),
        radial.scale * (0.25 if is_torchani else 1.0),
        angular.shifts,
        angular.scale * 2.0,
        0.5 * np.cos(padded),
        0.5 * np.sin(padded),
    ]
    at = np.cumsum([0, *map(len, lists)]).tolist()
    return Terms(
        table=np.concatenate(lists),
        radial_cutoff=float(functions.radial_cutoff),
        radial_eta=float(functions.radial_eta),
        radial_even=radial.is_even,
        radial_middle=radial.middle,
        radial_step=radial.step,
        n_radial=len(radial.shifts),
        radial_shifts_at=at[0],
        radial_scale_at=at[1],
        angular_cutoff=float(functions.angular_cutoff),
        angular_eta=float(functions.angular_eta),
        angular_even=angular.is_even,
        angular_middle=angular.middle,
        angular_step=angular.step,
        n_shifts=len(angular.shifts),
        angular_shifts_at=at[2],
        angular_scale_at=at[3],
        zeta=float(functions.zeta),
        n_angles=len(theta),
        cosines_at=at[4],
        sines_at=at[5],
        cosine_scale=0.95 if is_torchani else 1.0,
    )


class _Gaussians(NamedTuple):
    shifts: np.ndarray
    is_even: bool
    middle: int
    step: float
    scale: np.ndarray


def _gaussians(eta, shifts, cutoff, together=1) -> _Gaussians:
    """Return the Gaussians' shifts and how to do them: by recurrence (so many together), or one by one.

    Gaussian m is the middle one, times exp(2 eta h (R - R_mid))^(m - mid), times the constant
    exp(-eta h^2 (m - mid)^2). None of the three may overflow or vanish anywhere within the cutoff.
    """
    shifts = np.array(shifts, dtype=np.float64)
    middle = len(shifts) // 2
    step = (shifts[-1] - shifts[0]) / (len(shifts) - 1) if len(shifts) > 1 else 0.0
    away = np.arange(len(shifts)) - middle
    is_even = bool(np.allclose(shifts, shifts[middle] + away * step, rtol=0, atol=1e-14 * max(1.0, cutoff)))
    farthest = max(abs(shifts[middle]), abs(cutoff - shifts[middle]))
    most = together * -(-max(middle, len(shifts) - middle - 1) // together)
    largest = eta * max(farthest**2, np.max((away * step) ** 2), 2 * farthest * abs(most * step))
    if not is_even or largest > _LARGEST_EXPONENT:
        return _Gaussians(shifts, False, 0, 0.0, np.ones(len(shifts)))
    return _Gaussians(shifts, True, middle, float(step), np.exp(-eta * (away * step) ** 2))


class Columns(NamedTuple):
    """What each column of a descriptor is; arrays of one entry a column.

    Attributes
    ----------
    atom : int32, index of the centre in the asymmetric unit
    element_centre : str, its element
    kind : str, ``radial`` or ``angular``
    neighbours : str, element ``C`` or element pair ``C-S``
    shift : float64, angstrom
    theta : float64, radian; NaN for a radial column
    """

    atom: np.ndarray
    element_centre: np.ndarray
    kind: np.ndarray
    neighbours: np.ndarray
    shift: np.ndarray
    theta: np.ndarray


def element_numbers(atomic_numbers: ArrayLike) -> np.ndarray:
    """Return the elements of a molecule: sorted distinct atomic numbers, int64."""
    return np.unique(np.asarray(atomic_numbers, dtype=np.int64))


def columns(functions: SymmetryFunctions, atomic_numbers: ArrayLike, elements: ArrayLike) -> Columns:
    """Label the columns of a structure's descriptor: for each atom radial, then angular.

    Parameters
    ----------
    functions : SymmetryFunctions
    atomic_numbers : (n_atoms,) int
        Centres in their order.
    elements : (n_elements,) int
        Atomic numbers of the neighbours that are told apart, ascending.
    """
    symbols, atoms = (
        [gemmi.Element(number).name for number in np.asarray(numbers, dtype=int).tolist()]
        for numbers in (elements, atomic_numbers)
    )
    one = [("radial", a, r, np.nan) for a in symbols for r in functions.radial_shifts]
    one += [
        ("angular", f"{a}-{b}", r, t)
        for i, a in enumerate(symbols)
        for b in symbols[i:]
        for r in functions.angular_shifts
        for t in functions.theta_shifts
    ]
    n_atoms, d = len(atoms), len(one)
    kind, neighbours, shift, theta = zip(*one, strict=True)
    centres = np.array(atoms, dtype=object)
    return Columns(
        np.repeat(np.arange(n_atoms, dtype=np.int32), d),
        np.repeat(centres, d),
        np.tile(np.array(kind, dtype=object), n_atoms),
        np.tile(np.array(neighbours, dtype=object), n_atoms),
        np.tile(np.array(shift), n_atoms),
        np.tile(np.array(theta), n_atoms),
    )
