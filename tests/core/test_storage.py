"""HDF5 files: what is written comes back, and nothing else is believed."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from crystalspan.errors import InputError
from crystalspan.landscape.file import read_landscape
from crystalspan.spectra.file import read_spectra
from crystalspan.storage import Array, Group, Layout, new_file, open_file, sealed, stage_of
from stored_files import KINDS, contents, seal, unsealed, written

every_kind = pytest.mark.parametrize("kind", KINDS)
PACKAGE = Path(__file__).resolve().parents[2] / "workflow" / "crystalspan"


@pytest.fixture
def patience():
    """A test that hangs ends."""
    signal.alarm(60)
    yield
    signal.alarm(0)


def test_no_module_but_storage_opens_hdf5():
    others = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "storage"]
    assert len(others) > 100
    assert [
        path.name for path in others if re.search(r"^\s*(import h5py|from h5py)|h5py\.File\(", path.read_text(), re.M)
    ] == []


@every_kind
def test_the_same_work_gives_the_same_bytes_at_another_time(kind, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = written(kind, tmp_path / "one")
    time.sleep(1.1)
    two = written(kind, tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


@every_kind
def test_a_file_says_of_what_stage_it_is_and_how_it_was_made(kind, tmp_path):
    path = written(kind, tmp_path)
    assert stage_of(path) == kind
    with h5py.File(path) as file:  # any HDF5 program reads it
        assert file.attrs["stage"] == kind.encode()
    for other in KINDS:
        if other != kind:
            with pytest.raises(InputError, match=f"one that {kind} wrote\n  remedy: give a file that {other} wrote"):
                contents(other, path)


@every_kind
def test_a_flipped_byte_is_found(kind, tmp_path):
    path = written(kind, tmp_path)
    data = path.read_bytes()
    # All of what HDF5 and the seal say of the file in the beginning and the end, and every 37th byte between.
    places = sorted({*range(200), *range(200, len(data), 37), *range(len(data) - 60, len(data))})
    for place in places:
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :])
        message = "" if place < 8 else "delete it and run the same command"
        with pytest.raises(InputError, match=f"(?s){re.escape(str(path))}.*{message}"):
            contents(kind, path)


def test_a_flipped_byte_is_found_in_every_block_of_a_large_file(tmp_path):
    path, layout = tmp_path / "x.h5", Layout("x", "x file", Group({"a": Array("float64", ("n", 1000))}))
    values = np.random.default_rng(0).random((300, 1000))
    with new_file(path, layout, {}) as file:
        file.put("a", values)
    data = path.read_bytes()
    for place in range(sealed.BLOCK, len(values) * 8000, 100_003):  # the first block holds HDF5's own records
        path.write_bytes(data[:place] + bytes([data[place] ^ 64]) + data[place + 1 :])
        with pytest.raises(InputError, match=r"changed after it was written \(bytes"), open_file(path, layout) as file:
            file["a"]
        with open_file(path, layout) as file:  # rows whose blocks are whole are read
            row = (place // 8000 + 150) % 300
            assert np.array_equal(file.read("a", slice(row, row + 1)), values[row : row + 1])


@every_kind
def test_a_truncated_file_is_found(kind, tmp_path):
    path = written(kind, tmp_path)
    data = path.read_bytes()
    for length in (8, 100, len(data) // 2, len(data) - 100, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(InputError, match="(?s)cut short.*delete it and run the same command"):
            contents(kind, path)
    path.write_bytes(data + b"x")
    with pytest.raises(InputError, match="cut short, was changed"):
        contents(kind, path)


def test_words_in_another_order_and_blocks_in_another_order_are_found():
    words = np.random.default_rng(0).integers(0, 2**63, 2 * sealed.BLOCK // 8, dtype=np.uint64)
    first, second = sealed.checksums(words.tobytes())
    assert first != second
    for one, other in ((0, 1), (0, 256), (300, 20_000)):
        swapped = words.copy()
        swapped[[one, other]] = swapped[[other, one]]
        assert sealed.checksums(swapped.tobytes())[0] != first


# What a stranger may put in place of a dataset of a landscape, and what is said of it.


def _external(file, path):
    del file["lattice_energy"]
    file.create_dataset("lattice_energy", (8,), "<f8", external=[(str(path), 0, 64)])


def _virtual(file, path):
    del file["lattice_energy"]
    layout = h5py.VirtualLayout((8,), "<f8")
    layout[:] = h5py.VirtualSource(str(path), "x", (8,))
    file.create_virtual_dataset("lattice_energy", layout)


def _virtual_without_end(file, path):
    del file["lattice_energy"]
    layout = h5py.VirtualLayout((8,), "<f8", maxshape=(None,))
    source = h5py.VirtualSource(str(path), "x", (8,), maxshape=(None,))
    layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
    file.create_virtual_dataset("lattice_energy", layout)


def _link(link):
    def change(file, path):
        del file["lattice_energy"]
        file["lattice_energy"] = link(path)

    return change


def _instead(name, *arguments, **options):
    def change(file, path):
        del file[name]
        file.create_dataset(name, *arguments, **options)

    return change


def _entry(name, place, value):
    def change(file, path):
        file[name][place] = value

    return change


def _twice(file, path):
    del file["relative_energy"]
    file["relative_energy"] = file["lattice_energy"]


def _loop(file, path):
    del file["settings"]
    file["settings"] = file["/"]


def _group(file, path):
    del file["density"]
    file.create_group("density")


def _dataset(file, path):
    del file["settings"]
    file["settings"] = 1.0


def _attribute(value, dtype=None):
    def change(file, path):
        del file.attrs["settings"]
        file.attrs.create("settings", value, dtype=dtype)

    return change


HOSTILE = {
    "data in another file": (_external, "do not lie in it"),
    "data of another file": (_virtual, "do not lie in it"),
    "data of another file without end": (_virtual_without_end, "do not lie in it"),
    "soft link": (_link(lambda path: h5py.SoftLink("/density")), "a link to something else"),
    "soft link to itself": (_link(lambda path: h5py.SoftLink("/lattice_energy")), "a link to something else"),
    "link to another file": (_link(lambda path: h5py.ExternalLink(str(path), "x")), "a link to something else"),
    "same thing twice": (_twice, "stands in two places"),
    "group that holds itself": (_loop, "stands in two places"),
    "group for a dataset": (_group, "density is no dataset"),
    "dataset for a group": (_dataset, "settings/offset is missing"),
    "10^12 by fill value": (_instead("lattice_energy", (10**12,), "<f8", fillvalue=1.0), "does not fit|less data"),
    "all 10^12 by fill value": (
        lambda file, path: [
            _instead(name, (10**12, *file[name].shape[1:]), file[name].dtype)(file, path)
            for name in list(file)
            if name not in ("settings", "reference", "atom_offset", "fractional", "atomic_number", "molecule")
        ],
        "less data",
    ),
    "compressed": (_instead("density", data=np.ones(8), compression=9), "do not lie in it"),
    "in pieces": (_instead("density", data=np.ones(8), chunks=(4,)), "do not lie in it"),
    "another type": (_instead("density", data=np.ones(8, "<f4")), "density is not of the type float64"),
    "text for numbers": (_instead("density", data=["a"] * 8), "density is not of the type"),
    "text of any length": (_instead("id", data=["a"] * 8, dtype=h5py.string_dtype()), "id is not of the type text"),
    "another shape": (_instead("cell", data=np.ones((8, 7))), r"cell has the shape \(8, 7\)"),
    "more dimensions": (_instead("density", data=np.ones((8, 1))), "density has 2 dimensions"),
    "no shape": (_instead("density", data=1.0), "density has no shape|do not lie in it"),
    "another number of rows": (_instead("density", data=np.ones(7)), r"density has the shape \(7,\)"),
    "NaN": (_entry("relative_energy", 3, np.nan), "relative_energy holds numbers that are not finite"),
    "infinity": (_entry("cell", (2, 1), np.inf), "cell holds numbers that are not finite"),
    "negative offset": (_entry("atom_offset", 0, -3), "atom_offset holds -3, less than 0"),
    "large offset": (_entry("atom_offset", 8, 10**15), "atom_offset holds 1000000000000000"),
    "falling offset": (_entry("atom_offset", 3, 0), "atom_offset holds numbers that fall"),
    "setting that is none": (_entry("setting", 1, 2), "setting holds 2, which should be less than 2"),
    "space group 231": (_entry("space_group", 1, 231), "space_group holds 231"),
    "atom that is none": (_entry("reference/automorphisms", (0, 0), 3), "automorphisms holds 3"),
    "no UTF-8": (_entry("id", 1, b"\xff\xfe"), "id: 'utf-8' codec"),
    "missing dataset": (lambda file, path: file.__delitem__("density"), "density is missing"),
    "missing attribute": (lambda file, path: file.attrs.__delitem__("molecule"), "attribute molecule is missing"),
    "attribute of any length": (_attribute("{}"), "attribute settings is not JSON"),
    "attribute of numbers": (_attribute(np.ones(3)), "attribute settings is not JSON"),
    "attribute that is no JSON": (
        _attribute(np.bytes_("{"), h5py.string_dtype("utf-8", 1)),
        "not a valid landscape file",
    ),
    "attribute too deep": (
        _attribute(np.bytes_("[" * 60_000), h5py.string_dtype("utf-8", 60_000)),
        "not a valid landscape file",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_strangers_file_is_refused_and_leads_nowhere(case, tmp_path, patience):
    change, message = HOSTILE[case]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # whoever opens it waits for ever
    path = written("landscape", tmp_path)
    with unsealed(path) as file:
        change(file, pipe)
    tracemalloc.start()
    with pytest.raises(InputError, match=message) as refused:
        read_landscape(path)
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()
    assert str(path) in str(refused.value)


def test_groups_that_share_their_data_are_refused(tmp_path):
    """Nine hundred links to a group take 20 bytes each, and would take nine hundred times its memory."""
    path = written("pca", tmp_path)
    with unsealed(path) as file:
        for i in range(900):
            file[f"14/more-{i}"] = file["14/0-20"]
    with pytest.raises(InputError, match="stands in two places"):
        read_spectra([path])


def test_data_that_lie_on_top_of_each_other_are_refused(tmp_path):
    """The address of one dataset is written over that of another of the same size."""
    path, layout = tmp_path / "x.h5", Layout("x", "x file", Group({"*": Array("float64", ("n",))}))
    values = np.arange(4000.0)
    with new_file(path, layout, {}) as file:
        for i in range(20):
            file.put(f"a{i:02}", values + i)
    with unsealed(path) as file:
        places = {name: file[name].id.get_offset() for name in file}
        del file["a01"]
    data = path.read_bytes()
    assert len(set(places.values())) == 20
    for place in list(places.values())[2:]:
        data = data.replace(place.to_bytes(8, "little"), places["a00"].to_bytes(8, "little"))
    seal(path, data[: data.rindex(b"CrystalSpan seal 1")])
    with pytest.raises(InputError, match="x file"), open_file(path, layout) as file:
        list(map(file.read, file.names))


@pytest.mark.parametrize("what", ["pipe", "folder", "device", "nothing", "empty"])
def test_what_is_no_file_is_refused(what, tmp_path, patience):
    path = tmp_path / "landscape.h5"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "device":
        path = Path("/dev/zero")
    elif what == "empty":
        path.touch()
    with pytest.raises(InputError, match="no regular file|no such file|is a directory|Is a directory|begin as an HDF5"):
        read_landscape(path)


@every_kind
@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.8, 0.95, 0.999])
def test_a_full_disk_is_one_error_and_leaves_nothing(kind, share, tmp_path, monkeypatch):
    usual, written_bytes, room = os.pwrite, [0], [np.inf]

    def pwrite(handle, data, at):
        if room[0] <= written_bytes[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        n = usual(handle, data[: int(min(len(data), room[0] - written_bytes[0]))], at)
        written_bytes[0] += n
        return n

    monkeypatch.setattr(os, "pwrite", pwrite)
    whole = written(kind, tmp_path)
    before = whole.read_bytes()
    room[0] = int(written_bytes[0] * (1 + share))
    with pytest.raises(OSError, match="No space left") as failed:
        written(kind, tmp_path)
    assert failed.value.errno == errno.ENOSPC
    assert {path.name for path in tmp_path.iterdir()} <= {whole.name, "d.h5"}
    assert whole.read_bytes() == before


MEET_DAMAGE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import stored_files
folder, kept = Path(sys.argv[2]), []
for kind in stored_files.KINDS:
    path = stored_files.written(kind, folder)
    data = path.read_bytes()
    for place in (9, 60, *range(100, len(data), 997)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            stored_files.contents(kind, path)
        except Exception as error:
            kept.append(error)
import os, errno
from crystalspan.storage import sealed
def pwrite(handle, data, at, usual=os.pwrite):
    if at > 2000:
        raise OSError(errno.ENOSPC, "No space left on device")
    return usual(handle, data, at)
os.pwrite = pwrite
for kind in stored_files.KINDS:
    try:
        stored_files.written(kind, folder)
    except Exception as error:
        kept.append(error)
print(len(kept))
"""


