"""Training, validation and test: shares as asked, the same when others come and go, relatives never divided."""

import random
from types import SimpleNamespace

import numpy as np
import pytest

from crystalspan.errors import InputError
from crystalspan.export.split import TEST, TRAIN, VALIDATION, SplitSettings, relatives_of, split_landscape

SETTINGS = SplitSettings(0.8, 0.1, 1, 12, False)


def crystals(ids, duplicate_of=None, conformer=None):
    """What the split reads of a landscape."""
    n = len(ids)
    return SimpleNamespace(
        id=np.array(ids, dtype=object),
        duplicate_of=np.array(duplicate_of or [""] * n, dtype=object),
        conformer=np.array(conformer or [0] * n),
    )


def split(ids, relatives=(), settings=SETTINGS, **more):
    return split_landscape(crystals(ids, **more), relatives, settings)


def plain_groups(ids, pairs):
    """Twin: groups grow until nothing changes."""
    groups = {one: {one} for one in ids}
    changed = True
    while changed:
        changed = False
        for one, other in pairs:
            if one in groups and other in groups and groups[one] is not groups[other]:
                joined = groups[one] | groups[other]
                for name in joined:
                    groups[name] = joined
                changed = True
    return groups


@pytest.mark.parametrize("size", [1, 6])
def test_shares_are_those_asked_for_whatever_the_size_of_groups(size):
    n = 3000
    ids = [f"g{i}-{j}" for i in range(n) for j in range(size)]
    pairs = [(f"g{i}-0", f"g{i}-{j}") for i in range(n) for j in range(1, size)]
    found = split(ids, pairs)
    of_groups = dict(zip(found.group, found.part, strict=True))
    assert len(of_groups) == n
    counts = {part: list(of_groups.values()).count(part) / n for part in (TRAIN, VALIDATION, TEST)}
    for part, share in ((TRAIN, 0.8), (VALIDATION, 0.1), (TEST, 0.1)):
        assert counts[part] == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))


def test_others_that_come_or_go_change_nothing():
    ids = [f"c{i}" for i in range(600)]
    whole = dict(zip(ids, split(ids).part, strict=True))
    some = random.Random(1).sample(ids, 200)
    assert dict(zip(some, split(some).part, strict=True)) == {one: whole[one] for one in some}
    more = ["x", *ids, "y"]
    assert split(more).part[1:-1] == [whole[one] for one in ids]


def test_a_pair_moves_nobody_but_its_own_groups():
    ids = [f"c{i}" for i in range(300)]
    alone, paired = split(ids).part, split(ids, [("c3", "c4")]).part
    assert paired[3] == paired[4]
    assert [paired[i] for i in range(300) if i not in (3, 4)] == [alone[i] for i in range(300) if i not in (3, 4)]
    assert paired[3] in (alone[3], alone[4], paired[4])


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_those_of_a_plain_twin_and_never_divided(seed):
    rng = random.Random(seed)
    ids = [f"c{i}" for i in range(80)]
    pairs = [tuple(rng.sample([*ids, "not there"], 2)) for _ in range(35)]
    repeats = ["" if rng.random() < 0.8 else rng.choice(ids) for _ in ids]
    found = split(ids, pairs, duplicate_of=repeats)
    expected = plain_groups(ids, [*pairs, *((one, other) for one, other in zip(ids, repeats, strict=True) if other)])
    for i, one in enumerate(ids):
        assert {ids[j] for j in range(80) if found.group[j] == found.group[i]} == expected[one]
        assert {found.part[j] for j in range(80) if found.group[j] == found.group[i]} == {found.part[i]}
        assert found.group[i] in expected[one]


def test_order_does_not_matter_and_seeds_do():
    ids = [f"c{i}" for i in range(200)]
    pairs = [("c1", "c9"), ("c9", "c30")]
    found = dict(zip(ids, split(ids, pairs).part, strict=True))
    turned = dict(zip(ids[::-1], split(ids[::-1], [(b, a) for a, b in pairs[::-1]]).part, strict=True))
    assert found == turned
    other = SplitSettings(0.8, 0.1, 2, 12, False)
    assert split(ids, pairs, other).part != list(found.values())


def test_conformers_are_kept_together_only_when_asked():
    ids, kinds = [f"c{i}" for i in range(60)], [i % 3 for i in range(60)]
    assert len(set(split(ids, conformer=kinds).group)) == 60
    found = split(ids, settings=SplitSettings(0.8, 0.1, 1, 12, True), conformer=kinds)
    assert [len({found.group[i] for i in range(k, 60, 3)}) for k in range(3)] == [1, 1, 1]
    assert len(set(found.group)) == 3


@pytest.mark.parametrize(("train", "validation", "part"), [(1, 0, TRAIN), (0, 1, VALIDATION), (0, 0, TEST)])
def test_one_part_can_be_all(train, validation, part):
    assert set(split([f"c{i}" for i in range(50)], settings=SplitSettings(train, validation, 1, 12, False)).part) == {
        part
    }


def test_more_than_the_whole_is_refused():
    with pytest.raises(InputError, match="more than the whole"):
        SplitSettings(0.8, 0.3, 1, 12, False)


def test_relatives_are_pairs_that_share_enough():
    pairs = [SimpleNamespace(query=0, other=2, matched=12), SimpleNamespace(query=1, other=2, matched=11)]
    population = SimpleNamespace(id=np.array(["a", "b", "c"], dtype=object), relatives=pairs)
    found = SimpleNamespace(populations=[population, population])
    assert relatives_of(found, 12) == {("a", "c")}
    assert relatives_of(found, 11) == {("a", "c"), ("b", "c")}
