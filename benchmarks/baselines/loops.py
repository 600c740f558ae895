"""A straightforward numba loop: the formulas as printed, with acos, exp and powers, for every neighbour and pair.

It does what a careful author does: centres in the asymmetric unit only, neighbours found once a centre, cutoffs checked
before anything is evaluated, everything compiled and without allocation in the inner loops.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def _neighbours(cell, reach, atoms, kinds, x, y, z, cutoff, excluded, vectors, elements):
    """Write the vectors to all atoms of the crystal within the cutoff, and return their number."""
    n = 0
    for atom in range(len(atoms)):
        for i in range(-reach[0], reach[0] + 1):
            for j in range(-reach[1], reach[1] + 1):
                for k in range(-reach[2], reach[2] + 1):
                    dx = atoms[atom, 0] + i * cell[0, 0] + j * cell[1, 0] + k * cell[2, 0] - x
                    dy = atoms[atom, 1] + i * cell[0, 1] + j * cell[1, 1] + k * cell[2, 1] - y
                    dz = atoms[atom, 2] + i * cell[0, 2] + j * cell[1, 2] + k * cell[2, 2] - z
                    distance = np.sqrt(dx * dx + dy * dy + dz * dz)
                    if distance >= cutoff or (atom == excluded and i == 0 and j == 0 and k == 0):
                        continue
                    vectors[n] = dx, dy, dz, distance
                    elements[n] = kinds[atom]
                    n += 1
    return n


@njit(cache=True)
def _describe(
    vectors, elements, n, radial, angular, n_elements, rs, eta_r, cut_r, ra, eta_a, cut_a, theta, zeta, weights, powers
):
    """Write the radial (elements, shifts) and angular (pairs, shifts, angles) values of a centre."""
    radial[:] = 0.0
    angular[:] = 0.0
    for j in range(n):
        weights[j] = 0.5 * (1.0 + np.cos(np.pi * vectors[j, 3] / cut_a))
    for j in range(n):
        r = vectors[j, 3]
        if r < cut_r:
            weight = 0.5 * (1.0 + np.cos(np.pi * r / cut_r))
            for m in range(len(rs)):
                radial[elements[j], m] += np.exp(-eta_r * (r - rs[m]) ** 2) * weight
    for j in range(n):
        r = vectors[j, 3]
        if r >= cut_a:
            continue
        for k in range(j + 1, n):
            s = vectors[k, 3]
            if s >= cut_a:
                continue
            cosine = (vectors[j, 0] * vectors[k, 0] + vectors[j, 1] * vectors[k, 1] + vectors[j, 2] * vectors[k, 2]) / (
                r * s
            )
            angle = np.arccos(min(1.0, max(-1.0, cosine)))
            a, b = min(elements[j], elements[k]), max(elements[j], elements[k])
            pair = a * n_elements - a * (a - 1) // 2 + b - a
            for t in range(len(theta)):
                powers[t] = 2.0 * (0.5 * (1.0 + np.cos(angle - theta[t]))) ** zeta
            for m in range(len(ra)):
                gaussian = np.exp(-eta_a * (0.5 * (r + s) - ra[m]) ** 2) * weights[j] * weights[k]
                for t in range(len(theta)):
                    angular[pair, m, t] += powers[t] * gaussian


@njit(cache=True)
def _crystal(
    cell, inside, kinds, n_centres, n_elements, rs, eta_r, cut_r, ra, eta_a, cut_a, theta, zeta, reach, out
):  # fmt: skip
    cutoff = max(cut_r, cut_a)
    most = len(inside) * (2 * reach[0] + 1) * (2 * reach[1] + 1) * (2 * reach[2] + 1)
    vectors, elements = np.empty((most, 4)), np.empty(most, dtype=np.int64)
    weights, powers, radial = np.empty(most), np.empty(len(theta)), np.empty((n_elements, len(rs)))
    angular = np.empty((n_elements * (n_elements + 1) // 2, len(ra), len(theta)))
    for centre in range(n_centres):
        x, y, z = inside[centre]
        n = _neighbours(cell, reach, inside, kinds, x, y, z, cutoff, centre, vectors, elements)
        _describe(
            vectors, elements, n, radial, angular, n_elements, rs, eta_r, cut_r, ra, eta_a, cut_a, theta, zeta,
            weights, powers,
        )  # fmt: skip
        out[centre, : radial.size] = radial.ravel()
        out[centre, radial.size :] = angular.ravel()


def describe(functions, elements, cells) -> list[np.ndarray]:
    """Describe crystals given as complete cells; all neighbours, convention of the paper.

    Parameters
    ----------
    functions : SymmetryFunctions
    elements : (n_elements,) int
        Atomic numbers, ascending.
    cells : list of (cell (3, 3), positions (n, 3), atomic numbers (n,), number of centres)
        Angstrom; the centres come first.

    Returns
    -------
    list of (n_centres, d) float64
    """
    f = functions
    found = []
    for cell, positions, numbers, n_centres in cells:
        spacings = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
        # Enough for positions inside the cell: their fractional coordinates differ by less than 1.
        reach = np.ceil(max(f.radial_cutoff, f.angular_cutoff) / spacings).astype(np.int64)
        out = np.empty((n_centres, f.n_values(len(elements))))
        _crystal(
            cell, positions, np.searchsorted(elements, numbers), n_centres, len(elements),
            np.array(f.radial_shifts), f.radial_eta, f.radial_cutoff,
            np.array(f.angular_shifts), f.angular_eta, f.angular_cutoff, np.array(f.theta_shifts), f.zeta, reach, out,
        )  # fmt: skip
        found.append(out)
    return found
