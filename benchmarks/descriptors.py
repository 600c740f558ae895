"""Symmetry functions of ani-1x sizes beside other programs' descriptors: the same crystals, CPU time.

Ours is timed from the asymmetric units and their operations: expansion by symmetry, search of the images and packing
are included. The others get complete cells in the form they like best, made before the clock starts, and centres in
the asymmetric unit only where they can.
"""

from dataclasses import replace

import numpy as np

from benchmarks.comparison import Comparison, in_turn, skipped
from benchmarks.data import expanded, mixed, sampled
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.parameters import PRESETS, element_numbers

ANI = replace(PRESETS["ani-1x"], neighbours="all")
# Of a like number of values: 16 radial functions an element, 32 angular ones a pair of elements.
RADIAL = [[ANI.radial_eta, shift] for shift in ANI.radial_shifts]
ANGULAR = [[eta, zeta, sign] for eta in (0.01, 0.05, 0.2, 0.8) for zeta in (1, 4, 16, 64) for sign in (-1, 1)]


def measure(quick: bool = False) -> list[Comparison]:
    """Compare with every program that is installed."""
    crystals = mixed(sampled(), 40 if quick else 120)
    rounds = 3 if quick else 7
    found = []
    for name, target, make in (
        ("TorchANI, all_pairs, one crystal at a time", 150, torchani_all_pairs),
        ("TorchANI, neighbour list of vesin, batches", 50, torchani_batched),
        ("TorchANI, the same, asymmetric unit only", None, torchani_asymmetric),
        ("DScribe ACSF, asymmetric unit", 35, dscribe_acsf),
        ("MDescriptor ACSF", 60, mdescriptor_acsf),
        ("featomic SOAP, asymmetric unit", 60, featomic_soap),
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
        cell_matrix(crystals.cell),
        crystals.setting,
        crystals.setting_offset,
        crystals.rotation,
        crystals.translation,
        crystals.atom_offset,
        crystals.fractional,
        crystals.atomic_number,
        crystals.molecule,
    )


def agree(ours, other, crystals) -> float:
    """Return the largest difference relative to the largest value; raise where two programs disagree in float32."""
    rows = np.concatenate([part[:n] for part, n in zip(other, np.diff(crystals.atom_offset), strict=True)])
    difference = float(np.abs(ours - rows).max() / np.abs(rows).max())
    if not difference < 1e-5:
        raise AssertionError(f"the values differ by {difference:.1e}")
    return difference


def _indices(numbers) -> np.ndarray:
    return np.searchsorted(np.unique(numbers), numbers)


def torchani_all_pairs(crystals):
    """TorchANI as its manual shows it: the AEV computer on one periodic crystal at a time, float32."""
    import torch

    computer = _torchani()
    periodic = torch.tensor([True, True, True])
    ready = [
        (
            torch.tensor(_indices(numbers))[None],
            torch.tensor(positions, dtype=torch.float32)[None],
            torch.tensor(cell, dtype=torch.float32),
        )
        for cell, positions, numbers, _ in expanded(crystals)
    ]

    def work():
        with torch.inference_mode():
            return [computer(species, positions, cell, periodic)[0].numpy() for species, positions, cell in ready]

    return work, computer.out_dim, True, "values agree to 1e-5 (float32); all atoms of the cell are its centres"


def torchani_batched(crystals, per_batch: int = 8):
    """TorchANI fed with the pairs of a fast neighbour list, several crystals as one."""
    import torch

    computer = _torchani()
    ready = [
        (positions, cell, torch.tensor(_indices(numbers)), torch.tensor(positions, dtype=torch.float32))
        for cell, positions, numbers, _ in expanded(crystals)
    ]

    def work():
        found = []
        with torch.inference_mode():
            for first in range(0, len(ready), per_batch):
                batch = ready[first : first + per_batch]
                sizes = [len(positions) for positions, *_ in batch]
                species = torch.cat([species for _, _, species, _ in batch])[None]
                coordinates = torch.cat([positions for *_, positions in batch])[None]
                values = computer.compute_from_neighbors(species, coordinates, _neighbours(batch, sizes))
                found += [part.numpy() for part in torch.split(values[0], sizes)]
        return found

    note = f"values agree to 1e-5 (float32); {per_batch} crystals a batch, the neighbour list's time included"
    return work, computer.out_dim, True, note


def _neighbours(batch, sizes):
    """Return TorchANI's pairs of several crystals; each pair once."""
    import torch
    from torchani.neighbors import Neighbors
    from vesin import NeighborList

    pairs, offset = [], 0
    for (positions, cell, *_), size in zip(batch, sizes, strict=True):
        search = NeighborList(cutoff=ANI.radial_cutoff, full_list=False, n_threads=1)
        i, j, distance, vector = search.compute(positions, cell, True, "ijdD", copy=True)
        pairs.append((np.stack([i, j]).astype(np.int64) + offset, distance, -vector))
        offset += size
    indices, distances, vectors = (np.concatenate(part, axis=axis) for part, axis in zip(zip(*pairs), (1, 0, 0)))
    return Neighbors(
        torch.from_numpy(indices),
        torch.from_numpy(distances.astype(np.float32)),
        torch.from_numpy(vectors.astype(np.float32)),
    )


