"""Undo as a plan of its own: the inverse of what the runs recorded, latest first. Logs are never touched."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wizard.apply.history import UNDO, Done, read_run, still_done
from wizard.apply.packages import CannotRecord, host_manager, installed_packages
from wizard.apply.runs import UNDO_STAGE
from wizard.apply.settings import KeptValue, value_of
from wizard.apply.undofiles import Files, undo_file
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Action, Command, Plan, Stage, Step

# Removing any of these ends Docker on this host.
_ENGINES = frozenset({"docker-ce", "docker.io", "containerd.io", "containerd", "runc", "moby-engine"})
_DOCKER_NOTE = (
    "Docker is only stopped and removed while this host has no containers, no volumes and no swarm."
)


def undo_plan(
    run_directories: Sequence[str],
    step_ids: tuple[str, ...] = (),
    *,
    installed: Mapping[str, str] | None = None,
) -> Plan:
    """The plan that takes back what these runs (newest first) changed: everything, or the named steps.

    A step that has been undone since, or that changed nothing, drops out. installed: packages as they are
    now, None: ask this host. Raises Failure (bad input) for an id that no run of this session knows.
    """
    if not run_directories:
        return Plan()
    _refuse_unknown(run_directories, step_ids)
    now = _ask_host() if installed is None else installed
    found = still_done(run_directories, now)
    wanted = [done for done in found if not step_ids or done.step.id in step_ids]
    notes: list[str] = []
    files = Files()
    steps = [step for done in wanted if (step := _undo_step(done, now, files, notes)) is not None]
    if not steps:
        return Plan(notes=tuple(notes))
    ids = {step.id for step in steps}
    ordered = tuple(_with_order(step, wanted, ids) for step in steps)
    removes = tuple(dict.fromkeys(name for done in wanted for name in done.installed if name in now))
    return Plan((Stage(UNDO_STAGE, "Undo", ordered),), removes, tuple(notes))


def _ask_host() -> Mapping[str, str]:
    from wizard.machine.local import LocalMachine

    try:
        return installed_packages(LocalMachine(), host_manager())
    except CannotRecord as reason:
        raise Failure(
            str(reason),
            why="Without that list undo could not tell what is still there.",
            next_step="Mend the package manager, then undo again.",
            code=ExitCode.STEP_FAILED,
        ) from reason


def _undo_step(done: Done, installed: Mapping[str, str], files: Files, notes: list[str]) -> Step | None:
    packages = tuple(name for name in done.installed if name in installed)
    values = tuple(action for item in done.values if (action := _undo_value(item, notes)) is not None)
    back = {
        item.path: action
        for item in done.files
        if (action := undo_file(done, item, files, notes)) is not None
    }
    first, after_files = _planned(done)
    followed = after_files if back or done.undo_begun else ()
    actions = (*first, *_remove(done.manager, packages), *values, *back.values(), *followed)
    if not actions:
        return None
    guards = (
        *(("docker-unused",) if _ends_docker(actions, packages) else ()),
        *(done.step.undo_guards if followed else ()),
    )
    if "docker-unused" in guards and _DOCKER_NOTE not in notes:
        notes.append(_DOCKER_NOTE)
    if packages and not done.is_whole:
        notes.append(
            f"{done.step.id} was cut off, so its packages are all those that are new since it began "
            "and that no later step brought: see that none is yours."
        )
    return Step(
        id=UNDO + done.step.id,
        node=done.step.node,
        title=f"Undo: {done.step.title}",
        why="Takes back what this wizard changed, and nothing else.",
        commands=actions,
        records=(
            *(("packages",) if packages else ()),
            *(f"sysctl:{item.key}" for item in done.values if value_of(item.key) is not None),
            *(f"file:{item.path}" for item in done.files),
        ),
        guards=guards,
    )


def _ends_docker(actions: tuple[Action, ...], packages: tuple[str, ...]) -> bool:
    if any(name.partition(":")[0].rpartition(".")[0] in _ENGINES or name in _ENGINES for name in packages):
        return True
    return any(
        isinstance(action, Command)
        and {"stop", "disable"} & set(action.argv)
        and any(word.startswith("docker") for word in action.argv)
        for action in actions
    )


def _planned(done: Done) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """The planned inverse without what the records know better, packages, files and settings of the kernel: what comes
    before the files, and what comes after them because of them.
    """
    paths = {item.path for item in done.files}
    first: list[Action] = []
    after: list[Action] = []
    seen_file = False
    for action in done.step.undo:
        if _is_recorded_file(action, paths):
            seen_file = True
        elif not (isinstance(action, Command) and (_removes_packages(action) or _sets_kept(action, done))):
            (after if seen_file else first).append(action)
    return tuple(first), tuple(after)


def _is_recorded_file(action: Action, paths: set[str]) -> bool:
    if isinstance(action, Command):
        return _touches(action, paths)
    return os.path.realpath(action.write) in paths


def _removes_packages(command: Command) -> bool:
    words = set(command.argv)
    return bool(words & {"apt-get", "apt", "dnf", "yum"}) and bool(
        words & {"remove", "purge", "autoremove", "erase"}
    )


def _touches(command: Command, paths: set[str]) -> bool:
    return command.argv[0] == "rm" and any(os.path.realpath(word) in paths for word in command.argv[1:])


def _sets_kept(command: Command, done: Done) -> bool:
    return command.argv[0] == "sysctl" and any(
        word.startswith(f"{item.key}=") for item in done.values for word in command.argv[1:]
    )


def _undo_value(item: KeptValue, notes: list[str]) -> Action | None:
    """Set the kernel's setting back; None where it is as it was, or where somebody changed it since."""
    current = value_of(item.key)
    if current is None or current == item.before:
        return None
    if item.after is not None and current != item.after:
        notes.append(f"{item.key} has been changed since by somebody else and is left as it is ({current}).")
        return None
    return Command(("sysctl", "-w", f"{item.key}={item.before}"), timeout_seconds=60)


def _remove(manager: str, packages: tuple[str, ...]) -> tuple[Action, ...]:
    """First a rehearsal that fails where something else needs one of them: that is the operator's."""
    if not packages:
        return ()
    if manager == "apt":
        return (
            Command(("dpkg", "--no-act", "--remove", *packages), timeout_seconds=120),
            Command(
                (
                    "env",
                    "DEBIAN_FRONTEND=noninteractive",
                    "NEEDRESTART_MODE=a",
                    "apt-get",
                    "remove",
                    "-y",
                    *packages,
                ),
                timeout_seconds=1800,
                waits_for="apt",
            ),
        )
    return (
        Command(("rpm", "--erase", "--test", *packages), timeout_seconds=120),
        Command(("dnf", "remove", "-y", "--noautoremove", *packages), timeout_seconds=1800, waits_for="dnf"),
    )


def _with_order(step: Step, wanted: Sequence[Done], ids: set[str]) -> Step:
    """What needed this step is undone before it."""
    name = step.id.removeprefix(UNDO)
    users = tuple(UNDO + other.step.id for other in wanted if name in other.step.requires)
    return replace(step, requires=tuple(item for item in users if item in ids))


def _refuse_unknown(run_directories: Sequence[str], step_ids: tuple[str, ...]) -> None:
    known = {
        name: None for path in run_directories for name in read_run(path).steps if not name.startswith(UNDO)
    }
    unknown = [name for name in step_ids if name not in known]
    if unknown:
        raise Failure(
            f"No run of this session has a step named {', '.join(unknown)}.",
            next_step=f"The steps that were run are: {', '.join(known) or 'none'}.",
        )
