"""Names that would be tags, scripts, cells or formulas in a table or figure are text there."""

import html
import re
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from crystalspan.printing.style import literal, new_figure, print_style, save_figure
from crystalspan.printing.tables import in_markdown, table_text
from crystalspan.scan.tables import scan_sentence

NAMES = [
    "<script>alert(1)</script>",
    "</text><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "a|b\nc | <b>",
    "&lt;script&gt;",
    "$x_y$ \\frac{ $",
    r"\$\alpha$",
    "{molecule} {0}",
    "$",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_no_tag_in_a_table(name):
    frame = pd.DataFrame({"descriptor": [name, "plain"], "N": [5, 6]})
    lines = table_text(frame, "md", "Caption.", "t").splitlines()
    assert len(lines) == 6
    assert not re.search("<[a-z/!]", "\n".join(lines))
    shown = re.split(r"(?<!\\)\|", lines[4])[1].strip()
    assert html.unescape(shown.replace("\\|", "|")) == name.replace("\n", " ")


@pytest.mark.parametrize("name", ["<script>x</script>", "a\nb", "\x1b[2Jgone", "\u202egnp"])
def test_a_name_in_a_sentence_of_the_summary_is_one_line_of_text(name):
    row = {"molecule": "m", "space_group": "all", "window": "0-10", "N": 90, "mle_neighbours": 10, "mle_valid": "yes"}
    table = pd.DataFrame([row | {"descriptor": name, "mle": 5.0 + k, "mle_error": 0.5} for k in range(2)])
    sentence = scan_sentence(table)
    assert in_markdown(name) in sentence
    assert sentence.isprintable()
    assert "<" not in sentence


@pytest.mark.parametrize("fonttype", ["path", "none"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_drawn_as_it_stands_and_is_no_tag(name, fonttype, tmp_path):
    with print_style():
        figure = new_figure(2, 2)
        axes = figure.subplots()
        axes.set_title(f"{literal(name)}, 0")
        axes.set_yticks([0, 1], [literal(name), "plain"])
    import crystalspan.printing.style as style

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(style._RC, "svg.fonttype", fonttype)
        save_figure(figure, [tmp_path / "f.svg"], 50)
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(tmp_path / "f.svg").iter()}
    assert not {"script", "img", "b"} & tags
    texts = "".join(ElementTree.parse(tmp_path / "f.svg").getroot().itertext())
    if fonttype == "none":
        assert name.splitlines()[0] in texts
