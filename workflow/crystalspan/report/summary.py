"""What was found, in a few plain lines."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crystalspan.crystallography.space_groups import symbol
from crystalspan.landscape.records import LandscapeRecords
from crystalspan.printing.labels import ALL


def summary_text(
    landscapes: Sequence[LandscapeRecords],
    components: pd.DataFrame,
    comparison: pd.DataFrame | None,
    chapters: dict[str, list[str]],
    places: dict,
    share: float,
) -> str:
    """What a study found and where to look, for the end of a run.

    Parameters
    ----------
    landscapes : sequence of LandscapeRecords
    components : DataFrame
        The long table of component counts.
    comparison : DataFrame or None
        Ours beside the 2021 study.
    chapters : dict of str to list of str
        What other questions found: a heading, and its lines; one without lines is left out.
    places : dict of str to str
        What lies where, for the last lines.
    share : float
        The threshold that is told.
    """
    lines = ["What was found", "--------------"]
    for records in landscapes:
        lines += _molecule(records, components[components.molecule == records.molecule], share)
    if comparison is not None and len(comparison):
        lines += ["", "Beside the 2021 study (as many structures of lowest energy as it had):"]
        lines += [_compared(row) for row in comparison[comparison.space_group == ALL].itertuples()]
        lines.append(
            "  The study's counts are shares of the sum of singular values. By variance, the usual measure, "
            "far fewer components are enough."
        )
    for heading, found in chapters.items():
        if found:
            lines += ["", heading, "-" * len(heading), *found]
    if places:
        width = max(map(len, places))
        lines += ["", "Where to look", "-------------"]
        lines += [f"{what:<{width}}  {where}" for what, where in places.items()]
    return "\n".join(lines) + "\n"


def _molecule(records: LandscapeRecords, components: pd.DataFrame, share: float) -> list[str]:
    n = len(records.lattice_energy)
    if n == 0:
        return [f"{records.molecule}: no structures"]
    account = records.account
    lowest = records.lattice_energy.argmin()
    group = symbol(int(records.space_group[lowest]))
    lines = [
        f"{records.molecule}: {n:,} structures; global minimum {records.lattice_energy[lowest]:.2f} kJ/mol "
        f"in {group}, {records.density[lowest]:.3f} g/cm3"
    ]
    if account is not None:
        lines += [f"  {line}" for line in account.sentences()]
    combined = components[(components.space_group == ALL) & ((components.threshold - share).abs() < 1e-9)]
    for window, part in combined.groupby("window", sort=False):
        counts = part.set_index("criterion").components
        within = f"  within {window} kJ/mol: {int(part.n_structures.iloc[0]):,} structures"
        if counts["variance"] == 0:
            lines.append(f"{within}, too few for components")
            continue
        if pd.isna(counts["singular_values"]):
            found = part.set_index("criterion").loc["variance"]
            lines.append(
                f"{within}; {share:.0%} of the variance in {found.fewest:.0f} to {found.most:.0f} components "
                "(too large for every eigenvalue: the leading ones are estimates)"
            )
            continue
        lines.append(
            f"{within}; {share:.0%} of the variance in {counts['variance']:.0f} components, "
            f"{share:.0%} of the singular values in {counts['singular_values']:.0f} "
            f"(at most {counts['bound']:.0f})"
        )
    return lines + _left_out(records, components)


def _left_out(records: LandscapeRecords, components: pd.DataFrame) -> list[str]:
    """Say how many structures lie in space groups that the study does not analyse, and in which."""
    analysed = {int(label) for label in components.space_group.unique() if label != ALL}
    groups, counts = np.unique(records.space_group, return_counts=True)
    others = [(int(n), symbol(int(group))) for group, n in zip(groups, counts, strict=True) if group not in analysed]
    if not others:
        return []
    named = ", ".join(f"{name} {n}" for n, name in sorted(others, key=lambda item: -item[0])[:8])
    return [
        f"  {sum(n for n, _ in others):,} structures lie in space groups outside the study's list ({named}"
        f"{', ...' if len(others) > 8 else ''}); 'space_groups' in the configuration adds them"
    ]


def _compared(row) -> str:
    head = f"  {row.molecule} {row.window}: study {row.study_components:.0f}, "
    if pd.isna(row.singular_values):
        return f"{head}ours not comparable ({row.note})"
    text = f"{head}ours {row.singular_values:.0f} by singular values, {row.variance:.0f} by variance"
    return text + (f" ({row.note})" if isinstance(row.note, str) and row.note else "")
