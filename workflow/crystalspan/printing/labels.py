"""The labels of space groups in files, tables and figures, and their order."""

# The label of the structures of all space groups together.
ALL = "all"

# The ten groups of the 2021 study come first, in its order.
STUDY_GROUPS = (14, 15, 19, 2, 29, 33, 4, 5, 61, 9)


def group_order(label: str | int) -> tuple:
    """Sort key of space groups (number or ``all``): the study's order, then by number, ``all`` last."""
    if not str(label).isdigit():
        return (2, 0)
    number = int(label)
    return (0, STUDY_GROUPS.index(number)) if number in STUDY_GROUPS else (1, number)
