"""The comparisons of packings written down plainly, to hold the compiled ones against: slow, nothing left out."""

import itertools

import numpy as np


def cell_molecules(matrix, rotations, translations, fractional, atoms_of_molecule):
    """All molecules of the cell, Cartesian, the listed ones first."""
    found = []
    for rotation, translation in zip(rotations, translations, strict=True):
        placed = (fractional @ np.asarray(rotation, float).T + translation) @ matrix
        found += list(placed.reshape(-1, atoms_of_molecule, 3))
    return found


def images(molecules, matrix, centre, reach):
    """All images of molecules with their centroid within reach of a point."""
    cells = np.ceil(reach * np.linalg.norm(np.linalg.inv(matrix), axis=0)).astype(int) + 2
    found = []
    for molecule in molecules:
        for shift in itertools.product(*[range(-c, c + 1) for c in cells]):
            moved = molecule + np.array(shift) @ matrix
            if np.linalg.norm(moved.mean(axis=0) - centre) <= reach:
                found.append(moved)
    return found


def cluster(molecules, matrix, central, n):
    """The molecule and the n - 1 of shortest contact with it; those of equal contacts nearest to the chosen ones."""
    middle = molecules[central].mean(axis=0)
    around = images(molecules, matrix, middle, 25.0)
    contacts = [np.linalg.norm(one[:, None] - molecules[central], axis=-1).min() for one in around]
    chosen = []
    order = list(np.argsort(contacts, kind="stable"))
    while len(chosen) < n:
        equal = [j for j in order if contacts[j] - contacts[order[0]] < 1e-3]
        order = [j for j in order if j not in equal]
        while equal and len(chosen) < n:
            sums = [sum(np.linalg.norm(around[j].mean(0) - around[k].mean(0)) for k in chosen) for j in equal]
            chosen.append(equal.pop(int(np.argmin(np.round(sums, 3)))))
    return np.array([around[j] - middle for j in chosen])


def kabsch(source, target):
    """Proper rotation and shift that lay points best on others (Kabsch, Acta Cryst. A 1976, 32, 922)."""
    first, second = source.mean(axis=0), target.mean(axis=0)
    left, _, right = np.linalg.svd((source - first).T @ (target - second))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left @ flip @ right).T
    return rotation, second - rotation @ first


def overlay(shell, molecules, matrix, central, relabellings, tolerance):
    """Number of molecules of a cluster that match those of a crystal, and their RMSD: the best of all beginnings."""
    reach = np.linalg.norm(shell.mean(axis=1), axis=1).max() + 4.0
    middle = molecules[central].mean(axis=0)
    around = np.array(images(molecules, matrix, middle, reach)) - middle
    best = (0, np.nan)
    for sign in (1, -1):
        for relabelling in relabellings:
            source = sign * (molecules[central] - middle)[relabelling]
            rotation, shift = kabsch(source, shell[0])
            error = np.sqrt(((source @ rotation.T + shift - shell[0]) ** 2).sum(axis=1).mean())
            if error < 1.5 * tolerance:
                found = _refine(shell, sign * around, relabellings, rotation, shift, tolerance)
                if (-found[0], found[1]) < (-best[0], np.nan_to_num(best[1], nan=np.inf)):
                    best = found
    return best


def _pairs(shell, around, relabellings, rotation, shift, limit):
    moved = around @ rotation.T + shift
    found = {}
    for i, molecule in enumerate(shell):
        j = int(np.argmin(np.linalg.norm(moved.mean(axis=1) - molecule.mean(axis=0), axis=1)))
        squares = [((moved[j][p] - molecule) ** 2).sum(axis=1).mean() for p in relabellings]
        if min(squares) < limit**2:
            found[i] = (j, relabellings[int(np.argmin(squares))], min(squares))
    return found


def _refine(shell, around, relabellings, rotation, shift, tolerance):
    before = np.inf
    for step in range(8):
        found = _pairs(shell, around, relabellings, rotation, shift, 1.5 * tolerance if step == 0 else tolerance)
        if not found:
            break
        target = np.concatenate([shell[i] for i in found])
        source = np.concatenate([around[j][p] for j, p, _ in found.values()])
        rotation, shift = kabsch(source, target)
        error = np.sqrt(((source @ rotation.T + shift - target) ** 2).sum(axis=1).mean())
        if step and abs(before - error) < 1e-5:
            break
        before = error
    found = _pairs(shell, around, relabellings, rotation, shift, tolerance)
    return len(found), float(np.sqrt(np.mean([square for *_, square in found.values()]))) if found else np.nan


def cross_correlation(first, second, reach, step):
    """De Gelder's similarity of two patterns, sum by sum."""

    def weighted(f, g):
        total = 0.0
        for i in range(len(f)):
            for j in range(len(g)):
                total += f[i] * g[j] * max(0.0, 1.0 - abs(i - j) * step / reach)
        return total

    return weighted(first, second) / np.sqrt(weighted(first, first) * weighted(second, second))
