"""What the report opens with: what was found in plain words, where to click, the main figure. Diagrams come later."""

import base64
import html
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from crystalspan.arrays import PathLike
from crystalspan.report.catalogue import LANDSCAPES, SPECTRA, TABLES

_KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
# The report gives the first page's text a third of the window, for a diagram beside it that comes later, and cuts off
# the top of what is higher than the window.
_STYLE = """<style>
ul > .prose { max-width: 62rem; }
.h-screen.items-center { align-items: safe center; }
.opening img { max-width: 100%; max-height: 36rem; width: 46rem; object-fit: contain; object-position: left; }
</style>"""


def opening_html(summary: str, pages: Mapping[str, Sequence[str]], figure: PathLike | None) -> str:
    """The first part of the report, as HTML.

    Parameters
    ----------
    summary : str
        As from `summary_text`: headings are underlined, what belongs to a line is indented below it.
    pages : mapping of str to sequence of str
        The pages of the crystals, by molecule, as the report knows them: it holds one of them, the small one when it is
        one file, the whole one when it is zipped.
    figure : path-like, optional
        The main figure (SVG or PNG).
    """
    found = [_STYLE, '<div class="opening">']
    sections = list(_sections(summary.splitlines()))
    for number, (heading, lines) in enumerate(sections):
        found += [f"<h2>{html.escape(heading)}</h2>", *_paragraphs(lines)]
        if number == 0:
            found += [*_where_to_click(pages), *_drawn(figure)]
    return "\n".join([*found, "</div>"]) + "\n"


def _drawn(figure: PathLike | None) -> list[str]:
    if figure is None:
        return []
    path = Path(figure)
    content = base64.b64encode(path.read_bytes()).decode()
    return [f'<p><img src="data:{_KINDS[path.suffix]};base64,{content}" alt="{html.escape(path.stem)}"></p>']


def _sections(lines: Iterable[str]):
    """Yield the headings of a summary, and the lines below each."""
    heading = ""
    below: list[str] = []
    for line, following in itertools.pairwise([*lines, ""]):
        if following and set(following) == {"-"}:
            if below:
                yield heading, below
            heading, below = line, []
        elif line.strip() and set(line) != {"-"}:
            below.append(line)
    if below:
        yield heading, below


def _paragraphs(lines: list[str]) -> list[str]:
    """A paragraph of each line, and a list of the lines that are indented below it."""
    found = []
    for indented, group in itertools.groupby(lines, lambda line: line.startswith(" ")):
        texts = [html.escape(line.strip()) for line in group]
        found += (
            [f"<ul>{''.join(f'<li>{text}</li>' for text in texts)}</ul>"]
            if indented
            else [f"<p>{text}</p>" for text in texts]
        )
    return found


def _where_to_click(pages: Mapping[str, Sequence[str]]) -> list[str]:
    """Links to the pages and chapters of the report."""
    shown = [_link(f"the crystals of {name}", _page(paths)) for name, paths in pages.items()]
    # Those that every study has.
    named = (("landscapes", LANDSCAPES), ("spectra", SPECTRA), ("tables", TABLES))
    chapters = [_link(text, f"app.showCategory({json.dumps(chapter)})") for text, chapter in named]
    found = (
        [f"<p><strong>Look at {', '.join(shown)}</strong>: a click on a point shows the crystal.</p>"] if shown else []
    )
    return [*found, f"<p>Chapters, in the menu on the left: {', '.join(chapters)} and more.</p>"]


def _page(paths: Sequence[str]) -> str:
    """Show the one of some pages that the report holds."""
    shown = "app.setView({content: 'html', contentPath: results[page].data_uri, resultPath: page})"
    return f"{json.dumps(list(paths))}.filter((page) => page in results).slice(0, 1).forEach((page) => {shown})"


def _link(text: str, script: str) -> str:
    # What follows javascript: is decoded before it runs: a name that holds %22 would end a text.
    return f'<a href="javascript:{quote(f"{script};void(0)")}">{html.escape(text)}</a>'
