"""One small file of every kind that is stored as HDF5, the reader of each, and ways to spoil them."""

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from crystalspan.descriptors.file import DescriptorFile
from crystalspan.dimension.analysis import Analysis, RarefiedEstimate
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.file import AnalysedControl, PopulationDimension, read_dimensions, write_dimensions
from crystalspan.dimension.resampling import CountInterval, RarefiedCount
from crystalspan.formats.records import Rejection
from crystalspan.jacobian.file import read_local_dimensions, write_local_dimensions
from crystalspan.jacobian.rank import LocalDimension
from crystalspan.landscape.file import read_landscape, write_landscape
from crystalspan.latent.basins import Basin, BasinRecord
from crystalspan.latent.bottleneck import Curve, Knee
from crystalspan.latent.codes import CodedStructures, Codes
from crystalspan.latent.file import read_latent, write_latent
from crystalspan.latent.making import MadeCrystal, Making
from crystalspan.latent.making_file import read_makings, write_makings
from crystalspan.latent.molecule import MoleculeLatent
from crystalspan.latent.unseen import Unseen
from crystalspan.maps.embeddings import StructureMap
from crystalspan.maps.file import MappedPopulation, read_maps, write_maps
from crystalspan.maps.leading import LeadingMap, read_leading_maps, write_leading_maps
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.imbalance import ImbalancePoint
from crystalspan.provenance import provenance
from crystalspan.scan.file import DescriptorScan, read_scan, write_scan
from crystalspan.scan.scan import ScannedSet
from crystalspan.settings import with_defaults
from crystalspan.similarity.file import CrystalMotif, read_similarities, write_similarities
from crystalspan.similarity.kept import KeptSimilarity, MeasuredRecall, RelativePair
from crystalspan.similarity.known_file import KnownForms, read_known_forms, write_known_forms
from crystalspan.similarity.known_forms import KnownForm, MatchedCrystal
from crystalspan.spectra.counted import CountedComponents, read_components, write_components
from crystalspan.spectra.file import new_spectrum_file, read_spectra
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import spectrum_settings
from crystalspan.storage.sealed import SealedInput, SealedOutput
from descriptor_files import embedding, write_descriptors
from random_crystals import random_landscape

_ESTIMATE = Estimate("two-nn", 2, 3.25, 0.5, np.nan, 40, 1, 0.125, 6.0, True, "", "10.1038/s41598-017-11873-y")
_COUNT = CountInterval("variance", 0.8, 7.0, 0.5, 6.0, 8.0)


def _write_landscape(path):
    made = random_landscape((2, 14), 4, n_atoms=3)
    write_landscape(path, replace(made, provenance=provenance("landscape", {"strict": False})))


def _write_descriptors(path):
    write_descriptors(path, embedding(6, 2, 8), np.arange(6.0))


def _write_spectra(path):
    descriptors = path.parent / "d.h5"
    write_descriptors(descriptors, embedding(6, 2, 8), np.arange(6.0))
    joined = JoinedDescriptors([descriptors])
    with new_spectrum_file(path, provenance("pca", {"scaling": "none"})) as writer:
        for window in ("0-10", "0-20"):
            labels = {"molecule": "toy", "space_group": "14", "window": window}
            writer.add(spectrum(joined, spectrum_settings(with_defaults({}))), joined, labels)
    descriptors.unlink()


def _analysis():
    return Analysis(
        6, 8, 6, 6, [_ESTIMATE], [_COUNT], [RarefiedCount("variance", 0.8, 3, 2.0, np.nan, 1)],
        [RarefiedEstimate("two-nn", 2, 3, 2.5, 0.5, 4)], [ImbalancePoint(1, 0.5, 0.25)],
        {("two-nn", 2): np.random.default_rng(0).random(6), ("mle", 10): np.full(6, np.nan)},
    )  # fmt: skip


