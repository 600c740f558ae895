"""The folder: whole or not at all, as its own list says, with what was given and nothing of another landscape."""

import dataclasses
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import yaml
from export_help import DATE, exported, json_of, rows_of

from crystalspan import cli
from crystalspan.errors import InputError
from crystalspan.export import folder as folders
from crystalspan.export.about import Author, Licence
from crystalspan.export.copies import copy_names
from crystalspan.export.folder import Given
from crystalspan.landscape.file import write_landscape
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.provenance import atomic_folder, provenance
from crystalspan.settings import read_config, with_defaults
from crystalspan.similarity.file import CrystalMotif, write_similarities
from crystalspan.similarity.kept import KeptSimilarity, RelativePair
from crystalspan.spectra.file import new_spectrum_file
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import spectrum_settings
from descriptor_files import write_descriptors
from random_crystals import random_landscape
from stored_files import written

ALWAYS = {
    "structures.zip", "structures.csv", "structures.xyz", "settings.json", "provenance.json", "README.txt",
    "CITATION.cff", "datacite.json", "croissant.json", "optimade.yaml", "ro-crate-metadata.json", "SHA256SUMS",
}  # fmt: skip


@pytest.fixture
def small():
    return random_landscape((2, 14), 3, n_atoms=5, seed=1)


def descriptors(path, landscape, **more):
    n = len(landscape)
    values = np.arange(n * 4.0).reshape(n, 4)
    told = {"molecule": landscape.name, "ids": landscape.id.tolist(), **more}
    # Their lattice energies begin at -80.
    return write_descriptors(path, values, landscape.lattice_energy + 80, **told)


def test_the_list_of_checksums_is_right_and_complete(deposit):
    lines = (deposit / "SHA256SUMS").read_text().splitlines()
    listed = dict(line.split("  ")[::-1] for line in lines)
    assert set(listed) == {path.name for path in deposit.iterdir()} - {"SHA256SUMS"}
    assert set(listed) | {"SHA256SUMS"} == ALWAYS | {"LICENSE.txt"}
    for name, digest in listed.items():
        assert hashlib.sha256((deposit / name).read_bytes()).hexdigest() == digest, name


def test_the_same_crystals_give_the_same_bytes(small, tmp_path):
    for name in "ab":
        exported(tmp_path / name, small)
    assert {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()
    }


@pytest.mark.parametrize("kind", ["empty", "full", "file", "link"])
def test_what_is_there_already_is_not_touched(small, tmp_path, kind):
    place = tmp_path / "d"
    if kind == "file":
        place.write_text("mine")
    elif kind == "link":
        place.symlink_to(tmp_path / "nowhere")
    else:
        place.mkdir()
    if kind == "full":
        (place / "mine").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="is there already"):
        exported(place, small)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt(), InputError("no")])
def test_nothing_is_left_of_an_export_that_fails(small, tmp_path, monkeypatch, error):
    def fail(deposit):
        assert any(path.name.startswith(".d.") for path in tmp_path.iterdir())
        raise error

    monkeypatch.setattr(folders, "ro_crate", fail)
    with pytest.raises(type(error)):
        exported(tmp_path / "d", small)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_export_left_is_removed_by_the_next(small, tmp_path):
    code = (
        "import os, sys\nfrom crystalspan.provenance import atomic_folder\n"
        "with atomic_folder(sys.argv[1]) as place:\n    (place / 'x').write_text('x')\n    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "d")], check=False)
    assert done.returncode == 9
    assert len(list(tmp_path.iterdir())) == 1
    exported(tmp_path / "d", small)
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_the_folder_has_the_rights_of_any_other(tmp_path):
    mask = os.umask(0o027)
    try:
        with atomic_folder(tmp_path / "d") as place:
            (place / "x").write_text("x")
    finally:
        os.umask(mask)
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o750


def test_files_of_other_stages_are_taken_in_under_names_of_their_own(small, tmp_path):
    paths = [tmp_path / "r/14/0-10/descriptors.h5", tmp_path / "r/2/0-10/descriptors.h5"]
    for path in paths:
        path.parent.mkdir(parents=True)
        descriptors(path, small)
    (tmp_path / "explore.html").write_text("<p>page")
    (tmp_path / "rejected.csv").write_text("file,record,reason,remedy\n")
    given = Given(paths, (), tmp_path / "explore.html", tmp_path / "rejected.csv")
    exported(tmp_path / "d", small, given)
    names = {path.name for path in (tmp_path / "d").iterdir()}
    assert names == ALWAYS | {"descriptors_14.h5", "descriptors_2.h5", "explore.html", "rejected.csv"}
    assert (tmp_path / "d/descriptors_2.h5").read_bytes() == paths[1].read_bytes()
    assert json_of(tmp_path / "d", "settings.json")["export"]["date"] == DATE
    (recorded,) = json_of(tmp_path / "d", "provenance.json")["descriptors"]
    assert recorded == {"descriptor": {"preset": "toy"}}
    exported(tmp_path / "e", small, given, contents=["rejected"])
    assert {path.name for path in (tmp_path / "e").iterdir()} == ALWAYS | {"rejected.csv"}


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/descriptors.h5"], ["descriptors.h5"]),
        (
            ["r/14/0-10/descriptors.h5", "r/2/10-20/descriptors.h5"],
            ["descriptors_14_0-10.h5", "descriptors_2_10-20.h5"],
        ),
        (["x.h5", "y.h5"], ["descriptors_x.h5", "descriptors_y.h5"]),
        (["a/x.h5", "b/x.h5", "b/c/x.h5"], ["descriptors_a_x.h5", "descriptors_b_x.h5", "descriptors_b_c_x.h5"]),
        (["; rm -rf/x.h5", "$(x)\n/x.h5"], ["descriptors_rm--rf.h5", "descriptors_x.h5"]),
        (["!/x.h5", "?/x.h5"], ["descriptors.h5", "descriptors_2.h5"]),
    ],
)
def test_names_of_copies_tell_their_paths_apart(paths, names):
    assert copy_names(paths, "descriptors") == names


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"molecule": "other"}, "is of the molecule other"),
        ({"ids": ["strange", "b", "c", "d", "e", "f"]}, "6 crystals are not in the landscape"),
    ],
)
def test_descriptors_of_another_landscape_are_refused(small, tmp_path, change, message):
    path = descriptors(tmp_path / "descriptors.h5", small, **change)
    with pytest.raises(InputError, match=message):
        exported(tmp_path / "d", small, Given([path]))
    assert not (tmp_path / "d").exists()


