"""A journal, a log, a directory of runs that are not what they were: every command says so and none of them waits."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from tests.unit.apply.plans import plan_of, runner_argv, sh, step
from tests.unit.cli.console import run
from wizard.apply.journal import Reader, follow, parse_line, read_events, tail_log, trouble
from wizard.apply.runfile import RunFile, read_run_file, write_run_file
from wizard.apply.runs import create_run, ending, launch, run_directories
from wizard.model.session import RunRecord

COMMANDS = (["status"], ["status", "--json"], ["attach"], ["undo", "--all"])
WHOLE = b'{"at": "2026-01-01T00:00:00.000Z", "event": "step-started", "step": "one"}\n'


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    """What blocks in an open or a read is cut off: then the test fails, and does not wait for ever."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _deep(path: str) -> None:
    with open(path, "ab") as file:
        file.write(b"[" * 200_000 + b"\n")


def _directory(path: str) -> None:
    os.unlink(path)
    os.mkdir(path)


def _pipe(path: str) -> None:
    os.unlink(path)
    os.mkfifo(path)


def _link(path: str) -> None:
    os.rename(path, f"{path}.moved")
    os.symlink(f"{path}.moved", path)


def _loop(path: str) -> None:
    os.unlink(path)
    os.symlink(path, path)


UNREADABLE = (_directory, _pipe, _link, _loop)
ODD = (_deep, *UNREADABLE)


def _done(session: Path) -> RunRecord:
    record = create_run(str(session), plan_of(step("one", sh("true"))))
    launch(record, runner_argv(record.directory))
    list(follow(record, 0.02))
    return record


def _cut(record: RunRecord) -> None:
    """As one whose process was killed."""
    found = read_run_file(record.directory)
    assert found is not None and found.process is not None
    gone = replace(found.process, pid=2**22 + 1)
    write_run_file(record.directory, RunFile(found.id, found.started_at, gone, number=found.number))


@pytest.fixture
def session(tmp_path: Path) -> Path:
    directory = tmp_path / "session"
    directory.mkdir(mode=0o700)
    return directory


@pytest.mark.parametrize("damage", ODD)
def test_every_command_gets_by(session: Path, damage: Callable[[str], None]) -> None:
    record = _done(session)
    damage(record.journal)
    for command in COMMANDS:
        ran = run(*command, "--session", str(session))
        assert ran.code in (0, 7), (command, ran)
    is_told = f"{record.journal} can't be read" in run("attach", "--session", str(session)).err
    assert is_told == (damage is not _deep)


@pytest.mark.parametrize("damage", UNREADABLE)
def test_a_run_without_its_last_word_is_not_said_to_have_done_nothing(
    session: Path, damage: Callable[[str], None]
) -> None:
    record = _done(session)
    _cut(record)
    damage(record.journal)
    ran = run("status", "--session", str(session))
    assert ran.code == 0 and "before its first step" not in " ".join(ran.out.split())
    assert f"Its journal {record.journal} can't be read" in ending(record).message
    assert ending(record).state == "interrupted"


def test_following_ends_and_goes_on_where_the_journal_comes_back(session: Path) -> None:
    record = _done(session)
    reader = Reader(record.journal)
    assert reader.more()[-1].event == "run-finished"
    os.rename(record.journal, f"{record.journal}.aside")
    os.mkfifo(record.journal)
    assert reader.more() == []
    os.unlink(record.journal)
    os.rename(f"{record.journal}.aside", record.journal)
    with open(record.journal, "ab") as file:
        file.write(WHOLE)
    assert [item.step for item in reader.more()] == ["one"]
    os.unlink(record.journal)
    os.mkfifo(record.journal)
    following = follow(record, 0.02)
    assert list(following) == [] and following.why == "not-started"


def test_a_disk_that_gives_no_more_is_no_crash(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = _done(session)

    def broken(*_arguments: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pread", broken)
        assert read_events(record.journal) == () and Reader(record.journal).more() == []
        assert tail_log(record.log) == ()
        assert trouble(record.journal) == "Input/output error"
    assert trouble(record.journal) == "" and read_events(record.journal)[-1].event == "run-finished"


def test_a_journal_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    assert trouble(str(tmp_path / "none")) == ""
    (tmp_path / "pipe").mkdir()
    assert trouble(str(tmp_path / "pipe")) == "Is a directory"


def test_a_line_too_deep_is_left_out() -> None:
    assert parse_line(b"[" * 200_000) is None and parse_line(b'{"at":' * 100_000) is None


@pytest.mark.parametrize("damage", UNREADABLE)
def test_a_log_that_is_no_log_has_no_tail(session: Path, damage: Callable[[str], None]) -> None:
    record = _done(session)
    damage(record.log)
    assert tail_log(record.log) == ()


@pytest.mark.parametrize("damage", [_loop, _pipe, _directory])
def test_runs_that_can_not_be_listed_are_none(session: Path, damage: Callable[[str], None]) -> None:
    runs = session / "runs"
    runs.touch()
    damage(str(runs))
    assert run_directories(str(runs)) == ()
    assert run("status", "--session", str(session)).code == 0
