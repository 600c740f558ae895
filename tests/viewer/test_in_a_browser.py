"""The page in Chromium: it opens by its file without an error or a request, a click on a point shows the crystal."""

import dataclasses

import networkx
import numpy as np
import pytest
from viewer_help import HOSTILE, errors, explored, known_forms, line, requests, show, wait_for, with_ids

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import bonding_graph
from crystalspan.viewer.page import explore_page, missing_page
from similarity.packed_crystals import NAPHTHALENE, guises, landscape_of, oracle_crystals

pytestmark = pytest.mark.slow

_ROOT = "const page = document.querySelector('.crystalspan-explore').crystalspan; "


def ask(browser, text, *values):
    return browser.execute_script(_ROOT + text, *values)


@pytest.fixture(scope="module")
def asked():
    return explored(shown=1)


@pytest.fixture(scope="module")
def opened(asked, bundle, browser, tmp_path_factory):
    """The page of a landscape, opened anew."""
    path = tmp_path_factory.mktemp("pages") / "explore.html"
    path.write_text(explore_page(asked, bundle), encoding="utf-8")
    show(browser, path)
    return browser


def point(browser, i) -> tuple[float, float]:
    """Where a crystal's point lies in the window, by the axes of the map."""
    return ask(
        browser,
        """const plot = page.view.map._plot, { xaxis, yaxis } = plot._fullLayout, frame = plot.getBoundingClientRect();
        const { x, y } = plot.data[0];
        return [frame.left + xaxis._offset + xaxis.l2p(x[arguments[0]]),
                frame.top + yaxis._offset + yaxis.l2p(y[arguments[0]])];""",
        i,
    )


def test_it_opens_without_an_error_and_without_a_request(opened, asked):
    assert requests(opened) == [opened.current_url]
    assert errors(opened) == []
    assert asked.landscape.id[0] in line(opened)
    assert "1 of 42 by energy" in line(opened)


def test_a_click_on_a_point_of_the_map_shows_its_crystal(opened, asked):
    from selenium.webdriver.common.action_chains import ActionChains

    i = 23
    assert ask(opened, "return page.view.structure.pinned()[0].structure") != i
    x, y = point(opened, i)
    mouse = ActionChains(opened, duration=0)
    mouse.w3c_actions.pointer_action.move_to_location(round(x) - 3, round(y))
    mouse.w3c_actions.pointer_action.move_to_location(round(x), round(y))
    mouse.perform()
    wait_for(lambda: ask(opened, "return (page.view.map._plot._hoverdata || []).length"))
    ActionChains(opened).click().perform()
    wait_for(lambda: ask(opened, "return page.view.structure.pinned()[0].structure") == i)
    assert line(opened).startswith(asked.landscape.id[i])
    drawn = ask(opened, "return [...page.view.structure._cellsData.values()][0].viewer.natoms()")
    assert drawn == 6 * len(asked.landscape.operations(i)[0])


def choose(browser, which, value):
    text = (
        "const s = document.querySelector(arguments[0]); s.value = arguments[1]; s.dispatchEvent(new Event('change'));"
    )
    browser.execute_script(text, which, value)


def test_every_map_is_drawn(opened, asked):
    for number, made in enumerate(asked.populations[0].maps, 1):
        choose(opened, ".cs-maps", str(number))
        true = pytest.approx(made.coordinates[0, 0], abs=1e-3)
        wait_for(lambda true=true: ask(opened, "return page.view.map._plot.data[0].x[1]") == true)
    assert errors(opened) == []


def test_a_crystal_is_found_by_a_part_of_its_id(opened, asked):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    box = opened.find_element(By.CLASS_NAME, "cs-search")
    box.send_keys("QR-61-0011")
    listed = [one.text for one in opened.find_elements(By.CSS_SELECTOR, ".cs-found li")]
    assert listed == [asked.landscape.id[11]]
    box.send_keys(Keys.ENTER)
    wait_for(lambda: line(opened).startswith(asked.landscape.id[11]))


def test_four_crystals_stand_side_by_side(opened):
    opened.execute_script("document.querySelector('.cs-lowest').click()")
    wait_for(lambda: [one["structure"] for one in ask(opened, "return page.view.structure.pinned()")] == [0, 1, 2, 3])
    assert ask(opened, "return page.view.map._selected.size") == 4
    assert errors(opened) == []


