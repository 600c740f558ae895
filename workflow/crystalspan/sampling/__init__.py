"""Sampling: a rigid molecule in, quasi-random crystals of one space group out, minimised and without duplicates.

In comes ``MOLECULE.json`` (name, symbols, positions, charges) and the section ``sampling``; out go databases in
mol-CSPy's SQLite layout, ``M/G/sample.db`` of one space group and ``M/sampled.db`` of all groups without duplicates:
what a CSP program would have written, read again by ``formats``. A trial is a function of molecule, space group and
trial number alone: any number of ranks finds the same crystals.

For the rooms that come after::

    from crystalspan.sampling.trials import random_crystals

    cells, fractional, trials = random_crystals(molecule, 14, range(1, 101))    # loose packings, not minimised

Inside: ``packing`` prepares a molecule in a group (atom types, operations, basis of the cell), ``potential`` has the
exp-6 potential's numbers, ``trials`` turns Sobol points into crystals and minimises them (kernels in ``_trials``,
``_energy`` and ``_minimise``), ``sampler`` shares the trials over ranks, ``database`` writes and reads, ``crystals``
and ``duplicates`` find crystals that are the same.
"""
