"""Dimension: how many dimensions a set of structures spans, by every estimator and criterion, beside controls.

In come all ``descriptors.h5`` of a molecule, its ``landscape.h5`` (for controls made of crystals) and the sections
``points``, ``components`` and ``dimension``; out goes ``M/dimension.h5``: of each set ``G/WINDOW`` and its controls
estimates with errors and validity, component counts with intervals, curves against the number of structures, local
dimensions.

For the rooms that come after::

    from crystalspan.dimension.analysis import analyse, dimension_settings
    from crystalspan.dimension.file import read_dimensions

    found = analyse(values, settings)                  # everything about one matrix of points
    read_dimensions(paths)                             # list of PopulationDimension: .analysis, .controls

Inside: ``estimators`` is a room of its own; ``analysis`` says everything of one set of structures, ``resampling`` how
counts depend on the number of structures; ``controls`` are clouds whose structure is known and ``control_sets`` those
of one set; ``molecule`` goes through all sets of a molecule, shared over ranks. ``tables``, ``figure``,
``figure_scale`` and ``words`` say what the files hold, and what the files of ``jacobian`` hold, beside each other.
"""
