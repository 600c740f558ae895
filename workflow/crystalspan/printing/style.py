"""What all figures share: sizes, fonts, the colour and marker of each space group, files."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import gemmi
import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.printing.labels import STUDY_GROUPS
from crystalspan.provenance import atomic_output

MM = 1 / 25.4
# Widths of one and two columns of a journal page, inch.
SINGLE, DOUBLE = 85 * MM, 170 * MM
MAX_PANELS = 8

# Matplotlib's hints know literal names only.
_RC: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same glyphs on every machine
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.direction": "out",
    "lines.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.columnspacing": 1.0,
    "legend.handletextpad": 0.4,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "crystalspan",
    "figure.constrained_layout.use": True,
}

# Paul Tol's "muted" scheme (safe for colour-blind readers), and a shape each for print without colour.
_COLOURS = (
    "#332288",
    "#CC6677",
    "#117733",
    "#88CCEE",
    "#DDCC77",
    "#882255",
    "#44AA99",
    "#999933",
    "#AA4499",
    "#666666",
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
# For groups beyond the first hundred; matplotlib's (corners, 1, turn) are stars. With them 10 x 23 pairs, one a group.
_RARE_MARKERS = (
    "p",
    "h",
    "d",
    "8",
    "H",
    *((corners, 1, turn) for corners in (3, 4, 6, 8) for turn in (0, 180 // corners)),
)
Marker: TypeAlias = Any
_GROUPS = (*STUDY_GROUPS, *(number for number in range(1, 231) if number not in STUDY_GROUPS))
COMBINED_COLOUR = "black"
VARIANCE_COLOUR, SINGULAR_COLOUR, STUDY_COLOUR = "#0072B2", "#D55E00", "#000000"


@contextlib.contextmanager
def print_style() -> Iterator[None]:
    """Matplotlib's settings for a figure in print."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def group_style(label: str | int) -> tuple[str, Marker]:
    """Colour and marker of a space group (number or ``all``), the same in every figure.

    No two of the 230 groups have the same pair. Colours repeat after ten groups, since more cannot be told apart by
    colour-blind readers; each time with other markers.
    """
    if not str(label).isdigit():
        return COMBINED_COLOUR, "o"
    turn, place = divmod(_GROUPS.index(int(label)), len(_COLOURS))
    if turn < len(_MARKERS):
        return _COLOURS[place], _MARKERS[(place + turn) % len(_MARKERS)]
    return _COLOURS[place], _RARE_MARKERS[turn - len(_MARKERS)]


def group_label(label: str | int) -> str:
    """Hermann-Mauguin symbol as it is typeset (screw axes as subscripts, bars over inversions)."""
    if not str(label).isdigit():
        return "all groups"
    words = gemmi.find_spacegroup_by_number(int(label)).hm.split()
    if len(words) == 4 and words.count("1") == 2 and words[0] != "P3":
        words = [words[0], *[word for word in words[1:] if word != "1"]]
    return "$\\mathit{" + words[0] + "}" + "".join(_symbol_part(word) for word in words[1:]) + "$"


def _symbol_part(word: str) -> str:
    axis, _, plane = word.partition("/")
    text = ""
    if axis.startswith("-"):
        text = "\\bar{" + axis[1:] + "}"
    elif len(axis) == 2 and axis.isdigit():
        text = f"{axis[0]}_{axis[1]}"
    elif axis.isdigit():
        text = axis
    else:
        text = "\\mathit{" + axis + "}"
    return text + ("/\\mathit{" + plane + "}" if plane else "")


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches; it needs no display and leaves nothing behind."""
    return Figure(figsize=(width, height), layout="constrained")


def window_label(window: str) -> str:
    """An energy window in words, ``0-10`` -> ``0-10 kJ/mol`` with an en dash."""
    return f"{window.replace('-', chr(0x2013))} kJ/mol" if "-" in window else "all structures"


def draw_star(axes: Axes, x: float, y: float, label: str) -> None:
    """Mark a point of a figure with a star and a label."""
    axes.scatter(x, y, s=70, marker="*", c="#FFD000", edgecolors="black", linewidths=0.6, zorder=1000)
    left, right = axes.get_xlim()
    is_left = x < (left + right) / 2
    axes.annotate(
        literal(label),
        (x, y),
        xytext=(7 if is_left else -7, -2),
        ha="left" if is_left else "right",
        va="center",
        textcoords="offset points",
        fontsize=6,
        fontweight="bold",
        zorder=1001,
        path_effects=[withStroke(linewidth=1.5, foreground="white")],
    ).set_in_layout(False)


def say_empty(axes: Axes, text: str) -> None:
    """Write into an otherwise empty panel why it is empty."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color="0.35")
    axes.set_xticks([])
    axes.set_yticks([])


def empty_figure(text: str) -> Figure:
    """Return a figure that says why it is empty."""
    with print_style():
        figure = new_figure(SINGLE, 1.5)
        say_empty(figure.subplots(), text)
    return figure


def check_panels(count: int, what: str) -> None:
    """Refuse figures whose panels nobody could read."""
    if count > MAX_PANELS:
        raise InputError(
            f"{count} panels ({what}) are too many for one figure",
            remedy=f"draw at most {MAX_PANELS}, for example one figure for each molecule",
        )


def save_figure(figure: Figure, paths: Iterable[PathLike], dpi: int) -> None:
    """Write a figure to files; the suffix names the format (svg, png, pdf). No dates, no random names.

    Parameters
    ----------
    figure : Figure
    paths : sequence of path-like
    dpi : int
        Dots an inch of PNG and of rasterised points.
    """
    without = {
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
        ".png": {"Software": None},
    }
    files = [Path(path) for path in paths]
    for path in files:
        if path.suffix not in without:
            raise InputError(f"cannot draw '{path.suffix}' files", file=path, remedy="name a .svg, .pdf or .png file")
    with print_style():
        # The layout takes half the time: it is worked out once for all formats.
        figure.draw_without_rendering()
        figure.draw_without_rendering()  # a second pass settles legends and colour bars
        figure.set_layout_engine("none")
    for path in files:
        with atomic_output(path) as temporary, print_style():
            figure.savefig(temporary, dpi=dpi, metadata=without[path.suffix])


def literal(text: str) -> str:
    """Return a name as it stands, where matplotlib would take dollars for mathematics."""
    return text.replace("$", r"\$")
