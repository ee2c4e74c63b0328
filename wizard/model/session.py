"""A session: the answers, where the operator stopped, and who holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.model.answers import Answers
from wizard.model.machine import UNKNOWN, MachineMark

SESSION_VERSION = 1

State = Literal["empty", "answering", "running", "interrupted", "failed", "reboot-needed", "done", "exported"]


@dataclass(frozen=True, slots=True)
class SessionState:
    """What session.json holds. changed_at: the last change of the answers, UTC ISO 8601 ('' for an empty session).

    page: the wizard's page where the operator stopped. seen_pages: pages already left with Next.
    survey: the survey that the last export rests on, as plain data, so that exporting twice gives the same bytes.
    exported_to: directory of the last export; exported_changed_at: the changed_at it was made from; exported_run: the
    number of the last run at that time (0: none yet, None: not known).
    machine: where it was made; machine_was: what that machine was called before, by the operator's word.
    notice: how the session was read, for the operator ('' where all was well). is_recovered: session.json was
    damaged or missing, and these are older answers or none. is_other_machine: it was made on another machine than this.
    None of the three is ever saved.
    """

    answers: Answers = field(default_factory=Answers)
    changed_at: str = ""
    page: str | None = None
    seen_pages: tuple[str, ...] = ()
    survey: Mapping[str, Any] | None = None
    exported_to: str | None = None
    exported_at: str | None = None
    exported_changed_at: str | None = None
    exported_run: int | None = None
    version: int = SESSION_VERSION
    machine: MachineMark = UNKNOWN
    machine_was: tuple[MachineMark, ...] = ()
    notice: str = ""
    is_recovered: bool = False
    is_other_machine: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a session: process id, user, terminal, the SSH peer's address ('' on a console), since when (UTC)."""

    pid: int
    user: str
    terminal: str
    client: str
    since: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of the runner. journal and log are absolute paths; pid is None once it has ended.

    number: counts the session's runs; 0 where it is not known.
    """

    directory: str
    started_at: str
    journal: str
    log: str
    pid: int | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """The `status` command's document. waiting: what only a reboot makes true, in sentences."""

    state: State
    step: str | None
    answered: tuple[str, ...]
    missing: tuple[str, ...]
    run: RunRecord | None
    session: str = ""
    holder: Holder | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
