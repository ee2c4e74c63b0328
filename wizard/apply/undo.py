"""Undo as a plan of its own: the inverse of what the runs recorded, latest first. Logs are never touched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from wizard.apply.history import NEWER, Done, RunHistory, read_run, still_done
from wizard.apply.planfile import UNDO
from wizard.apply.undoing import Undoing
from wizard.apply.undopackages import Packages, ask_host
from wizard.model.failure import Failure
from wizard.model.formats import shell
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan, Stage, Step


def undo_plan(
    run_directories: Sequence[str],
    step_ids: tuple[str, ...] = (),
    *,
    host: Packages | None = None,
    allowed: frozenset[str] = frozenset(),
) -> Plan:
    """The plan that takes back what these runs (newest first) changed: everything, or the named steps.

    A step that has been undone since, or that changed nothing, drops out. host: its packages as they are now;
    None: ask this host. allowed: guards that the operator's answers make needless. Raises Failure: bad input for an
    id that no run of this session knows, 7 for a run whose records can't be relied on.
    """
    if not run_directories:
        return Plan()
    runs = [read_run(path) for path in run_directories]
    _refuse_doubtful(runs)
    _refuse_unknown(runs, step_ids)
    host = ask_host() if host is None else host
    found = still_done(runs, host.installed)
    wanted = [done for done in found if not step_ids or done.step.id in step_ids]
    others = [done for done in found if done not in wanted]
    undoing = Undoing(host, others, allowed)
    steps = [step for done in wanted if (step := undoing.step(done)) is not None]
    named = {step.id.removeprefix(UNDO) for step in steps} | undoing.kept
    idle = [name for name in step_ids if name not in named]
    notes = (*undoing.notes, *(f"{name}: nothing of it is left to be taken back." for name in idle))
    ids = {step.id for step in steps}
    ordered = tuple(_with_order(step, wanted, ids) for step in steps)
    stages = (Stage("undo", "Undo", ordered),) if ordered else ()
    return Plan(stages, tuple(undoing.gone), notes, tuple(dict.fromkeys(undoing.stays)))


def _with_order(step: Step, wanted: Sequence[Done], ids: set[str]) -> Step:
    """What needed this step is undone before it."""
    name = step.id.removeprefix(UNDO)
    users = tuple(UNDO + other.step.id for other in wanted if name in other.step.requires)
    return replace(step, requires=tuple(item for item in users if item in ids))


def _refuse_doubtful(runs: Sequence[RunHistory]) -> None:
    """What is not known to have been there before is not put back by guessing."""
    doubtful = next((run for run in runs if run.trouble), None)
    if doubtful is None:
        return
    path = doubtful.directory
    aside = (
        f"Its log tells what it did: {os.path.join(path, 'log.txt')}. To undo the other runs without it, put it "
        f"aside: `{shell.words(('mv', path, path + '.aside'))}`."
    )
    raise Failure(
        f"What the run {os.path.basename(path)} changed can't be told for sure: {doubtful.trouble}.",
        why="Undo would have to guess what was there before, so nothing was undone.",
        next_step="Update cometchat-wizard (run its install.sh), then undo again."
        if doubtful.trouble == NEWER
        else aside,
        code=ExitCode.SESSION_UNUSABLE,
    )


def _refuse_unknown(runs: Sequence[RunHistory], step_ids: tuple[str, ...]) -> None:
    known = {name: None for run in runs for name in run.steps if not name.startswith(UNDO)}
    unknown = [name for name in step_ids if name not in known]
    if unknown:
        raise Failure(
            f"No run of this session has a step named {', '.join(unknown)}.",
            next_step=f"The steps that were run are: {', '.join(known) or 'none'}.",
        )
