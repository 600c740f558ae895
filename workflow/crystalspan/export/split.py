"""Training, validation and test: by hash, so that more crystals move no other; relatives stay together."""

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape

if TYPE_CHECKING:
    from crystalspan.similarity.file import Similarities

TRAIN, VALIDATION, TEST = "train", "validation", "test"


@dataclasses.dataclass(frozen=True)
class SplitSettings:
    """The section `export.split`.

    Parameters
    ----------
    train, validation : float
        Shares of the groups; the rest is for the test.
    seed : int
    molecules : int
        Crystals that share so many molecules of a cluster are relatives.
    conformers : bool
        Crystals of one conformer stay together.
    """

    train: float
    validation: float
    seed: int
    molecules: int
    conformers: bool

    def __post_init__(self):
        if self.train + self.validation > 1:
            raise InputError(
                f"export.split: the shares {self.train:g} and {self.validation:g} are more than the whole",
                remedy="train and validation together are at most 1; the rest is the test",
            )


@dataclasses.dataclass(frozen=True)
class Split:
    """What becomes of each crystal.

    Parameters
    ----------
    part : (n,) list of str
        ``train``, ``validation`` or ``test``.
    group : (n,) list of str
        Id of the crystal that its group is called after; groups are never divided.
    """

    part: list[str]
    group: list[str]


def relatives_of(found: "Similarities", molecules: int) -> set[tuple[str, str]]:
    """Ids of all pairs of crystals that share at least a number of molecules of a cluster.

    Parameters
    ----------
    found : Similarities
        They hold the relatives of the lowest crystals only.
    molecules : int
    """
    return {
        (str(one.id[pair.query]), str(one.id[pair.other]))
        for one in found.populations
        for pair in one.relatives
        if pair.matched >= molecules
    }


def split_landscape(landscape: Landscape, relatives: Iterable[tuple[str, str]], settings: SplitSettings) -> Split:
    """Put every crystal of a landscape into training, validation or test.

    Duplicates, relatives and, where the settings say so, crystals of one conformer make groups, also by way of a third
    crystal. A group's part follows from a hash of the seed and of one of its ids: other crystals that come or go do not
    change it, unless they join groups.

    Parameters
    ----------
    landscape : Landscape
    relatives : iterable of (str, str)
        Ids.
    settings : SplitSettings
    """
    ids = [str(one) for one in landscape.id]
    pairs = [(one, str(other)) for one, other in zip(ids, landscape.duplicate_of, strict=True) if other]
    pairs += relatives
    if settings.conformers:
        first: dict[int, str] = {}
        pairs += [(first.setdefault(int(kind), one), one) for one, kind in zip(ids, landscape.conformer, strict=True)]
    hashes = [_share(settings.seed, "crystal", one) for one in ids]
    group = [0] * len(ids)
    for rows in _joined(ids, pairs):
        lowest = min(rows, key=lambda row: (hashes[row], ids[row]))
        for row in rows:
            group[row] = lowest
    # Of many numbers the least is small: the group draws another one.
    drawn = [_share(settings.seed, "group", ids[row]) for row in group]
    edges = np.array([settings.train, settings.train + settings.validation])
    parts = [(TRAIN, VALIDATION, TEST)[int(place)] for place in np.searchsorted(edges, drawn, side="right")]
    return Split(parts, [ids[row] for row in group])


def _share(seed: int, what: str, name: str) -> float:
    """A number in [0, 1) that seed and name decide."""
    text = f"{seed}\0{what}\0{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:6], "big") / 2**48


def _joined(ids: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[list[int]]:
    """Rows of each group that pairs make; pairs with ids that are not there are left out."""
    row = {one: i for i, one in enumerate(ids)}
    parent = list(range(len(ids)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for one, other in pairs:
        if one in row and other in row:
            parent[root(row[other])] = root(row[one])
    groups: dict[int, list[int]] = {}
    for i in range(len(ids)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())
