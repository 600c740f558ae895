"""Tables and words of crystals that were made: are they realistic, and do they help a search?"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import gammaln

from crystalspan.latent.judging import HELD_OUT, KNOWN, LOST, NEW
from crystalspan.latent.making import (
    BETWEEN,
    LATENT_WAYS,
    PRIOR,
    QUASI_RANDOM,
    QUASI_RANDOM_FACTOR,
    WAYS,
    MadeCrystal,
    Making,
)
from crystalspan.printing.labels import group_order

CAPTION = (
    "Crystals that were made by each way, relaxed by the sampler's minimiser: shares that converged, that end within "
    "the window that was learnt, and that lie within twice the window before they are relaxed (with standard errors); "
    "medians of the shortest contact, of the way on relaxing (all of it, the centre's shift, the turn), and of the "
    "distance to the nearest known minimum in distances between neighbours; minima of the window that were not learnt, "
    "found by as many crystals; gain: minimisations that quasi-random trials need for the same over ours (at_least: "
    "more than were tried)."
)
_MEDIANS = ("contact", "moved", "shift", "turn", "distance")


def makings_table(makings: Sequence[Making]) -> pd.DataFrame:
    """One row for each space group and way, over all seeds.

    Parameters
    ----------
    makings : sequence of Making

    Returns
    -------
    DataFrame
    """
    rows = []
    for key in dict.fromkeys((one.molecule, one.space_group) for one in makings):
        mine = [one for one in makings if (one.molecule, one.space_group) == key]
        told = [one for one in mine if not one.reason]
        about = {"molecule": key[0], "space_group": key[1], "window": mine[0].window, "within": mine[0].within}
        if not told:
            rows.append(about | {"reason": mine[0].reason})
            continue
        about |= {
            "minima": told[0].minima,
            "learnt": round(float(np.mean([one.learnt for one in told]))),
            "round_trip": max(one.round_trip for one in told),
            "decoded": float(np.mean([one.decoded for one in told])),
            "seeds": len(told),
        }
        rows += [about | _way_row(told, way) | {"reason": ""} for way in WAYS]
    columns = [
        "molecule", "space_group", "window", "within", "minima", "learnt", "round_trip", "decoded", "seeds", "way",
        "made", "converged", "converged_error", "in_window", "in_window_error", "unrelaxed", "unrelaxed_error",
        *_MEDIANS, "known", "held_out", "new", "unseen_minima", "gain", "gain_error", "at_least", "reason",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    order = sorted(range(len(frame)), key=lambda row: (frame.molecule[row], group_order(frame.space_group[row]), row))
    whole = ("minima", "learnt", "seeds", "made", "known", "held_out", "new")
    return frame.iloc[order].astype({name: "Int64" for name in whole})


def _way_row(makings: Sequence[Making], way: str) -> dict:
    parts = [[crystal for crystal in one.crystals if crystal.way == way] for one in makings]
    every = [crystal for part in parts for crystal in part]
    within = makings[0].within
    row: dict = {"way": way, "made": len(every)}
    for name, holds in (
        ("converged", lambda one: one.fate != LOST),
        ("in_window", lambda one: one.energy <= within),
        ("unrelaxed", lambda one: one.energy_before <= 2 * within),
    ):
        shares = [float(np.mean([holds(one) for one in part])) for part in parts if part]
        row[name], row[f"{name}_error"] = _share(shares, len(every))
    for name in _MEDIANS:
        values = np.array([getattr(one, name) for one in every])
        values = values[np.isfinite(values)]
        row[name] = float(np.median(values)) if len(values) else math.nan
    for name, fate in (("known", KNOWN), ("held_out", HELD_OUT), ("new", NEW)):
        row[name] = sum(one.fate == fate for one in every)
    found = [search_gain(one, way) for one in makings]
    row["unseen_minima"] = float(np.mean([unseen for unseen, _, _ in found]))
    gains = np.array([gain for _, gain, _ in found])
    row["gain"] = float(np.mean(gains))
    row["gain_error"] = float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else math.nan
    row["at_least"] = any(limit for _, _, limit in found)
    return row


def _share(shares: list[float], count: int) -> tuple[float, float]:
    """Mean of shares over seeds, and the larger of its errors: of the counts, and between seeds."""
    if not shares:
        return math.nan, math.nan
    mean = float(np.mean(shares))
    error = math.sqrt(max(mean * (1 - mean), 1 / (count + 2)) / count)
    between = float(np.std(shares, ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else 0.0
    return mean, max(error, between)


def search_gain(making: Making, way: str) -> tuple[float, float, bool]:
    """How many unseen minima of the window a way has found, and what quasi-random trials pay for as many.

    Parameters
    ----------
    making : Making
    way : str

    Returns
    -------
    unseen : float
        Minima that were not learnt; of quasi-random trials the expected number for as many crystals as by other ways.
    gain : float
        Minimisations of quasi-random trials over those of this way, for as many; 1 for themselves, NaN for none.
    at_least : bool
        More than were tried: `gain` is a lower limit.
    """
    random = [one for one in making.crystals if one.way == QUASI_RANDOM and one.minimised]
    finds = _finds(making, random)
    if way == QUASI_RANDOM:
        return expected_minima(finds, len(random), len(random) // QUASI_RANDOM_FACTOR), 1.0, False
    mine = [one for one in making.crystals if one.way == way and one.minimised]
    unseen = len(_finds(making, mine))
    if not mine or not random:
        return float(unseen), math.nan, False
    curve = [expected_minima(finds, len(random), n) for n in range(len(random) + 1)]
    needed = int(np.searchsorted(curve, unseen - 1e-9))
    return float(unseen), min(needed, len(random)) / len(mine), needed > len(random)


def _finds(making: Making, crystals: Sequence[MadeCrystal]) -> np.ndarray:
    """How often each minimum of the window that was not learnt was found."""
    learnt = set(np.flatnonzero(~making.held & (making.energy <= making.within)).tolist())
    found = [one.minimum for one in crystals if one.minimum >= 0 and one.energy <= making.within]
    return np.unique([number for number in found if number not in learnt], return_counts=True)[1]


def expected_minima(finds: np.ndarray, trials: int, some: int) -> float:
    """Minima that some of the trials would have found on average: rarefaction.

    Hurlbert, Ecology 1971, 52, 577, DOI 10.2307/1934145.

    Parameters
    ----------
    finds : (m,) int
        How often each minimum was found.
    trials, some : int
        Trials in all, and the part of them.
    """
    if not len(finds) or some == 0:
        return 0.0
    rest = trials - finds
    # Choices of trials that miss a minimum, as a share of all choices; none where too few others are left.
    logarithm = (
        gammaln(rest + 1) - gammaln(np.maximum(rest - some, 0) + 1) - gammaln(trials + 1) + gammaln(trials - some + 1)
    )
    return float(np.sum(1 - np.where(rest >= some, np.exp(logarithm), 0.0)))


def making_lines(makings: Sequence[Making]) -> list[str]:
    """Whether made crystals are realistic and help a search, for the end of a run.

    Parameters
    ----------
    makings : sequence of Making

    Returns
    -------
    list of str
    """
    lines = []
    table = makings_table(makings)
    for (molecule, group), part in table[table.reason == ""].groupby(["molecule", "space_group"], sort=False):
        rows = part.set_index("way")
        lines.append(f"{molecule}, space group {group}, a latent space of {rows.learnt.iloc[0]} minima:")
        names = {PRIOR: "from its prior", BETWEEN: "between neighbouring minima", QUASI_RANDOM: "quasi-random trials"}
        told = [
            f"{text} {rows.converged[way]:.0%} and {rows.in_window[way]:.0%} ({rows['shift'][way]:.1f} angstrom)"
            for way, text in names.items()
        ]
        within = f"{rows.within.iloc[0]:g} kJ/mol"
        lines.append(
            f"  made crystals that relax, and that end within {within} of the lowest minimum (shift on relaxing): "
            f"{'; '.join(told)}"
        )
        best = max(LATENT_WAYS, key=lambda way: rows.gain[way])
        other = max((way for way in WAYS if way not in LATENT_WAYS), key=lambda way: rows.gain[way])
        text = (
            "  for as many minima that were not learnt, quasi-random trials need "
            f"{_times(rows, best)} the minimisations of the best latent way ({best}) and {_times(rows, other)} those "
            f"of the best way without a network ({other})"
        )
        if rows.gain[other] > rows.gain[best] - _error(rows, best):
            text += ": crystals from the latent space are realistic, and a search does not need it"
        lines.append(text)
    return lines


def _times(rows: pd.DataFrame, way: str) -> str:
    text = f"{rows.gain[way]:.1f}"
    return f"at least {text} times" if rows.at_least[way] else f"{text} times"


def _error(rows: pd.DataFrame, way: str) -> float:
    error = rows.gain_error[way]
    return float(error) if math.isfinite(error) else 0.0
