"""Undo as a plan of its own: the inverse of what the runs recorded, latest first. Logs are never touched."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wizard.apply.history import UNDO, Done, read_run, still_done
from wizard.apply.packages import CannotRecord, Manager, host_manager, installed_packages
from wizard.apply.undofiles import file_commands, file_guards, is_theirs
from wizard.apply.undopackages import needed_elsewhere, removal
from wizard.apply.units import unit_commands
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Action, Command, Plan, Stage, Step, WriteFile

# Removing any of these ends Docker on this host.
_ENGINES = frozenset({"docker-ce", "docker.io", "containerd.io", "containerd", "runc", "moby-engine"})
_DOCKER_NOTE = (
    "Docker is only stopped and removed while this host has no containers, no volumes and no swarm."
)


# Asks for those of the packages that others need: manager, packages.
Needed = Callable[[str, Sequence[str]], frozenset[str]]


def undo_plan(
    run_directories: Sequence[str],
    step_ids: tuple[str, ...] = (),
    *,
    installed: Mapping[str, str] | None = None,
    needed: Needed | None = None,
) -> Plan:
    """The plan that takes back what these runs (newest first) changed: everything, or the named steps.

    A step that has been undone since, or that changed nothing, drops out. installed: packages as they are
    now; needed: which packages others need; None: ask this host. Raises Failure (bad input) for an id that no run of
    this session knows.
    """
    if not run_directories:
        return Plan()
    _refuse_unknown(run_directories, step_ids)
    now = _ask_host() if installed is None else installed
    found = still_done(run_directories, now)
    wanted = [done for done in found if not step_ids or done.step.id in step_ids]
    others = [done for done in found if done not in wanted]
    undoing = _Undoing(now, needed or _ask_what_is_needed, _asked_for(others))
    steps = [step for done in wanted if (step := undoing.step(done)) is not None]
    idle = [name for name in step_ids if name not in {step.id.removeprefix(UNDO) for step in steps}]
    notes = (*undoing.notes, *(f"{name}: nothing of it is left to be taken back." for name in idle))
    ids = {step.id for step in steps}
    ordered = tuple(_with_order(step, wanted, ids) for step in steps)
    stages = (Stage("undo", "Undo", ordered),) if ordered else ()
    return Plan(stages, tuple(undoing.gone), notes, tuple(dict.fromkeys(undoing.stays)))


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


def _ask_what_is_needed(manager: str, packages: Sequence[str]) -> frozenset[str]:
    from wizard.machine.local import LocalMachine

    return needed_elsewhere(LocalMachine(), manager, packages)


class _Undoing:
    """The undo of one step after the other, and what is to be read before it."""

    def __init__(self, installed: Mapping[str, str], needed: Needed, asked_for: frozenset[str]) -> None:
        self.notes: list[str] = []
        self.stays: list[str] = []
        self.gone: list[str] = []
        self._installed = installed
        self._needed = needed
        self._asked_for = asked_for

    def step(self, done: Done) -> Step | None:
        """None where nothing is to be done, which need not mean that nothing stays."""
        packages = self._packages(done)
        for item in done.files:
            if is_theirs(item):
                self.stays.append(item.path)
                self._note(f"{item.path} has been changed since by somebody else and is left as it is.")
        manager: Manager = "apt" if done.manager == "apt" else "dnf"
        actions: tuple[Action, ...] = (
            *_planned(done, self._installed),
            *(unit_commands(done.units) if _knows_units(done) else ()),
            *removal(manager, packages),
            *file_commands(done.files),
        )
        self._note_upgrades(done)
        if not actions:
            return None
        guards = ("docker-unused",) if _ends_docker(done.manager, actions, packages) else ()
        if guards:
            self._note(_DOCKER_NOTE)
        if packages and not done.is_whole:
            self._note(
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
            guards=(*guards, *file_guards(done.files)),
        )

    def _packages(self, done: Done) -> tuple[str, ...]:
        """What is removed: less what other steps were asked to bring, and less what others came to need."""
        there = [name for name in done.installed if name in self._installed]
        kept = [name for name in there if _plain(name, done.manager) in self._asked_for]
        may_go = [name for name in there if name not in kept]
        # What goes before it is gone by then.
        needed = self._needed(done.manager, [*self.gone, *may_go]) if may_go else frozenset[str]()
        still = [name for name in may_go if name in needed]
        if kept:
            self._note(f"{done.step.id}: {_few([*kept, *still])}: not removed, another step here wants it.")
        elif still:
            self.stays += still
            self._note(f"{done.step.id}: {_few(still)}: not removed, other software here needs it.")
        packages = tuple(name for name in may_go if name not in needed)
        self.gone += [name for name in packages if name not in self.gone]
        return packages

    def _note_upgrades(self, done: Done) -> None:
        newer = [
            f"{name} ({old}, now {new})"
            for name, (old, new) in done.upgraded.items()
            if self._installed.get(name) == new
        ]
        if newer:
            self._note(
                f"{done.step.id} brought newer versions of {_few(newer)}. They stay: undo removes what is new and "
                "takes no version back."
            )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more


def _plain(name: str, manager: str) -> str:
    """A package's name without its architecture: `libjq1:amd64` (apt), `jq.x86_64` (dnf)."""
    return name.partition(":")[0] if manager == "apt" else name.rpartition(".")[0] or name


def _asked_for(others: Sequence[Done]) -> frozenset[str]:
    """Packages that steps which stay were asked to bring, whoever brought them in the end."""
    return frozenset(
        word
        for done in others
        for action in done.step.undo
        if isinstance(action, Command) and _removes_packages(action)
        for word in action.argv[action.argv.index("remove") + 1 if "remove" in action.argv else 0 :]
        if not word.startswith("-")
    )


def _ends_docker(manager: str, actions: tuple[Action, ...], packages: tuple[str, ...]) -> bool:
    if any(_plain(name, manager) in _ENGINES for name in packages):
        return True
    return any(
        isinstance(action, Command)
        and {"stop", "disable"} & set(action.argv)
        and any(word.startswith("docker") for word in action.argv)
        for action in actions
    )


def _knows_units(done: Done) -> bool:
    return bool(done.units) and all(unit.is_active is not None for unit in done.units)


def _planned(done: Done, installed: Mapping[str, str]) -> tuple[Action, ...]:
    """The planned inverse without what the records know better: packages, files, services."""
    paths = {item.path for item in done.files}
    knows_units = _knows_units(done)
    # Nothing was removed, or all of it is there again: then putting it back would only bring newer versions.
    is_back = "packages" in done.step.records and all(name in installed for name in done.removed)
    return tuple(
        action
        for action in done.step.undo
        if not (isinstance(action, Command) and (_removes_packages(action) or _touches(action, paths)))
        and not (isinstance(action, Command) and action.argv[0] == "systemctl" and knows_units)
        and not (isinstance(action, Command) and is_back and _puts_back(action))
        and not (isinstance(action, WriteFile) and os.path.realpath(action.write) in paths)
    )


def _removes_packages(command: Command) -> bool:
    words = set(command.argv)
    return bool(words & {"apt-get", "apt", "dnf", "yum"}) and bool(
        words & {"remove", "purge", "autoremove", "erase"}
    )


def _puts_back(command: Command) -> bool:
    return bool(set(command.argv) & {"apt-get", "dnf"}) and "install" in command.argv


def _touches(command: Command, paths: set[str]) -> bool:
    return command.argv[0] == "rm" and any(os.path.realpath(word) in paths for word in command.argv[1:])


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
