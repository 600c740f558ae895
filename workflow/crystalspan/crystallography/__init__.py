"""Cells, space groups, molecules and powder patterns: what every other room knows about crystals.

In come arrays and names (cells in angstrom and degrees, fractional coordinates, symbols of groups and elements), out go
arrays and small records. Nothing here knows of files, stages or settings but the rigid molecule's JSON file.

For the rooms that come after::

    from crystalspan.crystallography.cell import cell_matrix, cell_parameters, density, volume
    from crystalspan.crystallography.space_groups import number_from_symbol, operations, symbol

    cell_matrix([5, 6, 7, 90, 100, 90])                # edge vectors as rows, a along x; many cells at once, too
    rotations, translations = operations(14)           # standard setting, identity first, centring included
    number_from_symbol("P21/c"), symbol(14)            # 14, 'P21/c'

``lattices`` has the algebra of operations (LATT codes, products), ``symmetry`` finds the operations of a cell,
``completion`` grows whole molecules along bonds and says which operations place each of them equally often,
``molecules`` has the rigid `Molecule`, bonding graphs and their mappings onto each other, ``elements`` symbols, labels,
formulas and isotopes, ``metric`` says whether a cell fits its operations, ``freedom`` counts free parameters by the
characters of operations, and ``fingerprints`` and ``powder`` tell equal crystals. Kernels are in ``_completion``,
``_isomorphisms``, ``_fingerprints`` and ``_powder``.
"""
