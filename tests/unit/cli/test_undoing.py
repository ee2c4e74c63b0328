"""`undo` beside a run at work, beside another undo, and where nobody reads what it says."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step
from tests.unit.cli.console import Stream, run, start
from wizard.cli.environment import Environment
from wizard.cli.main import main
from wizard.model.plan import Plan, Step, WriteFile
from wizard.model.session import RunRecord
from wizard.workflow import act

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="undo removes files as root")


class Closed(Stream):
    """A standard output whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    def flush(self) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


def writes(path: Path, name: str = "make-file") -> Step:
    return step(name, WriteFile(str(path), "content", root=False))


def unread(*argv: str) -> tuple[int, str]:
    err = Stream()
    return main(list(argv), Environment(Stream(), Closed(), err, {"HOME": "/nonexistent"})), err.getvalue()


@needs_root
def test_undo_waits_for_a_run_at_work_and_takes_back_all_of_it(session: str, tmp_path: Path) -> None:
    first, last = tmp_path / "first", tmp_path / "last"
    start(session, plan_of(writes(first, "one"), step("slow", sh("sleep 1")), writes(last, "two")))
    ran = run("undo", "--all", "--yes", "--session", session)
    assert ran.code == 0 and "followed to its end before anything is undone" in ran.err
    assert not first.exists() and not last.exists()


def test_ctrl_c_while_undo_waits_for_a_run_undoes_nothing(
    session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    start(session, plan_of(writes(target), step("slow", sh("sleep 1"))))

    def left(_record: RunRecord, _meanwhile: object) -> list[object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(act, "follow", left)
        ran = run("undo", "--all", "--yes", "--session", session)
    assert ran.code == 130 and "The work goes on" in ran.err
    assert run("attach", "--session", session).code == 0
    assert target.exists()


@needs_root
def test_an_undo_that_another_one_came_before_says_so(
    session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the plan that is shown and the session's lock."""
    target = tmp_path / "file"
    start(session, plan_of(writes(target)))
    assert run("attach", "--session", session).code == 0
    real = act.undo_plan
    shown: list[Plan] = []

    def planned(directory: str, names: tuple[str, ...]) -> Plan:
        shown.append(real(directory, names))
        if len(shown) == 1:
            target.write_text("somebody else's")
        return shown[-1]

    monkeypatch.setattr(act, "undo_plan", planned)
    ran = run("undo", "--all", "--yes", "--session", session)
    assert ran.code == 7 and "changed while this was shown, so nothing was undone" in ran.err
    assert target.read_text() == "somebody else's"


@needs_root
def test_what_was_asked_for_is_done_though_nobody_reads_along(session: str, tmp_path: Path) -> None:
    target = tmp_path / "file"
    start(session, plan_of(writes(target)))
    assert run("attach", "--session", session).code == 0
    code, err = unread("undo", "--all", "--yes", "--session", session)
    assert code == 0 and not target.exists(), err


def test_the_exit_code_does_not_hang_on_who_reads(session: str) -> None:
    start(session, plan_of(step("bad", sh("exit 3"))))
    assert run("attach", "--session", session).code == 6
    assert unread("attach", "--session", session)[0] == 6
    assert unread("status", "--session", session)[0] == 0


def test_a_view_that_nobody_reads_ends_and_says_that_the_work_goes_on(session: str) -> None:
    start(session, plan_of(step("one", sh("true")), step("slow", sh("sleep 1.5"))))
    code, err = unread("attach", "--session", session)
    assert code == 130 and "The work goes on" in err
    assert act.live_run(session) is not None
    assert run("attach", "--session", session).code == 0


def test_undo_in_a_session_that_went_on_as_root_says_so(session: str, tmp_path: Path) -> None:
    (Path(session) / "moved.json").write_text(json.dumps({"moved_to": str(tmp_path / "roots")}))
    ran = run("undo", "--all", "--yes", "--session", session)
    assert ran.code == 7 and "sudo cometchat-wizard" in ran.err, ran.err


def test_undo_tells_that_the_session_is_damaged(session: str) -> None:
    (Path(session) / "session.json").write_text("{")
    ran = run("undo", "--all", "--yes", "--session", session)
    assert "damaged" in ran.err and "nothing to undo" in ran.err and ran.code == 0


def test_undo_does_not_guess_where_a_journal_can_not_be_read(session: str, tmp_path: Path) -> None:
    record = start(session, plan_of(writes(tmp_path / "file")))
    assert run("attach", "--session", session).code == 0
    os.unlink(record.journal)
    os.mkdir(record.journal)
    ran = run("undo", "--all", "--yes", "--session", session)
    assert ran.code == 7 and "its journal can't be read" in ran.err and (tmp_path / "file").exists()
