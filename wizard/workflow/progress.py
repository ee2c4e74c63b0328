"""How a run stands, stage by stage, and the time that each step takes or took."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from wizard.apply.planfile import undoes
from wizard.model.event import Event
from wizard.model.plain import shown
from wizard.model.plan import Plan, Step
from wizard.model.session import RunRecord
from wizard.workflow import act

StepState = Literal["waiting", "running", "done", "failed", "skipped", "cut"]


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One step. seconds: what it took, or takes so far; None where it has not begun.

    cut: it began, and its run is over without a word about it. skipped: not run, since one before it failed.
    """

    id: str
    title: str
    state: StepState
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class StageProgress:
    """Steps under one heading."""

    title: str
    steps: tuple[StepProgress, ...]

    @property
    def done(self) -> int:
        """How many of the steps are done."""
        return sum(step.state == "done" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Progress:
    """A whole run. seconds: since its start, up to its end where that has come."""

    stages: tuple[StageProgress, ...]
    seconds: int
    is_undo: bool = False

    @property
    def steps(self) -> tuple[StepProgress, ...]:
        """All steps in order."""
        return tuple(step for stage in self.stages for step in stage.steps)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(stage.done for stage in self.stages)

    @property
    def running(self) -> StepProgress | None:
        """The step that the runner is at."""
        return next((step for step in self.steps if step.state == "running"), None)

    @property
    def failed(self) -> StepProgress | None:
        """The step that ended the run before its time."""
        return next((step for step in self.steps if step.state in ("failed", "cut")), None)


def progress(plan: Plan, events: Iterable[Event], now: float, *, is_over: bool) -> Progress:
    """How far the plan's run is, by its events so far. now: seconds since 1970. is_over: no more events come.

    Pure. A clock that was set back makes no time negative.
    """
    seen = tuple(events)
    started = {event.step: event.at for event in seen if event.event == "step-started" and event.step}
    finished = {event.step: event for event in seen if event.event == "step-finished" and event.step}
    end = moment(seen[-1].at) if seen and is_over else now

    def of(step: Step) -> StepProgress:
        begun, ended = started.get(step.id), finished.get(step.id)
        until = moment(ended.at) if ended is not None else end
        seconds = _between(moment(begun), until) if begun is not None else None
        if ended is not None:
            return StepProgress(step.id, shown(step.title), ended.status or "done", seconds)
        state: StepState = "waiting" if begun is None else "cut" if is_over else "running"
        return StepProgress(step.id, shown(step.title), state, seconds)

    return Progress(
        tuple(StageProgress(shown(stage.title), tuple(map(of, stage.steps))) for stage in plan.stages),
        _between(moment(seen[0].at), end) if seen else 0,
        is_undo=undoes(plan),
    )


class Onlooker:
    """Looks at a run now and then; each time only what is new in its journal is read.

    Raises Failure 7 where the run's plan can't be read.
    """

    def __init__(self, run: RunRecord) -> None:
        self._plan = act.plan_of(run)
        self._reader = act.reader(run)
        self._ids = frozenset(step.id for step in self._plan.steps())
        self._first: Event | None = None
        self._last: Event | None = None
        self._told: dict[tuple[str, str], Event] = {}

    def look(self, *, is_over: bool = False) -> Progress:
        """How the run stands now. is_over: no more events come."""
        while events := self._reader.more():
            for event in events:
                self._take(event)
        ends = [event for event in (self._first, self._last) if event is not None]
        return progress(
            self._plan, [*ends[:1], *self._told.values(), *ends[1:]], time.time(), is_over=is_over
        )

    def _take(self, event: Event) -> None:
        """Of a step only its beginning and its end matter, of the run its first and its last word."""
        self._first, self._last = self._first or event, event
        if event.step in self._ids and event.event in ("step-started", "step-finished"):
            self._told[event.event, event.step or ""] = event


def moment(at: str) -> float | None:
    """An event's time as seconds since 1970; None where it is none."""
    try:
        return datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


def _between(start: float | None, end: float | None) -> int:
    return 0 if start is None or end is None else max(0, int(end - start))
