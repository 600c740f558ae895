"""Maps: structures in two dimensions by linear and curved methods beside each other, each with what it keeps.

In come all ``descriptors.h5`` of a molecule and the section ``maps``; out goes ``M/maps.h5``: for each set of
structures ``G/WINDOW`` and each method coordinates, measures of what the map keeps, settings and a flag; and, from the
scores in ``spectra.h5``, a file of what the map of the two leading components keeps.

For the rooms that come after::

    from crystalspan.maps.embeddings import structure_map
    from crystalspan.maps.file import read_maps

    read_maps(paths)                                   # list of MappedPopulation: .maps, .id, .relative_energy
    structure_map(points, "isomap", settings)          # .coordinates, .quality, .flag, .note

``embeddings`` makes and judges one map (a new method is a function there and a name in `METHODS`), ``molecule`` all of
a molecule, ``leading`` judges that of the two leading components; ``file``, ``table``, ``figure`` (the map that
``spectra.h5`` holds) and ``figure_grid`` (methods side by side).
"""
