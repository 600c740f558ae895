"""Viewer: a page in which the maps and the crystals of a landscape are looked at together.

In come ``M/landscape.h5``, ``M/maps.h5`` and the ``spectra.h5`` of all space groups together, and the section
``viewer``; out goes ``M/explore.html``: one file that needs no network, in which a click on a point shows the crystal;
and a smaller one of the lowest crystals where that is too large for the report.

For the rooms that come after, and for notebooks::

    from crystalspan.viewer.notebook import explore

    explore("results/syn-BDT/landscape.h5", "results/syn-BDT/maps.h5")     # the last line of a cell: the page

``columns`` says what is known of every crystal (a new column is a line there), ``packed`` puts crystals and columns
into few bytes, ``bundle`` finds chemiscope's JavaScript, ``page`` joins them with ``page.html``, ``page.css`` and
``page.js``; the page unfolds a crystal from its asymmetric unit only when it is looked at.
"""
