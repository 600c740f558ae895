"""The page in a notebook, without a notebook server: what it would show is put into a page as a notebook does."""

import json

import pytest
from viewer_help import content, errors, explored, wait_for

from crystalspan.errors import InputError
from crystalspan.landscape.file import write_landscape
from crystalspan.maps.file import write_maps
from crystalspan.viewer import notebook
from crystalspan.viewer.notebook import explore
from random_crystals import random_landscape

# As notebooks do: the HTML is set as text, which runs no script, and each script is then made again. They have a
# loader of modules, too, which takes scripts for its own that look for it.
_NOTEBOOK = """<!doctype html><meta charset="utf-8"><div class="cell"></div><div class="cell"></div><script>
window.define = () => { window.loader_took_it = true; }; window.define.amd = {};
const outputs = OUTPUTS;
document.querySelectorAll(".cell").forEach((cell, i) => {
  cell.innerHTML = outputs[i];
  for (const old of cell.querySelectorAll("script")) {
    const made = document.createElement("script");
    for (const { name, value } of old.attributes) made.setAttribute(name, value);
    made.textContent = old.textContent;
    old.replaceWith(made);
  }
});
</script>"""


@pytest.fixture
def files(tmp_path):
    asked = explored()
    write_landscape(tmp_path / "landscape.h5", asked.landscape)
    write_maps(tmp_path / "maps.h5", asked.populations, {"stage": "maps"})
    return tmp_path / "landscape.h5", tmp_path / "maps.h5"


def test_files_and_landscapes_are_taken(files, bundle):
    told, _ = content(explore(*files, windows=["0-10"])._repr_html_())
    assert [one["label"] for one in told["maps"]][1:] == ["Isomap, all space groups", "latent 2, all space groups"]
    made = random_landscape((14,), 3, n_atoms=4)
    assert content(explore(made, shown=1)._repr_html_())[0]["ids"] == made.id.tolist()
    assert repr(explore(made)) == "random: 3 crystals (a notebook shows them)"


def test_without_chemiscope_it_says_what_to_install(monkeypatch):
    def missing():
        raise InputError("the page needs chemiscope, which is not installed", remedy="pip install it")

    monkeypatch.setattr(notebook, "read_bundle", missing)
    with pytest.raises(InputError, match="needs chemiscope"):
        explore(random_landscape((14,), 3, n_atoms=4))


@pytest.mark.parametrize("shown", [0, 10])
def test_more_crystals_than_there_is_room_for_are_refused(shown, bundle):
    with pytest.raises(InputError, match="side by side"):
        explore(random_landscape((14,), 3, n_atoms=4), shown=shown)


@pytest.mark.slow
def test_two_cells_of_a_notebook_show_two_landscapes(bundle, browser, tmp_path):
    landscapes = random_landscape((14,), 3, n_atoms=4), random_landscape((2,), 5, n_atoms=4)
    outputs = [explore(one, shown=1, height=300)._repr_html_() for one in landscapes]
    text = json.dumps(outputs).replace("<", "\\u003c")
    (tmp_path / "notebook.html").write_text(_NOTEBOOK.replace("OUTPUTS", text), encoding="utf-8")
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get((tmp_path / "notebook.html").as_uri())
    states = "return [...document.querySelectorAll('.crystalspan-explore')].map((one) => one.dataset.state)"
    wait_for(lambda: browser.execute_script(states) == ["ready", "ready"])
    lines = [one.text for one in browser.find_elements("class name", "cs-line")]
    for one, line in zip(landscapes, lines, strict=True):
        assert line.startswith(one.id[0])
        assert f"1 of {len(one)} by energy" in line
    assert browser.execute_script("return window.loader_took_it") is None
    assert errors(browser) == []
