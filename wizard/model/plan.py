"""A plan is data: stages of steps of commands, bound to a machine only when the runner runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Command:
    """An argument list, never a shell string. root: must run as root.

    waits_for: a lock that another program may hold (`apt`): the runner waits and says who holds it.
    ok_codes: exit codes that count as done.
    """

    argv: tuple[str, ...]
    root: bool = True
    timeout_seconds: int = 600
    waits_for: Literal["apt", "dnf"] | None = None
    ok_codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file to be written atomically, with its whole content and octal mode (0o644)."""

    write: str
    content: str
    mode: int = 0o644
    root: bool = True


Action = Command | WriteFile


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do that can be done, verified, skipped and undone alone.

    requires: ids of steps that must come first. settles: `finding-id/subject` keys that must be gone from the next
    survey for the step to count as done. records: what the runner notes before it changes anything: `packages`
    (the list of installed packages before and after) or `file:PATH` (its content). undo: the inverse as planned; what
    was really recorded replaces it. guards: what must hold right before it (`docker-unused`: no container, volume or
    swarm), else it ends without having changed anything. needs_reboot: what only a reboot makes true, as a sentence;
    "" where the step is all that is needed.
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

    notes: sentences the operator should read before (what restarts, what is left alone and why).
    """

    stages: tuple[Stage, ...] = ()
    removes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        return tuple(step for stage in self.stages for step in stage.steps)
