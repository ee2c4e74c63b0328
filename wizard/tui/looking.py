"""Looking at the host in the background: threads that touch no widget and post what they saw."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.workflow.look import outside, survey_host

if TYPE_CHECKING:
    from wizard.machine.reading import Reader
    from wizard.model.facts import DnsFacts, TlsFacts
    from wizard.model.since import Since
    from wizard.model.survey import Survey
    from wizard.tui.app import WizardApp

Outside = tuple["TlsFacts | None", "DnsFacts | None"]


class Looked(Message):
    """A survey came in; answers: what was answered when it began; since: what changed since the visit before."""

    def __init__(self, survey: Survey, answers: Answers, since: Since | None = None) -> None:
        super().__init__()
        self.survey = survey
        self.answers = answers
        self.since = since


class PartSeen(Message):
    """One part of the survey came in: its name and its noun."""

    def __init__(self, name: str, noun: object) -> None:
        super().__init__()
        self.name = name
        self.noun = noun


class LookFailed(Message):
    """The survey could not be made."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


class Looker:
    """Looks for one app. reader and look_outside: this host, openssl and the resolver unless a test says else."""

    def __init__(
        self,
        app: WizardApp,
        reader: Reader | None = None,
        look_outside: Callable[[Answers], Outside] = outside,
    ) -> None:
        self._app = app
        self._reader = reader
        self._outside = look_outside

    def look(self, answers: Answers, *, is_ours: bool = False) -> None:
        """Everything: posts PartSeen as parts come in, then Looked or LookFailed.

        is_ours: what changed was done by a run of this wizard, and is no news.
        """
        in_background(self._app, lambda: self._look(answers, is_ours))

    def look_outside(self, answers: Answers, survey: Survey) -> None:
        """Certificate and names alone: posts Looked with the hosts as they were."""
        in_background(self._app, lambda: self._look_outside(answers, survey))

    def _look(self, answers: Answers, is_ours: bool) -> None:
        from wizard.model.survey import Survey
        from wizard.workflow.resume import changed_since, keep_look

        def part_seen(name: str, noun: object) -> None:
            self._app.post_message(PartSeen(name, noun))

        try:
            host = survey_host(answers, self._reader, part_seen)
            found = Survey((host,), *self._outside(answers))
        except Failure as failure:
            self._app.post_message(LookFailed(failure))
            return
        session = self._app.setup.session
        since = None if is_ours else changed_since(session, answers, host)
        self._app.post_message(Looked(found, answers, since))
        # Only now: nobody waits for the disk, and news that was not shown is told again.
        keep_look(session, host, is_ours=is_ours)

    def _look_outside(self, answers: Answers, survey: Survey) -> None:
        from dataclasses import replace

        tls, dns = self._outside(answers)
        self._app.post_message(Looked(replace(survey, tls=tls, dns=dns), answers, self._app.setup.since))


def in_background(app: WizardApp, work: Callable[[], None]) -> None:
    """A daemon thread: one that hangs must not hold up leaving, as Textual's thread workers do."""

    def guarded() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a bug in a thread ends the app like one in the loop, with a log
            app.call_later(app.end_by, error)

    threading.Thread(target=guarded, daemon=True).start()
