"""Comparisons: verdicts, records, timing in turn, and the tables made of them."""

import json

import pytest

from benchmarks import comparison, report, run
from benchmarks.comparison import Comparison


def ratio(ours, other, **options):
    values = [b / a for a, b in zip(ours, other, strict=True)]
    return Comparison("a / b", values=values, ours=ours, other=other, **options)


def test_a_target_is_met_when_median_and_shortest_times_reach_it():
    assert ratio([1.0, 2.0, 1.0], [10.0, 20.0, 11.0], target=10.0).met
    # The shortest times say 5, the median 10.
    assert not ratio([1.0, 1.0, 2.0], [10.0, 10.0, 5.0], target=10.0).met
    # The shortest times say 10, the median 5.
    assert not ratio([1.0, 2.0, 2.0], [10.0, 10.0, 10.0], target=10.0).met
    assert ratio([1.0], [10.0]).met is None


def test_an_upper_limit_is_met_from_below():
    line = Comparison("a", values=[0.5, 0.7], target=1.0, at_most=True)
    assert line.met
    assert line.worst == 0.7
    floor = Comparison("a", values=[2.0, 3.0], target=2.5, at_most=True, ours=[4.0, 6.0], other=[2.0, 2.0])
    assert floor.of_minima == 2.0
    assert not Comparison("a", values=[1.5], target=1.0, at_most=True).met


def test_a_program_that_is_missing_is_no_verdict():
    line = comparison.skipped("a", ImportError("No 'peer' (/home/me/there/peer.py)\nmore"), 10.0)
    assert line.met is None
    assert line.skipped == "ImportError: No 'peer' (peer.py)"


def test_records_come_back_whole():
    line = ratio([1.0, 2.0], [10.0, 30.0], target=3.0, sizes={"structures": 4}, note="n")
    record = json.loads(json.dumps(line.record()))
    assert comparison.of_record(record) == line
    assert (record["median"], record["worst"], record["of_minima"], record["met"]) == (12.5, 10.0, 10.0, True)


def test_programs_are_timed_in_turn_and_both_warm():
    calls = []
    timed = comparison.in_turn(lambda: calls.append("a"), lambda: calls.append("b"), rounds=2, least=0.0)
    assert calls == ["a", "b", "a", "b", "a", "b"]
    assert {key: len(values) for key, values in timed.items()} == {"values": 2, "ours": 2, "other": 2}


def results():
    sizes = {"start_up": 2.0, "describe": 5e-3, "spread": 0.3, "gather": 2e-5, "write": 8e-5, "columns": 8640}
    stages = {"stages, ours, s": {"pca": 3.0, "tables": 1.0}, "stages, other, s": {"components": 40.0}}
    machine = {"cpu": "c", "cores": 2, "memory": "m", "system": "s", "python": "3", "day": "d", "load before": 0.1}
    machine["versions"] = {"numpy": "2.0", "featomic": None}
    lines = [
        ratio([1.0], [200.0], target=150.0),
        ratio([1.0], [20.0], target=35.0),
        ratio([1.0], [7.0], note="beside"),
        comparison.skipped("featomic", ImportError("none"), 60.0),
        Comparison("pipeline / x", values=[10.0], ours=[4.0], other=[40.0], sizes=stages),
        Comparison("reading", unit="structures/s", values=[4321.0], target=5000.0),
        Comparison(
            "ranks / HDF5 writing against describing, csp-9.3", values=[0.02], target=1.0, at_most=True, sizes=sizes
        ),
    ]
    part = {"mode": "quick", "seconds": 1.0, "machine": machine, "comparisons": [line.record() for line in lines]}
    return json.loads(json.dumps({"families": {"all": part}}))


def test_the_table_says_of_every_target_whether_it_is_met():
    text = report.markdown(results())
    assert "| a / b | at least 150x | 200x | 200x | 200x | met |" in text
    assert "| a / b | at least 35x | 20x | 20x | 20x | **missed** |" in text
    assert "| featomic | at least 60x | - | - | - | left out |" in text
    assert "| reading | at least 5,000 structures/s | 4,321 | 4,321 | 4,321 | **missed** |" in text
    assert "| a / b | 7x | 7x | beside |" in text
    assert "* featomic: ImportError: none" in text
    assert "pca 3.0 s (75%); tables 1.0 s (25%)" in text
    assert "Model, csp-9.3 (a structure: 5000 us described" in text
    assert "featomic None" not in text


def test_only_what_stands_between_the_markers_changes():
    text = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    assert report.between_markers(text, "new") == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"
    with pytest.raises(ValueError, match="marker"):
        report.between_markers("nothing", "new")


def test_the_readme_has_its_markers(repository):
    text = (repository / "benchmarks" / "README.md").read_text()
    assert report.between_markers(text, "x").count(report.BEGIN) == 1


def test_the_figure_is_drawn(tmp_path):
    from benchmarks.figure import draw

    draw(results(), tmp_path / "results.png")
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")


def test_lines_may_be_given_as_dictionaries():
    line = Comparison("a", unit="MiB", values=[3.0], target=4096, at_most=True)
    assert comparison.lines([line, line.record(), {"name": "a", "unit": "MiB", "values": [3.0]}])[:2] == [line, line]
    assert comparison.lines({"name": "a", "values": [2.0]}) == [Comparison("a", values=[2.0])]


def test_a_family_replaces_its_own_lines_only():
    found = run.with_family({"families": {"ranks": {"a": 1}, "reading": {"b": 2}}}, "reading", {"c": 3})
    assert found == {"families": {"reading": {"c": 3}, "ranks": {"a": 1}}}
    assert list(found["families"]) == ["reading", "ranks"]
    assert run.with_family({}, "ranks", {}) == {"families": {"ranks": {}}}


def test_an_unknown_family_is_refused():
    with pytest.raises(SystemExit):
        run.main(["no-such-family"])
