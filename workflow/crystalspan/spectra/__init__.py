"""Spectra: principal components of the descriptors of a set of structures, of any size, and how many are needed.

In come ``descriptors.h5`` files of one molecule and the sections ``points`` and ``spectra``; out goes ``spectra.h5``
with a group ``G/WINDOW`` for each set of structures: eigenvalues (with errors where they are estimates), singular
values, leading scores and loadings. From these and the section ``components`` comes ``components.h5``: the number of
components by every criterion.

For the rooms that come after::

    from crystalspan.spectra.file import read_spectra
    from crystalspan.spectra.pca import spectrum
    from crystalspan.spectra.components import components_to_reach

    stored = read_spectra(paths, points=False)         # without what is kept of each structure
    found = spectrum(joined.select(window="0-10"), settings)
    components_to_reach(found.eigenvalues, 0.8, found.total_variance)

Inside: ``plan`` decides method and block size, ``rows`` prepares, centres and scales blocks, ``exact`` (with
``eigenpairs`` of large matrices) and ``randomized`` decompose, ``pca`` joins them; ranks share the rows. Counts are in
``components``, with bounds where only the leading eigenvalues are known in ``leading``, of stored spectra and in a file
by ``counted``, against permuted columns in ``parallel_analysis``. ``comparison`` cuts a landscape to the published
study's numbers of structures, ``comparison_file`` keeps that, ``comparison_table`` and ``comparison_figure`` show it,
as ``tables`` and ``figures`` show the spectra; they decompose nothing.
"""
