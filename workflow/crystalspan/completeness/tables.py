"""The completeness of searches as a table."""

import dataclasses
from collections.abc import Iterable

import pandas as pd

from crystalspan.completeness.search import SearchCompleteness, WindowCompleteness

COLUMNS = ("molecule", *(field.name for field in dataclasses.fields(WindowCompleteness)))
CAPTION = (
    "Minima that the search has seen in each window (kJ/mol), and what it has not: the share of further minimisations "
    "that would end in a new minimum, a lower bound of the number of minima (never an interval), and the minima after "
    "twice the trials. Standard errors in columns of their own."
)


def completeness_table(searches: Iterable[SearchCompleteness]) -> pd.DataFrame:
    """One row a molecule, space group and window, with the fields of `WindowCompleteness`."""
    rows = [{"molecule": one.molecule, **dataclasses.asdict(row)} for one in searches for row in one.rows]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    digits = {name: 4 for name in ("unseen_share", "unseen_share_error")} | {
        name: 1 for name in ("at_least", "at_least_error", "after_twice", "after_twice_error", "further")
    }
    return frame.round(digits)
