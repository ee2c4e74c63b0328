"""plan.json: the plan of a run, read back as it was made."""

from __future__ import annotations

import os

from wizard.apply.runfile import run_file_trouble
from wizard.machine.files import read_record
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Command, MergeFile, Plan, WriteFile
from wizard.model.rebuild import rebuild_exactly
from wizard.model.strictjson import read_json

NAME = "plan.json"
# What the id of every step of an undo begins with; the rest is the step that it takes back.
UNDO = "undo-"
_LIMIT_BYTES = 16 * 1024 * 1024


def load_plan(directory: str) -> Plan:
    """The plan of a run, as it was made. Raises Failure 7 for anything that is not exactly a plan."""
    path = os.path.join(directory, NAME)
    try:
        plan: Plan = rebuild_exactly(Plan, read_json(read_record(path, _LIMIT_BYTES)))
        _refuse_unsound(plan)
    except (OSError, ValueError) as error:
        raise _bad_plan(path, is_newer=run_file_trouble(directory) == "newer") from error
    return plan


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


def _refuse_unsound(plan: Plan) -> None:
    """Raise ValueError for what has a plan's form and can't be done: no plan that was made by us holds it."""
    for step in plan.steps():
        named = (item.partition(":")[2] for item in step.records if item.startswith("file:"))
        if not _is_name(step.id) or not all(map(os.path.isabs, named)):
            raise ValueError("a step's id, or a file that it names")
        for action in (*step.commands, *step.undo):
            if not (_is_command(action) if isinstance(action, Command) else _is_file(action)):
                raise ValueError("a step's action")


def _is_command(action: Command) -> bool:
    return bool(action.argv) and bool(action.argv[0])


def _is_file(action: WriteFile | MergeFile) -> bool:
    has_keys = not isinstance(action, MergeFile) or all(change.path for change in action.changes)
    return os.path.isabs(action.write) and 0 <= action.mode <= 0o7777 and has_keys


def _is_name(text: str) -> bool:
    return bool(text) and text.isprintable()


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
