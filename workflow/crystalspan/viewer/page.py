"""One HTML file of a landscape: the crystals, chemiscope's script and ours, in one part that needs nothing else."""

import base64
import dataclasses
import hashlib
import html
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crystalspan.landscape.file import Landscape
from crystalspan.maps.file import MappedPopulation
from crystalspan.similarity.file import Similarities
from crystalspan.similarity.known_file import KnownForms
from crystalspan.spectra.file import StoredSpectrum
from crystalspan.viewer.bundle import Bundle
from crystalspan.viewer.columns import DENSITY, ENERGY, KNOWN, Axes, crystal_columns, further_columns, map_columns
from crystalspan.viewer.packed import packed

_HERE = Path(__file__).parent
# Chromium leaves a data URI of more than 2 MiB blank, and a report holds pages as such, 4/3 of their size.
LARGEST_IN_A_REPORT = 1_500_000


@dataclasses.dataclass(frozen=True, eq=False)
class Explored:
    """What a page shows.

    Parameters
    ----------
    landscape : Landscape
    windows : sequence of str
        Energy windows, such as ``0-10`` (kJ/mol), widening.
    spectra : sequence of StoredSpectrum
        Whose two leading components are maps.
    populations : sequence of MappedPopulation
        Further maps.
    known : sequence of KnownForms
    similarities : sequence of Similarities
        Whose packing motifs are shown.
    shown : int
        Crystals of lowest energy that the page begins with, side by side.
    largest : int
        No more crystals than this, the lowest ones.
    """

    landscape: Landscape
    windows: Sequence[str] = ()
    spectra: Sequence[StoredSpectrum] = ()
    populations: Sequence[MappedPopulation] = ()
    known: Sequence[KnownForms] = ()
    similarities: Sequence[Similarities] = ()
    shown: int = 2
    largest: int = 50_000


def explore_page(explored: Explored, bundle: Bundle, whole: str = "") -> str:
    """The page of a landscape, as HTML.

    Parameters
    ----------
    explored : Explored
    bundle : Bundle
    whole : str
        Where all crystals are shown, when the page does not show them all.
    """
    part = explore_part(explored, bundle, whole)
    name = explored.landscape.name
    return _filled("page.html", POLICY=_policy(bundle), TITLE=html.escape(f"{name}: explore"), PART=part)


def explore_part(explored: Explored, bundle: Bundle, whole: str = "") -> str:
    """The same without the page around it, for a page that holds other things too, such as a notebook."""
    n = len(explored.landscape)
    landscape = explored.landscape.subset(np.arange(min(n, explored.largest)))
    ids = landscape.id.tolist()
    columns = crystal_columns(landscape, explored.windows)
    columns += further_columns(ids, explored.known, explored.similarities)
    maps, axes = map_columns(ids, explored.spectra, explored.populations)
    axes = [Axes("energy against density", DENSITY, ENERGY), *axes]
    left = n - len(landscape)
    note = f"the lowest {len(landscape):,} of {n:,} crystals" if left else ""
    note += f"; all of them: {whole}" if left and whole else ""
    same = {str(i): other for i, other in enumerate(np.asarray(landscape.duplicate_of)) if other}
    symbol = KNOWN if any(one.name == KNOWN for one in columns) else ""
    told = {"shown": explored.shown, "named": len(columns), "colour": ENERGY, "symbol": symbol}
    told |= {"note": note, "same": same}
    return _filled(
        "part.html",
        STYLE=_text("page.css"),
        ABOUT=f"drawn by chemiscope {html.escape(bundle.version)}: licences",
        LICENCE=html.escape(bundle.licence),
        CRYSTALS=_letters(packed(landscape, [*columns, *maps], axes, told)),
        LIBRARY=_letters(zlib.compress(bundle.script.encode(), 9)),
        NOTICES=_letters(zlib.compress(bundle.notices.encode(), 9)),
        SCRIPT=_text("page.js"),
    )


def page_within(limit: int, explored: Explored, bundle: Bundle, whole: str) -> str:
    """The page of as many of the lowest crystals as fit into a number of bytes.

    Parameters
    ----------
    limit : int
        Bytes.
    explored : Explored
    bundle : Bundle
    whole : str
        Where all crystals are shown.
    """

    def made(most: int) -> str:
        return explore_page(dataclasses.replace(explored, largest=most), bundle, whole)

    most = min(len(explored.landscape), explored.largest)
    page = made(most)
    empty = len(made(0).encode()) if len(page.encode()) > limit else 0
    while (size := len(page.encode())) > limit and most:
        # The lowest crystals take as many bytes as the others, more or less.
        most = min(int(most * max(limit - empty, 0) / (size - empty) * 0.98), most - 1)
        page = made(most)
    return page


def missing_page(name: str, reason: str) -> str:
    """A page that says why there is none.

    Parameters
    ----------
    name : str
        Of the molecule.
    reason : str
    """
    text = "".join(f"<p>{html.escape(line.strip())}</p>" for line in reason.splitlines())
    head = f'<meta charset="utf-8"><title>{html.escape(name)}</title>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head><body><h1>{html.escape(name)}</h1>{text}</body></html>\n'
    )


def _policy(bundle: Bundle) -> str:
    """Let the two scripts run and no other (the map's makes functions), and nothing be asked of any network."""
    scripts = " ".join(f"'sha256-{_digest(text)}'" for text in (_text("page.js"), bundle.script))
    allowed = f"script-src {scripts} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
    return f"default-src 'none'; {allowed}"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _letters(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _filled(name: str, **values: str) -> str:
    """Put texts into their places; in one pass, so that no text is searched for places."""
    first, *rest = _text(name).split("@")
    found = [first]
    for i, piece in enumerate(rest):
        found.append(values[piece] if i % 2 == 0 else piece)
    return "".join(found)
