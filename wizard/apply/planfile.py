"""plan.json: the plan of a run, read back as it was made."""

from __future__ import annotations

import json
import os

from wizard.apply.runfile import run_file_trouble
from wizard.machine.files import read_record
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.model.rebuild import rebuild_exactly

NAME = "plan.json"
# What the id of every step of an undo begins with; the rest is the step that it takes back.
UNDO = "undo-"
_LIMIT_BYTES = 16 * 1024 * 1024


def load_plan(directory: str) -> Plan:
    """The plan of a run, as it was made. Raises Failure 7 for anything that is not exactly a plan."""
    path = os.path.join(directory, NAME)
    try:
        return rebuild_exactly(Plan, json.loads(read_record(path, _LIMIT_BYTES)))
    except (OSError, ValueError, RecursionError) as error:
        raise _bad_plan(path, is_newer=run_file_trouble(directory) == "newer") from error


def is_undo(directory: str) -> bool:
    """True where that run undoes: after a kill it is gone on with by `undo`; `apply` would install again."""
    try:
        return undoes(load_plan(directory))
    except Failure:
        return False


def undoes(plan: Plan) -> bool:
    """True for a plan that takes back what others did."""
    steps = plan.steps()
    return bool(steps) and all(step.id.startswith(UNDO) for step in steps)


def _bad_plan(path: str, *, is_newer: bool) -> Failure:
    if is_newer:
        return Failure(
            f"{path} is a plan of a newer version of cometchat-wizard.",
            why="Doing or showing half of it could do harm.",
            next_step="Update cometchat-wizard (run its install.sh), or plan and apply again with this one.",
            code=ExitCode.SESSION_UNUSABLE,
        )
    return Failure(
        f"{path} is not a plan of this wizard.",
        why="Only what the wizard planned itself is run.",
        next_step="Plan and apply again.",
        code=ExitCode.SESSION_UNUSABLE,
    )
