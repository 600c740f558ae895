"""A spreadsheet's tables, read in the plainest way."""

import io
import re
import zipfile
from xml.etree import ElementTree

_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def tables(data):
    """Yield each sheet of an .xlsx file as a list of rows {heading: text}."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml")).findall(f"{_SPACE}si")
        texts = ["".join(part.text or "" for part in one.iter(f"{_SPACE}t")) for one in shared]
        for name in sorted(one for one in book.namelist() if one.startswith("xl/worksheets/sheet")):
            rows = [_row(row, texts) for row in ElementTree.fromstring(book.read(name)).iter(f"{_SPACE}row")]
            if rows:
                headings = {column: text.strip() for column, text in rows[0].items()}
                yield [{headings[key]: text for key, text in row.items() if key in headings} for row in rows[1:]]


def _row(row, texts):
    cells = {}
    for cell in row.findall(f"{_SPACE}c"):
        value = cell.find(f"{_SPACE}v")
        if value is not None:
            text = texts[int(value.text)] if cell.get("t") == "s" else value.text
            cells[re.match("[A-Z]+", cell.get("r"))[0]] = text.strip()
    return cells
