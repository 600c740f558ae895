"""All figures of one molecule, for a job that draws them in one go."""

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure

from crystalspan.landscape.figure import draw_landscape
from crystalspan.landscape.freedom import Freedom
from crystalspan.landscape.records import LandscapeRecords, Mark
from crystalspan.maps.figure import draw_map
from crystalspan.spectra.figures import draw_shares, draw_spectra
from crystalspan.spectra.file import StoredSpectrum


def draw_molecule(
    records: LandscapeRecords,
    spectra: Sequence[StoredSpectrum],
    elbows: dict,
    qualities: dict,
    windows: Sequence[str],
    mapped: Sequence[str],
    mapped_windows: Sequence[str] | None,
    share: float,
    published: dict,
    rasterize_above: int,
    marks: Sequence[Mark] = (),
    freedom: Freedom | None = None,
) -> Iterator[tuple[str, Figure]]:
    """Draw a molecule's landscape, spectra, cumulative shares and maps, one after the other.

    Parameters
    ----------
    records : LandscapeRecords
    spectra : sequence of StoredSpectrum
    elbows, qualities : dict
        The elbow of each spectrum, and what its map keeps (if it was judged), by molecule, space group and window.
    windows : sequence of str
        Energy windows, marked in the landscape.
    mapped : sequence of str
        Space groups (numbers, and ``all``) whose maps are drawn.
    mapped_windows : sequence of str, optional
        Windows of these maps; all by default.
    share : float
        Threshold marked in the cumulative shares.
    published : dict
        Counts of a published study by (molecule, window, space group).
    rasterize_above : int
        More points than this become an image.
    marks : sequence of Mark
        Known forms that get a star.
    freedom : Freedom, optional
        Degrees of freedom of the structures, marked in the spectra.

    Yields
    ------
    name : str
        Path below the molecule's results, without a suffix.
    figure : matplotlib.figure.Figure
    """
    yield "figures/landscape", draw_landscape(records, windows, rasterize_above, marks)
    yield "figures/spectra", draw_spectra(spectra, elbows, freedom)
    yield "figures/shares", draw_shares(spectra, share, published)
    for spectrum in spectra:
        if spectrum.space_group in mapped and (mapped_windows is None or spectrum.window in mapped_windows):
            quality = qualities.get((spectrum.molecule, spectrum.space_group, spectrum.window))
            yield f"{spectrum.space_group}/{spectrum.window}/map", draw_map(spectrum, quality, rasterize_above, marks)
