"""Export: a landscape as a folder that a group deposits with its paper.

In come ``M/landscape.h5`` and, where there are any, descriptors, spectra, similarities, the page of the crystals and
the list of the rejected; the section ``export``. Out goes a folder of plain files that appears when it is complete:
CIFs in ``structures.zip``, ``structures.csv``, extended XYZ, HDF5, checksums, and the metadata that repositories read.

    from crystalspan.export.folder import Given, write_export

    write_export("deposit", landscape, settings["export"], Given(descriptors=["descriptors.h5"]))

The way back is the reader that reads everybody's CIFs: ``python -m crystalspan landscape deposit/structures.zip``.

Inside: ``names`` makes ids that are harmless in every format, ``split`` gives each crystal its part, ``columns`` says
what stands in ``structures.csv`` (and so in its descriptions), ``cif`` and ``xyz`` write crystals, ``about`` holds what
is said of the whole; ``croissant``, ``datacite``, ``ro_crate``, ``optimade`` and ``words`` say it to machines and
people; ``copies`` takes in files of other stages, ``folder`` puts all together.
"""
