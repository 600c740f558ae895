"""Landscapes and pages to look at, a plain reader of what a page holds, and a browser."""

import base64
import contextlib
import dataclasses
import json
import re
import shutil
import struct
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from crystalspan.landscape.file import Landscape
from crystalspan.maps.embeddings import StructureMap
from crystalspan.maps.file import MappedPopulation
from crystalspan.similarity.known_file import KnownForms
from crystalspan.similarity.known_forms import KnownForm, MatchedCrystal
from crystalspan.viewer.page import Explored
from random_crystals import GROUPS, random_landscape

HOSTILE = (
    "</script><script>window.harmed=1</script>",
    "<img src=x onerror=window.harmed=1>",
    "\"'`; window.harmed=1 //",
    "line\u2028separator\u2029",
    "\U0001f600 <b>bold</b> & &lt; @POLICY@ @SCRIPT@",
    "--><!-- ]]>",
    "${window.harmed=1}",
)


def explored(landscape: Landscape | None = None, **more) -> Explored:
    """A landscape of all kinds of cells, with a map of which a crystal is missing, and one of no known method."""
    made = random_landscape(GROUPS, 3, n_atoms=6, seed=2) if landscape is None else landscape
    generator = np.random.default_rng(1)
    n = len(made)
    sizes = max(n - 1, 0), 2
    maps = [StructureMap(name, "ok", "", generator.normal(size=sizes), {}, {}) for name in ("isomap", "latent_2")]
    population = MappedPopulation("random", "all", "0-20", n, made.id[1:], made.relative_energy[1:], maps)
    return Explored(made, ["0-10", "0-20"], (), [population], **more)


def with_ids(landscape: Landscape, ids) -> Landscape:
    names = landscape.id.copy()
    names[: len(ids)] = ids
    return dataclasses.replace(landscape, id=names)


def known_forms(ids) -> KnownForms:
    """Two names of one crystal, and a form that was not found."""

    def form(name, i, found):
        return KnownForm(name, "x.cif", 14, 1.4, MatchedCrystal(i, i + 1, ids[i], 0.0, 1.4, 15, 0.1), found, [])

    return KnownForms("random", 15, [form("I", 2, True), form("II", 5, False), form(HOSTILE[1], 2, True)], [])


def content(page: str) -> tuple[dict, list[np.ndarray]]:
    """What a page holds of crystals: the words and the arrays; a plain twin of page.js."""
    letters = re.search(r'class="cs-crystals">([^<]*)<', page)[1]
    raw = zlib.decompress(base64.b64decode(letters))
    (length,) = struct.unpack("<I", raw[:4])
    told, place, arrays = json.loads(raw[4 : 4 + length]), 4 + length, []
    for one in told["arrays"]:
        n = one["n"]
        values, code = np.empty(n), 0
        for i in range(n):
            stored = sum(raw[place + i + plane * n] << (8 * plane) for plane in range(4))
            if one["differences"]:
                code += -(stored + 1) // 2 if stored % 2 else stored // 2
            else:
                code = stored
            values[i] = np.nan if code == 0 else one["low"] + one["step"] * (code - 1)
        place += 4 * n
        arrays.append(values)
    assert place == len(raw)
    return told, arrays


# Generous, since the graphics of a machine without a graphics card are drawn by its processor.
PATIENCE = 300
_OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,800",
]


@contextlib.contextmanager
def chromium():
    """A Chromium that is driven from here; the test is skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    programs = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, programs)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no chromium and chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for option in (*_OPTIONS, f"--user-data-dir={folder}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        browser.set_script_timeout(PATIENCE)
        browser.set_page_load_timeout(PATIENCE)
        try:
            yield browser
        finally:
            browser.quit()


def show(browser, path: Path):
    """Open a page of crystals by its file, and wait until they are there."""
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(path.as_uri())
    wait_for(lambda: state(browser) in ("ready", "failed"))
    assert state(browser) == "ready", line(browser)


def state(browser) -> str | None:
    return browser.execute_script("return document.querySelector('.crystalspan-explore')?.dataset.state")


def line(browser) -> str:
    return browser.execute_script("return document.querySelector('.cs-line').textContent")


def wait_for(question):
    until = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)
    return answer


def errors(browser) -> list[str]:
    """What the page's console calls an error since it was opened."""
    return [one["message"] for one in browser.get_log("browser") if one["level"] == "SEVERE"]


def requests(browser) -> list[str]:
    """Whatever was asked for since the page was opened, but what lies within a page, and the browser's own pages."""
    messages = [json.loads(one["message"])["message"] for one in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    return [url for url in asked if not url.startswith(("data:", "blob:", "chrome"))]
