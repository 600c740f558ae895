"""Plain-Python twins of the dimension room."""

import math


def distance(a, b):
    """Euclidean distance of two points."""
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


def sorted_neighbours(points, i):
    """(distance, index) of all other points, nearest first."""
    return sorted((distance(points[i], points[j]), j) for j in range(len(points)) if j != i)


def twonn(points):
    """The unbiased maximum-likelihood value, point by point."""
    total = 0.0
    for i in range(len(points)):
        (first, _), (second, _) = sorted_neighbours(points, i)[:2]
        total += math.log(second / first)
    return (len(points) - 1) / total


def levina_bickel(points, k):
    """Inverse of the mean of the inverse local dimensions."""
    inverse = 0.0
    for i in range(len(points)):
        found = [r for r, _ in sorted_neighbours(points, i)[:k]]
        inverse += sum(math.log(found[-1] / r) for r in found[:-1]) / (k - 1)
    return len(points) / inverse


def gride_log_likelihood(points, order, d):
    """Logarithm of the product of the densities of r_2n / r_n, without its constant, for a dimension d."""
    total = 0.0
    for i in range(len(points)):
        found = sorted_neighbours(points, i)
        mu = found[2 * order - 1][0] / found[order - 1][0]
        total += math.log(d) + (order - 1) * math.log(mu**d - 1) - ((2 * order - 1) * d + 1) * math.log(mu)
    return total


def information_imbalance(first, second):
    """2/n times the mean rank of the nearest neighbour."""
    n, total = len(first), 0
    for i in range(n):
        nearest = sorted_neighbours(first, i)[0][1]
        total += 1 + [j for _, j in sorted_neighbours(second, i)].index(nearest)
    return 2 / n * total / n


def without_near_duplicates(points, tolerance):
    """Indices of the points without an earlier one within the tolerance."""
    return [i for i in range(len(points)) if all(distance(points[i], points[j]) > tolerance for j in range(i))]


def parallel_level(values, permutations, quantile, generator):
    """Eigenvalues of the covariance of columns permuted one by one: their quantile."""
    import numpy as np

    found = []
    for _ in range(permutations):
        shuffled = np.array([generator.permutation(column) for column in np.transpose(values)])
        found.append(np.sort(np.linalg.eigvalsh(np.cov(shuffled)))[::-1])
    return np.quantile(found, quantile, axis=0)
