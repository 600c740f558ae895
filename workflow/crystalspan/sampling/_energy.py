"""Kernels: lattice energy per molecule of a rigid-molecule crystal, and its analytic gradient.

The crystal is one molecule in a general position: a lower-triangular cell matrix L (rows a, b, c), the
molecule's centre of mass f (fractional) and its rotation matrix R. Only one of each pair of images
(operation, inverse operation) is visited. The loops over atom pairs run over contiguous arrays (image
fastest, then atom, atoms grouped by type) without reductions, so the compiler turns them into vector
instructions under strict IEEE arithmetic: energies do not depend on the vector width, the number of ranks
or the batch.
"""

import math
from collections import namedtuple

import numpy as np

from crystalspan._numba import njit, njit_inline

# body: (n, 3) atoms about the centre of mass, by type, n even (a last dummy has no interactions);
# first: (t + 1) first atom of each type (the dummy is in none); charge: (n), products in kJ/mol angstrom;
# repulsion, decay, dispersion, core: (n, t) of atom against type;
# turn: (m, 3, 3), shift: (m, 3) operations on fractions; lab: (m, 3, 3) the same in space, parity: (m);
# inverse: (m) operation that undoes each, square: (m, 3) W w + w; basis: (p, 3, 3) cell matrices of the free
# cell parameters; radius: angstrom that one radian of rotation counts for.
Model = namedtuple(
    "Model",
    "body first charge repulsion decay dispersion core turn shift lab parity inverse square basis radius",
)

_LOG2_E = 1.4426950408889634
# Adding it rounds a double to an integer, which then sits in its low bits.
_ROUND = 6755399441055744.0
_ONE = 1023 << 52
# 2^x on [-1/2, 1/2], Chebyshev interpolation, relative error below 2e-14.
_C0, _C1, _C2, _C3, _C4 = (
    1.0000000000000135,
    0.6931471805599446,
    0.2402265069563986,
    0.05550410866470368,
    0.009618129194074796,
)
_C5, _C6, _C7, _C8, _C9 = (
    0.001333355819593412,
    0.00015403433618713555,
    1.5252674538194317e-05,
    1.325968083523609e-06,
    1.0205757125041537e-07,
)


@njit_inline
def _power_of_two(x):
    """Return 2^x for -1000 < x < 1000; the library's exp does not vectorise."""
    shifted = x + _ROUND
    y = x - (shifted - _ROUND)
    y2 = y * y
    y4 = y2 * y2
    low = (_C0 + _C1 * y) + (_C2 + _C3 * y) * y2
    high = (_C4 + _C5 * y) + (_C6 + _C7 * y) * y2 + (_C8 + _C9 * y) * y4
    series = low + high * y4
    bits = (np.float64(shifted).view(np.int64) << 52) + _ONE
    return series * np.int64(bits).view(np.float64)


@njit
def images(cell, position, cutoff, model):
    """List the molecules around the central one, one of each inverse pair, sorted by operation.

    Returns operation (k,), weight (k,) (1, or 1/2 for an image that is its own inverse), separation (k, 3) in
    fractions, vector (k, 3) in angstrom.
    """
    size, count = 64, 0
    operation, weight = np.empty(size, np.int64), np.empty(size)
    separation, vector = np.empty((size, 3)), np.empty((size, 3))
    offset = np.empty(3)
    points = np.empty((size, 3), np.int64)
    for p in range(model.turn.shape[0]):
        if model.inverse[p] < p:
            continue
        turn = model.turn[p]
        for c in range(3):
            offset[c] = model.shift[p, c] - position[c]
            for d in range(3):
                offset[c] += turn[c, d] * position[d]
        points, found = _lattice_points(cell, offset, cutoff, points)
        while count + found > size:
            operation, weight, separation, vector = _grown(operation, weight, separation, vector)
            size *= 2
        for i in range(found):
            order = 1
            if model.inverse[p] == p:
                order = _compare_with_inverse(turn, model.square[p], points[i])
                # Operation 0 is the identity: its image that is its own inverse is the molecule itself.
                if order < 0 or (p == 0 and order == 0):
                    continue
            operation[count] = p
            weight[count] = 1.0 if order > 0 else 0.5
            for c in range(3):
                separation[count, c] = offset[c] + points[i, c]
            for c in range(3):
                vector[count, c] = 0.0
                for d in range(c, 3):
                    vector[count, c] += separation[count, d] * cell[d, c]
            count += 1
    return operation[:count], weight[:count], separation[:count], vector[:count]


