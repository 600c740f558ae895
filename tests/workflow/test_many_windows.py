"""A study of many windows: planned in time, since only the widest window has maps of its own."""

import pytest
from planning import plans

from miniature import new_study


@pytest.mark.parametrize(("number", "drawn"), [(2, 2), (12, 12), (13, 1), (100, 1)])
def test_many_windows_have_maps_of_the_widest_only(tmp_path, number, drawn):
    study = new_study(tmp_path / "study")
    windows = [0.5 + 0.5 * place for place in range(number)]
    plan = plans(study.folder, {"many": {"energy_windows": windows, "figures": {"map_groups": [4, "all"]}}})["many"]
    (outputs,) = [
        job["outputs"] for job in plan if job["rule"] == "molecule_figures" and "/anti-BDT/" in job["outputs"][0]
    ]
    maps = {path.split(".")[0] for path in outputs if path.rsplit("/", 1)[1].startswith("map.")}
    assert len(maps) == 2 * drawn
    assert any(f"-{windows[-1]:g}/map" in path for path in outputs)
    assert sum(job["rule"] == "featurize" for job in plan) == 2 * 3 * number
