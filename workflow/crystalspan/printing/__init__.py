"""Printing: how tables and figures look, whatever they show. No science, no files of the study.

For every room::

    from crystalspan.printing.labels import ALL, group_order
    from crystalspan.printing.style import SINGLE, group_label, group_style, new_figure, print_style, save_figure
    from crystalspan.printing.tables import write_table

    with print_style():
        figure = new_figure(SINGLE, 2.0)               # inches
    save_figure(figure, ["a.svg", "a.pdf"], dpi=300)   # no dates, no random names: the same file every time
    write_table(frame, ["a.csv", "a.md", "a.tex"], "A sentence above it.")

``labels`` has the order of space groups, ``style`` sizes, fonts and each group's colour and marker, ``tables`` one
function for three formats.
"""
