"""What every stage took: jobs, processor time, memory."""


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("benchmarks", nargs="+", help="the benchmark files (.tsv) that Snakemake wrote, one a job")
    parser.add_argument("-o", "--output", nargs="+", required=True, help="tables to write (.csv, .md, .tex)")


def run(args):
    """Run the stage."""
    from crystalspan.printing.tables import write_table
    from crystalspan.report.run_times import run_times_table

    frame = run_times_table(args.benchmarks)
    write_table(frame, args.output, "What every stage took.")
    print(frame.to_string(index=False))
