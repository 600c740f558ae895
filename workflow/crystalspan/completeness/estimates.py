"""How complete a quasi-random search is: how often each minimum was found tells how many were not.

f1 and f2 are the minima found once and twice, n the minimisations that ended in a window of energy, S the distinct
minima among them. Valid for searches whose trials are alike and independent of what was found (quasi-random ones, as
mol-CSPy's and our own), and whose duplicates were counted; never for filtered databases or other searches.
"""

import contextlib
import json
import re
import sqlite3
from pathlib import Path
from typing import NamedTuple

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.sampling.database import GUIDED, search_of

OK, FEW, NO_REPEATS, CUT = "ok", "too few", "no repeats", "cut"
# A landscape whose unseen share is larger wants more trials.
LARGE_UNSEEN_SHARE = 0.05
# Fewer minimisations than this in a window say nothing.
_FEWEST = 10
# The names that mol-CSPy and our sampler give: molecule-QR-group-trial-step.
_NAME = re.compile(r"-QR-(\d+)-(\d+)-\d+$")
_REMEDY = "give a database in which mol-CSPy or `crystalspan unique` has marked the duplicates"


class Finds(NamedTuple):
    """Every time that a minimum was found in a search.

    Attributes
    ----------
    minimum : (r,) int64
        Row of the minimum.
    group : (r,) int64
        Space group in which the trial was made, which need not be that of the minimum's representative.
    trial : (r,) int64
        Trial number; 0 where the name does not tell.
    id : (u,) object
        Of the minima.
    energy : (u,) float64
        kJ/mol.
    limit : float
        kJ/mol above the lowest minimum where the database was cut; infinite where it was not.
    """

    minimum: np.ndarray
    group: np.ndarray
    trial: np.ndarray
    id: np.ndarray
    energy: np.ndarray
    limit: float


class Completeness(NamedTuple):
    """What a search has seen of the minima of a window, and what it has not.

    Attributes
    ----------
    finds, seen, once, twice : int
        n, S, f1, f2.
    unseen_share : float
        Of further minimisations, how many will end in a minimum not seen so far: f1 / n. Good, Biometrika 1953, 40,
        237, DOI 10.1093/biomet/40.3-4.237.
    unseen_share_error : float
        Standard error, of the share that is really unseen about the estimate. Esty, Ann. Stat. 1983, 11, 905, DOI
        10.1214/aos/1176346256.
    at_least : float
        S + f0, a lower bound of the number of minima. Chao, Scand. J. Stat. 1984, 11, 265.
    at_least_error : float
        Standard error of the bound, which says nothing of how far above it the truth lies.
    after_twice, after_twice_error : float
        Distinct minima after twice the trials, of `predicted`, and its standard error.
    flag : str
        ``ok``; ``too few`` minimisations; ``no repeats`` (no minimum was found twice: nothing is known of the others);
        ``cut`` (the window reaches beyond where the database was cut).
    """

    finds: int
    seen: int
    once: int
    twice: int
    unseen_share: float
    unseen_share_error: float
    at_least: float
    at_least_error: float
    after_twice: float
    after_twice_error: float
    flag: str


