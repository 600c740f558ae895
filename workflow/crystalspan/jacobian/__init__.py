"""Jacobian: which of a crystal's degrees of freedom its descriptor sees, by the rank of the descriptor's derivative.

In come ``M/landscape.h5`` and the sections ``jacobian``, ``descriptor`` and ``points`` (pooling and order of the
atoms); out goes ``M/jacobian.h5``: rank, flag and singular values, crystal by crystal.

For the rooms that come after::

    from crystalspan.jacobian.file import read_local_dimensions
    from crystalspan.jacobian.rank import descriptor_jacobian, local_dimension

    found = read_local_dimensions("results/syn-BDT/jacobian.h5")       # found.structures, .space_group, ...
    jacobian, correction = descriptor_jacobian(structure, directions, functions, elements, step)

``rank`` takes differences along the directions of ``freedom`` and judges singular values and the reasons of weak ones;
``file`` is its file. Tables and figures of ranks stand beside those of the estimates, in ``dimension``.
"""
