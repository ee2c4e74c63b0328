"""A plan is data: stages of steps of commands, bound to a machine only when the runner runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Command:
    """An argument list, never a shell string. root: must run as root.

    waits_for: a lock that another program may hold (`apt`): the runner waits and says who holds it.
    ok_codes: exit codes that count as done. may_be_missing: a program that is not installed counts as done, too.
    only_where: a file that must be there at that moment, else the command is not run and counts as done; "" for none.
    """

    argv: tuple[str, ...]
    root: bool = True
    timeout_seconds: int = 600
    waits_for: Literal["apt", "dnf"] | None = None
    ok_codes: tuple[int, ...] = (0,)
    may_be_missing: bool = False
    only_where: str = ""


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file to be written atomically, with its whole content and octal mode (0o644)."""

    write: str
    content: str
    mode: int = 0o644
    root: bool = True


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key of a shared file.

    path: its name, from the outermost object (JSON: one or more names; ini: section and key). new, old: plain JSON
    values (ini: text). old None: the key was not there when this was planned; new None: it is taken away.
    """

    path: tuple[str, ...]
    new: Any = None
    old: Any = None


@dataclass(frozen=True, slots=True)
class MergeFile:
    """A file that others keep settings in, too: these keys are set, and everything else in it stays.

    mode: only where the file is not there yet; one that is keeps its own, and its owner.
    """

    write: str
    format: Literal["json", "ini"]
    changes: tuple[KeyChange, ...]
    mode: int = 0o644
    root: bool = True


Action = Command | WriteFile | MergeFile


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do that can be done, verified, skipped and undone alone.

    requires: ids of steps that must come first. settles: `finding-id/subject` keys that must be gone from the next
    survey for the step to count as done. records: what the runner notes before it changes anything: `packages`
    (the list of installed packages before and after), `file:PATH` (its content), `unit:NAME` (whether that service is
    enabled and runs) or `sysctl:KEY`. undo: the inverse as planned; what was really recorded replaces it; what stands
    after a file there is only done where that file is put back. guards: what must hold right before it
    (`docker-unused`: no container, volume or swarm; `docker-idle`: no container that a restart of Docker would end;
    `unchanged:SHA256:PATH`), else it ends without having changed anything. undo_guards: the same for its undo.
    needs_reboot: what only a reboot makes true, as a sentence; "" where the step is all that is needed.
    """

    id: str
    node: str
    title: str
    why: str
    commands: tuple[Action, ...]
    undo: tuple[Action, ...] = ()
    requires: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    undo_guards: tuple[str, ...] = ()
    needs_reboot: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps that belong together (`packages`, `firewall`)."""

    name: str
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would be done, in order. removes: packages that would be removed, named first.

    notes: sentences the operator should read before (what restarts, what is left alone and why). stays: files and
    packages that an undo would take back and does not, since somebody else changed or needs them.
    """

    stages: tuple[Stage, ...] = ()
    removes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()

    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        return tuple(step for stage in self.stages for step in stage.steps)