@pytest.mark.slow
def test_a_process_that_met_damage_and_full_disks_ends_as_any_other(tmp_path):
    """HDF5 closes what is left when the interpreter has ended; it must not find anything that Python made."""
    words = [sys.executable, "-c", MEET_DAMAGE, str(Path(__file__).parents[1]), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 100


@pytest.mark.parametrize("length", [0, 1, 4096, 2**13])
def test_text_of_any_letters_comes_back(length, tmp_path):
    path, layout = tmp_path / "x.h5", Layout("x", "x file", Group({"a": Array("text", ("n",))}, {"b": str}))
    texts = ["ä€😀"[i % 3] * length for i in range(4)]
    with new_file(path, layout, {}, b=texts[2]) as file:
        file.put("a", texts)
    with open_file(path, layout) as file:
        assert file["a"].tolist() == texts
        assert file.read("a", slice(2, 3)).tolist() == texts[2:3]
        assert file.attributes["b"] == texts[2]


def test_a_text_that_would_fill_the_file_with_padding_is_refused(tmp_path):
    layout = Layout("x", "x file", Group({"a": Array("text", ("n",))}))
    with pytest.raises(InputError, match="a text of 100000 bytes"), new_file(tmp_path / "x.h5", layout, {}) as file:
        file.put("a", ["a", "b" * 100_000])
    assert list(tmp_path.iterdir()) == []
