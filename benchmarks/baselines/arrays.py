"""The formulas in numpy, one centre at a time with all its pairs at once: shifts and angles by broadcasting."""

import numpy as np


def describe(functions, elements, cells) -> list[np.ndarray]:
    """Describe crystals given as complete cells; arguments and result as in `benchmarks.baselines.loops.describe`."""
    return [np.array([_centre(functions, elements, *cell[:3], i) for i in range(cell[3])]) for cell in cells]


def _centre(f, elements, cell, positions, numbers, centre):
    vectors, kinds = neighbours(cell, positions, numbers, centre, max(f.radial_cutoff, f.angular_cutoff))
    distance = np.linalg.norm(vectors, axis=1)
    radial = np.exp(-f.radial_eta * (distance[:, None] - np.array(f.radial_shifts)) ** 2)
    radial *= cutoff(distance, f.radial_cutoff)[:, None]
    row = [radial[kinds == element].sum(axis=0) for element in elements]
    near = distance < f.angular_cutoff
    vectors, kinds, distance = vectors[near], kinds[near], distance[near]
    j, k = np.triu_indices(len(vectors), 1)
    cosine = np.sum(vectors[j] * vectors[k], axis=1) / (distance[j] * distance[k])
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    weight = cutoff(distance, f.angular_cutoff)
    mean = 0.5 * (distance[j] + distance[k])
    gaussian = np.exp(-f.angular_eta * (mean[:, None] - np.array(f.angular_shifts)) ** 2)
    gaussian *= (weight[j] * weight[k])[:, None]
    power = 2.0 * (0.5 * (1.0 + np.cos(angle[:, None] - np.array(f.theta_shifts)))) ** f.zeta
    low, high = np.minimum(kinds[j], kinds[k]), np.maximum(kinds[j], kinds[k])
    for i, a in enumerate(elements):
        for b in elements[i:]:
            mine = (low == a) & (high == b)
            row.append(np.einsum("pm,pt->mt", gaussian[mine], power[mine]).ravel())
    return np.concatenate([np.ravel(part) for part in row])


def neighbours(cell, positions, numbers, centre, cutoff):
    """Return the vectors to all atoms within the cutoff, and their atomic numbers."""
    spacings = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = np.ceil(cutoff / spacings).astype(int)
    shifts = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), axis=-1).reshape(-1, 3)
    vectors = (positions[None] + (shifts @ cell)[:, None] - positions[centre]).reshape(-1, 3)
    kinds = np.tile(numbers, len(shifts))
    distance = np.linalg.norm(vectors, axis=1)
    distance[np.flatnonzero(np.all(shifts == 0, axis=1))[0] * len(positions) + centre] = np.inf
    within = distance < cutoff
    return vectors[within], kinds[within]


def cutoff(distance, cutoff):
    """Return the cutoff function."""
    return np.where(distance < cutoff, 0.5 * (1.0 + np.cos(np.pi * distance / cutoff)), 0.0)
