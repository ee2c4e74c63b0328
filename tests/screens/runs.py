"""Real runs of harmless plans, written by the product's own runner into a session directory."""

from __future__ import annotations

import threading

from tests.screens.app import SESSION
from wizard.apply.runner import run
from wizard.apply.runs import create_run
from wizard.machine.local import LocalMachine
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
    return record, work


def finished(plan: Plan) -> RunRecord:
    """The run once it has ended."""
    record, work = start(plan)
    work.join(30)
    return record
