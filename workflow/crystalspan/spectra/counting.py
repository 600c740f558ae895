"""The number of components of a spectrum by every criterion, however the spectrum was computed."""

from crystalspan.spectra.components import ComponentCount, CountSettings, component_counts
from crystalspan.spectra.leading import leading_component_counts
from crystalspan.spectra.pca import EXACT, Spectrum


def spectrum_counts(found: Spectrum, settings: CountSettings) -> list[ComponentCount]:
    """Every criterion for one spectrum; with bounds, or without an answer, where only leading eigenvalues are known.

    Parameters
    ----------
    found : Spectrum
    settings : CountSettings

    Returns
    -------
    list of ComponentCount
        Of `component_counts`, or of `leading_component_counts`.
    """
    sizes = found.n_structures, found.n_columns
    if found.method == EXACT:
        return component_counts(found.eigenvalues, found.singular_values, *sizes, settings.thresholds, settings.elbow)
    return leading_component_counts(
        found.eigenvalues, found.eigenvalue_errors, found.total_variance, *sizes, settings.thresholds
    )
