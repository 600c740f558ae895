"""Write the input files of a rule, one a line: for command lines that would be too long."""

from crystalspan.provenance import write_text

write_text(snakemake.output[0], "".join(f"{path}\n" for path in snakemake.input))  # noqa: F821
