"""Freedom: how many ways a crystal of rigid molecules has to change within its space group, and which.

In come a space group with its sites, or a structure of a landscape; out go counts and directions. The room writes no
file: tables, figures and controls ask it.

For the rooms that come after::

    from crystalspan.freedom.space_groups import degrees_of_freedom
    from crystalspan.freedom.displacements import crystal_symmetry, displaced, free_directions

    degrees_of_freedom("P21/c").total                  # 10: cell 4, translations 3, rotations 3, free origin 0
    degrees_of_freedom(14, sites=["-1"]).describe()    # a molecule on an inversion centre
    symmetry = crystal_symmetry(structure, site_order(landscape, i), tolerance)
    directions = free_directions(structure, symmetry)  # strains, shifts and turns; the unseen ones last
    cells, fractional = displaced(structure, directions, amounts)

``space_groups`` counts by characters of the point group and the site groups (``sites`` lists those that a group
offers); ``displacements`` finds the directions themselves by linear algebra; ``structures`` counts them for a crystal
of a landscape. The two ways of counting agree: the tests compare them.
"""
