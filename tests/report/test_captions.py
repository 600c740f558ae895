"""Captions of the HTML report: what stands in a setting is text there."""

import types

import jinja2
import pytest
from docutils.core import publish_parts

NAMES = [
    "config/landscapes.tsv",
    "a `b`__ <script>x</script> *c*",
    "a\n\n.. raw:: html\n\n   <script>x</script>\n\nb",
    "a``\n\n.. raw:: html\n\n   <script>x</script>\n",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_the_table_of_molecules_is_text(repository, name):
    template = jinja2.Template((repository / "workflow/report/workflow.rst").read_text())
    text = template.render(snakemake=types.SimpleNamespace(config={"landscapes": name}))
    body = publish_parts(text, writer_name="html", settings_overrides={"report_level": 5})["body"]
    assert "<script" not in body
    assert "<cite" not in body
    assert "landscapes.tsv" in body or "script" in body
