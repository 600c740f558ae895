"""The symmetry functions drawn: radial, modified angular, original angular (the study's Figure 3)."""

import numpy as np
from matplotlib.figure import Figure

from crystalspan.descriptors.functions import (
    cutoff_function,
    modified_angular_terms,
    original_angular_terms,
    radial_terms,
)
from crystalspan.descriptors.parameters import SymmetryFunctions
from crystalspan.printing.style import DOUBLE, new_figure, print_style

# Behler's original angular function has only lambda = 1 and -1; these exponents are drawn.
_ORIGINAL_ZETAS = (1, 2, 4, 16, 64)


def draw_functions(parameters: SymmetryFunctions, name: str) -> Figure:
    """Each radial function of the distance, and the angular functions, modified and original, of the angle.

    Modified: 2^(1-zeta) (1 + cos(theta - theta_n))^zeta (Smith, Isayev, Roitberg, Chem. Sci. 2017, 8, 3192,
    DOI 10.1039/C6SC05720A, eq. 4); original: 2^(1-zeta) (1 + lambda cos theta)^zeta (Behler, Parrinello,
    PRL 2007, 98, 146401, DOI 10.1103/PhysRevLett.98.146401).

    Parameters
    ----------
    parameters : SymmetryFunctions
        radial_cutoff (angstrom), radial_eta, radial_shifts, zeta and theta_shifts (radian) are drawn.
    name : str
        Of the preset.

    Returns
    -------
    Figure
    """
    with print_style():
        figure = new_figure(DOUBLE, 2.35)
        radial, modified, original = figure.subplots(1, 3)
        _radial(radial, parameters, name)
        _modified(modified, parameters)
        _original(original)
    return figure


def _shades(count):
    """Colours along viridis without its palest end."""
    import matplotlib as mpl

    return mpl.colormaps["viridis"](np.linspace(0, 0.88, max(count, 1)))


def _radial(axes, parameters, name):
    distance = np.linspace(0, parameters.radial_cutoff, 1500)
    ends = cutoff_function(distance, parameters.radial_cutoff)
    terms = radial_terms(distance, parameters.radial_eta, parameters.radial_shifts, parameters.radial_cutoff)
    for values, colour in zip(terms, _shades(len(terms)), strict=True):
        axes.plot(distance, values, color=colour, linewidth=0.8)
    axes.plot(distance, ends, color="0.5", linewidth=0.7, linestyle="--")
    axes.annotate(
        "cutoff function",
        (distance[500], ends[500]),
        xytext=(6, 4),
        textcoords="offset points",
        color="0.4",
        fontsize=6,
    )
    axes.set_title(f"(a) radial, {name}", loc="left")
    axes.set_xlabel("Distance $R$ (Å)")
    axes.set_ylabel("Value")
    axes.set_xlim(0, parameters.radial_cutoff)
    axes.set_ylim(0, 1.05)


def _angle_axis(axes):
    axes.set_xlabel(r"Angle $\theta$ (degrees)")
    axes.set_xticks([0, 45, 90, 135, 180])
    axes.set_xlim(0, 180)
    axes.set_ylim(0, 2.1)


def _modified(axes, parameters):
    angle = np.linspace(0, np.pi, 1000)
    terms = modified_angular_terms(angle, parameters.zeta, parameters.theta_shifts)
    for values, colour in zip(terms, _shades(len(terms)), strict=True):
        axes.plot(np.degrees(angle), values, color=colour)
    axes.set_title(f"(b) modified angular, $\\zeta$ = {parameters.zeta:g}", loc="left")
    _angle_axis(axes)


def _original(axes):
    angle = np.linspace(0, np.pi, 1000)
    terms = original_angular_terms(angle, _ORIGINAL_ZETAS, signs=(1, -1))
    for row, (zeta, colour) in enumerate(zip(_ORIGINAL_ZETAS, _shades(len(_ORIGINAL_ZETAS)), strict=True)):
        for sign, line, values in ((1, "-", terms[0, row]), (-1, "--", terms[1, row])):
            axes.plot(
                np.degrees(angle),
                values,
                color=colour,
                linestyle=line,
                label=f"$\\zeta$ = {zeta}" if sign == 1 else None,
            )
    axes.plot([], [], color="0.3", label=r"$\lambda$ = 1")
    axes.plot([], [], color="0.3", linestyle="--", label=r"$\lambda$ = −1")
    axes.set_title("(c) original angular", loc="left")
    axes.legend(loc="upper center", ncols=2, fontsize=6)
    _angle_axis(axes)
    axes.set_ylim(0, 2.9)
