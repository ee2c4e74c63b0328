"""Looking again after a step: whether what it should have settled is settled."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.plan import Step
from wizard.model.survey import Survey
from wizard.workflow.decide import check
from wizard.workflow.look import survey_host
from wizard.workflow.resume import keep_look

# A start script may return before Docker's daemon answers (`service docker start` does).
DAEMON_SECONDS = 20.0
_DAEMON_POLL_SECONDS = 1.0


def verifier(
    answers: Answers, session: str | None = None, last: str | None = None
) -> Callable[[Step], str | None]:
    """What a step should have settled and has not, in words; None when it is true.

    session: where the look is kept, so that what the run changed is no news to the next visit. last: the id of the
    plan's last step. After it is looked for that reason alone, too: a firewall's rule settles nothing.
    """

    def still_wrong(step: Step) -> str | None:
        if not step.settles:
            if session is not None and step.id == last:
                with suppress(Failure):
                    keep_look(session, survey_host(answers), is_ours=True)
            return None
        left = seen(step)
        deadline = time.monotonic() + (DAEMON_SECONDS if "docker-stopped/" in step.settles else 0)
        while left and time.monotonic() < deadline:
            time.sleep(_DAEMON_POLL_SECONDS)
            left = seen(step)
        return left

    def seen(step: Step) -> str | None:
        host = survey_host(answers)
        if session is not None:
            keep_look(session, host, is_ours=True)
        findings = check(answers, Survey((host,)))
        open_keys = {
            f"{finding.id}/{finding.subject}": finding.seen
            for finding in findings
            if finding.accepted is None
        }
        left = [open_keys[key] for key in step.settles if key in open_keys]
        return " ".join(left) or None

    return still_wrong
