"""Looking again after a step: a daemon that is slow to answer is waited for, and not for ever."""

from __future__ import annotations

import pytest

from tests.hosts import load
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts
from wizard.model.plan import Step
from wizard.workflow import look, verify

START = Step("start-docker", "node", "Start Docker", "it is needed", (), settles=("docker-stopped/",))
STOPPED, RUNNING = "ubuntu-24.04-docker-stopped", "ubuntu-24.04-docker"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each look at the host sees, the last one ever after."""
    seen: list[str] = []
    recorded = {name: look.survey_host(Answers(), load(name)) for name in (STOPPED, RUNNING)}

    def next_look(_: Answers) -> HostFacts:
        return recorded[seen.pop(0) if len(seen) > 1 else seen[0]]

    monkeypatch.setattr(verify, "survey_host", next_look)
    monkeypatch.setattr(verify, "_DAEMON_POLL_SECONDS", 0)
    return seen


def test_a_daemon_that_answers_late_is_there(looks: list[str]) -> None:
    looks += [STOPPED, STOPPED, RUNNING]
    assert verify.verifier(Answers())(START) is None
    assert looks == [RUNNING]


def test_a_daemon_that_never_answers_is_told(looks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "DAEMON_SECONDS", 0.3)
    looks += [STOPPED]
    said = verify.verifier(Answers())(START)
    assert said is not None and "daemon" in said


def test_other_steps_are_looked_at_once(looks: list[str]) -> None:
    looks += [STOPPED, RUNNING]
    other = Step("other", "node", "Other", "", (), settles=("no-such-finding/",))
    assert verify.verifier(Answers())(other) is None
    assert looks == [RUNNING]
