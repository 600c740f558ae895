"""Descriptors: the surroundings of every atom as a vector of fixed length, by symmetry functions.

In comes a slice of ``M/landscape.h5`` (space groups, energy shell) and the section ``descriptor``; out goes
``M/G/SHELL/descriptors.h5``: a row a structure, atoms x values, with the labels of the columns, ids and energies.

For the rooms that come after::

    from crystalspan.descriptors.compute import describe_crystals
    from crystalspan.descriptors.crystals import Crystals
    from crystalspan.descriptors.file import DescriptorFile
    from crystalspan.descriptors.featurize import describe_landscape
    from crystalspan.descriptors.parameters import columns, symmetry_functions

    functions = symmetry_functions(settings)           # the validated section: presets resolved
    describe_landscape(landscape, functions)           # (n, n_atoms * values): a row a structure
    describe_crystals(functions, elements, Crystals.of_landscape(landscape))       # (N, values): a row an atom
    file = DescriptorFile("descriptors.h5")            # labels and records; read() gives rows, in pieces

A row belongs to the molecule, not to the asymmetric unit: of several listed molecules it is the mean
(``independent_molecules``). Several files are joined, pooled and scaled in ``points``, not here.

Inside: ``parameters`` are the functions, the labels of their columns and the kernel's constants; ``crystals`` are the
arrays that the kernel takes, ``compute`` is the door to it (``_kernel``, with ``_surroundings``, ``_neighbours``,
``_angular``, ``_elementary``; ``_vector`` is the only module with LLVM instructions); ``featurize`` is the stage,
shared over ranks; ``soap`` describes by the library dscribe; ``functions`` are the formulas as printed, drawn by
``figure``.
"""