def expanded(landscape, i):
    """All atoms of a cell: atomic numbers (m,), fractional coordinates (m, 3)."""
    crystal = landscape.structure(i)
    copies = np.einsum("mij,nj->mni", crystal.rotations.astype(float), crystal.fractional)
    places = (copies + crystal.translations[:, None]).reshape(-1, 3)
    return np.tile(crystal.atomic_number, len(crystal.rotations)), places


def test_a_crystal_is_unfolded_into_all_its_molecules(opened, asked):
    for i in range(len(asked.landscape)):
        found = ask(opened, "return page.unfold(arguments[0])", i)
        matrix = cell_matrix(asked.landscape.cell[i])
        assert np.allclose(np.reshape(found["cell"], (3, 3)), matrix, atol=1e-3)
        numbers, true = expanded(asked.landscape, i)
        places = np.stack([found[axis] for axis in "xyz"], axis=1) @ np.linalg.inv(np.reshape(found["cell"], (3, 3)))
        symbols = np.array(found["names"])
        assert len(places) == len(true)
        for number in np.unique(numbers):
            ours, theirs = places[symbols == {1: "H", 6: "C", 16: "S"}[int(number)]], true[numbers == number]
            apart = ours[:, None] - theirs[None]
            apart = np.linalg.norm((apart - np.rint(apart)) @ matrix, axis=2)
            # One to one.
            assert sorted(apart.argmin(axis=1)) == list(range(len(theirs)))
            assert apart.min(axis=1).max() < 0.05


def test_molecules_are_whole_and_their_centres_lie_in_the_cell(bundle, browser, tmp_path):
    crystal, numbers = oracle_crystals(NAPHTHALENE)[0], NAPHTHALENE["atomic_numbers"]
    n = len(numbers)
    same = [one for name, one in guises(crystal, [np.arange(n)]) if name != "labels"]
    landscape = landscape_of([crystal, *same], numbers, crystal.fractional @ crystal.matrix)
    (tmp_path / "explore.html").write_text(explore_page(explored(landscape, shown=1), bundle), encoding="utf-8")
    show(browser, tmp_path / "explore.html")
    for i in range(len(landscape)):
        found = ask(browser, "return page.unfold(arguments[0])", i)
        places = np.stack([found[axis] for axis in "xyz"], axis=1)
        numbers, _ = expanded(landscape, i)
        graph = bonding_graph(numbers[: len(places)], places)
        pieces = list(networkx.connected_components(graph))
        assert {len(piece) for piece in pieces} == {n}
        inverse = np.linalg.inv(np.reshape(found["cell"], (3, 3)))
        centres = np.array([places[list(piece)].mean(axis=0) for piece in pieces]) @ inverse
        assert centres.min() > -0.002
        assert centres.max() < 1.002


def test_hostile_ids_are_text_and_do_nothing(bundle, browser, tmp_path):
    from selenium.webdriver.common.by import By

    made = explored(shown=1)
    landscape = with_ids(made.landscape, HOSTILE)
    made = dataclasses.replace(made, landscape=landscape, known=[known_forms(landscape.id.tolist())])
    (tmp_path / "explore.html").write_text(explore_page(made, bundle), encoding="utf-8")
    show(browser, tmp_path / "explore.html")
    for i, name in enumerate(HOSTILE):
        ask(browser, "page.select(arguments[0])", i)
        wait_for(lambda name=name: line(browser).startswith(name))
    box = browser.find_element(By.CLASS_NAME, "cs-search")
    box.send_keys("harmed")
    listed = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".cs-found li")]
    assert len(listed) == 4
    assert browser.execute_script("return window.harmed") is None
    assert browser.execute_script("return document.querySelectorAll('.cs-line img, .cs-found img').length") == 0
    assert errors(browser) == []


def test_a_page_without_crystals_or_without_chemiscope_says_so(bundle, browser, tmp_path, asked):
    empty = dataclasses.replace(asked, landscape=asked.landscape.subset([]))
    (tmp_path / "empty.html").write_text(explore_page(empty, bundle), encoding="utf-8")
    browser.get((tmp_path / "empty.html").as_uri())
    wait_for(lambda: "there are no crystals to show" in line(browser))
    (tmp_path / "missing.html").write_text(missing_page("<i>x</i>", "chemiscope is not here"), encoding="utf-8")
    browser.get((tmp_path / "missing.html").as_uri())
    assert browser.find_element("tag name", "body").text.split("\n")[0] == "<i>x</i>"
