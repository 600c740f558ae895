"""What is said of a deposit as a whole: title, authors, licence, date."""

import dataclasses
import datetime
import re
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.text import read_text

_ORCID = re.compile(r"\s*<(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])>\s*$")
_LARGEST_LICENCE = 1 << 20
_CC = "https://creativecommons.org"
# SPDX's short names of licences for data, and what they say.
LICENCES = {
    "CC0-1.0": ("Creative Commons Zero 1.0 Universal", f"{_CC}/publicdomain/zero/1.0/"),
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", f"{_CC}/licenses/by/4.0/"),
    "CC-BY-SA-4.0": ("Creative Commons Attribution Share Alike 4.0 International", f"{_CC}/licenses/by-sa/4.0/"),
    "CC-BY-NC-4.0": ("Creative Commons Attribution Non Commercial 4.0 International", f"{_CC}/licenses/by-nc/4.0/"),
    "PDDL-1.0": ("Open Data Commons Public Domain Dedication & License 1.0", "https://spdx.org/licenses/PDDL-1.0.html"),
    "ODC-By-1.0": ("Open Data Commons Attribution License v1.0", "https://spdx.org/licenses/ODC-By-1.0.html"),
    "ODbL-1.0": ("Open Data Commons Open Database License v1.0", "https://spdx.org/licenses/ODbL-1.0.html"),
}


@dataclasses.dataclass(frozen=True)
class Author:
    """A person, or a group.

    Parameters
    ----------
    family, given : str
        ``given`` is empty where the name is not divided.
    orcid : str
        Address (https), or empty.
    """

    family: str
    given: str = ""
    orcid: str = ""

    @classmethod
    def of(cls, text: str) -> "Author":
        """Read ``Family, Given <ORCID>``; only the first word is needed."""
        found = _ORCID.search(text)
        name = (text[: found.start()] if found else text).strip()
        family, comma, given = (part.strip() for part in name.partition(","))
        orcid = f"https://orcid.org/{found[1]}" if found else ""
        return cls(family, given, orcid) if comma and family and given else cls(name, "", orcid)

    @property
    def name(self) -> str:
        """The whole name, family name first."""
        return f"{self.family}, {self.given}" if self.given else self.family


@dataclasses.dataclass(frozen=True)
class Licence:
    """What others may do with the data.

    Parameters
    ----------
    identifier : str
        SPDX's short name, or empty where the licence is none of `LICENCES`.
    name : str
        Empty: none was chosen.
    address : str
        Of its text; may be empty.
    text : str
        Of the file ``LICENSE.txt``.
    """

    identifier: str = ""
    name: str = ""
    address: str = ""
    text: str = ""

    @classmethod
    def of(cls, asked: str) -> "Licence":
        """Take a short name of `LICENCES`, the name of a file with the text, or any other name.

        Raises
        ------
        InputError
            The file cannot be read, or holds no short text.
        """
        for identifier, (name, address) in LICENCES.items():
            if asked.strip().lower() == identifier.lower():
                return cls(identifier, name, address, f"{name} ({identifier})\n{address}\n")
        if not asked.strip():
            return cls()
        if is_file(asked):
            text = _licence_text(Path(asked))
            first = next((line.strip() for line in text.splitlines() if line.strip()), "see LICENSE.txt")
            return cls("", first[:200], "", text)
        return cls("", asked.strip(), "", asked.strip() + "\n")


def is_file(text: str) -> bool:
    """Tell whether a text names a file that is there."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _licence_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_LICENCE:
            raise InputError("is no text of a licence: larger than 1 MiB", file=path, remedy="name a short text file")
        return read_text(path)
    except OSError as error:
        raise InputError(str(error), file=path, remedy="name a text file, or a licence such as CC-BY-4.0") from None


@dataclasses.dataclass(frozen=True)
class About:
    """What is said of a deposit as a whole.

    Parameters
    ----------
    title, description, publisher, doi : str
        Publisher and DOI may be empty.
    authors : tuple of Author
        May be empty.
    licence : Licence
    date : str
        Year, month, day.
    """

    title: str
    description: str
    authors: tuple[Author, ...]
    licence: Licence
    publisher: str
    date: str
    doi: str

    @property
    def address(self) -> str:
        """Where it is found, once it has a DOI; else empty."""
        return f"https://doi.org/{self.doi}" if self.doi else ""

    @property
    def missing(self) -> list[str]:
        """What a repository will ask for and nobody has said yet."""
        stated = {"authors": self.authors, "licence": self.licence.name, "publisher": self.publisher}
        return [name for name, value in stated.items() if not value]


def about_of(section: dict, molecule: str, crystals: int) -> About:
    """What the section ``export`` of the settings says, completed.

    Parameters
    ----------
    section : dict
    molecule : str
        Its name, for a title where none is given.
    crystals : int
        How many there are, for a description where none is given.

    Raises
    ------
    InputError
        The licence names a file that cannot be read, or the date is none.
    """
    date = section["date"] or datetime.datetime.now(datetime.UTC).date().isoformat()
    try:
        datetime.date.fromisoformat(date)
    except ValueError:
        raise InputError(f"export.date: {date!r} is no date", remedy="write year-month-day, 2026-11-25") from None
    title = section["title"] or f"Predicted crystal structures of {molecule}"
    described = section["description"] or (
        f"A landscape of {crystals:,} predicted crystal structures of {molecule}: cells, symmetry, atoms, lattice "
        "energies and densities, each structure checked, duplicates marked."
    )
    authors = tuple(Author.of(text) for text in section["authors"] if text.strip())
    licence = Licence.of(section["licence"])
    return About(title, described, authors, licence, section["publisher"], date, section["doi"])
