"""Symmetry functions of ani-1x sizes beside other programs' descriptors: the same crystals, CPU time.

Ours is timed from the asymmetric units and their operations: expansion by symmetry, search of the images and packing
are included. The others get complete cells in the form they like best, made before the clock starts, and centres in
the asymmetric unit only where they can.
"""

from dataclasses import replace

import numpy as np

from benchmarks import descriptor_peers as peers
from benchmarks.comparison import Comparison, in_turn, skipped
from benchmarks.data import expanded, mixed, sampled
from benchmarks.descriptor_peers import ANI
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.parameters import element_numbers


def measure(quick: bool = False) -> list[Comparison]:
    """Compare with every program that is installed."""
    crystals = mixed(sampled(), 40 if quick else 120)
    rounds = 3 if quick else 7
    found = []
    for name, target, make in (
        ("TorchANI, all_pairs, one crystal at a time", 150, peers.torchani_all_pairs),
        ("TorchANI, neighbour list of vesin, batches", 50, peers.torchani_batched),
        ("TorchANI, the same, asymmetric unit only", None, peers.torchani_asymmetric),
        ("DScribe ACSF, asymmetric unit", 35, peers.dscribe_acsf),
        ("MDescriptor ACSF", 60, peers.mdescriptor_acsf),
        ("featomic SOAP, asymmetric unit", 60, peers.featomic_soap),
    ):
        name = f"ani-1x / {name}"
        try:
            found.append(_compared(name, target, make, crystals, rounds))
        except Exception as error:  # a peer may fail in any way of its own; the others go on
            found.append(skipped(name, error, target))
    return found


def _compared(name, target, make, crystals, rounds) -> Comparison:
    work, n_values, is_same, note = make(crystals)
    functions = replace(ANI, convention="torchani") if is_same else ANI
    call = arguments(functions, crystals)
    if is_same:
        agree(describe_crystals(*call), work(), crystals)
    cells = expanded(crystals)
    timed = in_turn(lambda: describe_crystals(*call), work, rounds, len(crystals))
    sizes = {
        "structures": len(crystals),
        "atoms": sum(len(numbers) for _, _, numbers, _ in cells),
        "centres": len(crystals.fractional),
        "values an atom, ours": ANI.n_values(3),
        "values an atom, other": n_values,
    }
    return Comparison(name, target=target, sizes=sizes, note=note, **timed)


def arguments(functions, crystals) -> tuple:
    """Return the arguments of `describe_crystals` for a landscape."""
    return (
        functions,
        element_numbers(crystals.reference_atomic_number),
        Crystals.of_landscape(crystals),
    )


def agree(ours, other, crystals) -> float:
    """Return the largest difference relative to the largest value; raise where two programs disagree in float32."""
    rows = np.concatenate([part[:n] for part, n in zip(other, np.diff(crystals.atom_offset), strict=True)])
    difference = float(np.abs(ours - rows).max() / np.abs(rows).max())
    if not difference < 1e-5:
        raise AssertionError(f"the values differ by {difference:.1e}")
    return difference
