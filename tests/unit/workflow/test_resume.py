"""Nothing is begun beside what a killed run left at work."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step
from tests.unit.cli.console import answers_file, run
from wizard.apply.liveness import ProcessMark
from wizard.apply.runfile import note_command, read_run_file, write_run_file
from wizard.apply.runs import all_runs, create_run
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.workflow import act, resume


@pytest.fixture
def session(tmp_path: Path) -> str:
    directory = tmp_path / "session"
    directory.mkdir(mode=0o700)
    return str(directory)


@pytest.fixture
def left(session: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run whose runner is gone, and the command that it started and that goes on."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    directory = create_run(session, Plan()).directory
    note_command(directory, "snap install docker", process.pid)
    note = read_run_file(directory)
    assert note is not None and note.command is not None
    runner = replace(note.command.process, pid=2**22 + 1)
    write_run_file(directory, replace(note, process=runner))
    yield process
    process.kill()
    process.wait()


def test_no_run_is_started_beside_it(session: str, left: subprocess.Popen[bytes]) -> None:
    with pytest.raises(Failure) as failure:
        act.start(session, plan_of(step("one", sh("true"))))
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert failure.value.seen.startswith(
        "`snap install docker`, which the last run started, is still at work"
    )
    assert f"kill {left.pid}" in failure.value.next_step
    assert len(all_runs(session)) == 1


def test_it_is_waited_for_with_words(session: str, left: subprocess.Popen[bytes]) -> None:
    said: list[str] = []

    def end() -> None:
        left.kill()
        left.wait()

    def tell(words: str) -> None:
        said.append(words)
        if len(said) == 1:
            threading.Thread(target=end).start()

    resume.wait_for_leftover(session, {}, tell)
    assert "Waiting for it, at most 600 s; Ctrl-C leaves it alone." in said[0]
    assert said[1:] == ["It has finished. Looking at what is left to do."]


def test_it_is_not_waited_for_for_ever(session: str, left: subprocess.Popen[bytes]) -> None:
    with pytest.raises(Failure) as failure:
        resume.wait_for_leftover(session, {"COMETCHAT_WIZARD_LOCK_WAIT": "0"}, print)
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert left.poll() is None


def test_nothing_left_is_no_wait(session: str) -> None:
    said: list[str] = []
    resume.wait_for_leftover(session, {}, said.append)
    create_run(session, Plan())
    resume.wait_for_leftover(session, {}, said.append)
    assert said == []


@pytest.mark.parametrize("verb", [("apply", "--yes"), ("undo", "--all", "--yes")])
def test_apply_and_undo_go_away_from_it_at_ctrl_c(
    session: str,
    tmp_path: Path,
    left: subprocess.Popen[bytes],
    verb: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    answers = ("--answers", answers_file(tmp_path)) if verb[0] == "apply" else ()
    ran = run(*verb, *answers, "--session", session)
    assert ran.code == ExitCode.INTERRUPTED
    assert "`snap install docker`" in ran.err and "nothing was begun beside it" in ran.err
    assert len(all_runs(session)) == 1 and left.poll() is None


def test_status_and_attach_tell_of_it(session: str, left: subprocess.Popen[bytes]) -> None:
    shown = run("status", "--session", session)
    assert shown.out.startswith("interrupted: The run ended without a word before its first step")
    assert f"(process {left.pid})" in " ".join(shown.out.split())
    details = run("status", "--json", "--session", session).document["details"]
    assert details["leftover"] == {"words": "snap install docker", "pid": left.pid}
    assert f"(process {left.pid})" in run("attach", "--session", session).err
    os.kill(left.pid, signal.SIGKILL)
    left.wait()
    assert run("status", "--json", "--session", session).document["details"]["leftover"] is None


def test_a_command_of_another_boot_is_not_left(session: str, left: subprocess.Popen[bytes]) -> None:
    (found,) = all_runs(session)
    note = read_run_file(found.directory)
    assert note is not None and note.command is not None
    mark = ProcessMark(left.pid, note.command.process.start_ticks, "another boot")
    write_run_file(found.directory, replace(note, command=replace(note.command, process=mark)))
    assert resume.leftover(session) is None
