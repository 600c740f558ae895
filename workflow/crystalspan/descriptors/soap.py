"""SOAP power spectra through the library dscribe (an optional extra), laid out like our own descriptors."""

import dataclasses

import ase
import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape


@dataclasses.dataclass(frozen=True)
class SoapSettings:
    """Which SOAP power spectrum.

    Parameters
    ----------
    cutoff : float, angstrom
    n_max : int
        Radial basis functions (orthonormalised Gaussian-type orbitals).
    l_max : int
        Largest degree of the spherical harmonics.
    sigma : float, angstrom
        Width of the atoms' Gaussians.
    """

    cutoff: float
    n_max: int
    l_max: int
    sigma: float


def soap_library() -> type:
    """The class SOAP of dscribe.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        from dscribe.descriptors import SOAP
    except ImportError as error:
        raise InputError(
            f"SOAP needs the library dscribe, which cannot be loaded ({error})",
            record="descriptor_scan",
            remedy="pip install 'crystalspan[soap]', or leave the variants with soap out",
        ) from None
    return SOAP


def describe_by_soap(crystals: Landscape, settings: SoapSettings) -> np.ndarray:
    """Describe the surroundings of every atom of the crystals' asymmetric units by its SOAP power spectrum.

    Bartok, Kondor, Csanyi, Phys. Rev. B 2013, 87, 184115, DOI 10.1103/PhysRevB.87.184115; Himanen et al., Comput. Phys.
    Commun. 2020, 247, 106949, DOI 10.1016/j.cpc.2019.106949. Every periodic image within the cutoff counts, also the
    atoms of the centre's own molecule, since a power spectrum is no sum over neighbours that could be left out.

    Parameters
    ----------
    crystals : Landscape
        N atoms in all.
    settings : SoapSettings

    Returns
    -------
    (N, d) float64

    Raises
    ------
    InputError
        The library dscribe is not installed.
    """
    library = soap_library()
    soap = library(
        r_cut=settings.cutoff,
        n_max=settings.n_max,
        l_max=settings.l_max,
        sigma=settings.sigma,
        species=np.unique(crystals.reference_atomic_number).tolist(),
        periodic=True,
    )
    found = np.empty((len(crystals.fractional), soap.get_number_of_features()))
    for i in range(len(crystals)):
        first, last = crystals.atom_offset[i : i + 2]
        found[first:last] = soap.create(whole_cell(crystals, i), centers=list(range(last - first)))
    return found


def whole_cell(crystals: Landscape, i: int) -> ase.Atoms:
    """All atoms of a crystal, each within the cell, those of the asymmetric unit first.

    dscribe looks for images around the cell only: atoms outside it would miss neighbours.

    Parameters
    ----------
    crystals : Landscape
    i : int
        Row.
    """
    one = crystals.structure(i)
    copies = np.einsum("mij,nj->mni", one.rotations, one.fractional) + one.translations[:, None]
    copies -= np.floor(copies)
    cell = cell_matrix(one.cell)
    numbers = np.tile(one.atomic_number, len(one.rotations))
    return ase.Atoms(numbers, positions=copies.reshape(-1, 3) @ cell, cell=cell, pbc=True)
