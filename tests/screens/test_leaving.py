"""Leaving while a run is at work is asked about wherever it is done; what is answered then happens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.screens.app import FEW, Wizard, running
from tests.screens.runs import finished, plan_of, start
from wizard.model.failure import Failure
from wizard.model.session import RunRecord
from wizard.tui.setup import PAGES
from wizard.tui.widgets.rows import Rows
from wizard.workflow import act
from wizard.workflow.progress import Onlooker

pytestmark = pytest.mark.screens
HOST = "ubuntu-24.04"


@asynccontextmanager
async def at_work(
    tmp_path: Path, page: str = "software", steps: tuple[str, str] = ("first", "second")
) -> AsyncIterator[tuple[Wizard, RunRecord]]:
    """A wizard in front of its page while a run goes on; the run ends with the block."""
    gate = tmp_path / "gate"
    wait = ("sh", "-c", f"while [ ! -e '{gate}' ]; do sleep 0.05; done")
    async with running(page, FEW, host=HOST) as wizard:
        run, work = start(plan_of(**{steps[0]: wait, steps[1]: ("true",)}))
        try:
            await wizard.until(lambda: Onlooker(run).look().running is not None, "the first step")
            yield wizard, run
        finally:
            gate.touch()
            work.join(10)


async def has_left(wizard: Wizard) -> bool:
    await wizard.pilot.pause()
    return not wizard.on.is_running or wizard.on._exit


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_every_page_asks_and_leaving_it_running_is_chosen(tmp_path: Path, page: str, key: str):
    async with at_work(tmp_path, page) as (wizard, run):
        await wizard.press(key)
        await wizard.at("LeaveDialog")
        assert wizard.focus == "leave"
        assert "At work: Do first" in wizard.text and "0 of 2 steps are done" in wizard.text
        text = " ".join(wizard.text.split())
        assert "start the wizard again, or `cometchat-wizard attach --session session`" in text
        await wizard.pilot.press("enter")
        assert await has_left(wizard)
        assert not act.is_stopping(run) and act.live_run("session") is not None


async def test_the_run_screen_asks_too_and_staying_stays(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, run):
        wizard.on.call_later(wizard.on.follow_run, run)
        await wizard.at("RunScreen")
        for keys in (["escape"], ["ctrl+b"], ["tab", "tab", "enter"]):
            await wizard.press("ctrl+q")
            await wizard.at("LeaveDialog")
            await wizard.press(*keys)
            await wizard.at("RunScreen")
        assert wizard.on.is_running and not act.is_stopping(run)


async def test_an_undo_is_not_gone_on_with_by_installing(tmp_path: Path):
    async with at_work(tmp_path, steps=("undo-first", "undo-second")) as (wizard, _run):
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        text = " ".join(wizard.text.split())
        assert "undoing again goes on from there" in text and "installing again" not in text


@pytest.mark.parametrize("focus", ["leave", "stop", "close"])
async def test_a_run_that_ends_while_it_is_asked_is_said_and_can_not_be_stopped(tmp_path: Path, focus: str):
    async with at_work(tmp_path) as (wizard, run):
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        await wizard.focus_on(focus)
        (tmp_path / "gate").touch()
        await wizard.until(lambda: "The work has ended meanwhile" in wizard.text, "the end")
        assert "2 of 2 steps are done." in wizard.text and "All steps are done." in wizard.text
        assert "[ Leave ]" in wizard.text and "At work" not in wizard.text
        assert "Stop after this step" not in wizard.text and "running" not in wizard.text
        assert wizard.focus == ("close" if focus == "close" else "leave")
        await wizard.press("escape")
        await wizard.at("software")
        assert wizard.on.is_running and not act.is_stopping(run)


async def test_the_time_of_the_step_goes_on_while_it_is_asked(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, _run):
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        first = _so_far(wizard.text)
        await wizard.until(lambda: _so_far(wizard.text) > first, "a later time")


def _so_far(text: str) -> str:
    found = re.search(r"\((\d+:\d+) so far\)", text)
    assert found, text
    return found[1]


async def test_a_plan_that_can_not_be_read_counts_no_steps(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, run):
        Path(run.directory, "plan.json").write_text("{")
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        assert "steps are done" not in wizard.text
        rows = wizard.one("#text", Rows).rows
        assert "".join(text for text, _style in rows[0].pieces) == "Leave it running"
        (tmp_path / "gate").touch()
        await wizard.until(lambda: "The work has ended meanwhile" in wizard.text, "the end")
        assert "steps are done" not in wizard.text.replace("All steps are done", "")
        rows = wizard.one("#text", Rows).rows
        assert "".join(text for text, _style in rows[0].pieces) == "All steps are done."


async def test_the_leave_of_the_menus_asks(tmp_path: Path):
    async with at_work(tmp_path, "welcome") as (wizard, _run):
        await wizard.enter_on("leave", "#menu")
        await wizard.at("LeaveDialog")
        await wizard.press("escape")
        wizard.on.open_page("done")
        await wizard.at("done")
        await wizard.focus_on("leave")
        await wizard.press("enter")
        await wizard.at("LeaveDialog")


async def test_stop_after_this_step_asks_the_runner_and_leaves(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, run):
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        await wizard.focus_on("stop")
        await wizard.pilot.press("enter")
        assert await has_left(wizard)
        assert act.is_stopping(run)
    assert act.ending(run).state == "stopped"


async def test_who_asked_for_a_stop_before_is_told_and_not_asked_again(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, run):
        act.request_stop(run)
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        assert "It stops once the step it is at is finished" in wizard.text
        assert "[ Stop after this step ]" not in wizard.text and wizard.focus == "leave"


async def test_a_stop_that_can_not_be_asked_for_is_said_and_nobody_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(_run: RunRecord) -> None:
        raise Failure(
            "The request to stop could not be written: No space left on device.", next_step="Free some."
        )

    async with at_work(tmp_path) as (wizard, _run):
        monkeypatch.setattr(act, "request_stop", full)
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        await wizard.focus_on("stop")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "No space left on device" in wizard.text and wizard.on.is_running


async def test_twice_ctrl_q_leaves_it_running(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, run):
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        await wizard.pilot.press("ctrl+q")
        assert await has_left(wizard)
        assert not act.is_stopping(run)


async def test_too_small_to_show_a_question_it_leaves(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, run):
        await wizard.pilot.resize_terminal(60, 20)
        await wizard.until(wizard.on.is_too_small, "the size")
        await wizard.pilot.press("ctrl+q")
        assert await has_left(wizard)
        assert not act.is_stopping(run) and act.live_run("session") is not None


async def test_without_a_run_at_work_nothing_is_asked():
    async with running("software", FEW, host=HOST) as wizard:
        finished(plan_of(first=("true",)))
        await wizard.pilot.press("ctrl+q")
        assert await has_left(wizard)
