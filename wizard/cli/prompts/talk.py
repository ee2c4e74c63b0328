"""One conversation: asks, checks, saves at once. Pages are functions that are handed a Talk."""

from __future__ import annotations

import select
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wizard.cli.environment import Environment
from wizard.cli.paper import finding_lines, wrapped
from wizard.model.answers import Answers
from wizard.model.change import answered, changed
from wizard.model.finding import Finding
from wizard.model.session import SessionState
from wizard.model.survey import Survey
from wizard.workflow import ask, decide, keep, look
from wizard.workflow.resume import changed_since, keep_look

if TYPE_CHECKING:
    from wizard.model.facts import HostFacts
    from wizard.store.session import Lock

_POLL_SECONDS = 0.5
_YES = ("y", "yes")
_NO = ("n", "no")


class Back(Exception):
    """The operator wants the page before this one."""


class Leave(Exception):
    """The input ended, or somebody takes the session over: save and go. words: why, in a sentence."""

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self.words = words


class Talk:
    """State of one conversation: what was answered, what was seen of the host."""

    def __init__(self, session: str, state: SessionState, lock: Lock, environment: Environment) -> None:
        self.session = session
        self.state = state
        self.lock = lock
        self.environment = environment
        self._survey: Survey | None = None
        self._has_told_changes = False

    @property
    def answers(self) -> Answers:
        """The answers as they are now; all of them are on disk."""
        return self.state.answers

    def say(self, text: str = "", indent: str = "") -> None:
        """A sentence, wrapped."""
        for line in wrapped(text, self.environment.width, indent) or [""]:
            self.environment.tell(line)

    def show(self, lines: Sequence[str]) -> None:
        """Lines as they are."""
        for line in lines:
            self.environment.tell(line)

    def head(self, title: str) -> None:
        """The start of a page."""
        self.show(["", title, "-" * len(title)])

    def line(self, prompt: str, help_text: str = "") -> str:
        """One typed line; `?` shows the help and asks again. Raises Back for `back`, Leave at the end."""
        while True:
            self.environment.tell(prompt, end="")
            typed = self._wait_for_line()
            word = typed.strip()
            if word == "?":
                self.say(
                    help_text
                    or "An empty line takes what stands in brackets. `back` goes back. Ctrl-D leaves."
                )
            elif word.lower() == "back":
                raise Back
            else:
                return word

    def claim(self, question: str, *, default: bool, help_text: str = "") -> bool:
        """A yes or a no."""
        while True:
            word = self.line(f"{question} [{'Y/n' if default else 'y/N'}] ", help_text).lower()
            if word == "":
                return default
            if word in (*_YES, *_NO):
                return word in _YES
            self.say("Please type y or n.")

    def answer(
        self, path: str, label: str, default: str, help_text: str, choices: Sequence[str] = ()
    ) -> None:
        """Ask for one answer and save it. Empty: as it is. `-`: take the answer back."""
        current = answered(self.answers, path)
        shown = text_of(current) if current not in (None, ()) else default
        words = f" ({', '.join(choices)})" if choices else ""
        while True:
            typed = self.line(f"{label}{words} [{shown}]: ", f"{help_text} `-` takes an answer back.")
            if typed == "":
                return
            if typed == "-":
                self.change(path, None)
                return
            if choices and typed not in choices:
                self.say(f"One of: {', '.join(choices)}.")
                continue
            try:
                value = ask.typed(path, typed)
            except ValueError as problem:
                self.say(f"This {problem}.")
                continue
            self.change(path, value)
            return

    def change(self, path: str, value: Any) -> None:
        """Set one answer and save it at once."""
        self.take(changed(self.answers, path, value))

    def take(self, answers: Answers) -> None:
        """Answers as they are now, saved at once; what was looked at before counts on where it can."""
        if answers.storage.data_directory != self.answers.storage.data_directory:
            self._survey = None
        if self._survey is not None and (answers.domain, answers.tls) != (
            self.answers.domain,
            self.answers.tls,
        ):
            self._survey = Survey(self._survey.hosts, *look.outside(answers))
        self.state = keep.save_answers(self.session, self.state, answers)

    def at_page(self, page: str) -> None:
        """Remember where the operator is."""
        here = self.state.page
        seen = self.state.seen_pages
        if here and here not in seen:
            seen = (*seen, here)
        if (page, seen) != (here, self.state.seen_pages):
            self.state = keep.save(self.session, replace(self.state, page=page, seen_pages=seen))

    def look_again(self) -> None:
        """Forget what was seen of the host."""
        self._survey = None

    @property
    def survey(self) -> Survey:
        """The host, looked at when first needed."""
        if self._survey is None:
            self.say("Looking at this host...")
            self._survey = look.survey(self.answers, reader=self.environment.reader)
            self._tell_changes(self._survey.hosts[0])
        return self._survey

    def _tell_changes(self, host: HostFacts) -> None:
        """Once a conversation: what changed on this host since the visit before."""
        news = changed_since(self.session, self.answers, host)
        if news is not None and not self._has_told_changes:
            self.say(news.sentence())
        self._has_told_changes = True
        keep_look(self.session, host)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings as of now. Raises Failure where the usage does not add up."""
        return decide.check(self.answers, self.survey)

    def show_findings(self, starts: tuple[str, ...]) -> None:
        """Findings whose id starts with one of these, but for accepted ones."""
        for finding in self.findings:
            if finding.id.startswith(starts) and finding.accepted is None:
                self.show(["", *finding_lines(finding, self.environment)])

    def leave_if_taken_over(self) -> None:
        """Raises Leave once somebody takes the session over: also while a run is followed, which goes on."""
        if self.lock.release_wanted():
            raise Leave("Somebody takes this session over. Every answer is saved; this wizard leaves.")

    def _wait_for_line(self) -> str:
        """A line, or the end of it all. While waiting, look whether somebody takes the session over."""
        while not self._input_is_there():
            self.leave_if_taken_over()
        typed = self.environment.read_line()
        if typed is None:
            raise Leave
        return typed

    def _input_is_there(self) -> bool:
        try:
            return bool(select.select([self.environment.stdin], [], [], _POLL_SECONDS)[0])
        except (OSError, ValueError, TypeError):
            return True  # no real terminal behind it: reading does not wait


def text_of(value: object) -> str:
    """An answer as it would be typed."""
    if isinstance(value, (tuple, list)):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
