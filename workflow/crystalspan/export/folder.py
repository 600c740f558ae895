"""The folder: everything written beside its place, and moved there when it is complete."""

import dataclasses
import functools
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from crystalspan import __version__
from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.export.about import About, about_of
from crystalspan.export.cif import CifWriter
from crystalspan.export.columns import PROPERTIES, NamedCrystals, file_name, table_rows
from crystalspan.export.copies import check_descriptors, check_spectra, copy_names
from crystalspan.export.croissant import croissant
from crystalspan.export.datacite import datacite
from crystalspan.export.deposit import HDF5, KINDS, Deposit, DepositedFile
from crystalspan.export.names import safe_names
from crystalspan.export.optimade import optimade
from crystalspan.export.ro_crate import ro_crate
from crystalspan.export.split import TEST, TRAIN, VALIDATION, SplitSettings, relatives_of, split_landscape
from crystalspan.export.words import citation, readme
from crystalspan.export.xyz import xyz_frames
from crystalspan.landscape.file import Landscape
from crystalspan.printing.csv_files import csv_text
from crystalspan.provenance import atomic_folder, sha256, versions
from crystalspan.settings import schema, with_defaults

_DIGITS = 12
_DESCRIBED = {"descriptors": "descriptors of crystals", "spectra": "principal components of the descriptors"}
# Of the checks, what belongs to the files that were read and not to those that are written.
_OF_SOURCES = ("format", "energy_basis")


@dataclasses.dataclass(frozen=True)
class Given:
    """Files of other stages that the deposit takes in.

    Parameters
    ----------
    descriptors, spectra : sequence of path-like
    viewer, rejected : path-like or None
    similarities : path-like or None
        Is read for relatives, which the split keeps together; it is not copied.
    """

    descriptors: Sequence[PathLike] = ()
    spectra: Sequence[PathLike] = ()
    viewer: PathLike | None = None
    rejected: PathLike | None = None
    similarities: PathLike | None = None

    def only(self, kinds: Iterable[str]) -> "Given":
        """The same without the kinds of files that are not asked for."""
        kept = set(kinds)
        return Given(
            self.descriptors if "descriptors" in kept else (),
            self.spectra if "spectra" in kept else (),
            self.viewer if "viewer" in kept else None,
            self.rejected if "rejected" in kept else None,
            self.similarities,
        )


