"""What a killed run left at work is told on the pages, nothing is begun beside it, and its end is noticed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.screens.app import BEGUN, SESSION, running
from wizard.apply.runfile import RUN_VERSION, note_command, read_run_file, write_run_file
from wizard.apply.runs import all_runs, create_run
from wizard.model.plan import Plan
from wizard.tui import app as wizard_app

HOST = "ubuntu-24.04"
WORDS = "`snap install docker`, which the last run started, is still at work"


@pytest.fixture
def left() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    directory = create_run(SESSION, Plan()).directory
    note_command(directory, "snap install docker", process.pid)
    note = read_run_file(directory)
    assert note is not None and note.command is not None
    write_run_file(directory, replace(note, process=replace(note.command.process, pid=2**22 + 1)))
    yield process
    process.kill()
    process.wait()


def flat(text: str) -> str:
    """The text in one line, without the list of pages at its left."""
    return " ".join(re.sub(r"(?m)^.{17}", "", text).split())


async def test_welcome_tells_of_it(left: subprocess.Popen[bytes]):
    async with running(answers=BEGUN, host=HOST) as wizard:
        assert "The run ended without a word" in flat(wizard.text)
        assert f"is still at work (process {left.pid})" in flat(wizard.text)


async def test_software_tells_of_it_until_it_has_ended_and_then_looks_again(
    left: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wizard_app, "LEFTOVER_SECONDS", 0.05)
    async with running("software", BEGUN, host=HOST) as wizard:
        await wizard.until(lambda: WORDS in flat(wizard.text), "the command left at work")
        before = wizard.setup.survey
        left.kill()
        left.wait()
        await wizard.until(lambda: "still at work" not in wizard.text, "its end")
        await wizard.until(lambda: wizard.setup.survey is not before, "another look")


async def test_nothing_is_begun_beside_it(left: subprocess.Popen[bytes]):
    async with running("software", BEGUN, host=HOST) as wizard:
        await wizard.focus_on("install")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "Something is still at work" in wizard.text
        words = " ".join(wizard.text.split())
        assert WORDS in words and f"with `kill {left.pid}`" in words
        assert len(all_runs(SESSION)) == 1


async def test_a_live_run_of_a_newer_version_is_told_and_not_followed_blindly(tmp_path: Path):
    found = create_run(SESSION, Plan())
    note = read_run_file(found.directory)
    assert note is not None
    from wizard.apply.liveness import own_mark

    write_run_file(found.directory, replace(note, process=own_mark(), version=RUN_VERSION + 1))
    Path(found.directory, "plan.json").write_text('{"stages": [], "nodes": []}')
    async with running(answers=BEGUN, host=HOST) as wizard:
        await wizard.at("TextDialog")
        assert "The run can't be shown" in wizard.text and "is a plan of a newer version" in " ".join(
            wizard.text.split()
        )
        await wizard.press("escape")
        await wizard.at("welcome")
        assert "still going on" in flat(wizard.text) and "is of a newer version" in flat(wizard.text)
