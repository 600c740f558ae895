"""The kernel beside the same formulas as they are usually written, and beside the floor of the machine."""

import numpy as np

from benchmarks import floor
from benchmarks.baselines import arrays, formulas, loops
from benchmarks.comparison import Comparison, in_turn
from benchmarks.data import expanded, mixed, sampled
from benchmarks.descriptors import arguments
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.parameters import PRESETS, element_numbers

NAIVE = "numpy, every function by itself"


def measure(quick: bool = False) -> list[Comparison]:
    """Compare with a straightforward numba loop, with numpy in two ways, and with the floor."""
    crystals = mixed(sampled(), 40 if quick else 120)
    found = [
        _compared("ani-1x", "a straightforward numba loop", None, loops, crystals, 3 if quick else 7),
        _compared("ani-1x", "numpy", None, arrays, mixed(crystals, 8), 3 if quick else 7),
        _compared("ani-1x", NAIVE, None, formulas, mixed(crystals, 8), 3),
        _compared("csp-9.3", "a straightforward numba loop", 8, loops, mixed(crystals, 4 if quick else 12), 3),
        _compared("csp-9.3", "numpy", 500, arrays, mixed(crystals, 1 if quick else 3), 1 if quick else 3),
        _compared("csp-9.3", NAIVE, 500, formulas, mixed(crystals, 1), 1 if quick else 3),
    ]
    return found + floor.measure(quick)


def _compared(preset, name, target, other, crystals, rounds) -> Comparison:
    functions = PRESETS[preset]
    elements, cells = element_numbers(crystals.reference_atomic_number), expanded(crystals)
    call = arguments(functions, crystals)
    ours, theirs = describe_crystals(*call), np.concatenate(other.describe(functions, elements, cells))
    # acos loses half of the digits near 0 and pi.
    if np.abs(ours - theirs).max() > 1e-7 * np.abs(ours).max():
        raise ArithmeticError(f"{name} and CrystalSpan differ")
    timed = in_turn(
        lambda: describe_crystals(*call), lambda: other.describe(functions, elements, cells), rounds, len(crystals)
    )
    sizes = {"structures": len(crystals), "centres": len(crystals.fractional), "values an atom": ours.shape[1]}
    return Comparison(f"{preset} / {name}", target=target, sizes=sizes, **timed)
