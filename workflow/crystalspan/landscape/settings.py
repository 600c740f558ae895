"""The section `landscape` of the configuration, as far as it says what a structure must be."""

import dataclasses

from crystalspan.crystallography.repeats import Windows


@dataclasses.dataclass(frozen=True)
class CheckSettings:
    """What every structure must pass; the keys are described, with their defaults, in the schema.

    Attributes
    ----------
    density_tolerance : float, g/cm3
    contact_distance : float, angstrom
    contact_fraction : float, of the sum of van der Waals radii
    distance_tolerance, conformer_tolerance, symmetry_tolerance, pseudo_symmetry : float, angstrom
    conformers : {"reject", "accept"}
    energy_basis : {"auto", "molecule", "cell"}
    voids : {"accept", "report", "reject"}
    smallest_packing : float
    largest_gap : float, kJ/mol
    duplicates : {"overlay", "distances", "powder", "none"}
    structures : {"unique", "all"}
    duplicate_energy : float, kJ/mol
    duplicate_density : float, g/cm3
    duplicate_centres : float, angstrom
    duplicate_molecules : int
    duplicate_rmsd : float, angstrom
    duplicate_distance : float, angstrom
    duplicate_neighbours : int
    duplicate_pattern : float
    strict : bool
    """

    density_tolerance: float
    contact_distance: float
    contact_fraction: float
    distance_tolerance: float
    conformers: str
    conformer_tolerance: float
    symmetry_tolerance: float
    pseudo_symmetry: float
    energy_basis: str
    voids: str
    smallest_packing: float
    largest_gap: float
    duplicates: str
    structures: str
    duplicate_energy: float
    duplicate_density: float
    duplicate_centres: float
    duplicate_molecules: int
    duplicate_rmsd: float
    duplicate_distance: float
    duplicate_neighbours: int
    duplicate_pattern: float
    strict: bool

    @property
    def duplicate_windows(self) -> Windows:
        """When crystals laid over each other are the same."""
        return Windows(**{one.name: getattr(self, f"duplicate_{one.name}") for one in dataclasses.fields(Windows)})

    @classmethod
    def of_section(cls, section: dict) -> "CheckSettings":
        """Take from a validated section what concerns the checks; the rest is the readers'."""
        flat = section | {f"duplicate_{key}": value for key, value in section["duplicates"].items()}
        flat["duplicates"] = section["duplicates"]["method"]
        return cls(**{field.name: flat[field.name] for field in dataclasses.fields(cls)})
