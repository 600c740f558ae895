"""Plain-Python twins of the sampler's kernels: no symmetry, no vectors, no cleverness."""

import itertools

import numpy as np


def image_range(cell, reach):
    """All lattice points whose cells can hold something within `reach`."""
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    counts = np.ceil(reach / heights).astype(int) + 2
    return itertools.product(*(range(-count, count + 1) for count in counts))


def pair_energy(r, a, b, c, qq, core):
    """exp-6 and Coulomb energy of two atoms, linear inside the core."""
    if r < core:
        value = pair_energy(core, a, b, c, qq, core)
        slope = -a * b * np.exp(-b * core) + 6 * c / core**7 - qq / core**2
        return value + slope * (r - core)
    return a * np.exp(-b * r) - c / r**6 + qq / r


def switch(distance, cutoff, taper):
    x = min(1.0, max(0.0, (distance - cutoff + taper) / taper))
    return 1 - 10 * x**3 + 15 * x**4 - 6 * x**5


def lattice_energy(cell, fractional, masses, tables, charges, rotations, translations, cutoff, taper):
    """Lattice energy per molecule: half the sum over every other molecule, atom by atom.

    tables = A, b, C, core, each (n, n), in the order of the atoms.
    """
    a, b, c, core = tables
    weights = masses / masses.sum()
    centre = weights @ fractional
    atoms = fractional @ cell
    total = 0.0
    for rotation, translation in zip(rotations, translations, strict=True):
        image = fractional @ rotation.T + translation
        whole = np.round(weights @ image - centre)
        for lattice in image_range(cell, cutoff):
            moved = (image - whole + np.array(lattice)) @ cell
            distance = np.linalg.norm(weights @ moved - centre @ cell)
            if distance < 1e-6 or distance >= cutoff:
                continue
            pairs = sum(
                pair_energy(
                    np.linalg.norm(atoms[i] - moved[j]),
                    a[i, j],
                    b[i, j],
                    c[i, j],
                    1389.35 * charges[i] * charges[j],
                    core[i, j],
                )
                for i in range(len(atoms))
                for j in range(len(atoms))
            )
            total += 0.5 * switch(distance, cutoff, taper) * pairs
    return total


def neighbour_distances(cell, fractional, symbols, rotations, translations, neighbours, reach=14.0):
    """Mean sorted distances of each element's atoms to their nearest atoms, elements by alphabet."""
    images = [
        (fractional @ rotation.T + translation + np.array(lattice)) @ cell
        for rotation, translation in zip(rotations, translations, strict=True)
        for lattice in image_range(cell, reach)
    ]
    cloud = np.concatenate(images)
    rows = []
    for atom in fractional @ cell:
        rows.append(np.sort(np.linalg.norm(cloud - atom, axis=1))[1 : neighbours + 1])
    rows = np.array(rows)
    symbols = np.array(symbols)
    return np.concatenate([rows[symbols == element].mean(axis=0) for element in sorted(set(symbols))])
