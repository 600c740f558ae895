"""Symmetry functions by the book: explicit images, explicit angles, one neighbour and one pair at a time."""

import itertools

import numpy as np


def neighbours_of(centre, cutoff, only_other_molecules, cell, rotations, translations, fractional, molecule):
    """Atom index and vector of every atom within the cutoff of a centre, from explicit images."""
    spacings = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    origin = fractional[centre]
    found = []
    for op, (rotation, translation) in enumerate(zip(rotations, translations, strict=True)):
        for atom in range(len(fractional)):
            base = rotation @ fractional[atom] + translation
            reach = np.ceil(cutoff / spacings + np.abs(base - origin)).astype(int)
            for image in itertools.product(*(range(-n, n + 1) for n in reach)):
                at_home = op == 0 and image == (0, 0, 0)
                same = molecule[atom] == molecule[centre] if only_other_molecules else atom == centre
                vector = (base + np.array(image) - origin) @ cell
                if np.linalg.norm(vector) < cutoff and not (at_home and same):
                    found.append((atom, vector))
    return found


def cutoff_function(distance, cutoff):
    return 0.5 * (1 + np.cos(np.pi * distance / cutoff)) if distance < cutoff else 0.0


def angle_between(u, v):
    """The angle of two vectors; acos of the cosine would lose half of the digits of small angles."""
    return np.arctan2(np.linalg.norm(np.cross(u, v)), np.dot(u, v))


# long: the formulas of the papers, loop in loop, as they are printed.
def describe_crystal(functions, elements, cell, rotations, translations, fractional, atomic_number, molecule):
    """Symmetry functions (n_atoms, d) of a crystal; arguments as in crystalspan.descriptors.compute."""
    rows = []
    is_torchani = functions.convention == "torchani"
    for centre in range(len(fractional)):
        surroundings = neighbours_of(
            centre,
            max(functions.radial_cutoff, functions.angular_cutoff),
            functions.neighbours == "intermolecular",
            cell,
            rotations,
            translations,
            fractional,
            molecule,
        )
        radial = {(a, m): 0.0 for a in elements for m in functions.radial_shifts}
        angular = {
            (a, b, m, t): 0.0
            for i, a in enumerate(elements)
            for b in elements[i:]
            for m in functions.angular_shifts
            for t in functions.theta_shifts
        }
        for atom, vector in surroundings:
            distance = np.linalg.norm(vector)
            for m in functions.radial_shifts:
                radial[atomic_number[atom], m] += (
                    (0.25 if is_torchani else 1.0)
                    * np.exp(-functions.radial_eta * (distance - m) ** 2)
                    * cutoff_function(distance, functions.radial_cutoff)
                )
        for (j, u), (k, v) in itertools.combinations(surroundings, 2):
            r, s = np.linalg.norm(u), np.linalg.norm(v)
            weight = cutoff_function(r, functions.angular_cutoff) * cutoff_function(s, functions.angular_cutoff)
            if weight == 0.0:
                continue
            theta = np.arccos(0.95 * np.cos(angle_between(u, v))) if is_torchani else angle_between(u, v)
            a, b = sorted((atomic_number[j], atomic_number[k]))
            for m in functions.angular_shifts:
                gaussian = np.exp(-functions.angular_eta * ((r + s) / 2 - m) ** 2)
                for t in functions.theta_shifts:
                    power = ((1 + np.cos(theta - t)) / 2) ** functions.zeta
                    angular[a, b, m, t] += 2 * power * gaussian * weight
        rows.append([*radial.values(), *angular.values()])
    return np.array(rows)
