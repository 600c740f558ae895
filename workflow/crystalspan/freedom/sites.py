"""The site symmetries that a space group offers."""

import functools

import gemmi
import numpy as np

from crystalspan.crystallography.space_groups import operations

# Special positions of standard settings have coordinates 0, 1/8, 1/6, 1/4, 1/3, 3/8, 1/2 ... or lie on
# lines and planes x,0,0 / x,x,z / x,2x,z: every kind has points on a grid of 1/24.
_GRID = 24


def _signature(group: np.ndarray) -> tuple:
    """Counts of the kinds of operation (determinant, trace): different for each of the 32 crystal classes."""
    determinants = np.rint(np.linalg.det(group)).astype(int)
    traces = np.trace(group, axis1=1, axis2=2).astype(int)
    kinds, counts = np.unique(np.stack([determinants, traces], axis=1), axis=0, return_counts=True)
    return tuple((*kind, count) for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True))


@functools.cache
def _crystal_classes() -> dict:
    """Hermann-Mauguin symbol of each crystal class by its signature."""
    classes: dict[tuple, str] = {}
    for group in gemmi.spacegroup_table():
        rotations, _ = operations(group.number)
        classes.setdefault(_signature(np.unique(rotations.astype(int), axis=0)), group.point_group_hm())
    return classes


@functools.cache
def special_sites(number: int) -> dict[str, np.ndarray]:
    """The site symmetries of a space group, general position first.

    Parameters
    ----------
    number : int
        Space group number.

    Returns
    -------
    dict of str to (m, 3, 3) int
        Crystal class of the site and the rotations of one such site group.
    """
    rotations, translations = operations(number)
    rotations = rotations.astype(int)
    shifts = np.rint(translations * _GRID).astype(int)
    points = np.stack(np.meshgrid(*[np.arange(_GRID)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    fixed = np.empty((len(points), len(rotations)), dtype=bool)
    for column, (rotation, shift) in enumerate(zip(rotations, shifts, strict=True)):
        fixed[:, column] = ((points @ rotation.T + shift - points) % _GRID == 0).all(axis=1)
    sites = {"1": np.eye(3, dtype=int)[None]}
    classes = _crystal_classes()
    for pattern in np.unique(fixed, axis=0):
        group = rotations[pattern]
        sites.setdefault(classes[_signature(group)], group)
    return dict(sorted(sites.items(), key=lambda item: len(item[1])))
