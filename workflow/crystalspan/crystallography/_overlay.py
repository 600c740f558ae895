"""Kernels: a cluster of molecules laid over a crystal, molecule by molecule."""

import math

import numpy as np

from crystalspan._numba import njit
from crystalspan.crystallography._clusters import images_within
from crystalspan.crystallography._rigid import moved, rotation_of

# The first fit takes in molecules up to this many times the tolerance: a central molecule that fits alone would
# otherwise hold the overlay in its own place.
_WIDE = 1.5
_STEPS = 8
_CONVERGED = 1e-5
# Beyond the cluster's radius, angstrom: how far an overlay may move from where the central molecules put it.
_BEYOND = 4.0
# A molecule is linear where no atom is further from its axis, angstrom; its neighbours then say how it is turned.
_LINEAR = 0.1
_TURNS = 24


@njit
def lay_over(atoms, centres, molecules, others, matrix, central, relabellings, limits):
    """Return how many molecules of a cluster match those of a crystal, their RMSD, and whether by a mirror image.

    atoms (n, a, 3), centres (n, 3): the cluster, central molecule first, its centre at the origin; molecules (z, a, 3),
    others (z, 3): the crystal's molecules and their centres; matrix (3, 3) lower triangular; central: the crystal's
    molecule to be laid on the cluster's; relabellings (k, a); limits (3,) of `_alike`. RMSD is NaN where none matches.
    """
    radius = 0.0
    for i in range(centres.shape[0]):
        radius = max(radius, math.sqrt(centres[i, 0] ** 2 + centres[i, 1] ** 2 + centres[i, 2] ** 2))
    base, _, place = images_within(others, matrix, others[central], radius + _BEYOND)
    around = np.empty_like(molecules)
    for j in range(molecules.shape[0]):
        for i in range(molecules.shape[1]):
            for c in range(3):
                around[j, i, c] = molecules[j, i, c] - others[j, c]
    rotations, errors = _starts(atoms[0], around[central], relabellings)
    useful = np.flatnonzero(np.minimum(errors[:, 0], errors[:, 1]) < _WIDE * limits[0])
    labels = relabellings[useful]
    most, least, mirrored = 0, np.nan, False
    turns = _turns(atoms[0])
    for k in useful:
        for side in range(2):
            if errors[k, side] >= _WIDE * limits[0]:
                continue
            for t in range(turns.shape[0]):
                rotation = np.dot(turns[t], rotations[k, side])
                count, rmsd = _refined(atoms, centres, around, base, place, labels, 1.0 - 2.0 * side, rotation, limits)
                if count > most or (count == most and count > 0 and rmsd < least - 1e-9):
                    most, least, mirrored = count, rmsd, side == 1
    return most, least, mirrored


@njit
def _turns(molecule):
    """Return the rotations (t, 3, 3) that a molecule (a, 3), centred, cannot tell apart: turns of a linear one."""
    axis, longest = np.zeros(3), 0.0
    for i in range(molecule.shape[0]):
        length = math.sqrt(molecule[i, 0] ** 2 + molecule[i, 1] ** 2 + molecule[i, 2] ** 2)
        if length > longest:
            longest = length
            axis = molecule[i] / length
    off = 0.0
    for i in range(molecule.shape[0]):
        along = molecule[i, 0] * axis[0] + molecule[i, 1] * axis[1] + molecule[i, 2] * axis[2]
        for c in range(3):
            off = max(off, abs(molecule[i, c] - along * axis[c]))
    count = 1 if off > _LINEAR else _TURNS
    turns = np.empty((count, 3, 3))
    for t in range(count):
        angle = 2.0 * math.pi * t / count
        for c in range(3):
            d, e = (c + 1) % 3, (c + 2) % 3
            for f in range(3):
                turns[t, c, f] = (1.0 - math.cos(angle)) * axis[c] * axis[f]
            turns[t, c, c] += math.cos(angle)
            turns[t, c, d] -= math.sin(angle) * axis[e]
            turns[t, c, e] += math.sin(angle) * axis[d]
    return turns


@njit
def _starts(target, source, relabellings):
    """Return the rotations (k, 2, 3, 3) that lay a molecule, or its mirror image, on another, and RMSDs (k, 2)."""
    k, a = relabellings.shape
    rotations, errors = np.empty((k, 2, 3, 3)), np.empty((k, 2))
    covariance = np.empty((3, 3))
    for p in range(k):
        covariance[:] = 0.0
        for i in range(a):
            for c in range(3):
                for d in range(3):
                    covariance[c, d] += source[relabellings[p, i], c] * target[i, d]
        for side in range(2):
            sign = 1.0 - 2.0 * side
            rotation = rotation_of(sign * covariance)
            total = 0.0
            for i in range(a):
                for c in range(3):
                    x = 0.0
                    for d in range(3):
                        x += rotation[c, d] * source[relabellings[p, i], d]
                    total += (sign * x - target[i, c]) ** 2
            rotations[p, side] = rotation
            errors[p, side] = math.sqrt(total / a)
    return rotations, errors


@njit
def _refined(atoms, centres, around, base, place, labels, sign, rotation, limits):
    """Fit the matching molecules and match those that then fit, until nothing changes; return number and RMSD."""
    n = atoms.shape[0]
    shift = np.zeros(3)
    image, label = np.empty(n, np.int64), np.empty(n, np.int64)
    squares = np.empty(n)
    moved_places, turned = np.empty_like(place), np.empty_like(around)
    before = np.inf
    for step in range(_STEPS):
        limit = _WIDE * limits[0] if step == 0 else limits[0]
        _match(atoms, centres, around, base, place, labels, sign, rotation, shift, limit, limits,
               image, label, squares, moved_places, turned)  # fmt: skip
        rotation, shift, now = _fit(atoms, around, base, place, labels, sign, image, label, rotation, shift)
        if math.isnan(now) or (step > 0 and abs(before - now) < _CONVERGED):
            break
        before = now
    _match(atoms, centres, around, base, place, labels, sign, rotation, shift, limits[0], limits,
           image, label, squares, moved_places, turned)  # fmt: skip
    count, total = 0, 0.0
    for i in range(n):
        if image[i] >= 0:
            count += 1
            total += squares[i]
    return count, math.sqrt(total / count) if count else np.nan