def _write_dimension(path):
    controls = [AnalysedControl("normal", 3.0, "", _analysis()), AnalysedControl("displaced", np.nan, "too few", None)]
    one = PopulationDimension("toy", "14", "0-10", np.array(list("abcdef")), np.arange(6.0), _analysis(), controls)
    other = PopulationDimension("toy", "all", "0-10", np.array(["ä"]), np.zeros(1), None, [])
    write_dimensions(path, [one, other], provenance("dimension", {}))


def _write_jacobian(path):
    found = [
        LocalDimension(f"c{i}", 6, 6, 6, 0, 0, np.random.default_rng(0).random(5 + i), 1e-9, 1e6, "full")
        for i in range(3)
    ]
    write_local_dimensions(path, "toy", found, np.array([2, 14, 2]), np.arange(3.0), provenance("jacobian", {}))


def _write_maps(path):
    maps = [
        StructureMap(
            "pca",
            "ok",
            "",
            np.random.default_rng(0).random((6, 2)),
            {"trustworthiness": 0.75, "pairs": 12},
            {"neighbours": 5},
        ),
        StructureMap("isomap", "few", "too few", np.empty((6, 0)), {}, {}),
    ]
    one = MappedPopulation("toy", "14", "0-10", 9, np.array(list("abcdef")), np.arange(6.0), maps)
    write_maps(path, [one], provenance("maps", {}))


def _write_scan(path):
    sets = [ScannedSet("ani-1x", "all", 6, 8, 6, [_ESTIMATE], [_COUNT]), ScannedSet("soap", "14", 1, 8, 1, [], [])]
    write_scan(path, DescriptorScan("toy", "0-10", sets), provenance("scan", {}) | {"repeated": {}})


def _write_components(path):
    rows = [CountedComponents("toy", "14", f"0-{n}", n, "variance", 0.8, 7.0, np.nan, np.nan) for n in (10, 20)]
    write_components(path, rows, provenance("components", {}))


def _write_quality(path):
    maps = [LeadingMap("toy", "14", "0-10", {"trustworthiness": 0.75, "pairs": 12}), LeadingMap("toy", "2", "0-10", {})]
    write_leading_maps(path, maps, provenance("quality", {}))


def _write_known_forms(path):
    best, near = (
        MatchedCrystal(4, 3, "c4", 1.25, 1.3, 15, 0.2),
        MatchedCrystal(9, 7, "c9", 3.5, 1.2, 13, 0.7),
    )
    forms = [
        KnownForm("I", "I.cif", 14, 1.28, best, True, [near]),
        KnownForm("II", "II.cif", 2, 1.2, None, False, []),
    ]
    refused = [Rejection("salt.cif", "block", "another molecule", "leave it out")]
    write_known_forms(path, KnownForms("toy", 15, forms, refused), provenance("match", {}))


def _write_similarity(path):
    recalls = [
        MeasuredRecall("descriptor", "descriptor", 8, "valid", 8, 10, 0.5, 0.25, 0.75, 0.125, 12, 6),
        MeasuredRecall("isomap", "map", 0, "no map", 8, 10, np.nan, np.nan, np.nan, np.nan, 0, 0),
    ]
    told = np.array(list("abcdef")), np.arange(6.0), 2, 15
    one = KeptSimilarity("toy", "14", "0-10", 9, *told, [RelativePair(0, 5, 9), RelativePair(1, 0, 12)], recalls)
    other = KeptSimilarity("toy", "all", "0-10", 1, np.array(["ä"]), np.zeros(1), 1, 15, [], [])
    motifs = [CrystalMotif("a", 0.0, "gamma", 3.4, 1.25, 60.0), CrystalMotif("b", 1.0, "parallel", *[np.nan] * 3)]
    write_similarities(path, "toy", motifs, [one, other], provenance("similarity", {}))


