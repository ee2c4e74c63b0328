"""A user's session that went on as root: every command says so in its old place, and names the one that finds it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step
from tests.unit.cli.console import Stream, answers_file, run
from wizard.apply.runs import create_run
from wizard.cli import privilege
from wizard.cli.environment import Environment
from wizard.cli.main import main
from wizard.cli.options import read_arguments
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import SessionState
from wizard.store.adopt import adopt
from wizard.store.places import ROOTS_PLACE
from wizard.workflow import keep, parting

HOST = "ubuntu-24.04"
SEEN = "The session that was here went on as root, in "


@pytest.fixture
def session(tmp_path: Path) -> str:
    """What `mark` of an adoption leaves: the old file under another name, and where it went on."""
    return _moved(tmp_path / "users", ROOTS_PLACE)


def _moved(directory: Path, place: object) -> str:
    keep.save(str(directory), SessionState(page="usage"))
    os.rename(directory / "session.json", directory / "session.json.moved")
    (directory / "moved.json").write_text(json.dumps({"moved_to": place}))
    return str(directory)


def test_status_says_where_it_went_on(session: str) -> None:
    ran = run("status", "--session", session)
    told = " ".join(ran.out.split())
    assert ran.code == 0 and ran.err == "" and "Nothing is answered" not in told
    assert told.startswith(
        f"empty: {SEEN}{ROOTS_PLACE}: `sudo cometchat-wizard status` says where it stands."
    )
    ran = run("status", "--json", "--session", session)
    assert ran.code == 0 and ran.document["state"] == "empty"
    assert ran.document["details"]["moved_to"] == ROOTS_PLACE and SEEN in ran.err


def test_attach_does_not_say_that_there_is_no_run(session: str) -> None:
    ran = run("attach", "--session", session)
    assert ran.code == 7 and ran.out == "" and "no run" not in ran.err
    assert f"{SEEN}{ROOTS_PLACE}." in ran.err and "`sudo cometchat-wizard attach`" in ran.err


@pytest.mark.parametrize("typed", [["undo", "--all"], ["undo", "tune-kernel", "--yes", "--json"]])
def test_what_undo_asks_first(session: str, typed: list[str]) -> None:
    with pytest.raises(Failure) as caught:
        privilege.refuse_moved(session, read_arguments([*typed, "--session", session]))
    assert caught.value.code == ExitCode.SESSION_UNUSABLE
    assert caught.value.next_step == f"Run `sudo cometchat-wizard {' '.join(typed)}`."


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("/srv/a b", "sudo cometchat-wizard --session '/srv/a b' attach"),
        (5, "sudo cometchat-wizard attach"),
        ("/srv/\x1b[31m", "sudo cometchat-wizard attach"),
        ("beside", "sudo cometchat-wizard attach"),
    ],
)
def test_another_place_is_named_and_nothing_of_a_strange_one_harms(
    tmp_path: Path, place: object, command: str
) -> None:
    ran = run("attach", "--session", _moved(tmp_path / "users", place))
    assert ran.code == 7 and f"Run `{command}`." in ran.err and "\x1b" not in ran.err


def test_a_session_that_was_begun_anew_there_counts(session: str, tmp_path: Path) -> None:
    keep.save(session, SessionState(page="usage"))
    create_run(session, plan_of(step("one", sh("true"))))
    privilege.refuse_moved(session, read_arguments(["undo", "--all"]))
    assert "moved_to" not in run("status", "--json", "--session", session).document["details"]


@pytest.mark.parametrize("place", [ROOTS_PLACE, "/srv/other"])
def test_apply_goes_on_as_root_with_the_answers_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    as_user_with_sudo: Callable[[], list[list[str]]],
) -> None:
    session = _moved(tmp_path / "users", place)
    started = as_user_with_sudo()
    monkeypatch.setattr(
        "wizard.store.moved.read_record", lambda path, *_all, **_named: Path(path).read_bytes()
    )
    monkeypatch.setattr("wizard.store.session.refuse_foreign", lambda _directory: None)
    err = Stream(is_terminal=True)
    terminal = Environment(Stream(is_terminal=True), Stream(), err, {"HOME": "/nonexistent"})
    with pytest.raises(SystemExit):
        main(["apply", "--session", session, "install-jq"], terminal)
    named = [] if place == ROOTS_PLACE else ["--session", place]
    assert started[0][-2 - len(named) :] == [*named, "apply", "install-jq"] and "--adopt" not in started[0]
    assert f"{SEEN}{place}: " in err.getvalue()


def test_apply_where_nobody_can_be_asked_changes_nothing_and_keeps_the_mark(session: str) -> None:
    ran = run("apply", "--yes", "--session", session, host=HOST)
    assert ran.code == 3 and SEEN in ran.err and "Nothing was changed" in ran.err
    assert os.path.exists(f"{session}/moved.json")


@pytest.mark.skipif(os.geteuid() != 0, reason="a session of another user can only be made by root")
def test_after_an_adoption(tmp_path: Path) -> None:
    users, roots = tmp_path / "users", str(tmp_path / "roots")
    run("apply", "--session", str(users), "--answers", answers_file(tmp_path), host=HOST, typed="n\n")
    for path in (users, *users.iterdir()):
        os.chown(path, 1234, 1234)
    adopt(str(users), roots, 1234)
    create_run(roots, plan_of(step("one", sh("true"))))
    for path in (users, *users.iterdir()):
        os.chown(path, 0, 0)
    assert f"sudo cometchat-wizard --session {roots} status" in " ".join(
        run("status", "--session", str(users)).out.split()
    )
    assert run("attach", "--session", str(users)).code == 7


def test_how_to_come_back_after_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logged in again one is the user: what root has is found through sudo alone, which drops variables."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name, value in {"SUDO_USER": "anna", "COMETCHAT_WIZARD_SESSION": "/srv/s"}.items():
        monkeypatch.setenv(name, value)
    assert parting.attach_command(ROOTS_PLACE) == "sudo cometchat-wizard attach"
    assert parting.attach_command("/srv/s") == "sudo cometchat-wizard attach --session /srv/s"
    assert parting.come_back(ROOTS_PLACE).startswith("start the wizard again with sudo, or ")
    monkeypatch.setenv("SUDO_USER", "root")
    assert parting.attach_command("/srv/s") == "cometchat-wizard attach"
    monkeypatch.delenv("SUDO_USER")
    monkeypatch.delenv("COMETCHAT_WIZARD_SESSION")
    assert parting.come_back(ROOTS_PLACE) == "start the wizard again, or `cometchat-wizard attach`"