def test_descriptors_of_other_energies_are_refused(small, tmp_path):
    path = descriptors(tmp_path / "descriptors.h5", small)
    with pytest.raises(InputError, match="energies are not those"):
        exported(tmp_path / "d", dataclasses.replace(small, lattice_energy=small.lattice_energy + 1e-3), Given([path]))


def test_spectra_are_checked_and_taken_in(small, tmp_path):
    with pytest.raises(InputError, match="is of the molecule toy"):
        exported(tmp_path / "d", small, Given((), [written("pca", tmp_path)]))
    joined = JoinedDescriptors([descriptors(tmp_path / "descriptors.h5", small)])
    made = provenance("pca", {"points": {"scaling": "none"}})
    for molecule, name in (("random", "14"), ("random", "2")):
        with new_spectrum_file(tmp_path / f"{name}.h5", made) as writer:
            labels = {"molecule": molecule, "space_group": name, "window": "0-20"}
            writer.add(spectrum(joined, spectrum_settings(with_defaults({}))), joined, labels)
    exported(tmp_path / "d", small, Given((), [tmp_path / "14.h5", tmp_path / "2.h5"]))
    assert (tmp_path / "d/spectra_2.h5").read_bytes() == (tmp_path / "2.h5").read_bytes()
    assert json_of(tmp_path / "d", "settings.json")["points"] == {"scaling": "none"}
    with pytest.raises(InputError, match="crystals are not in the landscape"):
        exported(tmp_path / "e", small.subset([0, 1]), Given((), [tmp_path / "14.h5"]))


@pytest.mark.parametrize("missing", ["descriptors", "spectra", "viewer", "rejected", "similarities"])
def test_a_missing_file_is_named(small, tmp_path, missing):
    path = tmp_path / "missing"
    given = Given(**{missing: [path] if missing in ("descriptors", "spectra") else path})
    with pytest.raises(InputError, match="missing"):
        exported(tmp_path / "d", small, given)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_landscape_is_refused(small, tmp_path):
    with pytest.raises(InputError, match="is empty"):
        exported(tmp_path / "d", small.subset([]))


def test_relatives_stay_together(small, tmp_path):
    ids = small.id
    pairs = [RelativePair(0, i, 12) for i in range(1, len(ids))]
    kept = KeptSimilarity("random", "all", "0-20", len(ids), ids, small.relative_energy, 1, 15, pairs, [])
    motifs = [CrystalMotif(str(ids[0]), 0.0, "beta", 3.5, 1.0, 10.0)]
    record = {"stage": "similarity", "settings": {}, "versions": {}, "inputs": {}}
    for molecule, name in (("random", "s.h5"), ("other", "o.h5")):
        write_similarities(tmp_path / name, molecule, motifs, [kept], record)
    exported(tmp_path / "d", small, Given(similarities=tmp_path / "s.h5"))
    assert len({row["split_group"] for row in rows_of(tmp_path / "d")}) == 1
    assert f"{len(ids)}  crystals in the largest group" in (tmp_path / "d/README.txt").read_text()
    assert "relatives that share 12 molecules" in (tmp_path / "d/README.txt").read_text().replace("\n", " ")
    exported(tmp_path / "e", small, Given(similarities=tmp_path / "s.h5"), split={"molecules": 13})
    assert len({row["split_group"] for row in rows_of(tmp_path / "e")}) == len(ids)
    with pytest.raises(InputError, match="is of the molecule other"):
        exported(tmp_path / "f", small, Given(similarities=tmp_path / "o.h5"))


