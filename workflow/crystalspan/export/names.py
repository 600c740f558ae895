"""Names of crystals that are harmless as names of files, in CIF, CSV, XYZ and YAML, and stay text in all of them."""

import hashlib
import re
from collections.abc import Sequence

# Of a CIF block's name the dictionary allows 75 letters, and some file systems few more than 64 with a suffix.
_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.+-]{0,62}[A-Za-z0-9_+-])?")
# What readers of tables take for a truth value or for nothing.
_NO_TEXT = {"t", "f", "true", "false", "yes", "no", "na", "n.a", "none", "null", "nan", "inf", "infinity"}
# Windows opens devices by these names, whatever the suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def is_plain(text: str) -> bool:
    """Tell whether an id can stand as it is wherever the export writes it."""
    lower = text.lower()
    return bool(_PLAIN.fullmatch(text)) and not (lower in _NO_TEXT or _DEVICES.fullmatch(lower) or _is_number(text))


def safe_names(ids: Sequence[str]) -> list[str]:
    """Return a name for each crystal: its id where that is plain, else one made of it; all are different.

    Names that differ in nothing but capitals count as the same, since some file systems take them so.

    Parameters
    ----------
    ids : (n,) str
        All different.
    """
    names: list[str] = [""] * len(ids)
    taken: set[str] = set()
    # Plain ids first: no other name may take theirs.
    for i in sorted(range(len(ids)), key=lambda i: not is_plain(ids[i])):
        names[i] = next(name for name in _candidates(ids[i]) if name.lower() not in taken)
        taken.add(names[i].lower())
    return names


def _candidates(text: str):
    if is_plain(text):
        yield text
    numbered = f"crystal-{text}"
    if is_plain(numbered):
        yield numbered
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", text)[:32].strip("_") or "crystal"
    for length in (8, 24):
        yield f"{stem}-{digest[:length]}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
