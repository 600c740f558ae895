"""Report: what is said of a whole study, from the files of all rooms.

In come landscapes, tables of components, files of dimensions and Snakemake's benchmark files; out go the summary in
plain words, the table of run times, and the figures of one molecule. Nothing is computed here that a stage's file
does not hold; tables and figures that show one room's files stand in that room.

``catalogue`` has a line for every table, figure and page (path, chapter, label, caption); ``summary`` writes the
words, ``opening`` sets them before all else in the report, ``run_times`` adds up jobs, ``molecule_figures`` draws
everything of a molecule. No room comes after this one but the command line.
"""
