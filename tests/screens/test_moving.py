"""From page to page and from session to session: nothing that was given is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.screens.app import BEGUN, FEW, SESSION, running, state_of
from wizard.model.answers import Acceptance, Answers, DomainAnswers, UsageAnswers
from wizard.tui.setup import PAGES
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.rows import Rows
from wizard.workflow import keep

pytestmark = pytest.mark.screens


async def test_next_and_back_through_all_pages():
    async with running("usage", BEGUN) as wizard:
        for page in PAGES[2:]:
            await wizard.press("ctrl+n")
            await wizard.at(page)
        await wizard.press("ctrl+n")
        assert wizard.page == "done"
        for number, page in enumerate(reversed(PAGES[:-1])):
            await wizard.press("escape" if number % 2 else "ctrl+b")
            await wizard.at(page)
        await wizard.press("escape")
        assert wizard.page == "welcome" and wizard.answers == BEGUN


async def test_back_on_welcome_the_page_to_go_on_at_is_kept():
    """A line that is cut on Welcome must not take the place away."""
    async with running("usage", BEGUN, state=state_of(BEGUN, "usage")) as wizard:
        await wizard.press("escape")
        await wizard.at("welcome")
        assert "Go on at: Usage (changed" in wizard.text and wizard.saved().page == "usage"
        await wizard.press("enter")
        await wizard.at("usage")


async def test_the_buttons_go_too():
    async with running("usage", BEGUN) as wizard:
        await wizard.focus_on("next")
        await wizard.press("enter")
        await wizard.at("host")
        await wizard.focus_on("back")
        await wizard.press("space")
        await wizard.at("usage")


async def test_an_earlier_page_changes_and_later_answers_stay():
    answers = Answers(
        usage=UsageAnswers(mau=50000),
        domain=DomainAnswers(primary="chat.example.com", hosts={"dashboard": "d.chat.example.com"}),
        accepted=(Acceptance("vcpus-short", "soon", "recorded-host"),),
    )
    async with running("review", answers) as wizard:
        for page in ("domain", "ports", "software", "host", "usage"):
            await wizard.press("escape")
            await wizard.at(page)
        assert wizard.one("#usage--mau", Field).value == "50000"
        await wizard.press("backspace")
        assert wizard.answers.usage.mau == 5000
        assert wizard.message == "The size changed: this host is judged again against it."
        for page in ("host", "software", "ports", "domain", "review"):
            await wizard.press("ctrl+n")
            await wizard.at(page)
        assert wizard.answers.domain == answers.domain and wizard.answers.accepted == answers.accepted
        assert wizard.saved().answers == wizard.answers


async def test_the_step_list_says_what_needs_attention():
    async with running("review", BEGUN) as wizard:
        rail = [line[:17] for line in wizard.text.splitlines()]
        assert any("This host" in line and "✗" in line for line in rail), rail
        assert any("▸ Review" in line for line in rail), rail


async def test_the_answer_is_on_disk_before_the_next_page_shows():
    async with running() as wizard:
        await wizard.press("enter")
        await wizard.at("usage")
        await wizard.type("12345")
        await wizard.press("ctrl+n")
        await wizard.at("host")
        saved = wizard.saved()
        assert saved.answers.usage.mau == 12345 and saved.page == "host" and "usage" in saved.seen_pages


async def test_resume_at_the_page_where_it_stopped():
    async with running("welcome", state=state_of(BEGUN, "ports")) as wizard:
        assert "Go on at: Ports (changed 2026-11-24 03:00 UTC)" in wizard.text
        await wizard.press("enter")
        await wizard.at("ports")
        assert wizard.answers == BEGUN


async def test_start_new_keeps_the_old_answers_aside():
    async with running("welcome", state=state_of(BEGUN, "review")) as wizard:
        wizard.setup.is_dirty = True
        assert wizard.setup.flush()
        await wizard.press("down", "enter")
        await wizard.at("usage")
        assert wizard.answers == Answers() and wizard.saved().answers == Answers()
        kept = [name for name in os.listdir(SESSION) if name.startswith("answers-")]
        assert len(kept) == 1 and "mau: 50000" in Path(SESSION, kept[0]).read_text()
        assert wizard.one("#usage--mau", Field).value == ""


async def test_a_damaged_session_is_told_on_welcome_also_after_others_looked(tmp_path: Path):
    keep.save(SESSION, state_of(BEGUN, "ports"))
    keep.save(SESSION, state_of(FEW, "ports"))
    (tmp_path / SESSION / "session.json").write_text("{")
    keep.load(SESSION)
    async with running("welcome", state=keep.load(SESSION)) as wizard:
        assert "session.json was damaged" in wizard.text and "Go on at: Ports" in wizard.text
        await wizard.press("enter")
        await wizard.at("ports")
        await wizard.until(lambda: not wizard.saved().notice, "the session saved")
        assert wizard.saved().answers == BEGUN
        assert any(".damaged-" in path.name for path in (tmp_path / SESSION).iterdir())


async def open_file_field(wizard) -> None:
    await wizard.cursor_to("file")
    await wizard.press("enter")
    await wizard.until(lambda: wizard.focus == "file", "the field")


async def test_start_from_an_answers_file(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(
        "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {mau: 25000}\ndomain: {primary: chat.example.org}\n"
    )
    async with running() as wizard:
        await open_file_field(wizard)
        await wizard.type("a.yaml")
        await wizard.press("enter")
        await wizard.at("usage")
        assert wizard.answers.usage.mau == 25000 and wizard.answers.domain.primary == "chat.example.org"
        assert wizard.one("#usage--mau", Field).value == "25000"
        assert wizard.saved().answers == wizard.answers


async def test_answers_that_a_file_replaces_are_kept_aside(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {mau: 777}\n")
    keep.save(SESSION, state_of(FEW, "ports"))
    async with running("welcome", state=state_of(BEGUN, "ports")) as wizard:
        wizard.setup.is_dirty = True  # the last answers are not on disk yet
        assert "Start from an answers file (the old ones are kept aside)" in wizard.text
        await open_file_field(wizard)
        await wizard.type("a.yaml")
        await wizard.press("enter")
        await wizard.at("usage")
        assert wizard.answers.usage.mau == 777
        kept = list((tmp_path / SESSION).glob("answers-*.yaml"))
        assert len(kept) == 1 and "mau: 50000" in kept[0].read_text()


async def test_a_file_is_not_taken_where_the_old_answers_cannot_be_kept(tmp_path: Path, monkeypatch):
    (tmp_path / "a.yaml").write_text("apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {mau: 777}\n")
    keep.save(SESSION, state_of(BEGUN, "ports"))

    def full(*_all, **_named) -> None:
        raise OSError(28, "No space left on device")

    async with running("welcome", state=keep.load(SESSION)) as wizard:
        await open_file_field(wizard)
        await wizard.type("a.yaml")
        monkeypatch.setattr("wizard.machine.files.write_atomic", full)
        await wizard.press("enter")
        assert wizard.page == "welcome" and "could not be kept aside" in " ".join(wizard.text.split())
        assert wizard.answers == BEGUN


async def test_a_bad_answers_file_shows_every_problem(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(
        "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {mau: -1, content: loud}\nnonsense: 1\n"
        "domain: {primary: '[/x] no'}\n"
    )
    async with running() as wizard:
        await open_file_field(wizard)
        await wizard.type("a.yaml")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        for path in ("usage.mau", "usage.content", "nonsense", "domain.primary"):
            assert path in wizard.text, path
        await wizard.press("escape")
        await wizard.at("welcome")
        assert wizard.answers == Answers() and not os.path.exists(f"{SESSION}/session.json")
        await wizard.until(lambda: wizard.focus == "file", "the field again")


@pytest.mark.parametrize("path", ["", "nowhere.yaml", "/", "a b [/x].yaml"])
async def test_no_such_answers_file(path: str):
    async with running() as wizard:
        await open_file_field(wizard)
        await wizard.type(path)
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "answers file" in wizard.text


async def test_export_from_done(tmp_path: Path):
    async with running("done", FEW) as wizard:
        assert wizard.focus == "write"
        wizard.one("#directory", Field).value = "out"
        await wizard.press("enter")
        await wizard.until(lambda: "Written to" in wizard.message, "the export")
        assert (tmp_path / "out/deployment.yaml").is_file() and (tmp_path / "out/SUMMARY.md").is_file()
        assert wizard.focus == "leave" and "up to date" in wizard.text
        assert wizard.saved().exported_to == str(tmp_path / "out")
        first = (tmp_path / "out/deployment.yaml").read_bytes()
        await wizard.focus_on("write")
        await wizard.press("enter")
        await wizard.until(lambda: "Written to" in wizard.message, "the export again")
        assert (tmp_path / "out/deployment.yaml").read_bytes() == first


async def test_a_change_after_the_export_is_said_to_make_it_stale(tmp_path: Path):
    async with running("done", FEW) as wizard:
        wizard.one("#directory", Field).value = "out"
        await wizard.press("enter")
        await wizard.until(lambda: "Written to" in wizard.message, "the export")
        for page in reversed(PAGES[1:-1]):
            await wizard.press("escape")
            await wizard.at(page)
        await wizard.type("0")
        assert wizard.answers.usage.mau == 5000
        assert wizard.message == "Changed since the export: export again on the last page."
        assert "old" in wizard.text
        wizard.on.open_page("done")
        await wizard.at("done")
        assert "out of date" in wizard.text and wizard.focus == "write"


async def test_a_blocked_export_names_what_is_in_the_way(tmp_path: Path):
    async with running("done", BEGUN, host="ubuntu-24.04") as wizard:
        wizard.one("#directory", Field).value = "out"
        await wizard.press("enter")
        await wizard.pilot.pause()
        for ident in ("memory-short", "software-missing", "vcpus-short"):
            assert ident in wizard.message
        assert "Review page" in wizard.message and not (tmp_path / "out").exists()
        assert "Review page" in wizard.text, "the message is cut off"


async def test_an_export_without_users_says_what_is_missing(tmp_path: Path):
    async with running("done", Answers()) as wizard:
        await wizard.press("enter")
        assert "users are missing" in wizard.message and not (tmp_path / "home").exists()


async def test_beyond_swarm_writes_only_the_sheet(tmp_path: Path):
    async with running("done", Answers(usage=UsageAnswers(mau=300000))) as wizard:
        wizard.one("#directory", Field).value = "out"
        await wizard.press("enter")
        await wizard.until(lambda: "only the sheet" in wizard.message, "the sheet")
        written = sorted(os.listdir(tmp_path / "out"))
        assert "sales-sheet.md" in written and "deployment.yaml" not in written
        assert wizard.setup.state.exported_to is None


async def test_an_export_that_cannot_be_written_is_a_sentence(tmp_path: Path):
    (tmp_path / "out").write_text("a file")
    async with running("done", FEW) as wizard:
        wizard.one("#directory", Field).value = "out"
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "could not be written" in wizard.text
        await wizard.press("escape")
        await wizard.at("done")


async def test_leaving_saves():
    async with running("usage") as wizard:
        await wizard.type("777")
        await wizard.pilot.press("ctrl+q")
        await wizard.pilot.pause()
        assert wizard.saved().answers.usage.mau == 777
        assert wizard.on.return_value == 0


async def test_a_session_that_cannot_be_written_is_said_and_nothing_is_lost(tmp_path: Path):
    Path(SESSION).write_text("not a directory")
    async with running("usage") as wizard:
        await wizard.type("777")
        await wizard.until(lambda: wizard.message.startswith("!"), "the warning")
        await wizard.press("ctrl+n")
        await wizard.at("host")
        await wizard.until(lambda: wizard.message.startswith("!"), "the warning")
        assert wizard.answers.usage.mau == 777
        Path(SESSION).unlink()
        await wizard.press("ctrl+n")
        await wizard.at("software")
        assert wizard.saved().answers.usage.mau == 777


async def test_a_list_keeps_its_cursor_over_a_new_look():
    async with running("host", BEGUN) as wizard:
        await wizard.press("down", "down", "down")
        rows = wizard.one("#table", Rows)
        before = rows.rows[rows.cursor].key
        await wizard.press("f5")
        await wizard.looked()
        assert rows.rows[rows.cursor].key == before