@njit
def _lattice_points(cell, offset, reach, points):
    """List the lattice points n with |(offset + n) L| < reach, in the given array or a longer one."""
    found = 0
    reach2 = reach / cell[2, 2]
    for n2 in range(math.ceil(-reach2 - offset[2]), math.floor(reach2 - offset[2]) + 1):
        s2 = offset[2] + n2
        left = reach * reach - (s2 * cell[2, 2]) ** 2
        if left <= 0.0:
            continue
        reach1 = math.sqrt(left) / cell[1, 1]
        middle1 = -s2 * cell[2, 1] / cell[1, 1] - offset[1]
        for n1 in range(math.ceil(middle1 - reach1), math.floor(middle1 + reach1) + 1):
            s1 = offset[1] + n1
            left1 = left - (s1 * cell[1, 1] + s2 * cell[2, 1]) ** 2
            if left1 <= 0.0:
                continue
            reach0 = math.sqrt(left1) / cell[0, 0]
            middle0 = -(s1 * cell[1, 0] + s2 * cell[2, 0]) / cell[0, 0] - offset[0]
            for n0 in range(math.ceil(middle0 - reach0), math.floor(middle0 + reach0) + 1):
                if found == points.shape[0]:
                    points = _longer(points)
                points[found, 0], points[found, 1], points[found, 2] = n0, n1, n2
                found += 1
    return points, found


@njit
def _longer(points):
    longer = np.empty((2 * points.shape[0], 3), np.int64)
    for k in range(points.shape[0]):
        for c in range(3):
            longer[k, c] = points[k, c]
    return longer


@njit
def _grown(operation, weight, separation, vector):
    """Return the lists of images with twice the room."""
    size = operation.shape[0]
    more_operation, more_weight = np.empty(2 * size, np.int64), np.empty(2 * size)
    more_separation, more_vector = np.empty((2 * size, 3)), np.empty((2 * size, 3))
    for k in range(size):
        more_operation[k], more_weight[k] = operation[k], weight[k]
        for c in range(3):
            more_separation[k, c], more_vector[k, c] = separation[k, c], vector[k, c]
    return more_operation, more_weight, more_separation, more_vector


@njit
def _compare_with_inverse(turn, square, point):
    """Order an image of an operation that undoes itself against its inverse: n' = -W n - (W w + w)."""
    for c in range(3):
        d = square[c] + point[c]
        for e in range(3):
            d += turn[c, e] * point[e]
        if d > 0.0:
            return 1
        if d < 0.0:
            return -1
    return 0


@njit_inline
def _pair(distance, inverse, repulsion, rate, decay, dispersion, charge, core, inverse_core):
    """Return energy and slope of two atoms; inside the core the energy goes on along its tangent."""
    r = distance if distance > core else core
    w = inverse if inverse < inverse_core else inverse_core
    w2 = w * w
    rep = repulsion * _power_of_two(rate * r)
    dis = dispersion * w2 * w2 * w2
    cou = charge * w
    slope = (6.0 * dis - cou) * w - decay * rep
    return rep - dis + cou + slope * (distance - r), slope


