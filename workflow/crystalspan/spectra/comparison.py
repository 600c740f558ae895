"""Spectra of a landscape cut by energy to the published study's numbers of structures."""

import dataclasses

import numpy as np

from crystalspan.parallel import ALONE, Communicator
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.printing.labels import group_order
from crystalspan.published import bdt_2021 as study
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import SpectrumSettings


@dataclasses.dataclass(frozen=True, eq=False)
class CutSpectrum:
    """The spectrum of a space group (or all) among as many structures of lowest energy as the study had in a window.

    Parameters
    ----------
    molecule : str
        Its name in the study.
    space_group : str
        Number, or ``all``.
    window : str
        The study's, such as ``0-10`` (kJ/mol).
    study_structures : int
        N of the study's Table 1, over all space groups.
    landscape_structures : int
        All structures that we have.
    window_structures : int
        Those of the space group in the window.
    highest_energy : float
        Relative energy (kJ/mol) of the last of the N structures; NaN where we have fewer.
    method : str
        See `Spectrum`; empty where we have fewer structures than N, and then there is no spectrum.
    n_structures, n_columns, rank : int
        Of the space group among the N.
    total_variance : float
    eigenvalues, singular_values : (r,) float64
    """

    molecule: str
    space_group: str
    window: str
    study_structures: int
    landscape_structures: int
    window_structures: int
    highest_energy: float
    method: str = ""
    n_structures: int = 0
    n_columns: int = 0
    rank: int = 0
    total_variance: float = 0.0
    eigenvalues: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))
    singular_values: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))

    @property
    def is_comparable(self) -> bool:
        """Whether we have as many structures as the study had."""
        return self.landscape_structures >= self.study_structures


def cut_spectra(
    joined: JoinedDescriptors, molecule: str, settings: SpectrumSettings, communicator: Communicator = ALONE
) -> list[CutSpectrum]:
    """The spectra of a landscape at the study's numbers of structures, window by window, group by group.

    Of the N structures of lowest energy over all groups, each space group has its share; N is that of the study's
    Table 1.

    Parameters
    ----------
    joined : JoinedDescriptors
        All structures of the molecule, every space group and shell.
    molecule : str
        Its name in the study.
    settings : SpectrumSettings
    communicator
        From `crystalspan.parallel.world`; its ranks share the structures, and all call this together.

    Returns
    -------
    list of CutSpectrum
        Empty for a molecule that is not in the study; without arrays on ranks other than 0.
    """
    published, cuts = study.published_components(), []
    table = study.printed_structures()
    for entry in table[table.molecule == molecule].itertuples():
        labels = [label for name, window, label in published if (name, window) == (molecule, entry.window)]
        n = int(entry.n_structures)
        for label in sorted(labels, key=group_order):
            group = int(label) if label.isdigit() else None
            cut = CutSpectrum(
                molecule,
                label,
                entry.window,
                study_structures=n,
                landscape_structures=joined.n_structures,
                window_structures=joined.select(entry.window, space_group=group).n_structures,
                highest_energy=float(joined.relative_energy[n - 1]) if joined.n_structures >= n else float("nan"),
            )
            if cut.is_comparable:
                found = spectrum(joined.select(lowest=n, space_group=group), settings, False, communicator)
                cut = cut if found is None else dataclasses.replace(cut, **_parts(found))
            cuts.append(cut)
    return cuts


def _parts(found) -> dict:
    names = ("method", "n_structures", "n_columns", "rank", "total_variance", "eigenvalues", "singular_values")
    return {name: getattr(found, name) for name in names}
