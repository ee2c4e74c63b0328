"""`plan`: stages, steps and the exact commands."""

from __future__ import annotations

from typing import Any

from wizard.cli.environment import Environment
from wizard.cli.look import look_around
from wizard.cli.options import Arguments
from wizard.cli.paper import finding_lines
from wizard.cli.sessions import current_answers
from wizard.model.origin import ExitCode
from wizard.model.plan import Action, Command, MergeFile, Plan, Step
from wizard.workflow import decide


def run(arguments: Arguments, environment: Environment) -> int:
    """Print the plan; 3 where something stands in its way that it can't mend."""
    answers = current_answers(arguments, environment)
    survey, findings = look_around(answers, environment)
    plan = decide.plan(answers, survey, tuple(arguments.words))
    blockers = decide.plan_blockers(findings, applying=False)
    if arguments.has("json"):
        from wizard.cli.document import say_document
        from wizard.model.plain import plain

        say_document(environment, {**plan_document(plan), "blocked_by": plain(blockers)})
    else:
        for line in decide.plan_lines(plan):
            environment.say(line)
    for finding in blockers:
        environment.tell("\n".join(finding_lines(finding, environment)))
    if blockers:
        environment.tell("The plan can't mend this. Settle it, or accept it by its id with a reason.")
    return int(ExitCode.BLOCKED if blockers else ExitCode.DONE)


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON, with the promised keys and what else a reader may want."""
    return {
        "stages": [
            {
                "name": stage.name,
                "title": stage.title,
                "steps": [_step_document(step) for step in stage.steps],
            }
            for stage in plan.stages
        ],
        "removes": list(plan.removes),
        "notes": list(plan.notes),
    }


def _step_document(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "node": step.node,
        "title": step.title,
        "why": step.why,
        "commands": [_action_document(action) for action in step.commands],
        "undo": [_action_document(action) for action in step.undo],
        "requires": list(step.requires),
        "settles": list(step.settles),
        **({"needs_reboot": step.needs_reboot} if step.needs_reboot else {}),
    }


def _action_document(action: Action) -> dict[str, Any]:
    if isinstance(action, Command):
        where = {"only_where": action.only_where} if action.only_where else {}
        return {"argv": list(action.argv), "root": action.root, **where}
    written = {"write": action.write, "mode": f"{action.mode:04o}"}
    if not isinstance(action, MergeFile):
        return {**written, "content": action.content}
    keys = [{"path": list(item.path), "old": item.old, "new": item.new} for item in action.changes]
    return {**written, "format": action.format, "keys": keys}
