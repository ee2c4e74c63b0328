"""A plan as plain lines: what would be removed first, then each step with its exact commands."""

from __future__ import annotations

from typing import Any

from wizard.model.formats import shell
from wizard.model.merging import key_name, value_text
from wizard.model.plain import shown
from wizard.model.plan import Action, Command, MergeFile, Plan, Step

# A signing key of 60 lines would hide the commands around it.
_LONGEST, _HEAD = 16, 3


def lines(plan: Plan) -> tuple[str, ...]:
    """The whole plan, ready to print. An empty plan says so."""
    if not plan.stages:
        return (*plan.notes, "Nothing to do.")
    out: list[str] = []
    if plan.removes:
        out += [f"Will be removed: {', '.join(plan.removes)}", ""]
    if plan.notes:
        out += [*plan.notes, ""]
    several = len({step.node for step in plan.steps()}) > 1
    for stage in plan.stages:
        out.append(stage.title)
        for step in stage.steps:
            out += _step_lines(step, several)
        out.append("")
    return tuple(out[:-1])


def action_lines(action: Action) -> tuple[str, ...]:
    """One command as it could be pasted into a shell; a file with its path, mode and (start of its) content; or what
    changes in a file that others use, too.
    """
    if isinstance(action, Command):
        # A line of its own: a comment behind a command that is wrapped would be cut in two, and the rest pasted.
        where = f"# Only where {shell.word(action.only_where)} is there:"
        return (*((where,) if action.only_where else ()), shell.words(action.argv))
    if isinstance(action, MergeFile):
        return (f"merge into {shell.word(action.write)}; the rest of it stays", *_differences(action))
    head = f"write {shell.word(action.write)} ({action.mode:04o})"
    content = action.content.splitlines()
    kept = content if len(content) <= _LONGEST else content[:_HEAD]
    rest = len(content) - len(kept)
    more = (f"  ... {rest} more lines; `plan --json` has them all",) if rest else ()
    return (head, *(f"  {shown(line, len(line))}" for line in kept), *more)


def _differences(file: MergeFile) -> tuple[str, ...]:
    return tuple(
        f"  {shown(key_name(change), 100)}: {_value(change.old)} -> {_value(change.new)}"
        for change in file.changes
    )


def _value(value: Any) -> str:
    return shown(value_text(value), 200)


def _step_lines(step: Step, several: bool) -> list[str]:
    where = f" on {step.node}" if several else ""
    body = [f"    {line}" for action in step.commands for line in action_lines(action)]
    reboot = [f"    # Needs a reboot: {step.needs_reboot}"] if step.needs_reboot else []
    return [f"  {step.id}{where}: {step.title}", f"    # {step.why}", *reboot, *body]
