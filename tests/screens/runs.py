"""Real runs of harmless plans, written by the product's own runner into a session directory."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tests.screens.app import SESSION
from wizard.apply.journal import append
from wizard.apply.liveness import own_mark
from wizard.apply.runfile import RunFile, read_run_file, run_process_is_alive, write_run_file
from wizard.apply.runner import run
from wizard.apply.runs import create_run, request_stop
from wizard.machine.local import LocalMachine
from wizard.model.event import Event
from wizard.model.plan import Command, Plan, Stage, Step
from wizard.model.session import RunRecord


def plan_of(**commands: tuple[str, ...]) -> Plan:
    """A step for each keyword, `_` in its name read as `-`."""
    steps = tuple(
        Step(
            name.replace("_", "-"),
            "recorded-host",
            f"Do {name.replace('_', ' ')}",
            "a test",
            (Command(argv, root=False, timeout_seconds=20),),
        )
        for name, argv in commands.items()
    )
    return Plan(stages=(Stage("tools", "Tools", steps),))


def start(plan: Plan) -> tuple[RunRecord, threading.Thread]:
    """The run, and the thread that does it; join it to see the end."""
    record = create_run(SESSION, plan)
    work = threading.Thread(target=run, args=(plan, record.directory, LocalMachine(), lambda _step: None))
    work.start()
    while work.is_alive() and run_process_is_alive(record.directory) is None:
        time.sleep(0.005)  # as launch does: whoever follows it finds a run that has begun
    return record, work


def finished(plan: Plan) -> RunRecord:
    """The run once it has ended."""
    record, work = start(plan)
    work.join(30)
    found = read_run_file(record.directory)
    assert found is not None and found.process is not None
    # The runner was a thread of this process, which goes on; a real one is gone by now.
    write_run_file(record.directory, replace(found, process=replace(found.process, pid=2**22 + 1)))
    return record


SavedRun = Literal["running", "failed", "done", "undone", "stopping"]
NOW = 1795489265.0  # 2026-11-24T03:01:05Z
_TITLES = {
    "Prepare the packages": (
        "Read the package lists again",
        "Remove podman-docker, which stands in the way",
        "Add Docker's signing key",
        "Add Docker's repository",
    ),
    "Docker": ("Install Docker", "Install Docker Compose", "Start Docker, also at boot"),
    "Tools": ("Install git", "Install jq", "Install curl", "Install net-tools"),
    "This host's limits": (
        "Raise the limit of open files",
        "Longer queues in the kernel",
        "Rotate Docker's logs",
    ),
    "Firewall": ("Let SSH in, port 22", "Let HTTPS in, port 443"),
}
# When each step began, seconds after the run, and how long it took.
_TIMES = ((0, 4), (4, 1), (5, 0), (5, 1), (6, 41), (47, 9), (56, 2), (58, 1), (59, 1))


def long_plan() -> Plan:
    """Sixteen steps in five stages, as a bare host needs them."""
    stages: list[Stage] = []
    for title, steps in _TITLES.items():
        stage = title.split()[0].lower()
        made = (
            Step(f"{stage}-{number}", "recorded-host", words, "a test", (Command(("true",), root=False),))
            for number, words in enumerate(steps)
        )
        stages.append(Stage(stage, title, tuple(made)))
    return Plan(stages=tuple(stages))


def gate_of(gates: Path, step_id: str) -> Path:
    """Not by its id: a shell's command that speaks of a firewall is taken for one that shuts SSH out."""
    return gates / step_id.encode().hex()


def gated(plan: Plan, gates: Path) -> Plan:
    """Each step waits until its `gate_of` is there."""

    def waiting(step: Step) -> Step:
        wait = f"while [ ! -e '{gate_of(gates, step.id)}' ]; do sleep 0.02; done"
        return replace(step, commands=(Command(("sh", "-c", wait), root=False, timeout_seconds=20),))

    return Plan(tuple(replace(stage, steps=tuple(map(waiting, stage.steps))) for stage in plan.stages))


def as_it_was(how: SavedRun) -> RunRecord:
    """A run of sixteen steps written down with fixed times and relative paths, as pictures need it."""
    plan = long_plan()
    if how == "undone":
        undone = tuple(
            replace(step, id=f"undo-{step.id}", title=f"Undo: {step.title}") for step in plan.steps()[6:8]
        )
        plan = Plan(stages=(Stage("undo", "Undo", undone),))
    directory = f"{SESSION}/runs/20261124T030000Z-00"
    made = create_run(SESSION, plan).directory
    os.rename(made, directory)
    record = RunRecord(
        directory, "2026-11-24T03:00:00Z", f"{directory}/journal.jsonl", f"{directory}/log.txt"
    )
    steps = plan.steps()
    is_whole = how in ("done", "undone")
    reached = len(steps) - 1 if is_whole else 5 if how == "failed" else 8
    events = [Event(_at(0), "run-started")]
    for number, step in enumerate(steps[: reached + 1]):
        begun, took = _TIMES[number] if number < len(_TIMES) else (60, 0)
        events.append(Event(_at(begun), "step-started", step.id))
        if number < reached or is_whole:
            events.append(Event(_at(begun + took), "step-finished", step.id, status="done"))
    ended = 0 if is_whole else None
    if how == "failed":
        ended = 6
        events.append(Event(_at(57), "step-finished", steps[5].id, status="failed", message=_FAILED))
        events.append(Event(_at(57), "step-finished", steps[6].id, status="skipped", message="Not run."))
        events.append(Event(_at(57), "run-finished", status="failed", message=_FAILED))
    for event in events:
        append(record.journal, event)
    Path(record.log).write_text(_LOG)
    message = {"failed": _FAILED, "done": "All steps are done.", "undone": "All steps are done."}
    write_run_file(
        directory, RunFile("20261124T030000Z-00", _at(0), own_mark(), None, ended, message.get(how, ""))
    )
    if how == "stopping":
        request_stop(record)
    return record


_LOG = (
    """\
2026-11-24T03:00:47.001Z docker-1: Install Docker Compose
$ env DEBIAN_FRONTEND=noninteractive apt-get install -y docker-compose-plugin
Reading package lists...
Building dependency tree...
Reading state information...
The following NEW packages will be installed: docker-compose-plugin docker-buildx-plugin libltdl7 libslirp0 pigz
0 upgraded, 5 newly installed, 0 to remove and 12 not upgraded.
Need to get 31.4 MB of archives.
"""
    + "".join(
        f"Get:{number} https://download.docker.com/linux/ubuntu noble/stable amd64 package-{number} [1,{number}41 kB]\n"
        for number in range(1, 30)
    )
    + """\
Fetched 207 kB in 0s (1,201 kB/s) [/x]
Selecting previously unselected package libjq1:amd64.
"""
)
_FAILED = (
    "docker-1 failed: `apt-get` ended with exit code 100. It said: E: Unable to fetch some archives, maybe run "
    "apt-get update or try with --fix-missing? The mirror may be down or out of step: wait a few minutes, then "
    "install again. 10 later steps were not run."
)


def _at(seconds: int) -> str:
    return f"2026-11-24T03:{seconds // 60:02d}:{seconds % 60:02d}.000Z"
