"""Other programs' descriptors of ani-1x sizes, each ready to be timed.

Every function takes a landscape, prepares all that may be prepared, and returns: the work, to be called without
arguments; the number of values an atom; whether the values are those of ours with ``convention="torchani"``; and what a
reader must know.
"""

from dataclasses import replace

import numpy as np

from benchmarks.data import expanded
from crystalspan.descriptors.parameters import PRESETS, element_numbers

ANI = replace(PRESETS["ani-1x"], neighbours="all")
# Of a like number of values: 16 radial functions an element, 32 angular ones a pair of elements.
RADIAL = [[ANI.radial_eta, shift] for shift in ANI.radial_shifts]
ANGULAR = [[eta, zeta, sign] for eta in (0.01, 0.05, 0.2, 0.8) for zeta in (1, 4, 16, 64) for sign in (-1, 1)]


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
    parts, offset = [], 0
    for (positions, cell, *_), size in zip(batch, sizes, strict=True):
        i, j, distance, vector = _search(positions, cell, full_list=False)
        parts.append((i + offset, j + offset, distance, vector))
        offset += size
    return _pairs(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _search(positions, cell, full_list: bool):
    """Return the pairs within the radial cutoff: atoms, distances, vectors from second to first (TorchANI's)."""
    from vesin import NeighborList

    search = NeighborList(cutoff=ANI.radial_cutoff, full_list=full_list, n_threads=1)
    i, j, distance, vector = search.compute(positions, cell, True, "ijdD", copy=True)
    return i.astype(np.int64), j.astype(np.int64), distance, -vector


def _pairs(i, j, distance, vector):
    import torch
    from torchani.neighbors import Neighbors

    distance, vector = (torch.from_numpy(part.astype(np.float32)) for part in (distance, vector))
    return Neighbors(torch.from_numpy(np.stack([i, j])), distance, vector)


def torchani_asymmetric(crystals, per_batch: int = 8):
    """TorchANI made to work for the asymmetric unit only: each neighbour is an atom of its own, without others."""
    import torch

    computer = _torchani()
    ready = [
        (positions, cell, _indices(numbers), n_centres) for cell, positions, numbers, n_centres in expanded(crystals)
    ]

    def work():
        found = []
        with torch.inference_mode():
            for first in range(0, len(ready), per_batch):
                species, pairs, sizes = _centred(ready[first : first + per_batch])
                values = computer.compute_from_neighbors(species, torch.zeros(1, species.shape[1], 3), pairs)
                found += [part.numpy() for part in torch.split(values[0, : sum(sizes)], sizes)]
        return found

    note = "values agree to 1e-5 (float32); a trick of this benchmark, not of TorchANI's"
    return work, computer.out_dim, True, note


def _centred(batch):
    """Return species (all centres, then all neighbours), TorchANI's pairs and the numbers of centres."""
    import torch

    parts, centres, offset = [], [], 0
    for positions, cell, species, n_centres in batch:
        i, j, distance, vector = _search(positions, cell, full_list=True)
        chosen = i < n_centres
        parts.append((i[chosen] + offset, species[j[chosen]], distance[chosen], vector[chosen]))
        centres.append(species[:n_centres])
        offset += n_centres
    i, neighbour, distance, vector = (np.concatenate(part) for part in zip(*parts, strict=True))
    species = torch.from_numpy(np.concatenate([*centres, neighbour]))[None]
    return species, _pairs(i, offset + np.arange(len(i)), distance, vector), [len(part) for part in centres]


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
