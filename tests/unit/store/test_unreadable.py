"""Directories that can't be written, or not even read: a sentence each, and nothing lost."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.console import answers_file, run
from wizard.apply.runs import all_runs, create_run
from wizard.model.answers import Answers, UsageAnswers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.model.session import SessionState
from wizard.store import session as store
from wizard.store.session import load, save
from wizard.workflow import hold, keep

ANSWERED = Answers(usage=UsageAnswers(environment="testing", mau=500))


def test_one_that_cannot_be_read_is_not_called_unwritable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(str(tmp_path), SessionState(answers=ANSWERED, changed_at="2026-01-01T00:00:00Z"))

    def refused(path: str, *_more: object, **_options: object) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(store, "read_record", refused)
    with pytest.raises(Failure) as failure:
        load(str(tmp_path))
    assert failure.value.seen == f"This user may not read {tmp_path}/session.json."
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    monkeypatch.undo()
    assert load(str(tmp_path)).answers == ANSWERED


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[str]:
    """A session with answers and a run on a file system that is then mounted read-only."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        session = str(place / "session")
        keep.save(session, SessionState(answers=ANSWERED, changed_at="2026-01-01T00:00:00Z"))
        create_run(session, Plan())
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        yield session
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_read_only_session_can_be_looked_at(read_only: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.apply.journal.START_SECONDS", 0.1)  # this run never began
    assert load(read_only).answers == ANSWERED
    shown = run("status", "--session", read_only)
    assert shown.code == 0 and shown.out.startswith("interrupted: ")
    assert run("attach", "--session", read_only).code == ExitCode.STEP_FAILED
    checked = run("check", "--json", "--session", read_only, host="ubuntu-24.04-docker")
    assert checked.code != ExitCode.SESSION_UNUSABLE and checked.document["findings"]


def test_a_read_only_session_is_said_before_anything_is_begun(read_only: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        hold.acquire(read_only, {})
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert "can't be written to" in failure.value.seen and "Mount it for writing" in failure.value.next_step
    with pytest.raises(Failure, match="can't be written to"):
        save(read_only, SessionState())
    answers = ("--answers", answers_file(tmp_path), "--session", read_only)
    ran = run("apply", "--yes", *answers, host="ubuntu-24.04")
    assert ran.code == ExitCode.SESSION_UNUSABLE and "Traceback" not in ran.err
    assert "can't be written to" in ran.err
    with pytest.raises(Failure, match="A run can't be kept"):
        create_run(read_only, Plan())
    assert len(all_runs(read_only)) == 1 and load(read_only).answers == ANSWERED
