"""Small descriptor files in the format of the featurize stage."""

import h5py
import numpy as np


def write_descriptors(
    path,
    values,
    relative_energy,
    *,
    space_group=14,
    ids=None,
    elements=("C", "H"),
    automorphisms=((0, 1),),
    molecule="toy",
    settings='{"preset": "toy"}',
):
    values = np.asarray(values, dtype=float)
    n, width = values.shape
    n_atoms = len(elements)
    per_atom = width // n_atoms
    text = h5py.string_dtype()
    ids = [f"{molecule}-QR-{space_group}-{i}-3" for i in range(n)] if ids is None else ids
    energy = np.asarray(relative_energy, dtype=float)
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as handle:
        handle["descriptors"] = values
        handle.create_dataset("id", data=np.array(ids, dtype=object), dtype=text)
        handle["relative_energy"] = energy
        handle["lattice_energy"] = energy - 80.0
        handle["density"] = np.linspace(1.3, 1.5, n)
        handle["space_group"] = np.full(n, space_group, dtype=np.int16)
        handle["columns/atom"] = np.repeat(np.arange(n_atoms), per_atom)
        centre = np.repeat(np.array(elements, dtype=object), per_atom)
        handle.create_dataset("columns/element_centre", data=centre, dtype=text)
        handle["reference/automorphisms"] = np.asarray(automorphisms, dtype=np.int32)
        handle.attrs.update(
            stage="featurize", n_atoms=n_atoms, values_per_atom=per_atom, settings=settings, molecule=molecule
        )
    return path


def embedding(n, dimension, columns, seed=0):
    """Points of a curved surface of known dimension in many columns."""
    generator = np.random.default_rng(seed)
    latent = generator.uniform(-1, 1, (n, dimension))
    weights = generator.normal(size=(2 * dimension, columns))
    return np.concatenate([np.sin(2 * latent), np.cos(3 * latent)], axis=1) @ weights
