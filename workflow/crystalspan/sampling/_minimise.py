"""Kernels: BFGS minimisation of the lattice energy over free cell, position and rotation."""

import math

import numpy as np

from crystalspan._numba import njit
from crystalspan.sampling._energy import cell_of, energy_gradient

CONVERGED, NOT_CONVERGED, OUT_OF_BOUNDS = 0, 1, 2

# The longest change of any variable in one step, angstrom.
_LONGEST_STEP = 0.4
# The same where nothing is known of the curvature.
_FIRST_STEP = 0.1
# Times that a step is shortened before the direction is given up.
_TRIES = 11
# One unit of a free cell parameter is its edge over this, angstrom: cell and molecule become about as stiff.
_STRAIN = 4.0
# Share of the predicted decrease that a step must bring (Armijo).
_ARMIJO = 1e-4
# Curvature below this share of the expected one is damped (Powell).
_DAMP = 0.2


@njit
def rotation_matrix(vector):
    """Return the matrix that turns about a vector by its length in radians (Rodrigues)."""
    angle = math.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)
    matrix = np.eye(3)
    if angle < 1e-14:
        return matrix
    x, y, z = vector[0] / angle, vector[1] / angle, vector[2] / angle
    c, s = math.cos(angle), math.sin(angle)
    t = 1.0 - c
    matrix[0, 0], matrix[0, 1], matrix[0, 2] = t * x * x + c, t * x * y - s * z, t * x * z + s * y
    matrix[1, 0], matrix[1, 1], matrix[1, 2] = t * x * y + s * z, t * y * y + c, t * y * z - s * x
    matrix[2, 0], matrix[2, 1], matrix[2, 2] = t * x * z - s * y, t * y * z + s * x, t * z * z + c
    return matrix


@njit
def within_bounds(cell, bounds):
    """Say whether a cell is reasonable; bounds: volumes, shortest edge, largest |cosine|."""
    for i in range(3):
        if not cell[i, i] > 0.0:
            return False
    volume = cell[0, 0] * cell[1, 1] * cell[2, 2]
    if not bounds[0] <= volume <= bounds[1]:
        return False
    lengths = np.empty(3)
    for i in range(3):
        lengths[i] = math.sqrt(cell[i, 0] ** 2 + cell[i, 1] ** 2 + cell[i, 2] ** 2)
        if lengths[i] < bounds[2]:
            return False
    for i in range(3):
        for j in range(i):
            dot = cell[i, 0] * cell[j, 0] + cell[i, 1] * cell[j, 1] + cell[i, 2] * cell[j, 2]
            if abs(dot) > bounds[3] * lengths[i] * lengths[j]:
                return False
    return True


@njit
def scales(parameters, model):
    """Return how much of each variable counts as one angstrom, shape (p + 6,)."""
    free = parameters.shape[0]
    scale = np.empty(free + 6)
    cell = cell_of(parameters, model.basis)
    for i in range(3):
        for p in range(free):
            if model.basis[p, i, 0] != 0.0 or model.basis[p, i, 1] != 0.0 or model.basis[p, i, 2] != 0.0:
                scale[p] = cell[i, i] / _STRAIN
        scale[free + i] = 1.0 / cell[i, i]
        scale[free + 3 + i] = 1.0 / model.radius
    return scale


# long: one state of numbers and arrays; parts of it as functions would have a dozen arguments each.
@njit
def minimise(parameters, position, rotation, hessian, scale, stage, limits, bounds, model):
    """Move a crystal, in place, to the nearest minimum of the energy (one stage).

    parameters (p,): free cell; position (3,): fractional; rotation (3, 3);
    hessian (p + 6, p + 6): inverse Hessian in the variables of `scale`, the identity where nothing is known;
    stage = cutoff, taper width (angstrom), pressure (kJ/mol per cubic angstrom);
    limits = largest gradient component (kJ/mol per angstrom), predicted decrease (kJ/mol), evaluations.
    Returns status, energy including pressure times volume, and the number of evaluations.
    """
    free = parameters.shape[0]
    n = free + 6
    cell = cell_of(parameters, model.basis)
    if not within_bounds(cell, bounds):
        return OUT_OF_BOUNDS, np.nan, 0
    gradient, trial_gradient = np.empty(n), np.empty(n)
    step, change, product = np.empty(n), np.empty(n), np.empty(n)
    new_parameters, new_position, new_rotation = np.empty(free), np.empty(3), np.empty((3, 3))
    energy, slope, largest, length = math.inf, 0.0, math.inf, 0.0
    fresh = hessian[0, 0] == 1.0
    evaluations, tries = 0, 0
    # Length 0 along no direction: the first evaluation is that of the start.
    for i in range(n):
        step[i] = 0.0
    while evaluations < limits[2]:
        _move(parameters, position, rotation, step, scale, length, new_parameters, new_position, new_rotation)
        cell = cell_of(new_parameters, model.basis)
        inside = within_bounds(cell, bounds)
        accepted = False
        trial = math.inf
        if inside:
            trial = energy_gradient(
                cell, new_position, new_rotation, stage[0], stage[1], stage[2], model, trial_gradient
            )
            evaluations += 1
            accepted = trial <= energy + _ARMIJO * length * slope
        if not accepted and tries < _TRIES:
            tries += 1
            length *= _shortening(inside, length * slope, trial - energy)
            continue
        if accepted:
            for i in range(n):
                trial_gradient[i] *= scale[i]
                change[i] = trial_gradient[i] - gradient[i]
                step[i] *= length
            if length > 0.0:
                _update(hessian, step, change, gradient, length, fresh, product)
                fresh = False
            _copy(new_parameters, new_position, new_rotation, parameters, position, rotation)
            gradient, trial_gradient = trial_gradient, gradient
            energy = trial
        elif not inside:
            return OUT_OF_BOUNDS, energy, evaluations
        elif largest < 10.0 * limits[0]:
            # At the limit of arithmetic, and the gradient is small.
            return CONVERGED, energy, evaluations
        elif fresh:
            return NOT_CONVERGED, energy, evaluations
        else:
            _reset(hessian)
            fresh = True
        slope = _direction(hessian, gradient, step)
        largest = _largest(gradient)
        if largest < 1e-9 or (largest < limits[0] and not fresh and -0.5 * slope < limits[1]):
            return CONVERGED, energy, evaluations
        if not slope < -1e-12 * largest * largest:
            _reset(hessian)
            fresh = True
            slope = _direction(hessian, gradient, step)
        length = min(1.0, (_FIRST_STEP if fresh else _LONGEST_STEP) / _largest(step))
        tries = 0
    return NOT_CONVERGED, energy, evaluations


