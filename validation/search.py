"""What the sampler is worth: guided searches, predictions of completeness, first stages; each a table of a command.

``python -m validation.search guided|completeness|first-stage -o TABLE.csv``
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from crystalspan.completeness.estimates import Finds, completeness, find_counts, predicted
from crystalspan.crystallography.molecules import Molecule, read_molecule
from crystalspan.latent.guided import GuidedSettings, sample_guided
from crystalspan.latent.minima import Minima, MinimumWindows, distinct, found_minima
from crystalspan.latent.relaxing import Rigid
from crystalspan.parallel import ALONE
from crystalspan.sampling.packing import Packing, packing
from crystalspan.sampling.sampler import sample_trials
from crystalspan.sampling.trials import Trials
from crystalspan.settings import with_defaults

# Searches lie so far apart in the sampler's sequence, a power of two as Sobol points want.
APART = 2**20


class GuidedGain(NamedTuple):
    """How many minimisations a quasi-random search needs for what a guided one has found.

    Attributes
    ----------
    molecule : str
    group, seed : int
    minimisations, found : int
        Of the guided search: minimisations, and distinct minima within the window.
    needed : float
        Minimisations of the quasi-random search until it has found as many; infinite where it has not.
    ratio : float
        needed / minimisations.
    found_by_random : int
        Distinct minima of the quasi-random search after as many minimisations as the guided one made.
    missed : int
        Of these, how many the guided search lacks.
    """

    molecule: str
    group: int
    seed: int
    minimisations: int
    found: int
    needed: float
    ratio: float
    found_by_random: int
    missed: int


class Prediction(NamedTuple):
    """What a search foretold after its first trials, and what came of it.

    Attributes
    ----------
    molecule : str
    group, trials : int
    window : float
        kJ/mol.
    seen, true : int
        Distinct minima after these trials and after all.
    unseen_share, true_share : float
        Of the later minimisations, how many were foretold to end in something new, and how many would at this point.
    after_twice, true_after_twice : float
        Distinct minima after twice the trials.
    at_least : float
    """

    molecule: str
    group: int
    trials: int
    window: float
    seen: int
    true: int
    unseen_share: float
    true_share: float
    after_twice: float
    true_after_twice: float
    at_least: float


def _order(trials: Trials, limit: float) -> np.ndarray:
    """Rows of the minima up to an energy, in the order of `found_minima`."""
    rows = np.flatnonzero(trials.valid & (np.nan_to_num(trials.energy, nan=np.inf) <= limit))
    return rows[np.lexsort((trials.number[rows], trials.energy[rows]))]


def which_minima(packed: Packing, searches: Sequence[Trials], window: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Number the distinct minima of several searches of one group together.

    Returns
    -------
    list of (rows, minimum)
        Of each search: the rows of its trials that ended within the window, in their order, and the minimum of each.
    """
    same = MinimumWindows()
    limit = min(np.nanmin(np.where(one.valid, one.energy, np.nan)) for one in searches) + window
    found = [found_minima(packed, one, same, limit) for one in searches]
    columns = [
        np.concatenate([getattr(one, name) for one in found]) for name in ("energy", "density", "distances", "finds")
    ]
    crystals = Rigid.joined([one.crystals for one in found], packed)
    order = np.argsort(columns[0], kind="stable")
    which = np.empty(len(order), dtype=int)
    which[order] = distinct(Minima(crystals[order], *(column[order] for column in columns)), same)[1]
    parts = np.split(which, np.cumsum([len(one) for one in found])[:-1])
    given = []
    for one, part in zip(searches, parts, strict=True):
        rows = _order(one, limit)
        by_trial = np.argsort(rows)
        given.append((rows[by_trial], part[by_trial]))
    return given


def guided_gains(
    molecules: Iterable[Molecule], groups: Iterable[int], trials: int, longer: int, seeds: int, window: float
) -> Iterator[GuidedGain]:
    """Compare guided searches with quasi-random ones of `longer` times the trials, from other points for each seed."""
    sampling = with_defaults({})["sampling"]
    settings = GuidedSettings(**sampling["guided"])
    for molecule in molecules:
        for group in groups:
            packed = packing(molecule, group)
            for seed in range(seeds):
                first = seed * APART
                guided = sample_guided(packed, trials, sampling, settings, ALONE, first=first)
                plain = sample_trials(packed, first + np.arange(1, longer * trials + 1), sampling)
                yield _gain(packed, guided, plain, window, seed)


def _gain(packed, guided, plain, window, seed) -> GuidedGain:
    (_, ours), (rows, theirs) = which_minima(packed, [guided, plain], window)
    made = int(np.count_nonzero(guided.step))
    spent = np.cumsum(plain.step > 0)[rows]
    is_first = np.zeros(len(theirs), dtype=bool)
    is_first[np.unique(theirs, return_index=True)[1]] = True
    reached = np.flatnonzero(np.cumsum(is_first) >= len(set(ours.tolist())))
    needed = float(spent[reached[0]]) if len(reached) else np.inf
    early = set(theirs[spent <= made].tolist())
    missed = len(early - set(ours.tolist()))
    found = len(set(ours.tolist()))
    return GuidedGain(packed.molecule.name, packed.group, seed, made, found, needed, needed / made, len(early), missed)