@njit
def _pairs(model, atoms, count, px, py, pz, charge, energy, gx, gy, gz):
    """Add the energy and its gradient of every atom of the images, px..gz being (atoms of images,).

    Two central atoms at a time: their two chains of dependent operations fill the processor's pipelines.
    """
    for t in range(model.first.shape[0] - 1):
        start, stop = model.first[t] * count, model.first[t + 1] * count
        x_, y_, z_, q_ = px[start:stop], py[start:stop], pz[start:stop], charge[start:stop]
        e_, gx_, gy_, gz_ = energy[start:stop], gx[start:stop], gy[start:stop], gz[start:stop]
        for i in range(0, atoms.shape[0], 2):
            h = i + 1
            ai, bi, ci = model.repulsion[i, t], model.decay[i, t], model.dispersion[i, t]
            ah, bh, ch = model.repulsion[h, t], model.decay[h, t], model.dispersion[h, t]
            ri, qi, xi, yi, zi = model.core[i, t], model.charge[i], atoms[i, 0], atoms[i, 1], atoms[i, 2]
            rh, qh, xh, yh, zh = model.core[h, t], model.charge[h], atoms[h, 0], atoms[h, 1], atoms[h, 2]
            ki, kh, wi, wh = -_LOG2_E * bi, -_LOG2_E * bh, 1.0 / ri, 1.0 / rh
            for k in range(stop - start):
                dx, dy, dz = x_[k] - xi, y_[k] - yi, z_[k] - zi
                ex, ey, ez = x_[k] - xh, y_[k] - yh, z_[k] - zh
                # The tiny number keeps coinciding atoms finite.
                d = math.sqrt(dx * dx + dy * dy + dz * dz + 1e-12)
                e = math.sqrt(ex * ex + ey * ey + ez * ez + 1e-12)
                wd, we = 1.0 / d, 1.0 / e
                ud, fd = _pair(d, wd, ai, ki, bi, ci, qi * q_[k], ri, wi)
                ue, fe = _pair(e, we, ah, kh, bh, ch, qh * q_[k], rh, wh)
                fd *= wd
                fe *= we
                e_[k] += ud + ue
                gx_[k] += fd * dx + fe * ex
                gy_[k] += fd * dy + fe * ey
                gz_[k] += fd * dz + fe * ez


@njit
def energy_gradient(cell, position, rotation, cutoff, taper, pressure, model, gradient):
    """Return the lattice energy (+ pressure times volume) per molecule in kJ/mol, and fill its gradient.

    gradient (p + 6,): by the p free cell parameters (kJ/mol per angstrom), by the fractional position, by a
    rotation vector in space (kJ/mol per radian). Pressure in kJ/mol per cubic angstrom.
    """
    operation, weight, separation, vector = images(cell, position, cutoff, model)
    count = operation.shape[0]
    size = model.first[-1] * count
    atoms = _rotated(model.body, rotation)
    px, py, pz, charge = _placed(operation, vector, atoms, model)
    energy, gx, gy, gz = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    _pairs(model, atoms, count, px, py, pz, charge, energy, gx, gy, gz)

    total = 0.0
    force, torque, by_cell = np.empty(3), np.empty(3), np.zeros((3, 3))
    gradient[:] = 0.0
    free = model.basis.shape[0]
    sums = _sums(count, vector, px, py, pz, energy, gx, gy, gz)
    for k in range(count):
        u = sums[0, k]
        v = vector[k]
        distance = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
        fade, slope = _taper(distance, cutoff, taper)
        fade *= weight[k]
        total += fade * u
        for c in range(3):
            force[c] = fade * sums[1 + c, k]
            torque[c] = fade * sums[4 + c, k]
        _add_rotation(gradient[free + 3 :], v, force, torque, operation[k], model)
        if slope != 0.0:
            along = weight[k] * slope * u / distance
            for c in range(3):
                force[c] += along * v[c]
        _add_translation(gradient[free : free + 3], by_cell, cell, separation[k], force, model.turn[operation[k]])
    volume = cell[0, 0] * cell[1, 1] * cell[2, 2] / model.turn.shape[0]
    for i in range(3):
        by_cell[i, i] += pressure * volume / cell[i, i]
    for p in range(free):
        for i in range(3):
            for j in range(i + 1):
                gradient[p] += model.basis[p, i, j] * by_cell[i, j]
    return total + pressure * volume


