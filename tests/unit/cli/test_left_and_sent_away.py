"""SIGTERM while what a killed run left at work is waited for: said, and gone at once."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import Stream
from wizard.cli.environment import Environment
from wizard.cli.follow import waited_for_leftover
from wizard.cli.leaving import SentAway
from wizard.workflow import resume


def test_it_is_said_once_and_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sent_away = SentAway()

    def waiting(*_more: object) -> None:
        raise sent_away

    monkeypatch.setattr(resume, "wait_for_leftover", waiting)
    err = Stream()
    with pytest.raises(SentAway) as raised:
        waited_for_leftover("/nowhere", Environment(Stream(), Stream(), err, {}))
    assert raised.value is sent_away and sent_away.is_told
    assert err.getvalue().count("nothing was begun beside it") == 1