@dataclasses.dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    about : About
    files : tuple of DepositedFile
    counts : dict of str to int
    notes : list of str
    """

    about: About
    files: tuple[DepositedFile, ...]
    counts: dict[str, int]
    notes: list[str]


def write_export(folder: PathLike, landscape: Landscape, section: dict, given: Given | None = None) -> Exported:
    """Write a landscape as a folder of plain files; it appears when it is complete.

    Parameters
    ----------
    folder : path-like
        Must not be there.
    landscape : Landscape
        With its duplicates, sorted by energy.
    section : dict
        The section ``export`` of the settings, complete.
    given : Given, optional

    Raises
    ------
    InputError
        The folder is there, or a given file is missing, damaged, or of another landscape.
    """
    if not len(landscape):
        raise InputError(f"the landscape of {landscape.name} is empty", remedy="export one that holds crystals")
    given = (given or Given()).only(section["contents"])
    about = about_of(section, landscape.name, len(landscape))
    settings = SplitSettings(**section["split"])
    found = {
        "descriptors": check_descriptors(given.descriptors, landscape),
        "spectra": check_spectra(given.spectra, landscape),
    }
    relatives = _relatives(given.similarities, landscape, settings)
    split = split_landscape(landscape, relatives, settings)
    crystals = NamedCrystals(landscape, safe_names([str(one) for one in landscape.id]), split)
    with atomic_folder(folder) as place:
        files = _Folder(place)
        notes = _write_crystals(files, crystals)
        _copy(files, given)
        _write_settings(files, landscape, section, found)
        counts = _counts(crystals)
        _write_words(files, landscape.name, about, counts, _together(given, settings), notes)
    return Exported(about, tuple(files.files), counts, notes)


class _Folder:
    """The files that are there already, and how they are written."""

    def __init__(self, place: Path):
        self.place = place
        self.files: list[DepositedFile] = []

    def add(self, name: str, about: str = "", kind: str = HDF5) -> None:
        """Note a file that is there."""
        path = self.place / name
        known = KINDS.get(name, (kind, about))
        self.files.append(DepositedFile(name, *known, path.stat().st_size, sha256(path)))

    def text(self, name: str, text: str) -> None:
        (self.place / name).write_text(text, encoding="utf-8", newline="\n")
        self.add(name)

    def json(self, name: str, content: Any) -> None:
        # What no UTF-8 holds is an escape.
        self.text(name, json.dumps(content, indent=1, ensure_ascii=not _is_unicode(content), default=str) + "\n")

    def yaml(self, name: str, content: Any) -> None:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        self.text(name, yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=False, width=1000))

    def copy(self, path: PathLike, name: str, about: str = "") -> None:
        try:
            shutil.copyfile(path, self.place / name)
        except (FileNotFoundError, IsADirectoryError):
            raise InputError("no such file", file=path, remedy="check the path, or leave it out") from None
        self.add(name, about)


def _is_unicode(content) -> bool:
    try:
        json.dumps(content, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True


def _relatives(path: PathLike | None, landscape: Landscape, settings: SplitSettings) -> set[tuple[str, str]]:
    if path is None:
        return set()
    from crystalspan.similarity.file import read_similarities  # costs a second, which only those who ask for it pay

    (found,) = read_similarities([path])
    if found.molecule != landscape.name:
        problem = f"is of the molecule {found.molecule}, not of {landscape.name}"
        raise InputError(problem, file=path, remedy="give the similarities of this landscape")
    return relatives_of(found, settings.molecules)


def _write_crystals(files: _Folder, crystals: NamedCrystals) -> list[str]:
    """Write CIFs, table and frames; say what is particular."""
    writer = CifWriter(crystals)
    with zipfile.ZipFile(files.place / "structures.zip", "w") as archive:
        for name, text in zip(crystals.names, writer.texts(), strict=True):
            # A fixed date, so that the same crystals give the same bytes.
            member = zipfile.ZipInfo(f"structures/{name}.cif")
            member.external_attr = 0o644 << 16
            archive.writestr(member, text, zipfile.ZIP_DEFLATED, 6)
    files.add("structures.zip")
    header = [one.name for one in PROPERTIES]
    files.text("structures.csv", csv_text(header, table_rows(crystals), _DIGITS))
    with open(files.place / "structures.xyz", "w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(xyz_frames(crystals))
    files.add("structures.xyz")
    notes = []
    if writer.without_symmetry:
        notes.append(
            f"{len(writer.without_symmetry)} CIFs list the complete cell in P 1, since the atoms show no group of the "
            f"number that their files state (first: {writer.without_symmetry[0]})"
        )
    renamed = sum(name != str(one) for name, one in zip(crystals.names, crystals.landscape.id, strict=True))
    return notes + ([f"{renamed} ids are no plain names and were replaced (original_id)"] if renamed else [])


def _copy(files: _Folder, given: Given) -> None:
    for kind, paths in (("descriptors", given.descriptors), ("spectra", given.spectra)):
        for path, name in zip(paths, copy_names(paths, kind), strict=True):
            files.copy(path, name, _DESCRIBED[kind])
    if given.rejected is not None:
        files.copy(given.rejected, "rejected.csv")
    if given.viewer is not None:
        files.copy(given.viewer, "explore.html")


def _write_settings(files: _Folder, landscape: Landscape, section: dict, found: dict[str, list[dict]]) -> None:
    """Write how everything was made, and a configuration with which the CIFs are read and described again."""
    made = dict(landscape.provenance)
    inputs = made.get("inputs")
    if isinstance(inputs, dict):
        made["inputs"] = {file_name(str(path)): digest for path, digest in inputs.items()}
    record = {
        "molecule": landscape.name,
        "landscape": made,
        **{kind: _distinct(settings) for kind, settings in found.items() if settings},
        "export": {"settings": section, "versions": versions()},
    }
    files.json("provenance.json", record)
    config: dict = {}
    for settings in [made.get("settings"), *found["descriptors"], *found["spectra"], {"export": section}]:
        config |= _sections(settings)
    checks = config.get("landscape")
    if isinstance(checks, dict):
        config["landscape"] = {key: value for key, value in checks.items() if key not in _OF_SOURCES}
    files.json("settings.json", config)


def _distinct(settings: list[dict]) -> list[dict]:
    return [json.loads(text) for text in dict.fromkeys(json.dumps(one, sort_keys=True) for one in settings)]


@functools.cache
def _known_sections() -> frozenset[str]:
    return frozenset(schema()["properties"])


def _sections(settings: Any) -> dict:
    """The sections that a configuration may have, as far as they are valid: a stranger's file may say anything."""
    found = {}
    for name, value in settings.items() if isinstance(settings, dict) else ():
        try:
            if name in _known_sections():
                with_defaults({name: value})
                found[name] = value
        except InputError:
            continue
    return found


def _counts(crystals: NamedCrystals) -> dict[str, int]:
    land, split = crystals.landscape, crystals.split
    counts = {"crystals": len(land), "of them duplicates of others": int((land.duplicate_of != "").sum())}
    sizes = Counter(split.group)
    counts["groups that the split keeps together"] = len(sizes)
    counts["crystals in the largest group"] = max(sizes.values())
    return counts | {f"crystals in {part}": split.part.count(part) for part in (TRAIN, VALIDATION, TEST)}


def _together(given: Given, settings: SplitSettings) -> list[str]:
    found = ["duplicates"]
    if given.similarities is not None:
        found.append(f"relatives that share {settings.molecules} molecules of a cluster or more")
    return found + (["crystals of one conformer"] if settings.conformers else [])


def _write_words(files: _Folder, molecule: str, about: About, counts, together, notes) -> None:
    """Write what is said of the whole; each description lists the files that are there before it."""

    def deposit() -> Deposit:
        return Deposit(molecule, about, tuple(files.files), __version__)

    if about.licence.text:
        files.text("LICENSE.txt", about.licence.text)
    files.yaml("optimade.yaml", optimade(deposit()))
    files.yaml("CITATION.cff", citation(deposit()))
    files.json("datacite.json", datacite(deposit()))
    files.json("croissant.json", croissant(deposit()))
    files.text("README.txt", readme(deposit(), counts, together, notes))
    files.json("ro-crate-metadata.json", ro_crate(deposit()))
    files.text("SHA256SUMS", "".join(f"{one.sha256}  {one.name}\n" for one in files.files))
