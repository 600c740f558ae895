"""Published: the numbers of earlier studies as they were printed, data only.

For the rooms that come after::

    from crystalspan.published import bdt_2021

    bdt_2021.printed_structures()                      # Table 1: structures of each molecule and window
    bdt_2021.published_components()                    # Table 3 by (molecule, window, space group)

A study is a module that says where its numbers stand (DOI, tables) and reads the CSV files beside it, typed from the
paper and changed in nothing.
"""
