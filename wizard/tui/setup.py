"""The one owner of what the wizard knows: answers, survey, findings, plan. No widgets here."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wizard.model.answers import Answers
from wizard.model.change import changed, with_acceptance, with_skip
from wizard.model.failure import Failure
from wizard.model.session import SessionState
from wizard.workflow import keep

if TYPE_CHECKING:
    from wizard.model.finding import Finding
    from wizard.model.plan import Plan
    from wizard.model.since import Since
    from wizard.model.survey import Survey
    from wizard.model.usage import Sizing

PAGES = ("welcome", "usage", "host", "software", "ports", "domain", "review", "done")
TITLES = {
    "welcome": "Welcome",
    "usage": "Usage",
    "host": "This host",
    "software": "Software",
    "ports": "Ports",
    "domain": "Domain, TLS",
    "review": "Review",
    "done": "Done",
}

# What a change makes stale, by the start of its path.
_STALE = (
    ("usage.", "The size changed: this host is judged again against it."),
    ("storage.data_directory", "Another data directory: its disk is looked at again."),
    ("software.", "The plan changed: its commands were worked out again."),
    ("network.", "The firewall rules were worked out again."),
    ("domain.", "Host names changed: certificate and names are judged again."),
    ("tls.", "Another certificate: it is checked again."),
)
_LOOK_AGAIN = ("storage.data_directory",)
_LOOK_OUTSIDE = ("domain.", "tls.")
# `http://anna` and `http://anna:4711` may be a proxy of that name, or the start of `http://anna:4711secret@proxy`, or
# of a token that stands as the user. What is whole has an @, or a host with a dot or in brackets, and a port.
_MAYBE_HALF_A_PASSWORD = re.compile(r"//(?![^@/]*[.\]][^@/]*:[0-9]+/?$)[^@]*$")


class Setup:
    """State of one wizard.

    session: its directory. survey, findings, plan: None until the first look is done. since: what changed on the host
    since the visit before. typed: what stands in a field that is taken whole and may not have been taken yet, by the
    answer's path. Every change of an answer is written at once by `flush` (called by the app a moment after the last
    key, and before it leaves).
    """

    def __init__(self, session: str, state: SessionState) -> None:
        self.session = session
        self.state = state
        self.survey: Survey | None = None
        self.findings: tuple[Finding, ...] = ()
        self.plan: Plan | None = None
        self.since: Since | None = None
        self.save_failure: Failure | None = None
        self.is_dirty = False
        self.typed: dict[str, str] = {}
        self.wants_look = True
        self.wants_outside = True
        self.on_change: Callable[[], None] = lambda: None

    @property
    def answers(self) -> Answers:
        """The answers as they are now."""
        return self.state.answers

    def change(self, path: str, value: Any) -> str | None:
        """Set one answer. Returns what that makes stale, in a sentence, or None where nothing changed."""
        return self._take(changed(self.answers, path, value), path)

    def take_typed(self) -> None:
        """Whoever goes elsewhere has done typing: what is right is an answer, what is not is let go of."""
        for path, value in self._typed_values():
            self.change(path, value)

    def save_cut_off(self) -> None:
        """Save when the wizard is ended from outside, perhaps in the middle of a word.

        May be called from any thread and from a signal's handler. What may be half a password is not kept.
        """
        self.typed = {
            path: text for path, text in self.typed.items() if not _MAYBE_HALF_A_PASSWORD.search(text.strip())
        }
        for path, value in self._typed_values():
            self._put(changed(self.answers, path, value))
        self.flush()

    def _typed_values(self) -> list[tuple[str, Any]]:
        from wizard.workflow.ask import typed

        found: list[tuple[str, Any]] = []
        waiting, self.typed = self.typed, {}
        for path, text in waiting.items():
            with suppress(ValueError):
                found.append((path, typed(path, text)))
        return found

    def accept(self, finding: Finding, reason: str) -> None:
        """Accept a finding with a reason ('' takes it back)."""
        self._take(with_acceptance(self.answers, finding.id, finding.node, reason), "accepted")

    def skip(self, step: str, reason: str) -> None:
        """Skip a step of the plan with a reason ('' takes it back)."""
        self._take(with_skip(self.answers, step, reason), "skipped")

    def replace_answers(self, answers: Answers) -> None:
        """Answers from a file stand in for all; others that were given stay beside the session. Raises Failure 7."""
        if self.answers not in (Answers(), answers):
            self._put_aside()
        self.wants_look = self.wants_outside = True
        self._take(answers, "")

    def start_new(self) -> None:
        """Begin with no answers; the old ones stay beside the session. Raises Failure 7."""
        self._put_aside()
        self.state = SessionState()
        self.wants_look = self.wants_outside = True
        self.is_dirty = True
        self.flush()
        self.judge()

    def go_to(self, page: str) -> None:
        """Remember where the operator is. Welcome is no place to go on at: the page before it stays."""
        here = self.state.page
        page = page if page != PAGES[0] else here or ""
        seen = self.state.seen_pages
        if here and here not in seen:
            seen = (*seen, here)
        if (page, seen) != (here or "", self.state.seen_pages):
            self.state = replace(self.state, page=page or None, seen_pages=seen)
            self.is_dirty = True

    def look_done(self, survey: Survey, answers: Answers) -> None:
        """Take a new survey in and judge it. answers: what it was made for; they may have changed since."""
        self.survey = survey
        self.wants_look = answers.storage != self.answers.storage
        self.wants_outside = (answers.domain, answers.tls) != (self.answers.domain, self.answers.tls)
        self.judge()

    def judge(self) -> None:
        """Findings and plan from what is known; pure, some milliseconds."""
        if self.survey is None:
            return
        from wizard.workflow import decide

        try:
            self.findings = decide.check(self.answers, self.survey)
            self.plan = decide.plan(self.answers, self.survey)
        except Failure:
            # The usage does not add up yet: its field says so, the last judgement stays.
            return

    def sizing(self) -> Sizing | None:
        """The size for the usage answered; None without one, or where it does not add up."""
        from wizard.workflow import size

        try:
            return size.settled(self.answers)[1]
        except Failure:
            return None

    def is_export_stale(self) -> bool:
        """True where the exported config is older than the answers."""
        return self.state.exported_to is not None and self.state.exported_changed_at != self.state.changed_at

    def flush(self) -> bool:
        """Write what changed. False where that failed: the answers stay here and the failure is kept to be shown."""
        if not self.is_dirty:
            return True
        try:
            keep.save(self.session, self.state)
        except Failure as failure:
            self.save_failure = failure
            return False
        self.is_dirty = False
        self.save_failure = None
        return True

    def _put_aside(self) -> None:
        if not self.flush() and self.save_failure is not None:
            raise self.save_failure  # what is put aside is what is on disk
        keep.put_aside(self.session)

    def _take(self, answers: Answers, path: str) -> str | None:
        if answers == self.answers:
            return None
        was_exported = self.state.exported_to is not None and not self.is_export_stale()
        self._put(answers)
        self.wants_look = self.wants_look or path.startswith(_LOOK_AGAIN)
        self.wants_outside = self.wants_outside or path.startswith(_LOOK_OUTSIDE)
        self.judge()
        self.on_change()
        if was_exported:
            return "Changed since the export: export again on the last page."
        if self.survey is None:
            return None
        return next((words for start, words in _STALE if path.startswith(start)), None)

    def _put(self, answers: Answers) -> None:
        if answers != self.answers:
            self.state = replace(self.state, answers=answers, changed_at=self._next_change())
            self.is_dirty = True

    def _next_change(self) -> str:
        """Now, and never what the last export was made from: two changes in one second must differ."""
        at = keep.now()
        return at if at != self.state.exported_changed_at else at.replace("Z", ".5Z")