@njit
def _placed(operation, vector, atoms, model):
    """Return coordinates and charges of the images' atoms, images of an atom side by side."""
    count, n = operation.shape[0], model.first[-1]
    px, py, pz, charge = np.empty(n * count), np.empty(n * count), np.empty(n * count), np.empty(n * count)
    for k in range(count):
        lab = model.lab[operation[k]]
        for j in range(n):
            m = j * count + k
            x, y, z = atoms[j, 0], atoms[j, 1], atoms[j, 2]
            px[m] = vector[k, 0] + lab[0, 0] * x + lab[0, 1] * y + lab[0, 2] * z
            py[m] = vector[k, 1] + lab[1, 0] * x + lab[1, 1] * y + lab[1, 2] * z
            pz[m] = vector[k, 2] + lab[2, 0] * x + lab[2, 1] * y + lab[2, 2] * z
            charge[m] = model.charge[j]
    return px, py, pz, charge


@njit
def _sums(count, vector, px, py, pz, energy, gx, gy, gz):
    """Return each image's energy, gradient by displacement (3) and its moment (3), shape (7, k)."""
    sums = np.zeros((7, count))
    # Where there are no images at all, there is no step of `count` to take.
    for start in range(0, px.shape[0], max(count, 1)):
        for k in range(count):
            m = start + k
            x, y, z = px[m] - vector[k, 0], py[m] - vector[k, 1], pz[m] - vector[k, 2]
            sums[0, k] += energy[m]
            sums[1, k] += gx[m]
            sums[2, k] += gy[m]
            sums[3, k] += gz[m]
            sums[4, k] += y * gz[m] - z * gy[m]
            sums[5, k] += z * gx[m] - x * gz[m]
            sums[6, k] += x * gy[m] - y * gx[m]
    return sums


@njit
def _add_rotation(gradient, v, force, torque, p, model):
    """Add an image's part of the gradient by a rotation of the molecule, which turns the image with it."""
    lab, parity = model.lab[p], model.parity[p]
    for c in range(3):
        gradient[c] += parity * (lab[0, c] * torque[0] + lab[1, c] * torque[1] + lab[2, c] * torque[2])
    # The pair forces are central, so the torque on the central molecule follows from that on the image.
    gradient[0] -= v[1] * force[2] - v[2] * force[1] + torque[0]
    gradient[1] -= v[2] * force[0] - v[0] * force[2] + torque[1]
    gradient[2] -= v[0] * force[1] - v[1] * force[0] + torque[2]


@njit
def _add_translation(gradient, by_cell, cell, separation, force, turn):
    """Add an image's part of the gradients by the position and by the cell matrix."""
    for i in range(3):
        along = cell[i, 0] * force[0] + cell[i, 1] * force[1] + cell[i, 2] * force[2]
        # The separation changes with the position by W - 1.
        for j in range(3):
            gradient[j] += turn[i, j] * along
            by_cell[i, j] += separation[i] * force[j]
        gradient[i] -= along


@njit
def _rotated(body, rotation):
    atoms = np.empty(body.shape)
    for i in range(body.shape[0]):
        for c in range(3):
            atoms[i, c] = rotation[c, 0] * body[i, 0] + rotation[c, 1] * body[i, 1] + rotation[c, 2] * body[i, 2]
    return atoms


@njit_inline
def _taper(distance, cutoff, width):
    """Return the switch from 1 to 0 over `width` before the cutoff, and its slope, both continuous."""
    x = (distance - cutoff + width) / width
    if x <= 0.0:
        return 1.0, 0.0
    if x >= 1.0:
        return 0.0, 0.0
    return 1.0 - x * x * x * (10.0 + x * (6.0 * x - 15.0)), -30.0 * x * x * (1.0 - x) * (1.0 - x) / width


@njit
def cell_of(parameters, basis):
    """Return the lower-triangular cell matrix of the free cell parameters."""
    cell = np.zeros((3, 3))
    for p in range(basis.shape[0]):
        for i in range(3):
            for j in range(i + 1):
                cell[i, j] += parameters[p] * basis[p, i, j]
    return cell
