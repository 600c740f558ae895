#!/bin/sh
# Run a study to its end: workflow, report, summary. Usage: run_study.sh FOLDER [snakemake options]
# Run again, it does only what is missing.
set -eu
repository=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
shift
mkdir -p "$folder"

snakemake --snakefile "$repository/Snakefile" --directory "$folder" --rerun-incomplete --quiet host rules "$@"

report=$folder/results/report.html
if [ ! -e "$report" ] || [ "$folder/results/summary.md" -nt "$report" ]; then
  snakemake --snakefile "$repository/Snakefile" --directory "$folder" "$@" --quiet all --report results/report.html
fi

cat "$folder/results/summary.md"
echo "Report:  $report"