def read_finds(path: PathLike) -> Finds:
    """Read from a clustered database how often each minimum was found.

    The table ``equivalent_to`` names the duplicates of each unique crystal. A minimum found once has a row that names
    itself or nothing, or none.

    Parameters
    ----------
    path : path-like
        Database in mol-CSPy's layout.

    Raises
    ------
    InputError
        The file is missing or no such database, its duplicates are not marked, or its crystals were filtered since.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", file=path, remedy=_REMEDY)
    try:
        uri = path.absolute().as_uri() + "?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            crystals = database.execute("SELECT CAST(id AS text), spacegroup, energy FROM crystal").fetchall()
            pairs = database.execute(
                "SELECT CAST(unique_id AS text), CAST(equivalent_id AS text) FROM equivalent_to"
            ).fetchall()
            described = database.execute("SELECT description FROM meta").fetchall()
    except sqlite3.Error as error:
        raise InputError(f"cannot be read as a clustered database ({error})", file=path, remedy=_REMEDY) from None
    if any(search_of(text) == GUIDED for (text,) in described):
        raise InputError(
            "its search was guided: what it found how often says nothing of what it did not find",
            file=path,
            remedy="search with sampling.search: quasi-random",
        )
    if not pairs and not _is_ours(described):
        raise InputError("no duplicates are marked (table 'equivalent_to' is empty)", file=path, remedy=_REMEDY)
    return _finds(crystals, pairs, _limit(described), path)


def _is_ours(described) -> bool:
    """Whether our own stage removed the duplicates: then none marked means that there were none."""
    for (text,) in described:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            if json.loads(text)["stage"] == "unique":
                return True
    return False


def _finds(crystals, pairs, limit, path) -> Finds:
    known = {identity: (group, energy) for identity, group, energy in crystals}
    duplicates = {other for unique, other in pairs if other is not None and other != unique}
    unique = [identity for identity in known if identity not in duplicates]
    lost = {first for first, _ in pairs} - set(known)
    if lost:
        raise InputError(
            f"{len(lost)} unique crystals are no longer in the database: it was filtered, and what was found how often "
            "cannot be told",
            file=path,
            record=min(lost),
            remedy="give the database as the search left it",
        )
    without = [identity for identity in unique if not isinstance(known[identity][1], int | float)]
    if without:
        raise InputError("lacks its energy", file=path, record=without[0])
    row = {identity: i for i, identity in enumerate(unique)}
    found = dict.fromkeys((row[i], i) for i in unique)
    found |= dict.fromkeys((row[first], other) for first, other in pairs if first in row and other is not None)
    named = [_NAME.search(identity) for _, identity in found]
    group = [
        int(name[1]) if name else int(known.get(identity, known[unique[at]])[0] or 0)
        for (at, identity), name in zip(found, named, strict=True)
    ]
    return Finds(
        np.array([at for at, _ in found], dtype=np.int64),
        np.array(group, dtype=np.int64),
        np.array([int(name[2]) if name else 0 for name in named], dtype=np.int64),
        np.array(unique, dtype=object),
        np.array([known[identity][1] for identity in unique], dtype=float),
        limit,
    )


def _limit(described) -> float:
    """The energy limit that our own stage wrote down; other programs' databases tell none."""
    for (text,) in described:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            limit = json.loads(text)["settings"]["max_relative_energy"]
            return float("inf") if limit is None else float(limit)
    return float("inf")


def find_counts(finds: Finds, window: float, group: int | None = None, trials: int | None = None) -> np.ndarray:
    """How often each minimum of a window was found, those found at all (s,) int64.

    Parameters
    ----------
    finds : Finds
    window : float
        kJ/mol above the lowest minimum of all groups.
    group : int, optional
        Space group of the trials; all by default.
    trials : int, optional
        Only the first so many trials of each group, as if the search had ended there.
    """
    inside = finds.energy - finds.energy.min(initial=np.inf) <= window
    chosen = inside[finds.minimum]
    if group is not None:
        chosen = chosen & (finds.group == group)
    if trials is not None:
        chosen = chosen & (finds.trial <= trials)
    number = np.bincount(finds.minimum[chosen], minlength=len(finds.energy))
    return number[number > 0]


