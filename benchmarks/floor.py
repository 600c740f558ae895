"""How fast the descriptor could be on this machine: its operations, over the measured rates of its arithmetic.

``python -m benchmarks.floor`` prints, for ani-1x and csp-9.3, the least time a structure and how near the kernel comes.

The floor counts what no program that evaluates the formulas can leave out with the tricks that are known here (no acos,
powers by squaring, Gaussians by recurrence, one exponential a pair), every product and sum as half of a fused
multiply-add where it can be one, at the rate of a loop that does nothing else; nothing for loads, stores, square roots,
the search of neighbours, symmetry, or registers that are not full.
"""

import numpy as np
from numba import njit

from benchmarks.baselines.arrays import neighbours
from benchmarks.comparison import Comparison, cpu_seconds
from benchmarks.data import expanded, mixed, sampled
from benchmarks.descriptors import arguments
from crystalspan.descriptors._elementary import exponentials
from crystalspan.descriptors._vector import LANES, load, store
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.parameters import PRESETS, element_numbers

_STEP = np.uint64(LANES)
# Chains of multiply-adds on their way at a time: more than latency times units of any core so far.
_CHAINS = 10


@njit
def _multiply_add(values, n):
    """Do n * `_CHAINS` * 8 multiply-adds in registers."""
    x = load(values, np.uint64(0))
    a, b, c, d, e = x + 0.0, x + 1.0, x + 2.0, x + 3.0, x + 4.0
    f, g, h, i, j = x + 5.0, x + 6.0, x + 7.0, x + 8.0, x + 9.0
    for _ in range(n):
        a, b, c, d, e = a * 0.9 + 0.1, b * 0.9 + 0.1, c * 0.9 + 0.1, d * 0.9 + 0.1, e * 0.9 + 0.1
        f, g, h, i, j = f * 0.9 + 0.1, g * 0.9 + 0.1, h * 0.9 + 0.1, i * 0.9 + 0.1, j * 0.9 + 0.1
    store(values, np.uint64(0), a + b + c + d + e + f + g + h + i + j)


@njit
def _exponentials(x, out):
    for k in range(np.uint64(0), np.uint64(len(x)), _STEP):
        store(out, k, exponentials(load(x, k)))


def rates(seconds: float = 0.05, best_of: int = 9) -> dict:
    """Measure fused multiply-adds and exponentials a second, of float64, on one core; the best of several."""
    values, n = np.ones(LANES), 100_000
    x = np.linspace(-30.0, 0.0, 1024)
    out = np.empty_like(x)
    _multiply_add(values, 1)
    _exponentials(x, out)
    fma = min(cpu_seconds(lambda: _multiply_add(values, n), seconds) for _ in range(best_of))
    exp = min(cpu_seconds(lambda: _exponentials(x, out), seconds) for _ in range(best_of))
    return {"fma": n * _CHAINS * LANES / fma, "exp": len(x) / exp}


def operations(functions, elements, cells) -> dict:
    """Count what crystals given as complete cells need at least: multiply-adds and exponentials.

    Parameters
    ----------
    functions, elements, cells : as in `benchmarks.baselines.loops.describe`

    Returns
    -------
    dict
        ``fma`` and ``exp``, and the numbers of centres, neighbours (radial, angular) and pairs that they come from.
    """
    f = functions
    centres = near = close = pairs = 0
    for cell, positions, numbers, n_centres in cells:
        centres += n_centres
        for i in range(n_centres):
            vectors, _ = neighbours(cell, positions, numbers, i, max(f.radial_cutoff, f.angular_cutoff))
            distance = np.linalg.norm(vectors, axis=1)
            near += np.count_nonzero(distance < f.radial_cutoff)
            n = np.count_nonzero(distance < f.angular_cutoff)
            close += n
            pairs += n * (n - 1) // 2
    n_radial, n_shifts, n_angles = len(f.radial_shifts), len(f.angular_shifts), len(f.theta_shifts)
    # Products of the power by squaring; another exponent is an exponential and a logarithm, counted as two of them.
    whole = float(f.zeta).is_integer()
    squarings = int(f.zeta).bit_length() - 1 + bin(int(f.zeta)).count("1") - 1 if whole else 0
    # Distance 3, cutoff function 10, Gaussians: a product and a sum each.
    a_neighbour = 13 + 2 * n_radial
    # Cosine 3, square of the sine 9, mean distance, weight, the Gaussian's exponent 2 and ratios 2; Gaussians;
    # cos(theta - theta_n) 2 and its power; the sums.
    a_pair = 18 + n_shifts + n_angles * (2 + squarings) + n_shifts * n_angles
    fma = near * a_neighbour + close * 10 + pairs * a_pair
    exp = 2 * near + close + pairs * (1 if whole else 1 + 2 * n_angles)
    counts = {"centres": centres, "near": near, "close": close, "pairs": pairs}
    return {"fma": int(fma), "exp": int(exp), **{key: int(value) for key, value in counts.items()}}


def measure(quick: bool = False) -> list[Comparison]:
    """Compare the kernel with the floor, for ani-1x and csp-9.3; the rates are measured between the rounds."""
    crystals = mixed(sampled(), 16 if quick else 64)
    rounds = 3 if quick else 9
    cells = expanded(crystals)
    found = []
    for preset in ("ani-1x", "csp-9.3"):
        functions = PRESETS[preset]
        counts = operations(functions, element_numbers(crystals.reference_atomic_number), cells)
        call = arguments(functions, crystals)
        describe_crystals(*call)
        ours, floor = [], []
        for _ in range(rounds):
            measured = rates(best_of=3)
            floor.append((counts["fma"] / measured["fma"] + counts["exp"] / measured["exp"]) / len(crystals))
            ours.append(cpu_seconds(lambda call=call: describe_crystals(*call), 0.2) / len(crystals))
        found.append(
            Comparison(
                f"{preset} / floor of the machine's arithmetic",
                values=[a / b for a, b in zip(ours, floor, strict=True)],
                target=2.0,
                at_most=True,
                ours=ours,
                other=floor,
                sizes={**counts, "structures": len(crystals), "rates": measured},
                note="time of ours over the floor",
            )
        )
    return found


def main():
    """Print the floor and the kernel's distance from it."""
    for line in measure():
        centres = line.sizes["centres"] / line.sizes["structures"]
        ours, floor = min(line.ours), min(line.other)
        print(
            f"{line.name}: {1e6 * floor:.1f} us a structure ({1e6 * floor / centres:.2f} us a centre); "
            f"ours {1e6 * ours:.1f} ({1e6 * ours / centres:.2f}): {ours / floor:.2f} times, rates "
            + ", ".join(f"{value / 1e9:.1f} G{key}/s" for key, value in line.sizes["rates"].items())
        )


if __name__ == "__main__":
    main()
