"""How a run stands, by its plan and its events alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step
from wizard.apply.journal import append
from wizard.apply.runs import create_run
from wizard.model.event import Event
from wizard.model.plan import Plan, Stage
from wizard.workflow.progress import Onlooker, moment, progress

ONE, TWO, THREE = (step(name, sh("true")) for name in ("one", "two", "three"))
PLAN = Plan((Stage("first", "First", (ONE, TWO)), Stage("second", "Second", (THREE,))))
START = "2026-11-24T03:00:00.000Z"


def at(seconds: float) -> str:
    return f"2026-11-24T03:00:{seconds:06.3f}Z"


def now(seconds: float) -> float:
    start = moment(START)
    assert start is not None
    return start + seconds


BEGUN = (
    Event(START, "run-started"),
    Event(at(1), "step-started", "one"),
    Event(at(3.5), "step-finished", "one", status="done"),
    Event(at(4), "step-started", "two"),
)


def test_while_it_runs() -> None:
    seen = progress(PLAN, BEGUN, now(10.9), is_over=False)
    assert [(item.id, item.state, item.seconds) for item in seen.steps] == [
        ("one", "done", 2),
        ("two", "running", 6),
        ("three", "waiting", None),
    ]
    assert [(stage.title, stage.done, len(stage.steps)) for stage in seen.stages] == [
        ("First", 1, 2),
        ("Second", 0, 1),
    ]
    assert (seen.done, seen.seconds, seen.is_undo) == (1, 10, False)
    assert seen.running is not None and seen.running.id == "two" and seen.failed is None


def test_failed_and_left_out() -> None:
    events = (
        *BEGUN,
        Event(at(9), "step-finished", "two", status="failed", message="no"),
        Event(at(9), "step-finished", "three", status="skipped"),
        Event(at(9), "run-finished", status="failed"),
    )
    seen = progress(PLAN, events, now(500), is_over=True)
    assert [(item.state, item.seconds) for item in seen.steps] == [
        ("done", 2),
        ("failed", 5),
        ("skipped", None),
    ]
    assert seen.seconds == 9, "up to its end, not up to now"
    assert seen.failed is not None and seen.failed.id == "two" and seen.running is None


def test_a_run_that_was_killed_in_the_middle_of_a_step() -> None:
    events = (*BEGUN, Event(at(6), "step-output", "two", message="half"))
    seen = progress(PLAN, events, now(500), is_over=True)
    assert (seen.steps[1].state, seen.steps[1].seconds, seen.seconds) == ("cut", 2, 6)
    assert seen.failed == seen.steps[1]


def test_a_clock_that_was_set_back_and_times_that_are_none() -> None:
    assert progress(PLAN, BEGUN, now(-100), is_over=False).seconds == 0
    assert progress(PLAN, (Event("soon", "run-started"), *BEGUN[1:]), now(9), is_over=False).seconds == 0
    assert progress(PLAN, (), now(9), is_over=False).seconds == 0


def test_an_undo_is_told_apart() -> None:
    assert progress(plan_of(step("undo-one", sh("true"))), (), 0, is_over=False).is_undo


def test_an_onlooker_reads_what_is_new_and_waits_for_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: now(20))
    record = create_run(str(tmp_path / "session"), PLAN)
    onlooker = Onlooker(record)
    assert onlooker.look().steps[0].state == "waiting"
    for event in BEGUN[:2]:
        append(record.journal, event)
    with open(record.journal, "a") as file:
        file.write('{"at": "2026')
    assert onlooker.look().steps[0].state == "running"
    with open(record.journal, "w") as file:
        file.write("torn\n")  # shorter than what was read: nothing of it is new
    assert onlooker.look().steps[0].seconds == 19
