"""Kernels: the rigid motion that lays one set of points best on another."""

import math

import numpy as np

from crystalspan._numba import njit

_SWEEPS = 30


@njit
def rotation_of(covariance):
    """Return the proper rotation R (3, 3) that maximises the trace of R covariance, covariance = sum of b a^T.

    R then turns the points b best onto the points a (both centred). It is that of the unit quaternion that belongs to
    the largest eigenvalue of a symmetric 4 x 4 matrix (Horn, J. Opt. Soc. Am. A 1987, 4, 629,
    DOI 10.1364/JOSAA.4.000629): one formula for points in space, in a plane and on a line.
    """
    s = covariance
    form = np.empty((4, 4))
    form[0, 0] = s[0, 0] + s[1, 1] + s[2, 2]
    form[0, 1] = s[1, 2] - s[2, 1]
    form[0, 2] = s[2, 0] - s[0, 2]
    form[0, 3] = s[0, 1] - s[1, 0]
    form[1, 1] = s[0, 0] - s[1, 1] - s[2, 2]
    form[1, 2] = s[0, 1] + s[1, 0]
    form[1, 3] = s[2, 0] + s[0, 2]
    form[2, 2] = -s[0, 0] + s[1, 1] - s[2, 2]
    form[2, 3] = s[1, 2] + s[2, 1]
    form[3, 3] = -s[0, 0] - s[1, 1] + s[2, 2]
    for i in range(4):
        for j in range(i):
            form[i, j] = form[j, i]
    vectors = np.eye(4)
    _diagonalise(form, vectors)
    best = 0
    for i in range(1, 4):
        if form[i, i] > form[best, best]:
            best = i
    return _rotation_of_quaternion(vectors[0, best], vectors[1, best], vectors[2, best], vectors[3, best])


@njit
def _diagonalise(form, vectors):
    """Make a symmetric 4 x 4 matrix diagonal in place by Jacobi's rotations; columns of `vectors` turn along."""
    for _ in range(_SWEEPS):
        off, size = 0.0, 0.0
        for i in range(4):
            size += form[i, i] * form[i, i]
            for j in range(i + 1, 4):
                off += form[i, j] * form[i, j]
        if off <= 1e-30 * size:
            return
        for p in range(3):
            for q in range(p + 1, 4):
                if form[p, q] == 0.0:
                    continue
                ratio = 0.5 * (form[q, q] - form[p, p]) / form[p, q]
                tangent = math.copysign(1.0, ratio) / (abs(ratio) + math.sqrt(ratio * ratio + 1.0))
                cosine = 1.0 / math.sqrt(tangent * tangent + 1.0)
                sine = tangent * cosine
                for k in range(4):
                    first, second = form[k, p], form[k, q]
                    form[k, p], form[k, q] = cosine * first - sine * second, sine * first + cosine * second
                for k in range(4):
                    first, second = form[p, k], form[q, k]
                    form[p, k], form[q, k] = cosine * first - sine * second, sine * first + cosine * second
                    first, second = vectors[k, p], vectors[k, q]
                    vectors[k, p], vectors[k, q] = cosine * first - sine * second, sine * first + cosine * second


@njit
def _rotation_of_quaternion(w, x, y, z):
    rotation = np.empty((3, 3))
    rotation[0, 0] = w * w + x * x - y * y - z * z
    rotation[0, 1] = 2.0 * (x * y - w * z)
    rotation[0, 2] = 2.0 * (x * z + w * y)
    rotation[1, 0] = 2.0 * (x * y + w * z)
    rotation[1, 1] = w * w - x * x + y * y - z * z
    rotation[1, 2] = 2.0 * (y * z - w * x)
    rotation[2, 0] = 2.0 * (x * z - w * y)
    rotation[2, 1] = 2.0 * (y * z + w * x)
    rotation[2, 2] = w * w - x * x - y * y + z * z
    return rotation


@njit
def moved(points, sign, rotation, shift, out):
    """Write sign * R x + shift of each point (k, 3) to `out`."""
    for i in range(points.shape[0]):
        for c in range(3):
            out[i, c] = shift[c] + sign * (
                rotation[c, 0] * points[i, 0] + rotation[c, 1] * points[i, 1] + rotation[c, 2] * points[i, 2]
            )
