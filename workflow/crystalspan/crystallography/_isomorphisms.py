"""Kernel: the mappings of one bonding graph onto another, by backtracking along the bonds."""

import numpy as np

from crystalspan._numba import njit


# long: one search with its stack; parts of it would share all of its state.
@njit
def mappings(bonds, other, colour, other_colour, order, parent, limit):
    """Return at most `limit` mappings (k, n) int32 that keep bonds and colours; none: k = 0.

    bonds, other (n, n) bool; colour, other_colour (n,); order (n,) atoms, each after the atom `parent` (n,) to which
    it is bonded, -1 where there is none.
    """
    n = bonds.shape[0]
    found = np.empty((16, n), dtype=np.int32)
    count, depth = 0, 0
    image = np.full(n, -1)  # of each atom of the first graph
    used = np.zeros(n, dtype=np.bool_)
    begin = np.zeros(n, dtype=np.int64)  # the next atom to try at each depth
    while depth >= 0:
        if depth == n:
            if count == found.shape[0]:
                found = np.concatenate((found, np.empty_like(found)))
            for i in range(n):
                found[count, i] = image[i]
            count += 1
            depth -= 1
            if count == limit:
                break
            continue
        atom = order[depth]
        if image[atom] >= 0:
            used[image[atom]] = False
            image[atom] = -1
        chosen = -1
        for b in range(begin[depth], n):
            if used[b] or other_colour[b] != colour[atom]:
                continue
            if parent[atom] >= 0 and not other[image[parent[atom]], b]:
                continue
            fits = True
            for q in range(depth):
                if bonds[atom, order[q]] != other[b, image[order[q]]]:
                    fits = False
                    break
            if fits:
                chosen = b
                break
        if chosen < 0:
            begin[depth] = 0
            depth -= 1
            continue
        image[atom], used[chosen], begin[depth] = chosen, True, chosen + 1
        depth += 1
    return found[:count]
