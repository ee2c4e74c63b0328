"""Runs in processes of their own: killed, cut off, stopped, and outliving whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.apply.plans import ROOT, is_there, plan_of, runner_argv, sh, step, text_of
from wizard.apply import launching
from wizard.apply.journal import follow, read_events
from wizard.apply.records import read_records
from wizard.apply.runs import create_run, ending, last_run, launch
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan


def until(claim: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def started(run_directory: str) -> bool:
    return any(
        item.event == "step-started" for item in read_events(os.path.join(run_directory, "journal.jsonl"))
    )


def test_a_run_is_followed_to_its_end(tmp_path: Path) -> None:
    run = launch(*prepared(tmp_path, plan_of(step("one", sh("echo hello; sleep 0.3")))))
    assert run.pid is not None
    following = follow(run, 0.05)
    assert [item.event for item in following][-1] == "run-finished"
    assert following.why == "finished"
    until(lambda: last_run(str(tmp_path)).pid is None)  # type: ignore[union-attr]
    assert ending(run).code == ExitCode.DONE


def prepared(tmp_path: Path, plan: Plan):
    run = create_run(str(tmp_path), plan)
    return run, runner_argv(run.directory)


def test_the_runner_is_in_a_session_of_its_own_without_a_terminal(tmp_path: Path) -> None:
    run = launch(*prepared(tmp_path, plan_of(step("one", sh("sleep 5")))))
    assert run.pid is not None
    assert os.getsid(run.pid) == run.pid
    assert os.readlink(f"/proc/{run.pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{run.pid}/fd/1") == run.log
    os.kill(run.pid, signal.SIGKILL)


def test_killed_in_the_middle_is_interrupted(tmp_path: Path) -> None:
    run = launch(*prepared(tmp_path, plan_of(step("one", sh("sleep 30")))))
    assert run.pid is not None
    until(lambda: started(run.directory))
    os.kill(run.pid, signal.SIGKILL)
    following = follow(run, 0.02)
    assert [item.event for item in following][:2] == ["run-started", "step-started"]
    assert following.why == "gone"
    found = ending(run)
    assert found.state == "interrupted"
    assert "in the middle of one" in found.message


def test_sigterm_ends_the_command_and_the_run(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    run = launch(
        *prepared(tmp_path, plan_of(step("one", sh(f"echo $$ > {mark}; sleep 60")), step("two", sh("true"))))
    )
    assert run.pid is not None
    until(mark.exists)
    os.kill(run.pid, signal.SIGTERM)
    events = list(follow(run, 0.02))
    assert (events[-1].event, events[-1].status) == ("run-finished", "failed")
    assert "Stopped in the middle of one" in events[-1].message
    until(lambda: not is_there(int(mark.read_text())))
    until(lambda: ending(run).state == "stopped")


STARTER = f"""
import sys, time
sys.path.insert(0, {ROOT!r})
sys.path.insert(0, {ROOT!r} + "/tests")
from tests.unit.apply.plans import runner_argv
from wizard.apply.runs import all_runs, launch
run = all_runs(sys.argv[1])[0]
launch(run, runner_argv(run.directory))
print("launched", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL, signal.SIGINT])
def test_the_run_outlives_its_starter(tmp_path: Path, number: signal.Signals) -> None:
    run = create_run(str(tmp_path), plan_of(step("one", sh("sleep 1.5; echo survived"))))
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"launched\n"
    os.killpg(starter.pid, number)
    starter.wait()
    starter.stdout.close()
    found = last_run(str(tmp_path))
    assert found is not None
    assert found.pid is not None
    os.kill(found.pid, signal.SIGHUP)
    assert list(follow(found, 0.05))[-1].status == "done"
    assert "survived" in text_of(run.directory, "log.txt")


def test_a_runner_that_does_not_start_is_said(tmp_path: Path) -> None:
    run, _ = prepared(tmp_path, Plan())
    with pytest.raises(Failure) as failure:
        launch(run, [sys.executable, "-c", "import no_such_module_here"])
    assert failure.value.code == ExitCode.UNEXPECTED
    assert "No module named 'no_such_module_here'" in failure.value.seen


def test_two_runs_of_one_session_are_not_at_work_at_once(tmp_path: Path) -> None:
    first = launch(*prepared(tmp_path, plan_of(step("one", sh("sleep 5")))))
    assert first.pid is not None
    with pytest.raises(Failure) as failure:
        launch(*prepared(tmp_path, plan_of(step("one", sh("true")))))
    assert "Another run of this session is at work" in failure.value.seen
    os.kill(first.pid, signal.SIGKILL)


def test_the_end_is_known_as_soon_as_the_last_line_is_there(tmp_path: Path) -> None:
    run = launch(*prepared(tmp_path, plan_of(step("one", sh("exit 1")))))
    assert list(follow(run, 0.001))[-1].event == "run-finished"
    assert ending(run).code == ExitCode.STEP_FAILED


def test_a_stopped_installation_still_records_what_it_left(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    run = launch(
        *prepared(tmp_path, plan_of(step("one", sh(f"touch {mark}; sleep 60"), records=("packages",))))
    )
    assert run.pid is not None
    until(mark.exists)
    os.kill(run.pid, signal.SIGTERM)
    list(follow(run, 0.02))
    (record,) = read_records(run.directory).steps
    assert record.before is None
    assert record.packages is not None


def test_where_systemd_does_not_answer_the_runner_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_systemd(tmp_path, monkeypatch, "#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
    run = launch(*prepared(tmp_path, plan_of(step("one", sh("true")))))
    assert list(follow(run, 0.02))[-1].status == "done"


def test_under_systemd_the_runner_gets_a_scope_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said"
    # As systemd-run --scope does: it becomes the program itself.
    pretend_systemd(
        tmp_path,
        monkeypatch,
        f'#!/bin/sh\necho "$@" > {said}\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n',
    )
    run = launch(*prepared(tmp_path, plan_of(step("one", sh("true")))))
    assert list(follow(run, 0.02))[-1].status == "done"
    name = os.path.basename(run.directory)
    assert said.read_text().startswith(f"--scope --collect --quiet --unit=cometchat-wizard-run-{name} ")


def pretend_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root asks systemd")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "systemd-run"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(launching, "SYSTEMD", str(tmp_path))
