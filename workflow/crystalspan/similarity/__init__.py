"""Which crystals of a landscape are the same packing, relatives, or known forms.

In: a landscape (`crystalspan.landscape.file.Landscape`), files of measured crystals, descriptors, maps. Out: the file
of known forms (``known_file``, stage match) and that of similarities (``file``, stage similarity), their tables,
figures and words. For the rooms that come after::

    from crystalspan.similarity.file import read_similarities
    (found,) = read_similarities(["similarity.h5"])      # found.motifs, found.populations[0].recalls, .relatives

    from crystalspan.similarity.known_file import marks, read_known_forms
    marks(read_known_forms(["known_forms.h5"]))          # label, id, energy, density of each crystal that is one

Without files::

    from crystalspan.similarity.packings import packings
    from crystalspan.crystallography.overlay import overlays

    crystals = packings(landscape)                       # molecules of every cell, Cartesian, without hydrogen
    found = overlays(crystals, 0, crystals)              # crystal 0 over all: found.matched of 15, found.rmsd

    from crystalspan.similarity.duplicates import duplicates_of
    duplicates_of(landscape).same_as                     # row that each crystal equals, its own when unique

    from crystalspan.similarity.known_forms import match_known_forms
    known, rejected = match_known_forms(landscape, ["form-I.cif"])     # known[0].best.rank, .matched, .rmsd

    from crystalspan.similarity.relatives import recall_of_coordinates, shared_molecules
    shared = shared_molecules(crystals, range(161))      # the lowest ones as queries; 0.02 to 0.08 ms a pair
    recall_of_coordinates(coordinates, shared)           # for a map, a descriptor or a latent space

Inside: the overlay itself is `crystalspan.crystallography.overlay`, in kernels of our own, on what ``packings`` lays
out of a landscape; no other program is needed. On 2,219 pairs of real crystals it matches as many molecules as oxtalign
0.1.0 in 96.7 %, more in 2.4 % and fewer in 0.9 %, in a hundredth of its time. Where it matches fewer, oxtalign mostly
pairs atoms whose bonds differ; RMSDs of complete matches agree within 0.012 angstrom. ``distances`` (mean neighbour
distances of an element or of all, pointwise distance distributions and their earth mover's distance) and ``powder``
(patterns, de Gelder's cross-correlation) are coarser measures. ``duplicates`` (the rule is in
`crystalspan.crystallography.repeats`, for the rooms below this one), ``known_forms`` and ``relatives`` answer the
questions, and ``kept`` asks the last one of every measure; ``motif`` names the packing of flat molecules and is
experimental.
"""
