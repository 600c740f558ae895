"""What the bottleneck says of crystals and of the landscape, in plain words."""

from collections import Counter
from collections.abc import Sequence

from crystalspan.latent.basins import COUNTED, Basin
from crystalspan.latent.bottleneck import PCA, Curve
from crystalspan.latent.molecule import MoleculeLatent
from crystalspan.latent.networks import AUTOENCODER
from crystalspan.latent.tables import value_at
from crystalspan.latent.unseen import Unseen
from crystalspan.printing.labels import ALL

CAUTION = (
    "Around single crystals the directions were evened out by the known derivative of the descriptor: that the "
    "bottleneck counts them is a control of the counting, not a discovery of the number."
)


def latent_lines(found: Sequence[MoleculeLatent]) -> list[str]:
    """What was found of each molecule, for the end of a run.

    Parameters
    ----------
    found : sequence of MoleculeLatent

    Returns
    -------
    list of str
    """
    lines = []
    for one in found:
        said = [*_basins(one.basins), *_landscape(one.unseen)]
        if said:
            lines += [f"{one.molecule}:", *(f"  {line}" for line in said)]
    return [*lines, f"  {CAUTION}"] if any(one.basins for one in found) else lines


def _basins(basins: list[Basin]) -> list[str]:
    if not basins:
        return []
    counted = sum(one.verdict == COUNTED for one in basins)
    line = f"around {counted} of {len(basins)} single crystals a network's bottleneck counts the degrees of freedom"
    if counted:
        line += ": what it leaves unexplained of crystals that it has not seen stops falling there"
    others = Counter(one.verdict for one in basins if one.verdict != COUNTED)
    if others:
        line += " (the others: " + ", ".join(f"{count} {verdict}" for verdict, count in others.most_common()) + ")"
    return [line]


def _landscape(unseen: list[Unseen]) -> list[str]:
    lines = []
    told = [one for one in unseen if one.curves]
    for label in dict.fromkeys(one.space_group for one in told):
        mine = [one for one in told if one.space_group == label]
        width = _middle(mine)
        network = _best(mine, AUTOENCODER, width)
        straight = _best(mine, PCA, width)
        if network is None or straight is None:
            continue
        where = "all groups together" if label == ALL else f"space group {label}"
        lines.append(
            f"of minima in {where} whose neighbourhood it has not seen, a network with {width} coordinates leaves "
            f"{network:.0%} of the variance unexplained at best, principal components {straight:.0%}"
        )
        if min(network, straight) > _LITTLE:
            lines[-1] += (
                f": {mine[0].minima} minima in separate basins are no sample of one smooth space, and no chart of the "
                "whole landscape can be learnt from them"
            )
    return lines


# A chart that leaves more than this share of unseen minima unexplained is none.
_LITTLE = 0.1


def _middle(parts: list[Unseen]) -> int:
    """The bottleneck that is told: 10, about a crystal's degrees of freedom, or the nearest to it."""
    widths = {int(width) for one in parts for curve in one.curves.values() for width in curve.widths}
    return min(widths, key=lambda width: (abs(width - 10), width))


def _best(parts: list[Unseen], method: str, width: int) -> float | None:
    found: list[Curve] = [one.curves[method] for one in parts if method in one.curves]
    return min((value_at(curve, width) for curve in found), default=None)
