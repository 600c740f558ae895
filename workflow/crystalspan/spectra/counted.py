"""The numbers of components of stored spectra, and their file: one row a spectrum, criterion and threshold."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from crystalspan.spectra.components import ComponentCount, CountSettings, component_counts
from crystalspan.spectra.file import StoredSpectrum
from crystalspan.spectra.leading import leading_component_counts
from crystalspan.spectra.pca import EXACT
from crystalspan.storage import Group, Layout, Part, new_file, read_file, table

STAGE = "components"


@dataclasses.dataclass(frozen=True)
class CountedComponents:
    """A number of components of one spectrum.

    Parameters
    ----------
    molecule, space_group, window : str
        Which spectrum; the space group is a number or ``all``.
    n_structures : int
    criterion : str
    threshold, components, fewest, most : float
        As in `ComponentCount`.
    """

    molecule: str
    space_group: str
    window: str
    n_structures: int
    criterion: str
    threshold: float
    components: float
    fewest: float
    most: float


LAYOUT = Layout(STAGE, "file of component counts", Group({"components": table(CountedComponents)}))


def stored_counts(spectrum: StoredSpectrum, settings: CountSettings) -> list[ComponentCount]:
    """Count the components of a spectrum by every criterion; bounds where only leading eigenvalues are known."""
    sizes = spectrum.n_structures, spectrum.n_columns
    if spectrum.method != EXACT:
        return leading_component_counts(
            spectrum.eigenvalues,
            spectrum.eigenvalue_errors,
            spectrum.total_variance,
            *sizes,
            settings.thresholds,
        )
    return component_counts(spectrum.eigenvalues, spectrum.singular_values, *sizes, settings.thresholds, settings.elbow)


def counted(spectra: Iterable[StoredSpectrum], settings: CountSettings) -> list[CountedComponents]:
    """Count the components of several spectra, spectrum after spectrum."""
    return [
        CountedComponents(
            one.molecule,
            one.space_group,
            one.window,
            one.n_structures,
            count.criterion,
            count.threshold,
            count.components,
            count.fewest,
            count.most,
        )
        for one in spectra
        for count in stored_counts(one, settings)
    ]


def write_components(path: Path, rows: list[CountedComponents], record: dict) -> None:
    """Write a file of component counts (HDF5); it appears when it is complete."""
    with new_file(path, LAYOUT, record) as file:
        file.rows("components", rows, CountedComponents)


def read_components(paths: Iterable[Path]) -> list[CountedComponents]:
    """Read files of component counts, in the order of the files.

    Raises
    ------
    InputError
        A file is missing or is not of that kind.
    """
    return [row for path in paths for row in read_file(path, _rows, LAYOUT)]


def _rows(file: Part) -> list[CountedComponents]:
    return file.rows("components", CountedComponents)


def elbows(rows: Iterable[CountedComponents]) -> dict[tuple[str, str, str], float]:
    """Return the elbow (linear Kneedle) of each molecule, space group and window; NaN where there is none."""
    return {
        (row.molecule, row.space_group, row.window): row.components for row in rows if row.criterion == "kneedle_linear"
    }
