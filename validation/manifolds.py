"""Clouds of points whose dimension is known, on which every estimator is tried."""

import numpy as np


def swiss_roll(n: int, seed: int) -> np.ndarray:
    """Points on a rolled-up sheet, d = 2 in three dimensions, uniform on the sheet.

    Returns
    -------
    (n, 3) float64
    """
    generator = np.random.default_rng(seed)
    low, high = 1.5 * np.pi, 4.5 * np.pi

    def arc(angle):
        return (angle * np.sqrt(1 + angle**2) + np.arcsinh(angle)) / 2

    # The spiral r = angle by its length, or the outer turns would be thinly covered.
    grid = np.linspace(low, high, 4001)
    angle = np.interp(generator.uniform(arc(low), arc(high), n), arc(grid), grid)
    return np.stack([angle * np.cos(angle), 21 * generator.random(n), angle * np.sin(angle)], axis=1)


def sphere(n: int, d: int, seed: int) -> np.ndarray:
    """Points uniform on the surface of a sphere of dimension d.

    Returns
    -------
    (n, d + 1) float64
    """
    points = np.random.default_rng(seed).normal(size=(n, d + 1))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def cube(n: int, d: int, seed: int) -> np.ndarray:
    """Points uniform in a cube of dimension d.

    Returns
    -------
    (n, d) float64
    """
    return np.random.default_rng(seed).random((n, d))


def curved_cube(n: int, d: int, columns: int, seed: int) -> np.ndarray:
    """Points of a cube of dimension d, bent without folds or self-crossings into a space of many columns.

    The columns are random waves cos(w.x + phase) of one length beside d straight ones, which keep the map one-to-one.

    Parameters
    ----------
    n, d : int
    columns : int
        Above d.
    seed : int

    Returns
    -------
    (n, columns) float64
    """
    generator = np.random.default_rng(seed)
    points = generator.random((n, d))
    waves = generator.normal(size=(d, columns - d))
    waves *= np.pi / np.linalg.norm(waves, axis=0)
    bent = np.cos(points @ waves + generator.uniform(0, 2 * np.pi, columns - d))
    return np.concatenate([points, bent], axis=1)
