"""Small descriptor files in the format of the featurize stage."""

import numpy as np

from crystalspan.descriptors.file import new_descriptor_file
from crystalspan.descriptors.parameters import Columns


def write_descriptors(
    path,
    values,
    relative_energy,
    *,
    space_group=14,
    ids=None,
    elements=("C", "H"),
    automorphisms=None,
    molecule="toy",
    settings="toy",
):
    values = np.asarray(values, dtype=float)
    n, width = values.shape
    per_atom = width // len(elements)
    energy = np.asarray(relative_energy, dtype=float)
    columns = Columns(
        np.repeat(np.arange(len(elements)), per_atom),
        np.repeat(np.array(elements, dtype=object), per_atom),
        np.array(["radial"] * width, dtype=object),
        np.array(["C"] * width, dtype=object),
        np.zeros(width),
        np.full(width, np.nan),
    )
    record = {"settings": {"descriptor": {"preset": settings}}, "molecule": molecule}
    records = {
        "id": [f"{molecule}-QR-{space_group}-{i}-3" for i in range(n)] if ids is None else ids,
        "relative_energy": energy,
        "lattice_energy": energy - 80.0,
        "density": np.linspace(1.3, 1.5, n),
        "space_group": np.full(n, space_group, dtype=np.int16),
    }
    automorphisms = [np.arange(len(elements))] if automorphisms is None else automorphisms
    with new_descriptor_file(path, n, columns, automorphisms, record) as writer:
        writer.append(records, values)
    return path


def embedding(n, dimension, columns, seed=0):
    """Points of a curved surface of known dimension in many columns."""
    generator = np.random.default_rng(seed)
    latent = generator.uniform(-1, 1, (n, dimension))
    weights = generator.normal(size=(2 * dimension, columns))
    return np.concatenate([np.sin(2 * latent), np.cos(3 * latent)], axis=1) @ weights
