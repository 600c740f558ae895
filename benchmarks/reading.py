"""From the text that a CSP program wrote to a landscape file, beside what other programs do with the same crystals.

Ours reads the text, completes and matches molecules, checks densities, contacts and voids, and writes the file. The
others only parse; of them chmpy alone reads the .res files, the rest get the same crystals as CIF. Each of them gets
the text in memory, ours files.
"""

import tempfile
import warnings
from pathlib import Path

from benchmarks.comparison import Comparison, cpu_seconds, in_turn, skipped
from benchmarks.data import as_cif, mixed, moved, sampled, written
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.file import write_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults

RATE = 5000.0  # structures a second and core


def measure(quick: bool = False) -> list[Comparison]:
    """Measure the rate from each kind of source, then the ratios to other programs on a part."""
    n, rounds = (1000, 2) if quick else (5000, 3)
    found = [_rate(kind, n, rounds) for kind in ("zip", "folder", "database")]
    few = mixed(sampled(), 60)
    texts = [row.text for row in moved(few, len(few))]
    cifs = [as_cif(few, i) for i in range(len(few))]
    ours = _ours(written(n, "zip"))
    for name, make, given, note in (
        ("chmpy, .res", chmpy_res, texts, "parses; no energies"),
        ("chmpy, .res and molecules", chmpy_molecules, texts, "parses and finds the molecules by their bonds"),
        ("gemmi, CIF", gemmi_cif, cifs, "parses, atoms of the cell; does not read .res; no molecules, no checks"),
        ("ase, CIF", ase_cif, cifs, "parses, atoms of the cell; cannot read these .res; no molecules, no checks"),
        (
            "pymatgen, CIF",
            pymatgen_cif,
            cifs,
            "parses, atoms of the cell; refuses these .res; no molecules, no checks",
        ),
    ):
        name = f"reading / {name}"
        try:
            found.append(_compared(name, ours, n, make(given), len(given), rounds, note))
        except Exception as error:
            found.append(skipped(name, error))
    return found


def _ours(source):
    # The others do not look for duplicates either.
    settings = CheckSettings.of_section(with_defaults({"duplicates": {"method": "none"}}, "landscape"))

    def work():
        landscape, rejected, _ = build_landscape("anti-BDT", [source], settings)
        with tempfile.TemporaryDirectory() as folder:
            write_landscape(Path(folder) / "landscape.h5", landscape)
        return len(landscape), len(rejected)

    return work


def _rate(kind, n, rounds) -> Comparison:
    work = _ours(written(n, kind))
    accepted, rejected = work()
    times = [cpu_seconds(work) / n for _ in range(3 * rounds)]
    return Comparison(
        f"reading / .res to landscape file, {kind}",
        unit="structures/s",
        values=[1 / seconds for seconds in times],
        target=RATE,
        ours=times,
        sizes={"structures": n, "accepted": accepted, "rejected": rejected},
        note="one core; molecules completed and matched, all checks, HDF5 written",
    )


def _compared(name, ours, n, other, n_other, rounds, note) -> Comparison:
    timed = in_turn(ours, other, rounds, n)
    timed["other"] = [seconds * n / n_other for seconds in timed["other"]]
    timed["values"] = [b / a for a, b in zip(timed["ours"], timed["other"], strict=True)]
    return Comparison(name, sizes={"structures, ours": n, "structures, other": n_other}, note=note, **timed)


def chmpy_res(texts):
    """Parse .res text with chmpy."""
    from chmpy.crystal import Crystal

    return lambda: [Crystal.from_shelx_string(text) for text in texts]


def chmpy_molecules(texts):
    """Parse .res text with chmpy and find the molecules: the nearest to what ours does."""
    from chmpy.crystal import Crystal

    return lambda: [Crystal.from_shelx_string(text).symmetry_unique_molecules() for text in texts]


def gemmi_cif(texts):
    """Parse CIF text with gemmi."""
    import gemmi

    def read(text):
        small = gemmi.make_small_structure_from_block(gemmi.cif.read_string(text).sole_block())
        return small.get_all_unit_cell_sites()

    return lambda: [read(text) for text in texts]


def ase_cif(texts):
    """Parse CIF text with ase."""
    import io

    from ase.io.cif import read_cif

    return lambda: [list(read_cif(io.StringIO(text), index=0)) for text in texts]


def pymatgen_cif(texts):
    """Parse CIF text with pymatgen."""
    from pymatgen.io.cif import CifParser

    # It warns about every file that coordinates are rounded and formulas not stated.
    warnings.simplefilter("ignore", UserWarning)
    return lambda: [CifParser.from_str(text).parse_structures(primitive=False) for text in texts]
