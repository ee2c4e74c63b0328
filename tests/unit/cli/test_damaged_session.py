"""Answers that were lost with a damaged session.json are told by every command, and nothing goes on without a word."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step
from tests.unit.cli.console import answers_file, run
from wizard.apply.runs import create_run
from wizard.cli import apply
from wizard.model.answers import Answers, NetworkAnswers, Skip, SoftwareAnswers, UsageAnswers
from wizard.model.session import RunRecord, SessionState
from wizard.workflow import act, keep
from wizard.workflow.root import sudo_command

HOST = "ubuntu-24.04"
OLD = Answers(usage=UsageAnswers(environment="testing", mau=500))
NEW = replace(
    OLD,
    network=NetworkAnswers(firewall="leave"),
    skipped=(Skip(step="tune-kernel", reason="ours is tuned"),),
)
LOST = "session.json was damaged"


@pytest.fixture
def session(tmp_path: Path) -> str:
    """Its session.json is cut off; the copy is one save older."""
    directory = str(tmp_path / "session")
    state = keep.save_answers(directory, SessionState(), OLD)
    keep.save_answers(directory, state, NEW)
    os.truncate(f"{directory}/session.json", 300)
    return directory


@pytest.mark.parametrize("command", ["status", "check", "plan", "answers", "survey"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_looking_tells_it_each_time_and_changes_nothing(
    session: str, command: str, form: tuple[str, ...]
) -> None:
    there = sorted(os.listdir(session))
    for _time in range(2):
        ran = run(command, *form, "--session", session, host=HOST)
        assert ran.code in (0, 3, 4) and ran.err.startswith(f"{LOST}; ") and "look over" in ran.err
        assert LOST not in ran.out or command == "status"
        assert not form or ran.document is not None
    assert sorted(os.listdir(session)) == there


def test_status_carries_it_in_its_document(session: str) -> None:
    assert LOST in run("status", "--json", "--session", session).document["details"]["notice"]


def test_without_a_copy_it_is_told_as_well(session: str) -> None:
    os.unlink(f"{session}/session.json.bak")
    for command in ("status", "answers"):
        ran = run(command, "--session", session)
        assert ran.code == 0 and LOST in ran.err and "given again" in ran.err


@pytest.mark.parametrize("has_copy", [True, False])
def test_apply_that_asks_nobody_refuses(session: str, has_copy: bool) -> None:
    if not has_copy:
        os.unlink(f"{session}/session.json.bak")
    there = sorted(os.listdir(session))
    for typed in (None, ""):
        ran = run("apply", "--yes", "--session", session, host=HOST, typed=typed)
        assert ran.code == 7 and LOST in ran.err and ran.out == ""
        assert f"`cometchat-wizard answers --session {session}`" in ran.err
        assert "without --yes" in ran.err and "--answers FILE" in ran.err
    assert {*os.listdir(session)} - {"lock"} == {*there}


def test_apply_with_a_file_goes_on_with_that(session: str, tmp_path: Path) -> None:
    """Also where the file says what the copy says: it is the session from now on."""
    path = answers_file(tmp_path)
    ran = run("apply", "--session", session, "--answers", path, host=HOST, typed="n\n")
    assert ran.code == 130 and LOST in ran.err
    ran = run("status", "--session", session)
    assert ran.code == 0 and ran.err == "" and keep.load(session).answers == OLD
    assert any(".damaged-" in name for name in os.listdir(session))


def test_apply_tells_it_before_it_asks_and_a_yes_takes_the_copy(
    session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run("apply", "--session", session, host=HOST, typed="n\n")
    assert ran.code == 130 and ran.err.index(LOST) < ran.err.index("Do this now?")
    assert LOST in run("status", "--session", session).err, "a no is no word on the answers"

    def started(at: str, *_rest: object) -> RunRecord:
        assert not keep.load(at).is_recovered
        return create_run(at, plan_of(step("one", sh("true"))))

    monkeypatch.setattr(apply, "start_run", started)
    monkeypatch.setattr(apply, "follow_run", lambda *_all, **_named: 0)
    monkeypatch.setattr(apply, "look_around", _looked_as_on_this_host)
    assert run("apply", "--session", session, typed="y\n").code == 0
    assert LOST not in run("status", "--session", session).err


def _looked_as_on_this_host(answers: Answers, _environment: object) -> object:
    from tests.hosts import load
    from wizard.workflow import look

    return look.survey(answers, reader=load(HOST)), ()


def test_export_that_nobody_reads_refuses(session: str, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    ran = run("export", out, "--session", session, host="ubuntu-24.04-docker")
    assert ran.code == 7 and LOST in ran.err and "--answers FILE" in ran.err and not os.path.exists(out)
    ran = run("export", out, "--session", session, host="ubuntu-24.04-docker", typed="")
    assert ran.code in (0, 3) and LOST in ran.err


def test_older_answers_allow_no_restart_of_docker(session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last ones may have taken it back."""
    asked: list[frozenset[str]] = []

    def planned(_runs: object, _ids: object, *, allowed: frozenset[str]) -> None:
        asked.append(allowed)

    monkeypatch.setattr("wizard.apply.undo.undo_plan", planned)
    yes = replace(OLD, software=SoftwareAnswers(restart_docker=True))
    state = keep.save_answers(session, keep.load(session), yes)
    act.undo_plan(session)
    keep.save_answers(session, state, OLD)
    os.truncate(f"{session}/session.json", 9)
    assert keep.load(session).answers == yes
    act.undo_plan(session)
    assert asked == [frozenset({"docker-idle"}), frozenset()]


def test_the_copy_goes_along_to_root(session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/sudo")
    os.unlink(f"{session}/session.json")
    command = sudo_command(session, ["apply"])
    assert command is not None and command[-3:] == ["--adopt", session, "apply"]
    Path(session, "moved.json").write_text("{}")
    assert "--adopt" not in (sudo_command(session, ["apply"]) or ())
