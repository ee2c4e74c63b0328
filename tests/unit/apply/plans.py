"""Small plans of real, harmless commands, and a runner process for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from wizard.machine.local import LocalMachine
from wizard.model.plan import Action, Command, Plan, Stage, Step

ROOT = str(Path(__file__).resolve().parents[3])

RUNNER = f"""
import sys
sys.path.insert(0, {ROOT!r})
from wizard.apply.runner import run
from wizard.apply.runs import load_plan
from wizard.machine.local import LocalMachine
sys.exit(int(run(load_plan(sys.argv[1]), sys.argv[1], LocalMachine(grace_seconds=0.5), lambda step: None)))
"""


def runner_argv(directory: str) -> list[str]:
    """The command line of a real runner process for a run directory."""
    return [sys.executable, "-c", RUNNER, directory]


def sh(script: str, **more: Any) -> Command:
    """A shell command that needs no root."""
    return Command(("sh", "-c", script), root=False, **more)


def step(name: str, *actions: Action, **more: Any) -> Step:
    """A step with that id."""
    return Step(id=name, node="here", title=f"Do {name}", why="A test.", commands=actions, **more)


def plan_of(*steps: Step) -> Plan:
    """One stage with these steps."""
    return Plan((Stage("stage", "Stage", steps),))


def machine() -> LocalMachine:
    """This host, with little patience."""
    return LocalMachine(grace_seconds=0.5, lock_wait_seconds=5)


def is_there(pid: int) -> bool:
    """True while a process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def text_of(directory: str, name: str) -> str:
    """A file of a run directory."""
    return Path(os.path.join(directory, name)).read_text(encoding="utf-8")
