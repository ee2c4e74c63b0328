"""Undo as a plan of its own: the inverse of what the runs recorded, latest first. Logs are never touched."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wizard.apply.history import NEWER, UNDO, Done, RunHistory, read_run, still_done
from wizard.apply.packages import CannotRecord, host_manager, installed_packages
from wizard.apply.records import KeptFile, digest_of
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Action, Command, Plan, Stage, Step, WriteFile

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
    now, None: ask this host. Raises Failure: bad input for an id that no run of this session knows, 7 for a run
    whose records can't be relied on.
    """
    if not run_directories:
        return Plan()
    runs = [read_run(path) for path in run_directories]
    _refuse_doubtful(runs)
    _refuse_unknown(runs, step_ids)
    now = _ask_host() if installed is None else installed
    found = still_done(run_directories, now)
    wanted = [done for done in found if not step_ids or done.step.id in step_ids]
    notes: list[str] = []
    steps = [step for done in wanted if (step := _undo_step(done, now, notes)) is not None]
    if not steps:
        return Plan(notes=tuple(notes))
    ids = {step.id for step in steps}
    ordered = tuple(_with_order(step, wanted, ids) for step in steps)
    removes = tuple(dict.fromkeys(name for done in wanted for name in done.installed if name in now))
    return Plan((Stage("undo", "Undo", ordered),), removes, tuple(notes))


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


def _undo_step(done: Done, installed: Mapping[str, str], notes: list[str]) -> Step | None:
    packages = tuple(name for name in done.installed if name in installed)
    files = tuple(action for item in done.files if (action := _undo_file(item, notes)) is not None)
    notes += [
        f"An earlier undo was cut off at {path}: it is put back whole."
        for item in done.files
        if (path := item.path) in done.cut_off_at and digest_of(path) != item.before
    ]
    actions = (*_planned(done), *_remove(done.manager, packages), *files)
    if not actions:
        return None
    guards = ("docker-unused",) if _ends_docker(actions, packages) else ()
    if guards and _DOCKER_NOTE not in notes:
        notes.append(_DOCKER_NOTE)
    if packages and not done.is_whole:
        notes.append(
            f"{done.step.id} was cut off, so its packages are all those that are new since it began: "
            "see that none is yours."
        )
    return Step(
        id=UNDO + done.step.id,
        node=done.step.node,
        title=f"Undo: {done.step.title}",
        why="Takes back what this wizard changed, and nothing else.",
        commands=actions,
        records=(*(("packages",) if packages else ()), *(f"file:{item.path}" for item in done.files)),
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


def _planned(done: Done) -> tuple[Action, ...]:
    """The planned inverse without what the records know better: packages and files."""
    paths = {item.path for item in done.files}
    return tuple(
        action
        for action in done.step.undo
        if not (isinstance(action, Command) and (_removes_packages(action) or _touches(action, paths)))
        and not (isinstance(action, WriteFile) and os.path.realpath(action.write) in paths)
    )


def _removes_packages(command: Command) -> bool:
    words = set(command.argv)
    return bool(words & {"apt-get", "apt", "dnf", "yum"}) and bool(
        words & {"remove", "purge", "autoremove", "erase"}
    )


def _touches(command: Command, paths: set[str]) -> bool:
    return command.argv[0] == "rm" and any(os.path.realpath(word) in paths for word in command.argv[1:])


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


def _undo_file(item: KeptFile, notes: list[str]) -> Action | None:
    """Put a file back, or remove it; None where it is as it was, or where somebody changed it since."""
    current = digest_of(item.path)
    if current == item.before:
        return None
    if item.after is not None and current != item.after:
        notes.append(f"{item.path} has been changed since by somebody else and is left as it is.")
        return None
    if item.kept is not None and digest_of(item.kept) != item.before:
        notes.append(
            f"The copy of {item.path} that was kept is damaged or gone, so the file is left as it is."
        )
        return None
    if item.kept is None:
        return Command(("rm", "-f", "--", item.path), timeout_seconds=60)
    # From the run's own copy, so that the content, which may be private, is in no plan.
    owner = ("-o", str(item.uid), "-g", str(item.gid))
    return Command(
        ("install", "-m", f"{item.mode:o}", *owner, "--", item.kept, item.path), timeout_seconds=60
    )


def _with_order(step: Step, wanted: Sequence[Done], ids: set[str]) -> Step:
    """What needed this step is undone before it."""
    name = step.id.removeprefix(UNDO)
    users = tuple(UNDO + other.step.id for other in wanted if name in other.step.requires)
    return replace(step, requires=tuple(item for item in users if item in ids))


def _refuse_doubtful(runs: Sequence[RunHistory]) -> None:
    """What is not known to have been there before is not put back by guessing."""
    doubtful = next((run for run in runs if run.trouble), None)
    if doubtful is None:
        return
    path = doubtful.directory
    aside = (
        f"Its log tells what it did: {os.path.join(path, 'log.txt')}. To undo the other runs without it, put it "
        f"aside: `mv {shlex.quote(path)} {shlex.quote(path + '.aside')}`."
    )
    raise Failure(
        f"What the run {os.path.basename(path)} changed can't be told for sure: {doubtful.trouble}.",
        why="Undo would have to guess what was there before, so nothing was undone.",
        next_step="Update cometchat-wizard (run its install.sh), then undo again."
        if doubtful.trouble == NEWER
        else aside,
        code=ExitCode.SESSION_UNUSABLE,
    )


def _refuse_unknown(runs: Sequence[RunHistory], step_ids: tuple[str, ...]) -> None:
    known = {name: None for run in runs for name in run.steps if not name.startswith(UNDO)}
    unknown = [name for name in step_ids if name not in known]
    if unknown:
        raise Failure(
            f"No run of this session has a step named {', '.join(unknown)}.",
            next_step=f"The steps that were run are: {', '.join(known) or 'none'}.",
        )
