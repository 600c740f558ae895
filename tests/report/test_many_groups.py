"""Figures stay readable with many space groups: styles that differ, labels that do not cover each other or points."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval
from crystalspan.landscape.figure import draw_landscape
from crystalspan.landscape.freedom import Counted, Freedom
from crystalspan.printing.style import group_style
from crystalspan.scan.figure import draw_descriptor_scan
from crystalspan.scan.file import DescriptorScan
from crystalspan.scan.scan import ScannedSet
from crystalspan.spectra.comparison_figure import draw_components
from crystalspan.spectra.figures import draw_spectra
from crystalspan.spectra.file import StoredSpectrum
from crystalspan.spectra.tables import degrees_of_freedom_table

pytestmark = pytest.mark.slow

GROUPS = (14, 2, 15, 61, 19, 4, 33, 29, 5, 1, 9, 60, 7, 18, 13, 56, 43, 148, 88, 76, 62, 92, 96, 86, 82, 20, 30, 41,
          45, 54, 55, 144, 145, 146)  # fmt: skip


def boxes(figure, texts):
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [text.get_window_extent(renderer) for text in texts if text.get_text() and text.get_visible()]


def inside(figure, box):
    return box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1


def test_no_two_space_groups_look_the_same():
    assert len({group_style(number) for number in range(1, 231)}) == 230


@pytest.mark.parametrize("molecules", [1, 2])
@pytest.mark.parametrize("n", [1, 2, 10, 11, 12, 20, 34])
def test_names_of_groups_do_not_overlap(n, molecules):
    windows = ("0-10", "0-20")[:molecules]
    labels = [*map(str, GROUPS[:n]), "all"]
    rows = [(f"m{k}", w, label, 1234, 80, 200, 900) for k in range(molecules) for w in windows for label in labels]
    names = ["molecule", "window", "space_group", "n_structures", "variance", "singular_values", "bound"]
    figure = draw_components(pd.DataFrame(rows, columns=names), 0.8)
    for axes in figure.axes:
        found = sorted(boxes(figure, axes.get_xticklabels()), key=lambda box: box.x0)
        assert len(found) == n + 1
        assert all(one.x1 <= other.x0 for one, other in zip(found, found[1:], strict=False))
    assert inside(figure, figure.legends[0].get_window_extent())


def test_windows_are_named_beside_the_points_of_a_landscape():
    rng = np.random.default_rng(0)
    energy = np.sort(rng.uniform(0, 20, 600))
    groups = np.array((GROUPS * 18)[:600])
    records = SimpleNamespace(
        molecule="M", lattice_energy=energy, relative_energy=energy - energy[0], density=rng.normal(1.4, 0.05, 600),
        space_group=groups,
    )  # fmt: skip
    figure = draw_landscape(records, ["0-10", "0-20"])
    axes = figure.axes[0]
    found = boxes(figure, axes.texts)
    assert len(found) == 2
    assert all(box.x0 >= axes.bbox.x1 and inside(figure, box) for box in found)
    assert inside(figure, figure.legends[0].get_window_extent())


@pytest.mark.parametrize("n", [2, 10, 20, 34])
def test_every_curve_of_many_can_be_told_by_a_mark_at_its_end(n):
    """Where colours repeat, each curve ends in its group's mark."""
    spectra = [spectrum(label, 200 // (k + 1) + 12) for k, label in enumerate(map(str, GROUPS[:n]))]
    figure = draw_spectra(spectra, {})
    curves = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 1]
    looks = {(line.get_color(), str(line.get_marker())) for line in curves}
    assert len(curves) == len(looks) == n
    if n > 9:
        ends = {
            (line.get_xdata()[line.get_markevery()[0]], line.get_ydata()[line.get_markevery()[0]]) for line in curves
        }
        assert len(ends) == len({len(line.get_xdata()) for line in curves})
        assert all(y > 1e-5 for _, y in ends)
    figure.draw_without_rendering()
    figure.draw_without_rendering()
    assert inside(figure, figure.legends[0].get_window_extent())
    assert figure.axes[0].get_window_extent().height > 0.4 * figure.bbox.height


def spectrum(label, n):
    values = np.arange(1, n) ** -1.5
    zero = np.zeros(n)
    return StoredSpectrum(
        Path("x"), "m", label, "0-20", "", "exact", n, 384, n - 1, values.sum(), values, 0 * values, values**0.5,
        np.zeros((n, 2)), zero, zero, {},
    )  # fmt: skip


def test_published_degrees_of_freedom_stand_only_beside_a_study_that_has_them():
    assert "study_2021" not in degrees_of_freedom_table([14])
    assert degrees_of_freedom_table([14], is_compared=True).study_2021.tolist() == [10]


def a_scan(molecule):
    """A scan whose legend has all its entries at their longest."""
    estimates = [
        Estimate("mle", 20, 6.0, 0.3, 0.3, 900, 0, 1.0, 12.0, True, "", ""),
        Estimate("twonn", 2, 5.0, 0.3, 0.3, 900, 0, 1.0, 12.0, True, "", ""),
    ]
    counts = [CountInterval("variance", 0.8, 17, 1.5, 14, 20)]
    groups = ("14", "4", "1", "2", "all")
    names = ("own", "a descriptor with a long name")
    return DescriptorScan(
        molecule,
        "0-20",
        [ScannedSet(name, group, 100, 50, 100, estimates, counts) for name in names for group in groups],
    )


@pytest.mark.parametrize("molecules", [1, 2])
def test_the_legend_of_a_scan_lies_within_the_figure(molecules):
    scans = [a_scan(f"m{k}") for k in range(molecules)]
    # From a special position in P21/c to Z' = 3 in P-1.
    counted = Counted(np.array([14, 14, 4, 1, 2]), np.array([7, 10, 9, 9, 30]), np.zeros(5))
    figure = draw_descriptor_scan(scans, 0.8, Freedom({f"m{k}": counted for k in range(molecules)}))
    figure.draw_without_rendering()
    figure.draw_without_rendering()
    (legend,) = figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == [
        "TwoNN",
        "MLE (20 neighbours)",
        "components to 0.8 of variance",
        "hollow: flagged invalid",
        "degrees of freedom, 7\u201330",
    ]
    assert inside(figure, legend.get_window_extent())
    assert all(inside(figure, box) for box in boxes(figure, legend.get_texts()))
    assert all(legend.get_window_extent().y1 <= axes.get_tightbbox().y0 for axes in figure.axes)
