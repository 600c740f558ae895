"""Landscapes: what a CSP program wrote, read, checked and put into one HDF5 file per molecule.

For the rooms that come after::

    from crystalspan.landscape.io import Selection, read_landscape

    landscape = read_landscape("results/syn-BDT/landscape.h5", Selection(space_groups=[14], shell=(0, 10)))
    len(landscape), landscape.id, landscape.relative_energy        # rows sorted by lattice energy
    crystal = landscape.structure(0)                               # cell, operations, atoms of one row
    landscape.subset(mask)                                         # any other choice of rows

Inside: ``checks`` with its kernels in ``_checks``, ``matching`` (the reference molecule), ``build`` (sources to
``Landscape`` and rejected structures), ``io`` (the file). The readers of CSP programs' files are in ``formats``.
"""
