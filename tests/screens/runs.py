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
from wizard.apply.runs import create_run
from wizard.machine.local import LocalMachine
from wizard.model.event import Event, EventStatus
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


SavedRun = Literal["running", "failed", "done"]
AT = "2026-11-24T03:01:02.000Z"


def as_it_was(how: SavedRun) -> RunRecord:
    """A run written down with fixed times and relative paths, as pictures need it."""
    plan = plan_of(refresh_packages=("true",), install_docker=("true",), install_jq=("true",))
    directory = f"{SESSION}/runs/20261124T030000Z-00"
    made = create_run(SESSION, plan).directory
    os.rename(made, directory)
    record = RunRecord(
        directory, "2026-11-24T03:00:00Z", f"{directory}/journal.jsonl", f"{directory}/log.txt"
    )
    status: EventStatus = "failed" if how == "failed" else "done"
    events = [
        Event(AT, "run-started"),
        Event(AT, "step-started", "refresh-packages"),
        Event(AT, "step-finished", "refresh-packages", status="done"),
        Event(AT, "step-started", "install-docker"),
    ]
    ended = None
    if how != "running":
        events.append(Event(AT, "step-finished", "install-docker", status=status, message="exit code 100"))
        ended = 6 if how == "failed" else 0
    if how == "done":
        events.append(Event(AT, "step-finished", "install-jq", status="done"))
    for event in events:
        append(record.journal, event)
    Path(record.log).write_text("Get:1 noble InRelease\nE: Unable to fetch some archives [/x]\n")
    message = {"failed": "install-docker failed: `apt-get` ended with exit code 100.", "done": "All is done."}
    write_run_file(
        directory, RunFile("20261124T030000Z-00", AT, own_mark(), None, ended, message.get(how, ""))
    )
    return record
