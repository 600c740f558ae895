"""What Snakemake plans in a study under changed settings: dry runs in processes forked from one that has imported it.

Run as a program it reads JSON from standard input, {"folder": ..., "snakefile": ..., "configs": {name: config}}, and
writes {name: plan} to standard output. A plan lists the jobs: rule, stage, outputs, inputs, whether it is planned, and
the places of the jobs that it depends on.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

_STAGE = re.compile(r"-m crystalspan ((?:table|figure) [\w-]+|[\w-]+)")


def plans(folder: Path, configs: dict[str, dict]) -> dict[str, list[dict]]:
    """Return the plan of a study's folder for each of several configurations, laid over the study's own."""
    snakefile = Path(__file__).resolve().parents[2] / "Snakefile"
    asked = {"folder": str(folder), "snakefile": str(snakefile), "configs": configs}
    command = [sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def planned(plan: list[dict]) -> set[int]:
    """Return the places of the jobs that would run."""
    return {place for place, job in enumerate(plan) if job["planned"]}


def downstream(plan: list[dict], begin: set[int]) -> set[int]:
    """Return the places of some jobs and of all that depend on them."""
    reached, grown = set(begin), True
    while grown:
        more = {place for place, job in enumerate(plan) if place not in reached and reached & set(job["needs"])}
        reached |= more
        grown = bool(more)
    return reached


def names(plan: list[dict], places: set[int]) -> list[str]:
    """Return rule and first output of some jobs, for messages."""
    return sorted(f"{plan[place]['rule']}: {(plan[place]['outputs'] or ['all'])[0]}" for place in places)


def _plan(asked: dict, config: dict) -> list[dict]:
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, dryrun=True)) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=config),
            snakefile=Path(asked["snakefile"]),
            workdir=Path(asked["folder"]),
        )
        workflow.dag(dag_settings=DAGSettings()).execute_workflow(executor="dryrun")
        dag = workflow._workflow.dag
        jobs = list(dag.jobs)
        places = {job: place for place, job in enumerate(jobs)}
        return [
            {
                "rule": job.rule.name,
                "stage": found[1] if (found := _STAGE.search(job.rule.shellcmd or "")) else "",
                "outputs": sorted(map(str, job.output)),
                "inputs": sorted(map(str, job.input)),
                "planned": dag.needrun(job) and job.rule.name != "all",
                "needs": [places[other] for other in dag.dependencies[job]],
            }
            for job in jobs
        ]


def _forked(asked: dict, config: dict) -> list[dict]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reader)
            os.dup2(2, 1)
            text = json.dumps(_plan(asked, config))
            with os.fdopen(writer, "w") as stream:
                stream.write(text)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit(f"no plan for {config}")
    return json.loads(text)


def main():
    """Answer the question on standard input."""
    import snakemake.api  # noqa: F401  before the forks, once

    asked = json.load(sys.stdin)
    found = {name: _forked(asked, config) for name, config in asked["configs"].items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
