"""Where a session stands, by its runs and exports."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hosts import load
from tests.unit.apply.plans import plan_of, runner_argv, sh, step
from tests.unit.apply.test_detached import until
from tests.unit.cli.console import run
from wizard.apply import runs
from wizard.apply.journal import follow
from wizard.apply.runs import create_run, launch
from wizard.model.answers import Answers, UsageAnswers
from wizard.model.plan import Plan
from wizard.model.session import SessionState
from wizard.workflow import keep, look, standing

FEW = Answers(usage=UsageAnswers(environment="testing", mau=500))


def exported(session: str, directory: str) -> SessionState:
    state = keep.save_answers(session, SessionState(), FEW)
    survey = look.survey(FEW, reader=load("ubuntu-24.04-docker"))
    return keep.export(session, directory, state, survey)[0]


def test_a_run_after_the_export_counts_also_when_the_clock_was_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = str(tmp_path / "session")
    exported(session, str(tmp_path / "out"))
    assert standing.status(session).state == "exported"
    monkeypatch.setattr(runs, "now", lambda: "2001-01-01T00:00:00.000Z")
    create_run(session, Plan())
    assert standing.status(session).state == "interrupted"
    state = exported(session, str(tmp_path / "out2"))
    assert state.exported_run == 1
    assert standing.status(session).state == "exported"


def test_an_export_of_before_there_were_numbers_goes_by_the_clock(tmp_path: Path) -> None:
    session = str(tmp_path / "session")
    state = exported(session, str(tmp_path / "out"))
    create_run(session, Plan())
    keep.save(session, replace(state, exported_run=None, exported_at="9999-01-01T00:00:00Z"))
    assert standing.status(session).state == "exported"
    keep.save(session, replace(state, exported_run=None, exported_at="2001-01-01T00:00:00Z"))
    assert standing.status(session).state == "interrupted"


def test_status_says_what_attach_says_after_a_sigterm(tmp_path: Path) -> None:
    session = str(tmp_path / "session")
    os.mkdir(session, 0o700)
    mark = tmp_path / "mark"
    found = create_run(session, plan_of(step("one", sh(f"touch {mark}; sleep 60"))))
    found = launch(found, runner_argv(found.directory))
    assert found.pid is not None
    until(mark.exists)
    os.kill(found.pid, signal.SIGTERM)
    list(follow(found, 0.02))
    shown = " ".join(run("status", "--session", session).out.split())
    assert shown.startswith("interrupted: Stopped in the middle of one: the run was told to end")
    assert "without a word" not in shown and "`cometchat-wizard apply` looks at the host again" in shown
    assert "Stopped in the middle of one: the run was told to end" in run("attach", "--session", session).err
    document = run("status", "--json", "--session", session).document
    assert (document["state"], document["step"]) == ("interrupted", "one")
    assert document["details"]["message"].startswith("Stopped in the middle of one")


def test_a_failed_run_is_told_with_its_reason(tmp_path: Path) -> None:
    session = str(tmp_path / "session")
    os.mkdir(session, 0o700)
    found = create_run(session, plan_of(step("bad", sh("echo no such thing >&2; exit 3"))))
    list(follow(launch(found, runner_argv(found.directory)), 0.02))
    shown = " ".join(run("status", "--session", session).out.split())
    assert shown.startswith("failed: bad failed: `sh` ended with exit code 3. It said: no such thing")
    assert "`cometchat-wizard apply` again" in shown
