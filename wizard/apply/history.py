"""What the runs of a session did, merged: per step what is still there to be undone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wizard.apply.journal import read_events
from wizard.apply.packages import host_manager
from wizard.apply.records import KeptFile, Record, Records, read_records
from wizard.apply.runfile import run_file_trouble
from wizard.apply.runs import load_plan
from wizard.model.failure import Failure
from wizard.model.plan import Plan, Step

UNDO = "undo-"
NEWER = "it was done by a newer version of cometchat-wizard"
_TROUBLES = {"newer": NEWER, "damaged": "its run.json is damaged"}


@dataclass(frozen=True, slots=True)
class Done:
    """What one step changed, over all runs since it was last undone.

    installed: names of packages that were not there before. files: as they were before the first change, `after`
    as the last change left them. is_whole: False where a run was cut off in the middle of it. cut_off_at: files that
    an undo of it was cut off at.
    """

    step: Step
    manager: str
    installed: tuple[str, ...] = ()
    files: tuple[KeptFile, ...] = ()
    is_whole: bool = True
    cut_off_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunHistory:
    """One run as read back: its steps as planned, its records, and the ids of steps that ended as done.

    trouble: why that is not all of it, in a few words; "" where it is.
    """

    directory: str
    steps: Mapping[str, Step]
    records: tuple[Record, ...]
    done: frozenset[str]
    trouble: str = ""


def read_run(directory: str) -> RunHistory:
    """Read one run back, as far as it can be read; `trouble` says where that is not far enough to rest on it."""
    plan, records, trouble = Plan(), Records(), _TROUBLES.get(run_file_trouble(directory) or "", "")
    try:
        plan = load_plan(directory)
    except Failure:
        trouble = trouble or "its plan.json is damaged"
    try:
        records = read_records(directory)
    except (OSError, ValueError):
        trouble = trouble or "its records.json is damaged"
    events = read_events(os.path.join(directory, "journal.jsonl"))
    done = frozenset(item.step for item in events if item.step and item.status == "done")
    if done - {record.step for record in records.steps}:
        trouble = trouble or "what its steps recorded is lost"
    if {record.step for record in records.steps} - {step.id for step in plan.steps()}:
        trouble = trouble or "its plan.json is not the one that was done"
    return RunHistory(directory, {step.id: step for step in plan.steps()}, records.steps, done, trouble)


def still_done(run_directories: Sequence[str], installed: Mapping[str, str]) -> tuple[Done, ...]:
    """What is there to be undone, the latest step first.

    run_directories: newest first. installed: name to version.
    """
    found: dict[str, Done] = {}
    for directory in reversed(run_directories):
        run = read_run(directory)
        for record in run.records:
            step = run.steps.get(record.step)
            if step is None or not record.begun:
                continue
            if step.id.startswith(UNDO):
                name = step.id.removeprefix(UNDO)
                if step.id in run.done:
                    found.pop(name, None)
                elif name in found:
                    found[name] = _half_undone(found[name], record)
                continue
            earlier = found.pop(step.id, None)
            found[step.id] = _merged(earlier, _done(step, record, directory, installed))
    return tuple(reversed(found.values()))


def _half_undone(done: Done, record: Record) -> Done:
    """What an undo was cut off at may be half back: what stands there now is nobody else's change."""
    cut_off = {item.path for item in record.files if item.after is None}
    if not cut_off:
        return done
    files = tuple(replace(item, after=None) if item.path in cut_off else item for item in done.files)
    return replace(done, files=files, cut_off_at=(*done.cut_off_at, *sorted(cut_off)))


def _done(step: Step, record: Record, directory: str, installed: Mapping[str, str]) -> Done:
    return Done(
        step=step,
        manager=record.manager or host_manager(),
        installed=_installed(record, installed),
        files=tuple(_with_directory(item, directory) for item in record.files),
        is_whole=record.before is None and all(item.after is not None for item in record.files),
    )


def _installed(record: Record, installed: Mapping[str, str]) -> tuple[str, ...]:
    """Packages that a step brought; where its run was cut off, those that are new from then until now."""
    if record.packages is not None:
        return tuple(record.packages.installed)
    return () if record.before is None else tuple(sorted(installed.keys() - record.before.keys()))


def _with_directory(item: KeptFile, directory: str) -> KeptFile:
    # Named relative to the run on disk, since a session may move to root's place.
    return (
        item
        if item.kept is None
        else replace(item, kept=os.path.join(directory, os.path.basename(item.kept)))
    )


def _merged(earlier: Done | None, later: Done) -> Done:
    if earlier is None:
        return later
    first = {item.path: item for item in earlier.files}
    files = {
        item.path: replace(first[item.path], after=item.after) if item.path in first else item
        for item in later.files
    }
    return replace(
        later,
        installed=tuple(dict.fromkeys([*earlier.installed, *later.installed])),
        files=tuple({**first, **files}.values()),
        is_whole=earlier.is_whole and later.is_whole,
    )
