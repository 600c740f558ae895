"""Kernels: reflections of a crystal, its powder pattern, and the comparison of patterns by time warping."""

import math

import numpy as np

from crystalspan._numba import njit


@njit
def reflections(sites, kind, matrix, coefficients, largest):
    """Return half of the reflections up to a length of the scattering vector: length (1/d), |F|^2.

    sites (n, 3) all atoms of the cell, fractional; kind (n,) row of `coefficients` (e, 9): a1..a4, b1..b4, c of
    the form factor f(s) = sum a exp(-b s^2) + c, s = 1/(2d); matrix (3, 3) edges; largest
    1/angstrom. Of each pair hkl and -h-k-l one is returned.
    """
    edges = np.sqrt((matrix * matrix).sum(axis=1))
    reach = np.floor(edges * largest).astype(np.int64)
    reciprocal = np.linalg.inv(matrix)
    room = (reach[0] + 1) * (2 * reach[1] + 1) * (2 * reach[2] + 1)
    length, square = np.empty(room), np.empty(room)
    factor = np.empty(coefficients.shape[0])
    count = 0
    for h in range(reach[0] + 1):
        for k in range(-reach[1] if h > 0 else 0, reach[1] + 1):
            for m in range(-reach[2] if h > 0 or k > 0 else 1, reach[2] + 1):
                q = 0.0
                for axis in range(3):
                    x = reciprocal[axis, 0] * h + reciprocal[axis, 1] * k + reciprocal[axis, 2] * m
                    q += x * x
                if q > largest * largest:
                    continue
                for e in range(coefficients.shape[0]):
                    factor[e] = coefficients[e, 8]
                    for i in range(4):
                        factor[e] += coefficients[e, i] * math.exp(-0.25 * q * coefficients[e, 4 + i])
                real, imaginary = 0.0, 0.0
                for s in range(sites.shape[0]):
                    phase = 2.0 * math.pi * (h * sites[s, 0] + k * sites[s, 1] + m * sites[s, 2])
                    real += factor[kind[s]] * math.cos(phase)
                    imaginary += factor[kind[s]] * math.sin(phase)
                length[count] = math.sqrt(q)
                square[count] = real * real + imaginary * imaginary
                count += 1
    return length[:count], square[:count]


@njit
def add_peaks(length, square, wavelength, step, width, pattern):
    """Add each reflection to a pattern over 2 theta, with Lorentz and polarisation factors, as a Gaussian.

    step, width (standard deviation) in degrees; pattern (p,) at 0, step, 2 step ...
    """
    for i in range(length.shape[0]):
        sine = 0.5 * wavelength * length[i]
        theta = math.asin(sine)
        centre = math.degrees(2.0 * theta)
        intensity = square[i] * (1.0 + math.cos(2.0 * theta) ** 2) / (sine * sine * math.cos(theta))
        first = max(0, int(math.ceil((centre - 5.0 * width) / step)))
        last = min(pattern.shape[0] - 1, int(math.floor((centre + 5.0 * width) / step)))
        for p in range(first, last + 1):
            apart = (p * step - centre) / width
            pattern[p] += intensity * math.exp(-0.5 * apart * apart)


@njit
def warped_difference(first, second, band, limit):
    """Return the sum of differences of two patterns along the best warping within a band (points).

    Stops with infinity as soon as no path can stay below the limit.
    """
    n = first.shape[0]
    before, here = np.full(n + 1, np.inf), np.empty(n + 1)
    before[0] = 0.0
    for i in range(1, n + 1):
        here[:] = np.inf
        least = np.inf
        for j in range(max(1, i - band), min(n, i + band) + 1):
            best = min(before[j], here[j - 1], before[j - 1])
            here[j] = best + abs(first[i - 1] - second[j - 1])
            least = min(least, here[j])
        if least >= limit:
            return np.inf
        before, here = here, before
    return before[n]


@njit
def pattern_representatives(energy, density, patterns, norms, energy_window, density_window, cosine, band, limit):
    """Return for each crystal (in order of energy) the first one that it equals, itself if it is new."""
    n = energy.shape[0]
    same_as, unique = np.arange(n), np.empty(n, np.int64)
    count, oldest = 0, 0
    for s in range(n):
        while oldest < count and energy[s] - energy[unique[oldest]] >= energy_window:
            oldest += 1
        for k in range(oldest, count):
            u = unique[k]
            if abs(density[s] - density[u]) >= density_window:
                continue
            if np.dot(patterns[s], patterns[u]) < cosine * norms[s] * norms[u]:
                continue
            if warped_difference(patterns[s], patterns[u], band, limit) < limit:
                same_as[s] = u
                break
        if same_as[s] == s:
            unique[count] = s
            count += 1
    return same_as
