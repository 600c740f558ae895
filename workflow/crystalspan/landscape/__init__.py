"""Landscapes: what a CSP program wrote, read, checked and put into one HDF5 file per molecule.

For the rooms that come after::

    from crystalspan.landscape.file import Selection, read_landscape

    landscape = read_landscape("results/syn-BDT/landscape.h5", Selection(space_groups=[14], shell=(0, 10)))
    len(landscape), landscape.id, landscape.relative_energy        # rows sorted by lattice energy
    crystal = landscape.structure(0)                               # cell, operations, atoms of one row
    landscape.subset(mask)                                         # any other choice of rows

A structure lists q molecules, each whole and in the reference's atom order, one after the other; its operations place
every one of them equally often (`crystalspan.crystallography.completion` says how they are chosen). q is 1 for Z' <= 1
almost always, Z' for whole numbers, and more where molecules on general and special positions meet (3 for Z' = 3/2).

Inside: ``build`` goes from sources to `Landscape` and rejected structures by way of ``checks``, ``reference`` (the
molecule that all must hold), ``matching`` (each molecule compared with it, conformers), ``molecules`` (all structures
at once; kernels in ``_checks``) and ``duplicates``; ``settings`` is its section of the configuration, ``file`` the HDF5
file. The readers of CSP programs' files are in ``formats``.
"""
