"""HUP and TERM: a command says where things stand and is gone at once, also where nobody reads it any more."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.product import eventually
from tests.unit.apply.plans import plan_of, runner_argv, sh, step
from tests.unit.cli.console import Stream
from wizard.apply.runs import create_run, ending, launch
from wizard.cli.environment import Environment
from wizard.cli.follow import start_run
from wizard.cli.leaving import SentAway
from wizard.model.session import RunRecord
from wizard.workflow import act, parting

SIGNALS = (signal.SIGHUP, signal.SIGTERM)


def waiting_run(session: str) -> RunRecord:
    """A run that goes on until the file `go-on` is there."""
    waits = sh(f"echo begun; while [ ! -e {session}/go-on ]; do sleep 0.05; done")
    record = create_run(session, plan_of(step("wait", waits)))
    return launch(record, runner_argv(record.directory))


def attach(session: str, *more: str, **streams: Any) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "wizard", "attach", "--session", session, *more]
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, text=True, **streams)


def ends_well(session: str, record: RunRecord) -> None:
    assert ending(record).state == "running"
    Path(session, "go-on").touch()
    assert attach(session, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait(20) == 0


@pytest.mark.parametrize("number", SIGNALS)
def test_the_view_leaves_and_the_run_goes_on(session: str, number: int) -> None:
    record = waiting_run(session)
    process = attach(session, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None and process.stderr.readline().startswith("Run of ")
    process.send_signal(number)
    out, told = process.communicate(timeout=10)
    assert process.returncode == 130
    assert (out, told.strip()) == ("", parting.goes_on(record))
    ends_well(session, record)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_reader_that_takes_no_more_holds_nobody(session: str, number: int) -> None:
    """Both streams are full: the events block it, and then its last words do."""
    record = waiting_run(session)
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writing, b"x" * 4096)
        process = attach(session, "--json", stdout=writing, stderr=writing)
        # Following a run that is there it has only the full pipe to wait in.
        eventually(lambda: "pipe_write" in _waits_in(process.pid), "blocked in the pipe", 20)
        process.send_signal(number)
        assert process.wait(10) == 130
    finally:
        os.close(reading)
        os.close(writing)
    ends_well(session, record)


def test_nohup_is_respected(session: str) -> None:
    record = waiting_run(session)
    process = attach(
        session,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert process.stderr is not None and process.stderr.readline().startswith("Run of ")
    process.send_signal(signal.SIGHUP)
    Path(session, "go-on").touch()
    out, told = process.communicate(timeout=20)
    assert process.returncode == 0, told
    assert out.startswith("done     wait ") and ending(record).state == "done"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SentAway])
def test_while_the_run_is_starting(
    session: str, monkeypatch: pytest.MonkeyPatch, interruption: type[KeyboardInterrupt]
) -> None:
    """It may have begun, and that is said; a signal leaves everything, Ctrl-C this view alone."""

    def interrupted(_run: RunRecord, _argv: list[str]) -> RunRecord:
        raise interruption

    monkeypatch.setattr("wizard.apply.runs.launch", interrupted)
    told = Stream()
    outside = Environment(Stream(), Stream(), told, {})
    if interruption is SentAway:
        with pytest.raises(SentAway) as caught:
            start_run(session, plan_of(step("one", sh("true"))), outside)
        assert caught.value.is_told
    else:
        assert start_run(session, plan_of(step("one", sh("true"))), outside) is None
    record = act.current_run(session)
    assert record is not None and told.getvalue().strip() == parting.goes_on(record)


def _waits_in(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return ""