def _write_latent(path):
    rng = np.random.default_rng(0)
    curves = {
        name: Curve(name, np.arange(3, 6), rng.random((rows, 3)), Knee(4, 1.5, np.nan if rows == 1 else 0.25, "ok"))
        for name, rows in (("autoencoder", 2), ("pca", 1), ("normal twin", 1))
    }
    basins = [
        Basin(BasinRecord("c0", 14, 0.0, 4, 4, 0, 30, 0.1, ""), curves),
        Basin(BasinRecord("c1", 2, 1.5, 0, 0, 0, 0, 0.1, "no symmetry found"), {}),
    ]
    unseen = [
        Unseen("toy", "all", "0-20", "minima", 40, 0, 10, "", {"pca": curves["pca"]}),
        Unseen("toy", "14", "0-20", "displaced", 3, 0, 0, "3 structures: fewer than 30", {}),
    ]
    codes = [Codes("autoencoder", rng.random((4, k)), {"overlap": 0.5, "neighbours": 1}) for k in (2, 3)]
    coded = [
        CodedStructures("toy", "14", "0-20", np.array(list("abcd")), np.arange(4.0), "", codes),
        CodedStructures("toy", "all", "0-20", np.array(["ä"]), np.zeros(1), "1 structures: fewer than 30", []),
    ]
    write_latent(path, MoleculeLatent("toy", basins, unseen, coded), provenance("latent", {}))


def _write_generation(path):
    rng = np.random.default_rng(0)
    crystals = [
        MadeCrystal("prior", *rng.random(8), "known", 1, True),
        MadeCrystal("quasi-random", 0.5, 1e3, *[np.nan] * 5, 2.5, "lost", -1, False),
    ]
    about = ("toy", "14", "0-20", 1, 3, 2, 0, 10.0, 1e-14, 0.4, "")
    one = Making(*about, np.arange(3.0), rng.random(3), np.array([False, True, False]), crystals)
    none = np.zeros(0)
    other = Making("toy", "2", "0-20", 1, 0, 0, 4, 10.0, np.nan, np.nan, "few", none, none, none.astype(bool), [])
    write_makings(path, "toy", [one, other], provenance("generate", {}))


def _everything_of_descriptors(path):
    file = DescriptorFile(path)
    values = np.empty((len(file.id), file.n_columns))
    file.read(np.arange(len(values)), values, np.arange(len(values)))
    return [vars(file), values]


# Kind of file: how it is written, and how all of it is read.
KINDS = {
    "landscape": (_write_landscape, read_landscape),
    "featurize": (_write_descriptors, _everything_of_descriptors),
    "pca": (_write_spectra, lambda path: read_spectra([path])),
    "components": (_write_components, lambda path: read_components([path])),
    "quality": (_write_quality, lambda path: read_leading_maps([path])),
    "dimension": (_write_dimension, lambda path: read_dimensions([path])),
    "jacobian": (_write_jacobian, read_local_dimensions),
    "maps": (_write_maps, lambda path: read_maps([path])),
    "match": (_write_known_forms, lambda path: read_known_forms([path])),
    "similarity": (_write_similarity, lambda path: read_similarities([path])),
    "latent": (_write_latent, lambda path: read_latent([path])),
    "generate": (_write_generation, lambda path: read_makings([path])),
    "scan": (_write_scan, read_scan),
}


def written(kind: str, folder: Path) -> Path:
    """Write a small file of a kind."""
    path = folder / f"{kind}.h5"
    KINDS[kind][0](path)
    return path


def contents(kind: str, path: Path) -> str:
    """Everything that is read of a file, as text that shows every bit."""
    with np.printoptions(floatmode="unique", threshold=10**9):
        return repr(KINDS[kind][1](path))


@contextlib.contextmanager
def unsealed(path: Path):
    """Let a sealed file be changed by h5py, and seal it again: what a stranger can do."""
    bare = path.with_suffix(".bare")
    with contextlib.closing(SealedInput(path)) as stream:
        bare.write_bytes(path.read_bytes()[: stream.length])
    with h5py.File(bare, "r+") as file:
        yield file
    seal(path, bare.read_bytes())
    bare.unlink()


def seal(path: Path, data: bytes):
    """Write bytes with a seal that fits them."""
    with contextlib.closing(SealedOutput(path)) as stream:
        stream.write(data)
        stream.seal()


def copy(path: Path, name: str) -> Path:
    """A copy beside a file."""
    return Path(shutil.copy(path, path.with_name(name)))
