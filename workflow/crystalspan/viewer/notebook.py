"""The page in a notebook: `explore` as the last line of a cell.

Shown as HTML, not as chemiscope's widget: that would need chemiscope's requirements and an extension of the notebook,
hold every crystal unfolded, and be gone from the notebook that is opened again. An IFrame of a file would be gone with
the file. What is shown here lies in the notebook, as the page does in its file: 1.3 MB and 130 bytes a crystal.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape, read_landscape
from crystalspan.maps.file import read_maps
from crystalspan.similarity.file import read_similarities
from crystalspan.similarity.known_file import read_known_forms
from crystalspan.spectra.file import read_spectra
from crystalspan.storage import by_stage
from crystalspan.viewer.bundle import Bundle, read_bundle
from crystalspan.viewer.page import Explored, explore_part


@dataclasses.dataclass(frozen=True, eq=False)
class Exploration:
    """Maps and crystals of a landscape, which a notebook shows.

    Parameters
    ----------
    explored : Explored
    bundle : Bundle
    height : int
        Pixels.
    """

    explored: Explored
    bundle: Bundle
    height: int

    def _repr_html_(self) -> str:
        part = explore_part(self.explored, self.bundle)
        return f'<div style="height: {self.height}px; display: grid;">{part}</div>'

    def __repr__(self) -> str:
        landscape = self.explored.landscape
        return f"{landscape.name}: {len(landscape):,} crystals (a notebook shows them)"


def explore(
    landscape: Landscape | PathLike,
    *files: PathLike,
    windows: Sequence[str] = (),
    shown: int = 2,
    largest: int = 50_000,
    height: int = 640,
) -> Exploration:
    """Look at a landscape in a notebook: a click on a point of a map shows the crystal.

    Parameters
    ----------
    landscape : Landscape or path-like
        Or its file, ``landscape.h5``.
    *files : path-like
        Its ``maps.h5`` and ``spectra.h5``, for further maps; ``known_forms.h5`` and ``similarity.h5``, for columns.
    windows : sequence of str
        Energy windows, such as ``0-10`` (kJ/mol), for colours.
    shown : int
        Crystals that are shown at first.
    largest : int
        No more crystals than this, the lowest ones.
    height : int
        Pixels.

    Raises
    ------
    InputError
        A file is wrong, or chemiscope is not installed.
    """
    made = landscape if isinstance(landscape, Landscape) else read_landscape(Path(landscape))
    found = by_stage(files, "maps", "pca", "match", "similarity")
    if not 1 <= shown <= 9:
        raise InputError(f"{shown} crystals cannot be shown side by side", remedy="take 1 to 9")
    explored = Explored(
        made,
        windows,
        read_spectra(found["pca"]),
        read_maps(found["maps"]),
        read_known_forms(found["match"]),
        read_similarities(found["similarity"]),
        shown,
        largest,
    )
    return Exploration(explored, read_bundle(), height)