@njit
def _shortening(inside, expected, rise):
    """Return the factor by which to shorten a step: to the minimum of the parabola, or back into the bounds.

    expected: slope times length (negative); rise: energy at the end of the step minus that at its start.
    """
    if not inside:
        return 0.3
    curvature = 2.0 * (rise - expected)
    return min(0.5, max(0.1, -expected / curvature)) if curvature > 0.0 else 0.1


@njit
def _move(parameters, position, rotation, step, scale, length, new_parameters, new_position, new_rotation):
    """Fill the crystal that lies a length along a step."""
    free = parameters.shape[0]
    vector = np.empty(3)
    for p in range(free):
        new_parameters[p] = parameters[p] + length * scale[p] * step[p]
    for i in range(3):
        new_position[i] = position[i] + length * scale[free + i] * step[free + i]
        vector[i] = length * scale[free + 3 + i] * step[free + 3 + i]
    turn = rotation_matrix(vector)
    for i in range(3):
        for j in range(3):
            new_rotation[i, j] = turn[i, 0] * rotation[0, j] + turn[i, 1] * rotation[1, j] + turn[i, 2] * rotation[2, j]


@njit
def _copy(new_parameters, new_position, new_rotation, parameters, position, rotation):
    for p in range(parameters.shape[0]):
        parameters[p] = new_parameters[p]
    for i in range(3):
        position[i] = new_position[i]
        for j in range(3):
            rotation[i, j] = new_rotation[i, j]


@njit
def _reset(hessian):
    """Forget the curvature."""
    for i in range(hessian.shape[0]):
        for j in range(hessian.shape[0]):
            hessian[i, j] = 1.0 if i == j else 0.0


@njit
def _largest(values):
    largest = 0.0
    for value in values:
        largest = max(largest, abs(value))
    return largest


@njit
def _direction(hessian, gradient, step):
    """Fill step = -H g and return its slope g.step."""
    slope = 0.0
    for i in range(step.shape[0]):
        s = 0.0
        for j in range(step.shape[0]):
            s -= hessian[i, j] * gradient[j]
        step[i] = s
        slope += s * gradient[i]
    return slope


@njit
def _update(hessian, step, change, gradient, length, fresh, product):
    """BFGS update of the inverse Hessian, damped (Powell) so that it stays positive definite."""
    n = step.shape[0]
    sy, yy, sbs = 0.0, 0.0, 0.0
    for i in range(n):
        sy += step[i] * change[i]
        yy += change[i] * change[i]
        # B s = -length g, since the step was -length H g.
        sbs -= length * step[i] * gradient[i]
    if fresh:
        if sy <= 0.0 or yy == 0.0:
            return
        for i in range(n):
            hessian[i, i] = sy / yy
    elif sy < _DAMP * sbs:
        mix = (1.0 - _DAMP) * sbs / (sbs - sy)
        for i in range(n):
            change[i] = mix * change[i] - (1.0 - mix) * length * gradient[i]
        sy = mix * sy + (1.0 - mix) * sbs
    if sy <= 1e-14:
        return
    yhy = 0.0
    for i in range(n):
        p = 0.0
        for j in range(n):
            p += hessian[i, j] * change[j]
        product[i] = p
        yhy += change[i] * p
    factor = (1.0 + yhy / sy) / sy
    for i in range(n):
        for j in range(n):
            hessian[i, j] += factor * step[i] * step[j] - (product[i] * step[j] + step[i] * product[j]) / sy
