"""The formulas in numpy as they are printed: every function one expression over all its neighbours or pairs."""

import numpy as np

from benchmarks.baselines.arrays import cutoff, neighbours


def describe(functions, elements, cells) -> list[np.ndarray]:
    """Describe crystals given as complete cells; arguments and result as in `benchmarks.baselines.loops.describe`."""
    return [np.array([_centre(functions, elements, *cell[:3], i) for i in range(cell[3])]) for cell in cells]


def _centre(f, elements, cell, positions, numbers, centre):
    vectors, kinds = neighbours(cell, positions, numbers, centre, max(f.radial_cutoff, f.angular_cutoff))
    distance = np.linalg.norm(vectors, axis=1)
    row = []
    for element in elements:
        r = distance[kinds == element]
        for shift in f.radial_shifts:
            row.append(np.sum(np.exp(-f.radial_eta * (r - shift) ** 2) * cutoff(r, f.radial_cutoff)))
    near = distance < f.angular_cutoff
    j, k = np.triu_indices(np.count_nonzero(near), 1)
    vectors, kinds, distance = vectors[near], kinds[near], distance[near]
    low, high = np.minimum(kinds[j], kinds[k]), np.maximum(kinds[j], kinds[k])
    for i, a in enumerate(elements):
        for b in elements[i:]:
            mine = (low == a) & (high == b)
            row += _angular(f, vectors[j[mine]], vectors[k[mine]], distance[j[mine]], distance[k[mine]])
    return np.array(row)


def _angular(f, rij, rik, dij, dik):
    angle = np.arccos(np.clip(np.sum(rij * rik, axis=1) / (dij * dik), -1.0, 1.0))
    return [
        2.0 ** (1.0 - f.zeta)
        * np.sum(
            (1.0 + np.cos(angle - theta)) ** f.zeta
            * np.exp(-f.angular_eta * ((dij + dik) / 2.0 - shift) ** 2)
            * cutoff(dij, f.angular_cutoff)
            * cutoff(dik, f.angular_cutoff)
        )
        for shift in f.angular_shifts
        for theta in f.theta_shifts
    ]