@njit
def _match(atoms, centres, around, base, place, labels, sign, rotation, shift, limit, limits,
           image, label, squares, places, turned):  # fmt: skip
    """For each molecule of the cluster find the image that lies on it: its number or -1, relabelling, mean square."""
    n, a = atoms.shape[0], atoms.shape[1]
    moved(place, sign, rotation, shift, places)
    zero = np.zeros(3)
    for j in range(around.shape[0]):
        moved(around[j], sign, rotation, zero, turned[j])
    for i in range(n):
        # No two molecules with their centres further apart than the limit agree within it.
        image[i], squares[i] = -1, limit * limit
        nearest = limit * limit
        for j in range(places.shape[0]):
            d0, d1, d2 = centres[i, 0] - places[j, 0], centres[i, 1] - places[j, 1], centres[i, 2] - places[j, 2]
            apart = d0 * d0 + d1 * d1 + d2 * d2
            if apart < nearest:
                nearest, image[i] = apart, j
        if image[i] < 0:
            continue
        j = image[i]
        for p in range(labels.shape[0]):
            total = 0.0
            for k in range(a):
                for c in range(3):
                    total += (turned[base[j], labels[p, k], c] + places[j, c] - atoms[i, k, c]) ** 2
                if total >= a * squares[i]:
                    break
            if total < a * squares[i]:
                squares[i], label[i] = total / a, p
        if squares[i] >= limit * limit or not _alike(
            atoms[i], centres[i], turned[base[j]], labels[label[i]], places[j], shift, limits
        ):
            image[i] = -1
        for other in range(i):
            if image[i] >= 0 and image[other] == image[i]:
                image[other if squares[other] > squares[i] else i] = -1


@njit
def _alike(atoms, centre, other, relabelling, place, central, limits):
    """Say whether a molecule lies as far from the central one as its image, and is turned like it, within limits.

    limits (3,): of the RMSD (not looked at here), of the distance as a share of it, of the angle in radian.
    """
    here, there = 0.0, 0.0
    for c in range(3):
        here += centre[c] ** 2
        there += (place[c] - central[c]) ** 2
    if abs(math.sqrt(there) - math.sqrt(here)) > limits[1] * math.sqrt(here):
        return False
    if limits[2] >= math.pi:
        return True
    covariance = np.zeros((3, 3))
    for k in range(atoms.shape[0]):
        for c in range(3):
            for d in range(3):
                covariance[c, d] += other[relabelling[k], c] * (atoms[k, d] - centre[d])
    turn = rotation_of(covariance)
    cosine = 0.5 * (turn[0, 0] + turn[1, 1] + turn[2, 2] - 1.0)
    return cosine >= math.cos(limits[2])


@njit
def _fit(atoms, around, base, place, labels, sign, image, label, rotation, shift):
    """Return the rotation, shift and RMSD that lay the matched images best on the cluster."""
    target, source, covariance = np.zeros(3), np.zeros(3), np.zeros((3, 3))
    n, a = atoms.shape[0], atoms.shape[1]
    count, squares = 0, 0.0
    for i in range(n):
        if image[i] < 0:
            continue
        j = image[i]
        for k in range(a):
            count += 1
            other = around[base[j], labels[label[i], k]]
            for c in range(3):
                target[c] += atoms[i, k, c]
                b = sign * (other[c] + place[j, c])
                source[c] += b
                squares += atoms[i, k, c] ** 2 + b * b
                for d in range(3):
                    covariance[c, d] += b * atoms[i, k, d]
    if count == 0:
        return rotation, shift, np.nan
    for c in range(3):
        squares -= (target[c] ** 2 + source[c] ** 2) / count
        for d in range(3):
            covariance[c, d] -= source[c] * target[d] / count
    rotation = rotation_of(covariance)
    shift = np.empty(3)
    for c in range(3):
        shift[c] = target[c]
        for d in range(3):
            shift[c] -= rotation[c, d] * source[d]
            squares -= 2.0 * rotation[c, d] * covariance[d, c]
        shift[c] /= count
    return rotation, shift, math.sqrt(max(squares, 0.0) / count)


@njit
def lay_over_all(atoms, centres, molecules, others, offset, listed, matrices, rows, relabellings, limits,
                 matched, rmsd, mirrored):  # fmt: skip
    """Lay the clusters around each molecule of one crystal over each molecule of others; keep the best of each.

    atoms (q, n, a, 3), centres (q, n, 3); molecules (Z, a, 3), others (Z, 3): those of all cells, those of crystal i
    at offset[i]:offset[i + 1], the `listed[i]` symmetry-independent ones first; matrices (s, 3, 3); rows (m,).
    """
    for r in range(rows.shape[0]):
        i = rows[r]
        cell = slice(offset[i], offset[i + 1])
        for q in range(atoms.shape[0]):
            for central in range(listed[i]):
                count, error, mirror = lay_over(atoms[q], centres[q], molecules[cell], others[cell], matrices[i],
                                                central, relabellings, limits)  # fmt: skip
                if count > matched[r] or (count == matched[r] and count > 0 and error < rmsd[r] - 1e-9):
                    matched[r], rmsd[r], mirrored[r] = count, error, mirror
