"""What the report opens with."""

import base64
import html
import json
import re
from urllib.parse import unquote

import pytest

from crystalspan import cli
from crystalspan.report.opening import opening_html

SUMMARY = """What was found
--------------
anti-BDT: 226 structures
  226 read, 226 accepted
  80% of the variance in 23 components
syn-BDT: 3 structures

How many dimensions
-------------------
anti-BDT: about 9

Where to look
-------------
tables  results/tables/
"""


def test_the_summary_comes_first_whole_and_in_its_order():
    text = opening_html(SUMMARY, {"anti-BDT": ["results/anti-BDT/explore-report.html"]}, None)
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL).split()
    expected = [word for word in SUMMARY.split() if set(word) != {"-"}]
    places = [words.index(word) for word in ("anti-BDT:", "accepted", "Look", "about", "results/tables/")]
    assert places == sorted(places)
    assert [word for word in expected if word not in words] == []
    assert text.count("<h2>") == 3
    assert "<ul><li>226 read, 226 accepted</li><li>80% of the variance in 23 components</li></ul>" in text


def test_links_lead_to_whichever_page_the_report_holds():
    pages = {name: [f"results/{name}/explore-report.html", f"results/{name}/explore.html"] for name in "ab"}
    links = [unquote(link) for link in re.findall(r'href="([^"]*)"', opening_html(SUMMARY, pages, None))]
    for name in "ab":
        assert f"{json.dumps(pages[name])}.filter((page) => page in results)" in links["ab".index(name)]
    assert "Look at" not in opening_html(SUMMARY, {}, None)


NAMES = ["</style><script>harm()</script>", "'\"`); harm(); //", "\u2028<img src=x onerror=harm()>", "%22);harm()//"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_text(name):
    path = f"results/{name}/x.html"
    text = opening_html(SUMMARY.replace("syn-BDT", name), {name: [path, path]}, None)
    tags = re.findall(r"<(\w+)", re.sub(r"<style>.*?</style>", "", text, count=1, flags=re.DOTALL))
    assert set(tags) <= {"div", "h2", "p", "ul", "li", "strong", "a"}
    # As a browser reads it: the link is decoded, and what it holds are texts of JavaScript.
    link = unquote(html.unescape(re.findall(r'href="([^"]*)"', text)[0]))
    texts = re.findall(r'"(?:[^"\\]|\\.)*"', link)
    assert [json.loads(one) for one in texts] == [path, path]
    assert "harm" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", link)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_figure_lies_in_the_text(kind, tmp_path):
    (tmp_path / f"dimension.{kind}").write_bytes(b"<svg/>")
    text = opening_html(SUMMARY, {}, tmp_path / f"dimension.{kind}")
    (letters,) = re.findall(r"base64,([^\"]*)", text)
    assert base64.b64decode(letters) == b"<svg/>"
    assert text.index("<img") < text.index("How many dimensions")


def test_the_stage_writes_the_text_and_a_number(tmp_path, capsys):
    (tmp_path / "summary.md").write_text(SUMMARY)
    written = tmp_path / "opening.html", tmp_path / "opening.yaml"
    arguments = ["--page", "a=small.html", "a=whole.html", "-o", written[0], "--numbers", written[1]]
    cli.main(["opening", str(tmp_path / "summary.md"), *map(str, arguments)])
    assert '["small.html", "whole.html"].filter' in unquote(written[0].read_text())
    assert written[1].read_text() == "pages of crystals: 1\n"
    with pytest.raises(SystemExit):
        cli.main(["opening", str(tmp_path / "summary.md"), "--page", "nonsense", "-o", str(written[0])])
    assert "not MOLECULE=FILE" in capsys.readouterr().err
