"""A run as rows: its stages as headings, under each its steps with the time they take or took."""

from __future__ import annotations

from wizard.tui import glyphs
from wizard.tui.tables import cut
from wizard.tui.widgets.rows import Row
from wizard.tui.words import clock
from wizard.workflow.progress import Progress, StageProgress, StepProgress, StepState

_WORDS: dict[StepState, str] = {
    "waiting": "",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "skipped": "not run",
    "cut": "broken off",
}
_MARK: dict[StepState, str] = {
    "waiting": glyphs.OPEN,
    "running": glyphs.HERE,
    "done": glyphs.OK,
    "failed": glyphs.BLOCKER,
    "skipped": glyphs.OPEN,
    "cut": glyphs.BLOCKER,
}
_STYLE: dict[StepState, str] = {
    "waiting": "dim",
    "running": "bold",
    "done": "ansi_green",
    "failed": "bold ansi_red",
    "skipped": "dim",
    "cut": "bold ansi_red",
}
_STATE, _TIME = 11, 8


def stage_rows(progress: Progress, width: int) -> list[Row]:
    """Every stage and step in lines of `width` cells."""
    rows: list[Row] = []
    for stage in progress.stages:
        rows.append(_heading(stage, width))
        rows += [_line(step, width) for step in stage.steps]
    return rows


def row_in_view(progress: Progress) -> int | None:
    """The row that matters now: of the step that runs or that failed; None where there is none."""
    matters = progress.running or progress.failed
    index = -1
    for stage in progress.stages:
        index += 1
        for step in stage.steps:
            index += 1
            if step == matters:
                return index
    return None


def _heading(stage: StageProgress, width: int) -> Row:
    count = f"{stage.done} of {len(stage.steps)}".rjust(_TIME)
    return Row(((cut(stage.title, width - _TIME - 1).ljust(width - _TIME), "bold"), (count, "dim")))


def _line(step: StepProgress, width: int) -> Row:
    room = width - 4 - _STATE - _TIME
    time = "" if step.seconds is None else clock(step.seconds)
    words = f"  {_MARK[step.state]} {cut(step.title, room - 1).ljust(room)}{_WORDS[step.state]:<{_STATE}}"
    return Row(((f"{words}{time:>{_TIME}}", _STYLE[step.state]),))
