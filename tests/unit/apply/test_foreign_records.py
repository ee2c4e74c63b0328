"""Sessions and runs are believed by owner and mode alone, so what somebody else could have written is not believed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hosts import load as host_of
from tests.unit.apply.plans import plan_of, step
from tests.unit.apply.test_undo import apply, undo
from wizard.apply.ending import ending
from wizard.apply.journal import read_events, tail_log
from wizard.apply.liveness import own_mark
from wizard.apply.log import LogFile
from wizard.apply.planfile import load_plan
from wizard.apply.records import NAME, kept_content, read_records
from wizard.apply.runfile import claim, read_run_file
from wizard.apply.runs import all_runs, last_run, request_stop, stop_is_wanted
from wizard.machine.files import UnsafePath, open_record
from wizard.model.answers import Answers, UsageAnswers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import WriteFile
from wizard.model.session import RunRecord, SessionState
from wizard.store.seen import Seen, keep_seen, read_seen
from wizard.workflow import keep, look

KIM = 12345
ANSWERED = Answers(usage=UsageAnswers(environment="testing", mau=500))
IS_ROOT = os.geteuid() == 0


def given_away(path: Path) -> None:
    os.chown(path, KIM, KIM)


def group_writable(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o020)
    if IS_ROOT:
        os.chown(path, -1, KIM)


def world_writable(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o002)


def linked(path: Path) -> None:
    path.rename(path.with_name(path.name + ".real"))
    path.symlink_to(path.with_name(path.name + ".real"))


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


EITHER = [world_writable, linked] + ([given_away, group_writable] if IS_ROOT else [])
OF_A_FILE = [*EITHER, a_pipe]


@pytest.fixture
def found(tmp_path: Path) -> RunRecord:
    """A session with answers, a look at the host, and a run that replaced a file."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "x").write_text("before")
    session = str(tmp_path / "session")
    keep.save(session, SessionState(answers=ANSWERED, changed_at="2026-01-01T00:00:00Z"))
    apply(
        tmp_path / "session", plan_of(step("x", WriteFile(str(tmp_path / "etc" / "x"), "ours", root=False)))
    )
    run = last_run(session)
    assert run is not None
    return run


def session_of(run: RunRecord) -> Path:
    return Path(run.directory).parent.parent


@pytest.mark.parametrize("change", OF_A_FILE)
@pytest.mark.parametrize("name", ["run.json", "plan.json", NAME, "journal.jsonl"])
def test_a_run_that_others_could_have_written_is_not_undone(
    found: RunRecord, name: str, change: Callable[[Path], None]
) -> None:
    change(Path(found.directory) / name)
    with pytest.raises(Failure) as failure:
        undo(session_of(found))
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    if change not in (linked, a_pipe):
        assert f"somebody else could have written {name} (" in failure.value.seen


@pytest.mark.parametrize("change", EITHER)
def test_nor_one_in_a_directory_of_theirs(found: RunRecord, change: Callable[[Path], None]) -> None:
    change(Path(found.directory))
    with pytest.raises(Failure) as failure:
        undo(session_of(found))
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert ending(found).doubt, "it is said wherever the run is told of"


@pytest.mark.parametrize("change", OF_A_FILE)
def test_a_kept_copy_that_others_could_have_written_is_not_put_back(
    found: RunRecord, change: Callable[[Path], None]
) -> None:
    (copy,) = Path(found.directory).glob("kept-*")
    change(copy)
    assert kept_content(str(copy)) is None
    plan = undo(session_of(found))
    assert plan.steps() == () and "damaged or gone" in plan.notes[0]


@pytest.mark.parametrize("change", OF_A_FILE)
def test_no_reader_of_a_run_believes_it(found: RunRecord, change: Callable[[Path], None]) -> None:
    directory = Path(found.directory)
    request_stop(found)
    assert stop_is_wanted(found.directory)
    readers: dict[str, Callable[[], object]] = {
        "run.json": lambda: read_run_file(found.directory) is None,
        "journal.jsonl": lambda: read_events(found.journal) == (),
        "log.txt": lambda: LogFile(found.log).size() == 0 and tail_log(found.log, 5) == (),
        "request": lambda: not stop_is_wanted(found.directory),
    }
    for name, is_refused in readers.items():
        (directory / name).write_text((directory / name).read_text() + " ")
        assert not is_refused(), name
        change(directory / name)
        assert is_refused(), name
    change(directory / NAME)
    with pytest.raises((OSError, ValueError)):
        read_records(found.directory)
    change(directory / "plan.json")
    with pytest.raises(Failure):
        load_plan(found.directory)
    with pytest.raises(ValueError):
        claim(found.directory, own_mark())


@pytest.mark.parametrize("change", EITHER)
@pytest.mark.parametrize("name", ["session.json", "."])
def test_a_session_that_others_could_have_written_is_not_loaded(
    found: RunRecord, name: str, change: Callable[[Path], None]
) -> None:
    session = session_of(found)
    change(session / name if name != "." else session)
    with pytest.raises(Failure) as failure:
        keep.load(str(session))
    assert failure.value.code == ExitCode.SESSION_UNUSABLE and failure.value.next_step


@pytest.mark.parametrize("change", EITHER)
def test_its_copy_is_neither(found: RunRecord, change: Callable[[Path], None]) -> None:
    session = session_of(found)
    keep.save(str(session), keep.load(str(session)))
    (session / "session.json").write_text("damaged")
    assert keep.load(str(session)).answers == ANSWERED
    change(session / "session.json.bak")
    with pytest.raises(Failure) as failure:
        keep.load(str(session))
    assert "session.json.bak" in failure.value.seen


@pytest.mark.parametrize("change", OF_A_FILE)
def test_nor_what_was_seen_of_the_host(found: RunRecord, change: Callable[[Path], None]) -> None:
    session = session_of(found)
    host = look.survey(ANSWERED, reader=host_of("ubuntu-24.04")).hosts[0]
    keep_seen(str(session), Seen(host, host))
    assert read_seen(str(session)) is not None
    change(session / "seen.json")
    assert read_seen(str(session)) is None


@pytest.mark.skipif(not IS_ROOT, reason="about root's files and another user")
def test_what_root_wrote_is_believed_by_a_user_and_what_a_user_wrote_is_not_by_root(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(json.dumps(1))
    os.close(open_record(str(path)))
    os.chown(path, KIM, KIM)
    with pytest.raises(UnsafePath):
        open_record(str(path))


def test_all_that_there_is_of_runs_is_read_by_one_door() -> None:
    """No reader of a session's or a run's files opens them by itself."""
    root = Path(__file__).parents[3] / "wizard"
    readers = ["apply/journal.py", "apply/log.py", "apply/planfile.py", "apply/runfile.py", "apply/runs.py"]
    readers += ["store/seen.py", "store/session.py", "store/moved.py"]
    for name in readers:
        text = (root / name).read_text(encoding="utf-8")
        assert "read_small(" not in text and "os.O_RDONLY" not in text and " open(" not in text, name
        assert "_record(" in text, name
    assert all_runs("/nowhere") == ()
