#!/bin/sh
# Run a study to its end: workflow, report, summary. Usage: run_study.sh FOLDER [snakemake options]
# Run again, it does only what is missing.
set -eu
repository=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
shift
mkdir -p -- "$folder"
# However it was named: it is no option.
folder=$(cd -- "$folder" && pwd)

# A word as a shell reads it back.
quoted() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

say_locked() {
  # Snakemake removes its lock when it ends, unless it was killed.
  [ -n "$(ls -A "$folder/.snakemake/locks" 2> /dev/null)" ] || return 0
  {
    echo "The study is locked: another Snakemake works in it, or one was killed. If none does, unlock it, and run it again:"
    echo "  snakemake --snakefile $(quoted "$repository/Snakefile") --directory $(quoted "$folder") --unlock"
  } >&2
}

snakemake --snakefile "$repository/Snakefile" --directory "$folder" --quiet host rules "$@" || {
  status=$?
  say_locked
  exit $status
}

report=$folder/results/report.html
# What the report opens with is made of the summary, the main figure and the pages.
if [ ! -e "$report" ] || [ "$folder/results/opening.html" -nt "$report" ]; then
  snakemake --snakefile "$repository/Snakefile" --directory "$folder" "$@" --quiet all --report results/report.html
fi

# A report of one file holds small pages only; the zipped one holds them whole.
whole=
for page in "$folder"/results/*/explore.html; do
  [ -e "$page" ] || continue
  cmp -s -- "$page" "${page%.html}-report.html" || whole=yes
done
zipped=$folder/results/report.zip
if [ "$whole" ] && { [ ! -e "$zipped" ] || [ "$report" -nt "$zipped" ]; }; then
  snakemake --snakefile "$repository/Snakefile" --directory "$folder" "$@" --quiet all --report results/report.zip
fi

cat -- "$folder/results/summary.md"
echo
echo "Open in a browser (no network is needed):"
echo "  the report:   $report"
[ ! "$whole" ] || echo "  with all crystals: $zipped, unpacked"
for page in "$folder"/results/*/explore.html; do
  [ ! -e "$page" ] || echo "  the crystals: $page"
done
