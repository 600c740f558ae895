"""Plain-Python twins of the spectra and dimension rooms."""

import itertools


def canonical_vector(vector, n_atoms, automorphisms):
    """The smallest of all relabelled vectors (exact comparison)."""
    per_atom = len(vector) // n_atoms
    blocks = [list(vector[i * per_atom : (i + 1) * per_atom]) for i in range(n_atoms)]
    return min(list(itertools.chain.from_iterable(blocks[i] for i in order)) for order in automorphisms)


def components_to_reach(values, share):
    """Count components one by one."""
    total, running = sum(values), 0.0
    for number, value in enumerate(values, 1):
        running += value
        if running >= share * total * (1 - 1e-9):
            return number
    return len(values)


def trustworthiness_and_overlap(full, flat, k):
    """Both measures from sorted lists of neighbours."""
    n = len(full)
    penalty = shared = 0

    def ranking(points, i):
        squares = [sum((a - b) ** 2 for a, b in zip(points[i], points[j], strict=True)) for j in range(n)]
        return sorted((j for j in range(n) if j != i), key=lambda j: squares[j])

    for i in range(n):
        far, near = ranking(full, i), ranking(flat, i)[:k]
        shared += len(set(far[:k]) & set(near))
        penalty += sum(max(far.index(j) + 1 - k, 0) for j in near)
    return 1 - 2 * penalty / (n * k * (2 * n - 3 * k - 1)), shared / (n * k)
