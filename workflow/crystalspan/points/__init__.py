"""Points: the structures of a landscape as vectors, and what is near what.

In come descriptor files of one molecule; out go matrices, neighbours and measures, in memory. The room writes no file.
What order the atoms have, how they are pooled and how columns are scaled is decided here, once, for principal
components, estimators and maps alike.

For the rooms that come after::

    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.points.cloud import prepared_points
    from crystalspan.points.neighbours import nearest_neighbours, principal_coordinates

    joined = JoinedDescriptors(paths)                          # shells and groups as one matrix, by energy
    chosen = joined.select(window="0-10", space_group=14)      # a set of structures; nothing is read yet
    values = prepared_points(chosen, settings)                 # (n, D), a memory map above a gibibyte
    nearest_neighbours(principal_coordinates(values), 10, block_mib)

``descriptors`` joins files and reads rows; ``preparation`` orders and pools atoms; ``cloud`` makes points of them, also
of crystals that are in no file (`Description`); ``neighbours`` searches exactly and in blocks, with near-duplicates
left out where that is asked for; ``quality`` says what a map keeps of distances, ``imbalance`` what one space foretells
of another; ``settings`` is the section ``points`` of the configuration, with the size of blocks.
"""
