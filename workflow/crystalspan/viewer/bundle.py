"""Chemiscope's JavaScript, as its wheel holds it: the map, the crystals and the table beside each other.

Fraux, Cersonsky, Ceriotti, J. Open Source Softw. 2020, 5, 2117, DOI 10.21105/joss.02117. Nothing of it is imported:
its Python part needs a notebook's libraries, the page needs one file.
"""

import dataclasses
import importlib.metadata
from pathlib import Path

from crystalspan.errors import InputError

_SCRIPT = "chemiscope/sphinx/static/chemiscope.min.js"
_NOTICES = "chemiscope/static/chemiscope-widget.mjs.LICENSE.txt"
# The page uses what this version offers, and its names of options.
SERIES = "1.1"
_REMEDY = "pip install --no-deps 'chemiscope>=1.1,<1.2' (3 MB), and run the same command again"


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A script and whose it is.

    Parameters
    ----------
    version : str
    script : str
        As text of JavaScript; it defines ``Chemiscope`` in whatever page it runs.
    licence : str
        Of chemiscope (BSD-3-Clause).
    notices : str
        Of the libraries within the script.
    """

    version: str
    script: str
    licence: str
    notices: str


def read_bundle() -> Bundle:
    """Read the script of the chemiscope that is installed.

    Raises
    ------
    InputError
        It is not installed, or another version than the page is made for.
    """
    try:
        found = importlib.metadata.distribution("chemiscope")
    except importlib.metadata.PackageNotFoundError:
        raise InputError("the page needs chemiscope, which is not installed", remedy=_REMEDY) from None
    if not f"{found.version}.".startswith(f"{SERIES}."):
        raise InputError(f"the page is made for chemiscope {SERIES}, not {found.version}", remedy=_REMEDY)
    texts = []
    for name in (_SCRIPT, _NOTICES):
        try:
            texts.append(Path(str(found.locate_file(name))).read_text("utf-8"))
        except OSError as error:
            raise InputError(f"chemiscope {found.version} lacks {name} ({error})", remedy=_REMEDY) from None
    licence = found.read_text("licenses/LICENSE") or found.read_text("LICENSE") or "BSD-3-Clause"
    return Bundle(found.version, _alone(texts[0]), licence, texts[1])


def _alone(script: str) -> str:
    """Keep a script from taking a notebook's module loader for its own."""
    return f"(function (exports, module, define) {{\n{script}\n}}).call(window);"