def torchani_asymmetric(crystals, per_batch: int = 16):
    """TorchANI made to work for the asymmetric unit only: each neighbour is an atom of its own, without others."""
    import torch
    from torchani.neighbors import Neighbors
    from vesin import NeighborList

    computer = _torchani()
    ready = [
        (positions, cell, _indices(numbers), n_centres) for cell, positions, numbers, n_centres in expanded(crystals)
    ]

    def work():
        found = []
        with torch.inference_mode():
            for first in range(0, len(ready), per_batch):
                batch = ready[first : first + per_batch]
                centres, parts, offset = [], [], 0
                for positions, cell, species, n_centres in batch:
                    search = NeighborList(cutoff=ANI.radial_cutoff, full_list=True, n_threads=1)
                    i, j, distance, vector = search.compute(positions, cell, True, "ijdD", copy=True)
                    chosen = i < n_centres
                    parts.append(
                        (i[chosen].astype(np.int64) + offset, species[j[chosen]], distance[chosen], -vector[chosen])
                    )
                    centres.append(species[:n_centres])
                    offset += n_centres
                i, neighbour, distance, vector = (np.concatenate(part) for part in zip(*parts, strict=True))
                species = torch.from_numpy(np.concatenate([*centres, neighbour]))[None]
                pairs = Neighbors(
                    torch.from_numpy(np.stack([i, offset + np.arange(len(i))])),
                    torch.from_numpy(distance.astype(np.float32)),
                    torch.from_numpy(vector.astype(np.float32)),
                )
                values = computer.compute_from_neighbors(species, torch.zeros(1, species.shape[1], 3), pairs)
                found += [part.numpy() for part in torch.split(values[0, :offset], [len(c) for c in centres])]
        return found

    return work, computer.out_dim, True, "values agree to 1e-5 (float32); a trick of this benchmark, not of TorchANI's"


def _torchani():
    import torch
    import torchani

    torch.set_num_threads(1)
    return torchani.aev.AEVComputer.like_1x(num_species=3, neighborlist="all_pairs")


def _atoms(crystals):
    from ase import Atoms

    return [Atoms(numbers, positions, cell=cell, pbc=True) for cell, positions, numbers, _ in expanded(crystals)]


def dscribe_acsf(crystals):
    """DScribe: G2 within the radial cutoff, G4 within the angular one, float64."""
    from dscribe.descriptors import ACSF

    common = {"species": element_numbers(crystals.reference_atomic_number).tolist(), "periodic": True}
    radial = ACSF(r_cut=ANI.radial_cutoff, g2_params=RADIAL, **common)
    angular = ACSF(r_cut=ANI.angular_cutoff, g4_params=ANGULAR, **common)
    systems = _atoms(crystals)
    centres = [list(range(n)) for n in np.diff(crystals.atom_offset)]

    def work():
        return radial.create(systems, centers=centres), angular.create(systems, centers=centres)

    n_values = radial.get_number_of_features() + angular.get_number_of_features()
    return work, n_values, False, "G2 within 5.2 and G4 within 3.5 angstrom: two calls, each with its own cutoff"


def mdescriptor_acsf(crystals):
    """MDescriptor: as DScribe, all atoms of the cell (it takes no list of centres), float64."""
    from mdescriptor import ExecutionOptions, StructureBatch
    from mdescriptor.descriptors import ACSF

    common = {
        "species": element_numbers(crystals.reference_atomic_number).tolist(),
        "execution": ExecutionOptions(num_threads=1),
    }
    radial = ACSF(r_cut=ANI.radial_cutoff, g2_params=RADIAL, **common)
    angular = ACSF(r_cut=ANI.angular_cutoff, g4_params=ANGULAR, **common)
    cells, positions, numbers, _ = zip(*expanded(crystals), strict=True)
    batch = StructureBatch(
        numbers=np.concatenate(numbers).astype(np.int32),
        positions=np.concatenate(positions),
        cells=np.array(cells),
        pbc=np.ones((len(cells), 3), dtype=np.int32),
        offsets=np.cumsum([0, *map(len, numbers)]).astype(np.int64),
        ids=tuple(map(str, crystals.id)),
    )

    def work():
        return radial.compute(batch).values, angular.compute(batch).values

    n_values = sum(part.shape[1] for part in work())
    return work, n_values, False, "G2 within 5.2 and G4 within 3.5 angstrom; all atoms of the cell are its centres"


def featomic_soap(crystals):
    """SOAP power spectrum of featomic, of a like number of values, float64."""
    import featomic
    from featomic import basis, cutoff, density
    from metatensor import Labels

    calculator = featomic.SoapPowerSpectrum(
        cutoff=cutoff.Cutoff(radius=ANI.radial_cutoff, smoothing=cutoff.ShiftedCosine(width=0.5)),
        density=density.Gaussian(width=0.3),
        basis=basis.TensorProduct(max_angular=4, radial=basis.Gto(max_radial=2)),
    )
    systems = _atoms(crystals)
    samples = np.array([(i, atom) for i, n in enumerate(np.diff(crystals.atom_offset)) for atom in range(n)])
    chosen = Labels(["system", "atom"], samples.astype(np.int32))

    def work():
        return calculator.compute(systems, selected_samples=chosen)

    n_values = 6 * 3 * 3 * 5
    return work, n_values, False, "6 pairs of elements, 3 x 3 radial and 5 angular functions; cutoff 5.2 angstrom"
