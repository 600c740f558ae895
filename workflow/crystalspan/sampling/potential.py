"""The FIT exp-6 potential with point charges: parameters, atom types, tables of unlike pairs.

E = sum over intermolecular atom pairs of A exp(-r/rho) - C/r^6 + q q'/(4 pi eps0 r); unlike pairs take the
geometric mean of A and of C and the harmonic mean of rho.

Source: Coombes, Price, Willock, Leslie, J. Phys. Chem. 1996, 100, 7352, DOI 10.1021/jp960333b, and references
therein; the set known as FIT, extended to F, Cl, S and polar hydrogen.
"""

import dataclasses

import numpy as np

from crystalspan.crystallography.molecules import Molecule
from crystalspan.errors import InputError

KJ_MOL_PER_EV = 96.485
# e^2 / (4 pi eps0) in kJ/mol angstrom.
COULOMB = 1389.35
KJ_MOL_A3_PER_GPA = 0.602214076

# A (eV), rho (angstrom), C (eV angstrom^6). "H(polar)" is hydrogen bonded to N or O.
PARAMETERS = {
    "C": (3832.147, 0.277778, 25.286950),
    "H": (124.071675, 0.267380, 1.413698),
    "H(polar)": (52.128552, 0.214592, 0.222834),
    "S": (4156.455363, 0.302963, 60.016406),
    "N": (2638.0285, 0.26455, 14.286225),
    "O": (2384.4659, 0.252525, 11.645288),
    "F": (3769.774461, 0.240385, 8.747514),
    "Cl": (9583.653972, 0.2849, 80.225075),
}

# Bondi, J. Phys. Chem. 1964, 68, 441, DOI 10.1021/j100785a001; angstrom.
VDW_RADII = {"H": 1.20, "C": 1.70, "N": 1.55, "O": 1.52, "F": 1.47, "S": 1.80, "Cl": 1.75}

# A molecule whose charges sum to more than this is an ion: its lattice sum does not converge.
MAX_NET_CHARGE = 0.01


@dataclasses.dataclass(frozen=True, eq=False)
class PairTables:
    """The potential of each pair of atom types.

    Attributes
    ----------
    types : tuple of str, length t
    repulsion, decay, dispersion : (t, t) float64
        A in kJ/mol, 1/rho in 1/angstrom, C in kJ/mol angstrom^6.
    core : (t, t) float64
        Distance in angstrom inside which the pair energy continues linearly.
    """

    types: tuple[str, ...]
    repulsion: np.ndarray
    decay: np.ndarray
    dispersion: np.ndarray
    core: np.ndarray


def atom_types(molecule: Molecule) -> tuple[str, ...]:
    """Return each atom's type in the potential: its element, or ``H(polar)`` for hydrogen on N or O.

    Raises
    ------
    InputError
        The potential has no parameters for an element.
    """
    types = []
    for index, symbol in enumerate(molecule.symbols):
        neighbours = {molecule.symbols[other] for other in molecule.bonds[index]}
        types.append("H(polar)" if symbol == "H" and neighbours & {"N", "O"} else symbol)
    unknown = sorted(set(types) - set(PARAMETERS))
    if unknown:
        raise InputError(
            f"the potential of the sampler has no parameters for {', '.join(unknown)}",
            record=molecule.name,
            remedy=f"it knows {', '.join(VDW_RADII)}; for others, bring another program's landscape",
        )
    return tuple(types)


def check_charges(molecule: Molecule) -> None:
    """Refuse a molecule without charges, or one that is an ion.

    Raises
    ------
    InputError
    """
    if molecule.charges is None:
        raise InputError("the molecule has no charges", record=molecule.name, remedy="add 'charges' (e), one per atom")
    net = float(np.sum(molecule.charges))
    if abs(net) > MAX_NET_CHARGE:
        raise InputError(
            f"the charges sum to {net:+.3f} e, but the sampler needs a neutral molecule",
            record=molecule.name,
            remedy="make the charges sum to zero",
        )


def pair_tables(types: tuple[str, ...]) -> PairTables:
    """Return the potential of all pairs among some atom types."""
    a, rho, c = (np.array(column) for column in zip(*(PARAMETERS[kind] for kind in types), strict=True))
    repulsion = KJ_MOL_PER_EV * np.sqrt(np.outer(a, a))
    decay = 0.5 * (1.0 / rho[:, None] + 1.0 / rho[None])
    dispersion = KJ_MOL_PER_EV * np.sqrt(np.outer(c, c))
    core = np.vectorize(steepest_point)(repulsion, decay, dispersion)
    return PairTables(tuple(types), repulsion, decay, dispersion, core)


def steepest_point(repulsion: float, decay: float, dispersion: float) -> float:
    """Return where A exp(-b r) - C/r^6 repels most, in angstrom.

    Further in, the potential turns over and dives to minus infinity (the Buckingham catastrophe); the sampler
    continues it linearly from here.
    """

    def curvature(r):
        return repulsion * decay**2 * np.exp(-decay * r) - 42.0 * dispersion / r**8

    # Outside the well's inflection the curvature is negative, around the well positive, inside the steepest
    # point negative again: walk inwards from the innermost positive stretch.
    grid = np.arange(0.2, 8.0, 0.01)
    positive = np.flatnonzero(curvature(grid) > 0.0)
    first = positive[0]
    if first == 0:
        return float(grid[0])
    low, high = grid[first - 1], grid[first]
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if curvature(middle) > 0.0 else (middle, high)
    return float(high)


def vdw_volume(molecule: Molecule, spacing: float = 0.1) -> float:
    """Return the volume in cubic angstrom of the union of a molecule's van der Waals spheres, on a grid."""
    radii = np.array([VDW_RADII[symbol] for symbol in molecule.symbols])
    low = np.min(molecule.positions - radii[:, None], axis=0)
    high = np.max(molecule.positions + radii[:, None], axis=0)
    axes = [np.arange(start, stop + spacing, spacing) for start, stop in zip(low, high, strict=True)]
    inside = np.zeros(tuple(len(axis) for axis in axes), dtype=bool)
    for position, radius in zip(molecule.positions, radii, strict=True):
        squares = [(axis - x) ** 2 for axis, x in zip(axes, position, strict=True)]
        inside |= squares[0][:, None, None] + squares[1][None, :, None] + squares[2] <= radius**2
    return float(np.count_nonzero(inside) * spacing**3)