def test_paths_of_the_machine_stay_there(small, tmp_path):
    made = {"stage": "landscape", "inputs": {"/home/me/secret/source.zip": "0" * 64}}
    sources = np.array([f"/home/me/secret/source.zip!{i}.res" for i in range(len(small))], dtype=object)
    exported(tmp_path / "d", dataclasses.replace(small, provenance=made, source=sources))
    for path in (tmp_path / "d").iterdir():
        assert b"secret" not in path.read_bytes(), path.name
    assert rows_of(tmp_path / "d")[1]["source"] == "source.zip!1.res"


def test_settings_that_a_stranger_wrote_are_left_out(small, tmp_path):
    made = {"settings": {"landscape": {"harm": 1}, "descriptor": 5, "x": {}, "energy_windows": [5]}}
    exported(tmp_path / "d", dataclasses.replace(small, provenance=made))
    settings = read_config(tmp_path / "d/settings.json")
    assert set(settings) == {"export", "energy_windows"}
    with_defaults(settings)


def test_what_is_said_of_the_whole(small, tmp_path):
    told = {
        "title": "A title: with a colon",
        "description": "First line.\nSecond line.",
        "authors": ["Doe, Jane <https://orcid.org/0000-0002-1825-0097>", "The group"],
        "licence": "cc-by-4.0",
        "publisher": "Zenodo",
        "doi": "10.5281/zenodo.1234567",
    }
    done = exported(tmp_path / "d", small, **told)
    assert done.about.missing == []
    cff = yaml.safe_load((tmp_path / "d/CITATION.cff").read_text())
    assert cff["title"] == told["title"]
    assert cff["license"] == "CC-BY-4.0"
    assert cff["authors"][0] == {
        "family-names": "Doe", "given-names": "Jane", "orcid": "https://orcid.org/0000-0002-1825-0097",
    }  # fmt: skip
    assert cff["authors"][1] == {"name": "The group"}
    assert (cff["cff-version"], cff["date-released"], cff["doi"]) == ("1.2.0", DATE, told["doi"])
    text = (tmp_path / "d/README.txt").read_text()
    for one in (
        "First line.\nSecond line.\n",
        "Doe, Jane; The group",
        f"https://doi.org/{told['doi']}",
        "Attribution 4.0",
    ):
        assert one in text
    assert "creativecommons.org/licenses/by/4.0/" in (tmp_path / "d/LICENSE.txt").read_text()


def test_a_licence_is_a_name_a_file_or_none(tmp_path):
    (tmp_path / "mine.txt").write_text("\n Only on Sundays.\nAnd holidays.\n")
    found = Licence.of(str(tmp_path / "mine.txt"))
    assert (found.name, found.identifier) == ("Only on Sundays.", "")
    assert found.text.endswith("And holidays.\n")
    assert Licence.of(" ") == Licence()
    assert Licence.of("CC0-1.0").address.endswith("/publicdomain/zero/1.0/")
    assert Licence.of("ask me") == Licence("", "ask me", "", "ask me\n")
    (tmp_path / "large").write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(InputError, match="no text of a licence"):
        Licence.of(str(tmp_path / "large"))


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Doe, Jane", Author("Doe", "Jane")),
        ("Doe, Jane <0000-0002-1825-009X>", Author("Doe", "Jane", "https://orcid.org/0000-0002-1825-009X")),
        ("Jane Doe", Author("Jane Doe")),
        ("Doe,", Author("Doe,")),
        ("<0000-0002-1825-0097>", Author("", "", "https://orcid.org/0000-0002-1825-0097")),
        ("Doe, Jane <jane@x.org>", Author("Doe", "Jane <jane@x.org>")),
    ],
)
def test_authors_are_read(text, author):
    assert Author.of(text) == author


def test_a_day_that_is_none_is_refused(small, tmp_path):
    with pytest.raises(InputError, match="is no date"):
        exported(tmp_path / "d", small, date="2026-02-30")


def test_the_stage_writes_and_says_what_is_missing(small, tmp_path, capsys):
    write_landscape(tmp_path / "landscape.h5", small)
    command = ["export", str(tmp_path / "landscape.h5"), "-o", str(tmp_path / "d")]
    cli.main([*command, "--split-train", "1", "--split-validation", "0", "--authors", "Doe, Jane", "--date", DATE])
    said = capsys.readouterr().out
    assert "12 files" in said
    assert "6 crystals in train" in said
    assert "name: licence, publisher" in said
    assert {row["split"] for row in rows_of(tmp_path / "d")} == {"train"}
    with pytest.raises(SystemExit) as ended:
        cli.main(command)
    assert ended.value.code == cli.EXIT_BAD_INPUT
    assert "is there already" in capsys.readouterr().err
