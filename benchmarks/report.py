"""The results as a table in README.md and as a figure."""

from pathlib import Path

from benchmarks import scaling
from benchmarks.comparison import RATIO, Comparison, of_record

BEGIN, END = "<!-- results: written by benchmarks.run, do not edit -->", "<!-- end of results -->"

BUSY = 0.5  # load, as the system counts it, above which a machine is not idle


def write_report(results: dict, folder: Path):
    """Put the table between the markers of README.md, and draw results.png."""
    from benchmarks.figure import draw

    readme = folder / "README.md"
    readme.write_text(between_markers(readme.read_text(), markdown(results)))
    draw(results, folder / "results.png")


def lines_of(results: dict) -> list[Comparison]:
    """Return all comparisons in the order of their families."""
    return [of_record(line) for part in results["families"].values() for line in part["comparisons"]]


def between_markers(text: str, new: str) -> str:
    """Return the text with what stands between the markers replaced."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError("README.md needs each of the two markers once, in their order")
    return text[: text.index(BEGIN) + len(BEGIN)] + f"\n{new}\n" + text[text.index(END) :]


def markdown(results: dict) -> str:
    """Return the tables of all results: targets first, then what stands beside them, then the model."""
    lines = lines_of(results)
    aimed = [line for line in lines if line.target is not None]
    beside = [line for line in lines if line.target is None and not line.skipped]
    failed = [line for line in lines if line.skipped]
    parts = [_machines(results), _targets(aimed)]
    if beside:
        parts += ["Beside them, without a target:", _beside(beside)]
    if failed:
        parts += ["Left out:", "\n".join(f"* {line.name}: {line.skipped}" for line in failed)]
    parts += [_stages(lines), _model(lines)]
    return "\n" + "\n\n".join(part for part in parts if part) + "\n"


def _machines(results) -> str:
    parts = results["families"]
    told = [
        f"{name} ({part['mode']}, {part['seconds']:.0f} s, {part['machine']['day']})" for name, part in parts.items()
    ]
    busiest = max(part["machine"]["load before"] for part in parts.values())
    first = next(iter(parts.values()))["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in first["versions"].items() if version)
    text = (
        f"{first['cpu']}, {first['cores']} cores, {first['memory']}; {first['system']}; Python {first['python']}. "
        f"Measured: {'; '.join(told)}. Versions: {versions}."
    )
    if busiest > BUSY:
        text += (
            f"\n\n**The machine was busy (load up to {busiest:g}): absolute figures are too low, ratios are rough.**"
        )
    return text


def _targets(lines) -> str:
    rows = ["| what | target | measured | median | worst round | |", "|---|---|---|---|---|---|"]
    for line in lines:
        bound = "at most" if line.at_most else "at least"
        figures = ["-", "-", "-"]
        verdict = "left out"
        if not line.skipped:
            unit = line.unit if line.unit == RATIO else ""
            figures = [number(value, unit) for value in (line.of_minima, line.median, line.worst)]
            verdict = "met" if line.met else "**missed**"
        rows.append(f"| {line.name} | {bound} {number(line.target, line.unit)} | {' | '.join(figures)} | {verdict} |")
    return "\n".join(rows)


def _beside(lines) -> str:
    rows = ["| what | measured | median | note |", "|---|---|---|---|"]
    for line in lines:
        shown = f"{number(line.of_minima, line.unit)} | {number(line.median, line.unit)}"
        rows.append(f"| {line.name} | {shown} | {line.note} |")
    return "\n".join(rows)


def number(value: float, unit: str) -> str:
    """Return a value with three digits and its unit; ratios as ``12.3x``."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text + ("x" if unit == RATIO else f" {unit}".rstrip())


def _stages(lines) -> str:
    """Return the table of the stages' shares of the whole pipeline."""
    rows = []
    for line in lines:
        stages = line.sizes.get("stages, ours, s")
        if stages is None or line.skipped:
            continue
        whole = sum(stages.values())
        shares = "; ".join(f"{name} {value:.1f} s ({value / whole:.0%})" for name, value in stages.items())
        other = "; ".join(f"{name} {value:.1f} s" for name, value in line.sizes["stages, other, s"].items())
        rows.append(f"| {line.name.removeprefix('pipeline / ')} | {shares} | {other} |")
    if not rows:
        return ""
    return "\n".join(["| pipeline | ours, CPU | today's, CPU |", "|---|---|---|", *rows])


def model_parts(lines) -> dict[str, scaling.Parts]:
    """Return the measured parts of the scaling model, by preset."""
    found = {}
    for line in lines:
        if line.name.startswith("ranks / HDF5") and not line.skipped:
            kept = {key: line.sizes[key] for key in scaling.Parts.__dataclass_fields__}
            found[line.name.rsplit(" ", 1)[1]] = scaling.Parts(**kept)
    return found


def _model(lines) -> str:
    blocks = []
    for preset, parts in model_parts(lines).items():
        rows = [
            f"Model, {preset} (a structure: {parts.describe * 1e6:.0f} us described, {parts.gather * 1e6:.0f} us "
            f"gathered, {parts.write * 1e6:.0f} us written; start-up {parts.start_up:.1f} s; rank 0 is the limit of "
            f"one job beyond {scaling.most_ranks(parts):.0f} ranks):",
            "",
            "| structures | ranks | one job | efficiency | many jobs | efficiency | |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in scaling.table(parts):
            rows.append(
                f"| {row['structures']:,} | {row['ranks']:,} | {duration(row['one job, s'])} "
                f"| {row['one job, efficiency']:.0%} | {duration(row['jobs, s'])} | {row['jobs, efficiency']:.0%} "
                f"| {row['jobs']:,} x {row['ranks a job']:,} |"
            )
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks)


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for limit, divisor, unit in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / divisor:.3g} {unit}"
    return f"{seconds / 86400:.3g} days"
