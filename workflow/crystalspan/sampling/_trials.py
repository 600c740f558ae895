"""Kernels: from quasi-random numbers to a trial crystal without overlaps, and on to its minimum."""

import math

import numpy as np

from crystalspan._numba import njit
from crystalspan.sampling._energy import _rotated, cell_of, images
from crystalspan.sampling._minimise import CONVERGED, OUT_OF_BOUNDS, minimise, scales

# What becomes of a trial. The first three are those of a minimisation.
NO_PACKING = 3
NO_CELL = 4

# Cell edges grow by this factor until no atoms overlap.
_EXPANSION = 1.04


@njit
def random_rotation(u0, u1, u2):
    """Return a rotation matrix, uniform over all orientations (Shoemake's quaternion)."""
    r1, r2 = math.sqrt(1.0 - u0), math.sqrt(u0)
    t1, t2 = 2.0 * math.pi * u1, 2.0 * math.pi * u2
    x, y, z, w = r1 * math.sin(t1), r1 * math.cos(t1), r2 * math.sin(t2), r2 * math.cos(t2)
    matrix = np.empty((3, 3))
    matrix[0, 0], matrix[0, 1], matrix[0, 2] = (
        1.0 - 2.0 * (y * y + z * z),
        2.0 * (x * y - z * w),
        2.0 * (x * z + y * w),
    )
    matrix[1, 0], matrix[1, 1], matrix[1, 2] = (
        2.0 * (x * y + z * w),
        1.0 - 2.0 * (x * x + z * z),
        2.0 * (y * z - x * w),
    )
    matrix[2, 0], matrix[2, 1], matrix[2, 2] = (
        2.0 * (x * z - y * w),
        2.0 * (y * z + x * w),
        1.0 - 2.0 * (x * x + y * y),
    )
    return matrix


@njit
def overlaps(cell, position, rotation, radii, contact, model):
    """Say whether atoms of different molecules are closer than `contact` times their van der Waals sum."""
    n = radii.shape[0]
    atoms = _rotated(model.body, rotation)
    reach = 0.0
    for i in range(n):
        span = atoms[i, 0] ** 2 + atoms[i, 1] ** 2 + atoms[i, 2] ** 2
        reach = max(reach, math.sqrt(span) + contact * radii[i])
    operation, _, _, vector = images(cell, position, 2.0 * reach, model)
    for k in range(operation.shape[0]):
        lab = model.lab[operation[k]]
        for j in range(n):
            x = vector[k, 0] + lab[0, 0] * atoms[j, 0] + lab[0, 1] * atoms[j, 1] + lab[0, 2] * atoms[j, 2]
            y = vector[k, 1] + lab[1, 0] * atoms[j, 0] + lab[1, 1] * atoms[j, 1] + lab[1, 2] * atoms[j, 2]
            z = vector[k, 2] + lab[2, 0] * atoms[j, 0] + lab[2, 1] * atoms[j, 1] + lab[2, 2] * atoms[j, 2]
            near = reach + contact * radii[j]
            if x * x + y * y + z * z > near * near:
                continue
            for i in range(n):
                d = (x - atoms[i, 0]) ** 2 + (y - atoms[i, 1]) ** 2 + (z - atoms[i, 2]) ** 2
                shortest = contact * (radii[i] + radii[j])
                if d < shortest * shortest:
                    return True
    return False


@njit
def build(parameters, position, rotation, radii, contact, largest_volume, model):
    """Expand a cell, in place, until no atoms overlap; say whether it stays below the largest volume."""
    while True:
        cell = cell_of(parameters, model.basis)
        if cell[0, 0] * cell[1, 1] * cell[2, 2] > largest_volume:
            return False
        if not overlaps(cell, position, rotation, radii, contact, model):
            return True
        for p in range(parameters.shape[0]):
            parameters[p] *= _EXPANSION


@njit
def run_trials(parameters, positions, rotations, radii, contact, largest_volume, stages, limits, bounds, model):
    """Build and minimise trials, in place.

    parameters (k, p), NaN for a cell that does not exist; positions (k, 3); rotations (k, 3, 3);
    stages, limits: one row a stage of the minimisation.
    Returns status (k,), energy (k,) in kJ/mol, stage reached (k,), evaluations (k,).
    """
    count = parameters.shape[0]
    status = np.empty(count, np.int64)
    energy = np.empty(count)
    reached = np.zeros(count, np.int64)
    evaluations = np.zeros(count, np.int64)
    for k in range(count):
        energy[k] = np.nan
        if not math.isfinite(parameters[k, 0]):
            status[k] = NO_CELL
            continue
        if not build(parameters[k], positions[k], rotations[k], radii, contact, largest_volume, model):
            status[k] = NO_PACKING
            continue
        scale = scales(parameters[k], model)
        hessian = np.eye(scale.shape[0])
        for s in range(stages.shape[0]):
            reached[k] = s + 1
            status[k], energy[k], used = minimise(
                parameters[k], positions[k], rotations[k], hessian, scale, stages[s], limits[s], bounds, model
            )
            evaluations[k] += used
            # A first stage that ran out of steps has still come closer.
            if status[k] != CONVERGED and (s == stages.shape[0] - 1 or status[k] == OUT_OF_BOUNDS):
                break
    return status, energy, reached, evaluations