def completeness(counts: np.ndarray, cut: bool = False, resamples: int = 200, seed: int = 0) -> Completeness:
    """Estimate what a search has not seen from how often it found what it has.

    Standard errors of numbers by resampling an assemblage that has the unseen minima, too: Chao et al., Ecol. Monogr.
    2014, 84, 45, DOI 10.1890/13-0133.1.

    Parameters
    ----------
    counts : (s,) int64
        Of `find_counts`.
    cut : bool
        Whether the window reaches beyond the limit of the database.
    resamples, seed : int
    """
    n, seen, once, twice = _numbers(counts)
    share = once / n if n else np.nan
    if n < _FEWEST or once == n:
        flag = FEW if n < _FEWEST else NO_REPEATS
        return Completeness(n, seen, once, twice, share, *5 * (np.nan,), CUT if cut else flag)
    missing = unseen(counts)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(n, _assemblage(counts, missing), size=resamples)
    values = [(np.count_nonzero(row) + unseen(row), predicted(row, 1.0)[0]) for row in drawn]
    bound, twofold = np.std(values, axis=0, ddof=1)
    error = np.sqrt((once * (n - once) + 2 * n * twice) / n**3)
    ahead = predicted(counts, 1.0)[0]
    flag = CUT if cut else OK
    return Completeness(
        n, seen, once, twice, share, float(error), seen + missing, float(bound), ahead, float(twofold), flag
    )


def _numbers(counts) -> tuple[int, int, int, int]:
    """n, S, f1 and f2."""
    counts = np.asarray(counts)
    once, twice = int(np.count_nonzero(counts == 1)), int(np.count_nonzero(counts == 2))
    return int(counts.sum()), int(np.count_nonzero(counts)), once, twice


def unseen(counts: np.ndarray) -> float:
    """Chao's lower bound f0 of the number of minima not found: (n - 1)/n f1 (f1 - 1) / (2 (f2 + 1))."""
    n, _, once, twice = _numbers(counts)
    return (n - 1) / n * once * (once - 1) / (2 * (twice + 1)) if n else 0.0


def _assemblage(counts, missing) -> np.ndarray:
    """Shares of all minima: the unseen have Good's share, which the rarest of the seen ones give up."""
    n, _, once, _ = _numbers(counts)
    counts = counts[counts > 0]
    share = once / n if missing > 0 else 0.0
    plain = counts / n
    excess = plain * (1 - plain) ** n
    seen = plain - excess * (share / excess.sum() if share else 0.0)
    number = int(np.ceil(missing))
    shares = np.concatenate([seen, np.full(number, share / number if number else 0.0)])
    return shares / shares.sum()


def predicted(counts: np.ndarray, further: float) -> tuple[float, float]:
    """What further trials would find.

    Shen, Chao, Lin, Ecology 2003, 84, 798, DOI 10.1890/0012-9658(2003)084[0798:PTNONS]2.0.CO;2.

    Parameters
    ----------
    counts : (s,) int64
    further : float
        Further trials over those made: 1 doubles them.

    Returns
    -------
    seen : float
        Distinct minima then: S + f0 [1 - (1 - f1 / (n f0 + f1))^m].
    unseen_share : float
        Share of minimisations that would still end in something new.
    """
    n, seen, once, _ = _numbers(counts)
    missing = unseen(counts)
    if n == 0 or once == 0 or missing == 0.0:
        return float(seen), once / n if n else np.nan
    left = (1 - once / (n * missing + once)) ** (further * n)
    return seen + missing * (1 - left), once / n * left


def further_needed(counts: np.ndarray, share: float) -> float:
    """How many times the trials made are needed in addition for an unseen share; 0 where it is met, NaN if unknown."""
    n, _, once, _ = _numbers(counts)
    missing = unseen(counts)
    if n == 0 or once == n:
        return np.nan
    if once / n <= share:
        return 0.0
    if missing == 0.0:
        return np.nan
    return float(np.log(share * n / once) / np.log(1 - once / (n * missing + once)) / n)


def growth(finds: Finds, window: float, group: int | None, trials: np.ndarray) -> np.ndarray:
    """Distinct minima of a window after the first so many trials (w,) of each group, shape (w,), int64."""
    return np.array([len(find_counts(finds, window, group, int(number))) for number in trials], dtype=np.int64)
