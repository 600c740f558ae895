"""How complete a landscape is: how many minima a quasi-random search has not seen, from how often it saw the others.

In comes ``M/sampled.db``, in which the stage ``unique`` has marked which trials ended in the same minimum (or a
database of mol-CSPy as its search and its removal of duplicates left it), and the energy windows; out goes
``M/completeness.h5``: for each space group in which trials were made, and for all of them, in each window: minima seen,
the share of further minimisations that would find something new, a lower bound of all minima, what twice the trials
would find, each with an error bar and a flag, and the minima found against trials.

For the rooms that come after::

    from crystalspan.completeness.file import read_completeness

    read_completeness(paths)        # list of SearchCompleteness: .molecule, .rows, .growth

``estimates`` reads the database and has the formulas, ``search`` all groups and windows of one search; ``file``,
``tables``, ``figure``, ``words``.
"""
