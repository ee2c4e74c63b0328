"""What changed on the host since the visit before stands on Welcome and This host, once it was looked at."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from tests.hosts import load
from tests.screens.app import BEGUN, SESSION, running
from tests.screens.runs import finished, plan_of
from wizard.model.answers import Answers
from wizard.tui.widgets.rows import Rows
from wizard.workflow.look import survey_host
from wizard.workflow.resume import keep_look

HOST = "ubuntu-24.04-port-80-held"


def visited_before(read_at: str = "2026-01-01T10:00:00Z") -> None:
    """The same host as it was: with half of the memory, and nobody on port 80."""
    os.makedirs(SESSION, mode=0o700, exist_ok=True)
    found = survey_host(Answers(), load(HOST))
    assert found.memory_bytes is not None
    free = tuple(item for item in found.listening if item.port != 80)
    keep_look(SESSION, replace(found, read_at=read_at, listening=free, memory_bytes=found.memory_bytes // 2))


def flat(text: str) -> str:
    return " ".join(" ".join(line[17:] for line in text.splitlines()).split())


async def test_welcome_tells_what_changed_and_what_is_in_the_way_now():
    visited_before()
    async with running(answers=BEGUN, host=HOST) as wizard:
        words = flat(wizard.text)
        assert "Since 2026-01-01 10:00 UTC: " in words
        assert "GiB of memory were added" in words and "port 80 was taken by" in words
        assert "Now in the way: port-held (80)" in words
        menu = wizard.one("#menu", Rows)
        assert menu.rows[menu.cursor].key == "go-on"


async def test_this_host_tells_it_too_and_another_look_does_not_take_it_away():
    visited_before()
    async with running("host", BEGUN, host=HOST) as wizard:
        assert "Since 2026-01-01 10:00 UTC: " in flat(wizard.text)
        before = wizard.setup.survey
        await wizard.press("f5")
        await wizard.until(lambda: wizard.setup.survey is not before, "another look")
        assert "Since 2026-01-01 10:00 UTC: " in flat(wizard.text)


async def test_a_first_visit_has_no_news():
    os.makedirs(SESSION, mode=0o700)
    async with running(answers=BEGUN, host=HOST) as wizard:
        assert wizard.setup.since is None and "Since" not in wizard.text
        kept = Path(SESSION, "seen.json")
        await wizard.until(kept.exists, "the look kept")
        assert json.loads(kept.read_text())["host"]["name"] == "recorded-host"


async def test_what_a_run_changed_is_no_news():
    visited_before()
    record = finished(plan_of(one=("true",)))
    async with running(answers=BEGUN, host=HOST) as wizard:
        assert wizard.setup.since is not None
        wizard.on.follow_run(record)
        await wizard.until(lambda: wizard.setup.since is None, "the look after the run")
