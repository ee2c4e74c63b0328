"""Some steps of a plan, with all that they require."""

from __future__ import annotations

from dataclasses import replace

from wizard.model.failure import Failure, Problem
from wizard.model.origin import ExitCode
from wizard.model.plain import shown
from wizard.model.plan import Command, Plan, Stage, Step

# Every step that a plan can have, in the order in which they come.
STEP_IDS = (
    "tune-kernel",
    "tune-open-files",
    "proxy-apt",
    "proxy-dnf",
    "proxy-docker",
    "docker-settings",
    "refresh-packages",
    "finish-removals",
    "finish-packages",
    "remove-duplicates",
    "remove-conflicts",
    "docker-repository",
    "install-docker",
    "install-compose",
    "start-docker",
    "install-git",
    "install-openssl",
    "install-jq",
    "install-curl",
    "install-net-tools",
    "firewall-ssh",
    "firewall-http",
    "firewall-https",
    "firewall-swarm",
)


def select(plan: Plan, step_ids: tuple[str, ...]) -> Plan:
    """The named steps and what they require, in the plan's order; removes only with the removing step.

    A step that isn't in the plan has nothing to do here: a note says so. Raises Failure (bad input) for ids
    that are no step at all, all of them at once.
    """
    unknown = tuple(dict.fromkeys(name for name in step_ids if name not in STEP_IDS))
    if unknown:
        raise _unknown(unknown)
    steps = plan.steps()
    chosen = _with_required(steps, set(step_ids))
    idle = tuple(dict.fromkeys(name for name in step_ids if name not in {step.id for step in steps}))
    stages = tuple(
        replace(stage, steps=tuple(step for step in stage.steps if (step.node, step.id) in chosen))
        for stage in plan.stages
    )
    hint = ": it is not needed here, or a note says what stands in its way" if plan.notes else " here"
    return Plan(
        stages=_filled(stages),
        removes=_removes(plan, stages),
        notes=(*plan.notes, *(f"{name}: nothing to do{hint}." for name in idle)),
    )


def without(plan: Plan, skipped: set[str]) -> Plan:
    """The plan less these steps, and less preparations that served them alone: nothing is removed, and no
    repository added, for an installation that is not done.
    """
    dropped = {(step.node, step.id) for step in plan.steps() if step.id in skipped}
    preparing = [step for stage in plan.stages if stage.name == "prepare" for step in stage.steps]
    # The last one first: each serves only what comes after it.
    for step in reversed(preparing):
        served = {(other.node, other.id) for other in plan.steps() if _requires(other, step)}
        if served and served <= dropped:
            dropped.add((step.node, step.id))
    stages = tuple(
        replace(stage, steps=tuple(step for step in stage.steps if (step.node, step.id) not in dropped))
        for stage in plan.stages
    )
    return replace(plan, stages=_filled(stages), removes=_removes(plan, stages))


def _removes(plan: Plan, stages: tuple[Stage, ...]) -> tuple[str, ...]:
    """What these stages of the plan would remove."""
    steps = {step.id: step for stage in stages for step in stage.steps}
    dropped = {step.id: step for step in plan.steps() if step.id not in steps}
    finished_elsewhere = _named_in(dropped.get("finish-removals"))
    if "remove-conflicts" in steps:
        return tuple(name for name in plan.removes if name not in finished_elsewhere)
    finished = _named_in(steps.get("finish-removals"))
    return tuple(name for name in plan.removes if name in finished)


def _named_in(step: Step | None) -> frozenset[str]:
    commands = step.commands if step is not None else ()
    return frozenset(word for command in commands if isinstance(command, Command) for word in command.argv)


def _requires(step: Step, other: Step) -> bool:
    return step.node == other.node and other.id in step.requires


def _with_required(steps: tuple[Step, ...], wanted: set[str]) -> set[tuple[str, str]]:
    known = {(step.node, step.id): step for step in steps}
    chosen: set[tuple[str, str]] = set()
    waiting = [key for key in known if key[1] in wanted]
    while waiting:
        key = waiting.pop()
        if key in chosen or key not in known:
            continue
        chosen.add(key)
        waiting += [(key[0], required) for required in known[key].requires]
    return chosen


def _filled(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    return tuple(stage for stage in stages if stage.steps)


def _unknown(unknown: tuple[str, ...]) -> Failure:
    names = ", ".join(shown(name, 60) for name in unknown)
    return Failure(
        f"There is no step called {names}.",
        next_step=f"The steps are: {', '.join(STEP_IDS)}.",
        code=ExitCode.BAD_INPUT,
        problems=tuple(Problem("step", f"{shown(name, 60)} is not a step") for name in unknown),
    )
