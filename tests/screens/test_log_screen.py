"""The whole log a key away: scrolled, followed, searched, written to a file, and all that stands in it harmless."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.screens.app import FEW, Wizard, running
from tests.screens.runs import as_it_was, finished, plan_of
from wizard.apply import log as log_module
from wizard.model.session import RunRecord
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.logtext import LogText

pytestmark = pytest.mark.screens
HOST = "ubuntu-24.04"
MANY = "".join(f"line {number} of the log\n" for number in range(2000))


@asynccontextmanager
async def log_of(text: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Wizard, RunRecord]]:
    """The log screen on a log with this text."""
    async with running("software", FEW, host=HOST, size=size) as wizard:
        record = as_it_was("failed")
        Path(record.log).write_text(text)
        await wizard.focus_on("next")
        await wizard.press("L")
        await wizard.at("LogScreen")
        await wizard.until(lambda: "follows the end" in title(wizard), "the title")
        yield wizard, record


def title(wizard: Wizard) -> str:
    return wizard.text.split("\n")[0]


def lines(wizard: Wizard) -> list[str]:
    """The rows of the log on the screen."""
    region = wizard.one("#log", LogText).region
    return [line.rstrip() for line in wizard.text.split("\n")[region.y : region.bottom]]


async def search(wizard: Wizard, words: str) -> None:
    await wizard.press("slash")
    assert wizard.focus == "words" and "▸ Search" in wizard.text
    wizard.one("#words", Field).value = ""
    await wizard.type(words)
    await wizard.press("enter")
    await wizard.until(lambda: wizard.message.strip() != "Searching...", "the search")
    assert wizard.focus == "log"


async def test_all_of_it_can_be_reached():
    async with log_of(MANY) as (wizard, _run):
        assert lines(wizard)[-1] == "  line 1999 of the log" and "follows the end, " in title(wizard)
        await wizard.press("home")
        assert lines(wizard)[0] == "  line 0 of the log" and "0 % of " in title(wizard)
        seen = set(lines(wizard))
        for _ in range(120):
            await wizard.press("pagedown")
            seen |= set(lines(wizard))
            if "100 % of " in title(wizard):
                break
        assert {f"  line {number} of the log" for number in range(2000)} <= seen
        await wizard.press("up", "up", "pageup", "down", "space", "end")
        assert lines(wizard)[-1] == "  line 1999 of the log" and "follows" in title(wizard)


async def test_end_follows_and_any_other_move_stays():
    async with log_of(MANY) as (wizard, run):
        await wizard.press("up")
        with open(run.log, "a") as file:
            file.write("news\n")
        wizard.screen._poll()
        await wizard.pilot.pause()
        assert lines(wizard)[-1] == "  line 1998 of the log" and "follows" not in title(wizard)
        await wizard.press("end")
        assert lines(wizard)[-1] == "  news"
        with open(run.log, "a") as file:
            file.write("more news\n")
        await wizard.until(lambda: lines(wizard)[-1] == "  more news", "what came")


async def test_long_lines_are_wrapped_and_whole():
    long = "x" * 5000 + "the end of it"
    async with log_of(f"before\n{long}\nafter\n") as (wizard, _run):
        await wizard.press("home")
        assert lines(wizard)[:3] == ["  before", f"  {'x' * 78}", f"… {'x' * 78}"]
        got = ""
        for _ in range(90):
            got += lines(wizard)[0][2:]
            await wizard.press("down")
        await wizard.press("end")
        assert long in got + "".join(line[2:] for line in lines(wizard)), "every part was the first row once"


async def test_search_next_previous_round_and_nothing():
    text = MANY.replace("line 700 ", "line NEEDLE ").replace("line 1200 ", "line needle ")
    async with log_of(text) as (wizard, _run):
        await search(wizard, "needle")
        assert "▸ line NEEDLE of the log" in wizard.text
        assert wizard.message.strip() == "Not found up to the end: went on from the start."
        await wizard.press("n")
        assert "▸ line needle of the log" in wizard.text and wizard.message == ""
        await wizard.press("N")
        assert "▸ line NEEDLE of the log" in wizard.text and wizard.message == ""
        await wizard.press("N")
        assert "▸ line needle of the log" in wizard.text
        assert wizard.message.strip() == "Not found up to the start: went on from the end."
        await search(wizard, "no such thing")
        assert wizard.message.strip() == "Not found: no such thing"
        await search(wizard, "line 1234 ")
        await wizard.press("n")
        assert wizard.message.strip() == "This is the only line with it." and "▸ line 1234 of" in wizard.text


async def test_matches_are_marked_also_where_the_edge_cuts_them():
    async with log_of(f"{'.' * 75}needle Needle\nnothing\n") as (wizard, _run):
        await search(wizard, "NEEDLE")
        strips = [wizard.one("#log", LogText).render_line(y) for y in range(2)]
        marked = [
            segment.text for strip in strips for segment in strip if segment.style and segment.style.reverse
        ]
        assert marked == ["nee", "dle", "Needle"]
        await wizard.press("slash")
        await wizard.press("ctrl+u", "enter")
        assert not any(
            segment.style and segment.style.reverse for segment in wizard.one("#log", LogText).render_line(0)
        )


async def test_a_long_search_lets_keys_in_and_a_new_one_takes_its_place(monkeypatch: pytest.MonkeyPatch):
    from wizard.tui import log as screen_module

    monkeypatch.setattr(log_module, "_BLOCK_BYTES", 64)
    monkeypatch.setattr(screen_module, "_TURN_SECONDS", 0)
    async with log_of(MANY) as (wizard, _run):
        await wizard.press("home", "slash")
        await wizard.type("no such thing")
        await wizard.press("enter")
        assert wizard.message.strip() == "Searching..."
        await wizard.press("pagedown")
        assert "line 20 of" in wizard.text
        await search(wizard, "line 25 ")
        await wizard.until(lambda: "▸ line 25 of" in wizard.text, "the second search")


async def test_escape_leaves_the_search_first_and_letters_are_typed():
    async with log_of(MANY) as (wizard, _run):
        await wizard.press("slash")
        await wizard.type("nNwqgG/ L")
        assert wizard.one("#words", Field).value == "nNwqgG/ L" and wizard.page == "LogScreen"
        await wizard.press("escape")
        assert wizard.page == "LogScreen" and wizard.focus == "log"
        await wizard.press("escape")
        await wizard.at("software")


async def test_it_is_written_to_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    async with log_of(MANY) as (wizard, _run):
        await wizard.press("w")
        await wizard.at("WriteDialog")
        expected = tmp_path / "cometchat-wizard-log-20261124T030000Z.txt"
        assert wizard.one("#copy", Field).value == str(expected) and "▸ Write to" in wizard.text
        assert wizard.focus == "copy" and "[ Replace it ]" not in wizard.text
        await wizard.press("enter")
        await wizard.at("LogScreen")
        assert wizard.message.startswith(" Written: ") and expected.read_text() == MANY
        assert expected.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path):
    there = tmp_path / "there.txt"
    there.write_text("mine")
    os.symlink(there, tmp_path / "link.txt")
    async with log_of(MANY) as (wizard, _run):
        await wizard.press("w")
        await wizard.at("WriteDialog")
        field = wizard.one("#copy", Field)
        field.value = str(there)
        await wizard.press("enter")
        assert "is there already. Name another file, or replace it." in " ".join(wizard.message.split())
        assert "[ Replace it ]" in wizard.text and wizard.focus == "copy" and there.read_text() == "mine"
        field.value = str(tmp_path / "link.txt")
        await wizard.pilot.pause()
        assert "[ Replace it ]" not in wizard.text and wizard.message == ""
        await wizard.press("enter")
        assert "symbolic link" in " ".join(wizard.message.split()) and "[ Replace it ]" not in wizard.text
        field.value = str(there)
        await wizard.press("enter")
        await wizard.focus_on("replace")
        await wizard.press("enter")
        await wizard.at("LogScreen")
        assert there.read_text() == MANY


async def test_a_log_that_can_not_be_read_is_said():
    async with running("software", FEW, host=HOST) as wizard:
        os.unlink(as_it_was("failed").log)
        await wizard.focus_on("next")
        await wizard.press("L")
        await wizard.at("LogScreen")
        await wizard.until(lambda: "The log can't be read: No such file" in wizard.text, "why")
        await wizard.press("pageup", "down", "end", "n", "escape", "escape")
        await wizard.at("software")


@pytest.mark.parametrize("key", ["n", "N"])
async def test_searching_on_where_the_log_has_gone_or_is_another_one(key: str):
    async with log_of(MANY) as (wizard, run):
        await search(wizard, "line 5")
        assert wizard.one("#log", LogText).here
        aside = f"{os.path.dirname(run.directory)}.aside"
        os.rename(os.path.dirname(run.directory), aside)
        await wizard.press(key)
        assert wizard.message.strip().startswith(("Not found: line 5", "The log can't be read: No such file"))
        await wizard.press(key, "up", "pagedown", key)
        os.rename(aside, os.path.dirname(run.directory))
        Path(run.log).write_text("short\nline 5\n")
        await wizard.press(key)
        await wizard.until(lambda: "▸ line 5" in wizard.text, "the one that is there")


async def test_where_nothing_was_installed_there_is_no_log():
    async with running("software", FEW, host=HOST) as wizard:
        await wizard.press("L")
        assert wizard.message == "Nothing was installed by this wizard yet: there is no log."


async def test_from_welcome_the_last_run_and_its_log(monkeypatch: pytest.MonkeyPatch):
    async with running("software", FEW, host=HOST) as wizard:
        finished(plan_of(first=("sh", "-c", "echo the reason; exit 3")))
        wizard.on.open_page("welcome")
        await wizard.at("welcome")
        await wizard.press("l")
        await wizard.at("LogScreen")
        await wizard.until(lambda: "the reason" in wizard.text, "the log")
        await wizard.press("escape")
        await wizard.at("welcome")
        await wizard.enter_on("run", "#menu")
        await wizard.at("RunScreen")
        await wizard.until(lambda: "Installing stopped" in wizard.text, "the end")
        await wizard.press("L")
        await wizard.at("LogScreen")
        await wizard.press("ctrl+b")
        await wizard.at("RunScreen")
        await wizard.press("enter")
        await wizard.at("welcome")


async def test_what_a_program_says_is_shown_harmless():
    text = "".join(chr(number) for number in range(256)).replace("\n", "") + "[/x] [red]boo[/] \u202e日本\n"
    async with log_of(text * 3) as (wizard, _run):
        await search(wizard, "boo")
        bad = {one for one in wizard.text if unicodedata.category(one) in ("Cc", "Cf", "Cs")} - {"\n"}
        assert not bad and "[/x] [red]boo[/]" in wizard.text.replace("\n", "")