def predictions(
    molecules: Iterable[Molecule], groups: Iterable[int], early: Sequence[int], trials: int, windows: Sequence[float]
) -> Iterator[Prediction]:
    """Foretell from the first trials of a search what its later ones find."""
    sampling = with_defaults({})["sampling"]
    for molecule in molecules:
        for group in groups:
            packed = packing(molecule, group)
            made = sample_trials(packed, np.arange(1, trials + 1), sampling)
            ((rows, which),) = which_minima(packed, [made], max(windows))
            energy = np.array([made.energy[rows[which == one]].min() for one in range(which.max() + 1)])
            names = np.array([str(one) for one in range(len(energy))], dtype=object)
            finds = Finds(which, np.full(len(which), group), made.number[rows], names, energy, np.inf)
            for window in windows:
                for number in early:
                    yield _prediction(molecule.name, finds, group, number, window)


def _prediction(name, finds, group, trials, window) -> Prediction:
    number = find_counts(finds, window, group, trials)
    found = completeness(number)
    inside = (finds.energy - finds.energy.min() <= window)[finds.minimum]
    early = np.unique(finds.minimum[inside & (finds.trial <= trials)])
    later = finds.minimum[inside & (finds.trial > trials)]
    return Prediction(
        name,
        group,
        trials,
        window,
        found.seen,
        len(find_counts(finds, window, group)),
        found.unseen_share,
        float(np.mean(~np.isin(later, early))) if len(later) else np.nan,
        predicted(number, 1.0)[0],
        len(find_counts(finds, window, group, 2 * trials)),
        found.at_least,
    )


def prediction_errors(frame: pd.DataFrame) -> pd.DataFrame:
    """By number of trials: what share was seen, mean absolute errors, and how often the bound held."""
    valid = frame.dropna(subset=["at_least"])
    return pd.DataFrame(
        {
            "cases": valid.groupby("trials").size(),
            "seen/true": (valid.seen / valid.true).groupby(valid.trials).mean(),
            "error of the unseen share": (valid.unseen_share - valid.true_share).abs().groupby(valid.trials).mean(),
            "error of the minima after twice the trials": (valid.after_twice / valid.true_after_twice - 1)
            .abs()
            .groupby(valid.trials)
            .mean(),
            "bound not above the truth": (valid.at_least <= valid.true).groupby(valid.trials).mean(),
        }
    ).round(3)


def _first_stage(molecules, args) -> pd.DataFrame:
    from validation.first_stage import compare, yields

    sampling = with_defaults({})["sampling"]
    found = list(yields(molecules, args.groups, args.trials or 1000, args.seeds, sampling))
    rows = [{"molecules": "all", **_flat(one)} for one in compare(found)]
    for group in args.groups:
        rows += [
            {"molecules": f"group {group}", **_flat(one)} for one in compare([y for y in found if y.group == group])
        ]
    return pd.DataFrame(rows).round(3)


def _flat(one) -> dict:
    names = ("within 10", "within 20")
    return {
        "pressure": one.stage.pressure,
        "cutoff": one.stage.cutoff,
        **{f"minima {name}": value for name, value in zip(names, one.minima, strict=True)},
        "time": one.seconds,
        **{f"minima a second {name}": value for name, value in zip(names, one.rate, strict=True)},
        **{f"relative error {name}": value for name, value in zip(names, one.error, strict=True)},
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure one of the three, write its table and print what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("guided", "completeness", "first-stage"))
    parser.add_argument("molecules", nargs="+", type=Path, help="molecule files")
    parser.add_argument("-o", "--output", type=Path, required=True, help="table to write (.csv)")
    parser.add_argument("--groups", nargs="+", type=int, default=[14])
    parser.add_argument("--trials", type=int, default=0, help="default: 2,000 (guided), 8,000 or 1,000")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args(arguments)
    molecules = [read_molecule(path) for path in args.molecules]
    if args.kind == "guided":
        frame = _told(guided_gains(molecules, args.groups, args.trials or 2000, 8, args.seeds, 10.0))
    elif args.kind == "completeness":
        frame = _told(predictions(molecules, args.groups, (250, 500, 1000), args.trials or 8000, (10.0, 20.0)))
        print(prediction_errors(frame).to_string())
    else:
        frame = _first_stage(molecules, args)
        print(frame.to_string(index=False))
    frame.to_csv(args.output, index=False, lineterminator="\n")


def _told(rows) -> pd.DataFrame:
    found = []
    for row in rows:
        found.append(row._asdict())
        print(*row, file=sys.stderr, flush=True)
    return pd.DataFrame(found)


if __name__ == "__main__":
    main()
