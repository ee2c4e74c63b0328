"""The questions line by line begin with how the last run stands, as the pages do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, runner_argv, sh, step
from tests.unit.cli.console import run
from wizard.apply.journal import follow
from wizard.apply.runfile import read_run_file, write_run_file
from wizard.apply.runs import create_run, launch, request_stop
from wizard.model.plan import Plan
from wizard.model.session import RunRecord

WELL = sh("true")
BAD = sh("echo the reason >&2; exit 3")


def _start(session: str, plan: Plan, *, stops: bool = False) -> RunRecord:
    record = create_run(session, plan)
    if stops:
        request_stop(record)
    return launch(record, runner_argv(record.directory))


def _ended(session: str, plan: Plan, *, stops: bool = False) -> RunRecord:
    record = _start(session, plan, stops=stops)
    list(follow(record, 0.02))
    return record


def _told(session: str) -> str:
    """What is said before the first question, on one line."""
    ran = run("--plain", "--session", session, host="ubuntu-24.04-docker", typed="")
    assert ran.code == 0, ran
    return " ".join(ran.err.partition("CometChat on-premise setup")[0].split())


def _cut(record: RunRecord) -> None:
    """As one whose process was killed before its last word."""
    found = read_run_file(record.directory)
    assert found is not None and found.process is not None
    gone = replace(found.process, pid=2**22 + 1)
    write_run_file(record.directory, replace(found, process=gone, exit_code=None, message=""))
    whole = Path(record.journal).read_bytes().splitlines(keepends=True)
    Path(record.journal).write_bytes(b"".join(whole[:2]))


def test_a_run_that_went_well_is_no_news(session: str) -> None:
    assert _told(session) == ""
    _ended(session, plan_of(step("one", WELL)))
    assert _told(session) == ""


@pytest.mark.parametrize(
    ("name", "who", "again"), [("one", "run", "apply"), ("undo-one", "undo", "undo")], ids=["run", "undo"]
)
def test_one_that_failed_was_stopped_or_was_cut_off_is_told_with_what_to_do(
    session: str, name: str, who: str, again: str
) -> None:
    other = "undo" if again == "apply" else "apply"
    record = _ended(session, plan_of(step(name, BAD)))
    told = _told(session)
    assert told.startswith(f"The last {who}, started {record.started_at}: {name} failed: ")
    assert f"the reason. Mend what it says and `cometchat-wizard {again}` again" in told
    _cut(record)
    told = _told(session)
    assert "ended without a word" in told and f"`cometchat-wizard {again}` looks at the host again" in told
    assert f"cometchat-wizard {other}" not in told
    _ended(session, plan_of(step(name, WELL), step(f"{name}-more", WELL)), stops=True)
    assert f"`cometchat-wizard {again}` goes on." in _told(session)


def test_one_that_went_well_and_can_not_be_read_is_told(session: str) -> None:
    record = _ended(session, plan_of(step("one", WELL)))
    Path(record.directory, "run.json").write_text("{")
    assert "(run.json) is damaged" in _told(session)


@pytest.mark.parametrize(("name", "words"), [("one", "An installation"), ("undo-one", "An undo")])
def test_one_at_work_is_followed_and_named_for_what_it_is(session: str, name: str, words: str) -> None:
    _start(session, plan_of(step(name, sh("sleep 0.7"))))
    told = _told(session)
    assert told.startswith(f"{words} is going on. Ctrl-C") and "All steps are done." in told
    assert "The last" not in told
