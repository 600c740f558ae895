"""The report in Chromium: it opens with what was found, and its chapter of crystals is not blank."""

import types

import jinja2
import pytest
from docutils.core import publish_parts
from viewer_help import errors, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(finished, bundle, browser):
    """The report of the finished miniature study, opened."""
    finished.snakemake("--report", "report.html")
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get((finished.folder / "report.html").as_uri())
    wait_for(lambda: browser.find_elements("class name", "opening"))
    return browser


def test_it_opens_with_the_answer_and_without_a_diagram(report, finished):
    text = report.find_element("class name", "opening").text
    assert text.startswith("What was found\nanti-BDT: ")
    for line in (finished.folder / "results/summary.md").read_text().splitlines():
        if "kJ/mol" in line:
            assert line.strip() in text
    assert report.find_element("class name", "opening").rect["y"] >= 0
    assert report.execute_script("return document.querySelector('.opening img').naturalWidth") > 100
    assert report.find_elements("css selector", ".vega-embed") == []
    assert errors(report) == []


def test_the_link_to_the_crystals_shows_them(report):
    report.find_element("partial link text", "the crystals of anti-BDT").click()
    frame = wait_for(lambda: report.find_elements("tag name", "iframe"))[0]
    assert len(frame.get_attribute("src")) < 2 * 1024**2
    report.switch_to.frame(frame)
    root = "const page = document.querySelector('.crystalspan-explore'); "
    try:
        wait_for(lambda: report.execute_script(f"{root} return page?.dataset.state") in ("ready", "failed"))
        assert "1 of " in report.find_element("class name", "cs-line").text
        # Not blank: the first crystal's atoms are there, and so are the points of the map.
        assert report.execute_script(f"{root} return page.crystalspan.view.map._plot.data[0].x.length") > 1
        assert report.execute_script(f"{root} return page.crystalspan.unfold(0).size") > 10
        assert report.find_element("css selector", ".cs-structure").rect["height"] > 100
    finally:
        report.switch_to.default_content()
    assert errors(report) == []


def test_the_workflow_describes_itself_where_nothing_was_run(repository):
    template = jinja2.Template((repository / "workflow/report/workflow.rst").read_text())
    text = template.render(snakemake=types.SimpleNamespace(config={"opening": ""}))
    assert "How many dimensions" in publish_parts(text, writer_name="html")["body"]
