"""status: where the session stands, by its answers, its runs and its exports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wizard.model.answers import Answers
from wizard.model.plain import plain
from wizard.model.session import RunRecord, SessionState, State, Status
from wizard.workflow.hold import moved_to
from wizard.workflow.keep import load, missing


def status(session: str, imported: Answers | None = None) -> Status:
    """Where the session stands; imported: answers that stand in place of its own."""
    from wizard.store.answers import answers_plain
    from wizard.store.session import holder_of
    from wizard.workflow.act import waiting_for_reboot
    from wizard.workflow.machines import last_run
    from wizard.workflow.resume import last_change

    state = load(session)
    if imported is not None and imported != state.answers:
        state = replace(state, answers=imported, changed_at="")
    run = last_run(session)
    run_state, step, details = _run_state(run)
    waiting = waiting_for_reboot(session) if run is not None else ()
    answered = tuple(_leaves(answers_plain(state.answers)))
    is_current = state.exported_at is not None and state.exported_changed_at == state.changed_at
    news = last_change(session, state.answers)
    if state.notice:
        details["notice"] = state.notice
    place = moved_to(session)
    if place is not None:
        details["moved_to"] = place
    if state.is_other_machine:
        details["other_machine"] = True
    if news is not None:
        details["changed"] = {**plain(news), "sentence": news.sentence()}
    word: State = "answering" if answered else "empty"
    if run_state == "running":
        word = "running"
    elif run_state == "reboot-needed" or (waiting and run_state == "done"):
        # Also where the config has been exported since: the host is not yet what it will be.
        word = "reboot-needed"
    elif is_current and (run is None or _is_exported_after(state, run)):
        word = "exported"
    elif run_state is not None:
        word = run_state
    return Status(
        state=word,
        step=step,
        answered=answered,
        missing=missing(state.answers),
        run=run,
        session=session,
        holder=holder_of(session),
        waiting=waiting,
        details=details,
    )


def _is_exported_after(state: SessionState, run: RunRecord) -> bool:
    """By the runs' numbers, since a clock can be set back; by time alone in a session of before there were any."""
    if state.exported_run is None:
        return (state.exported_at or "") >= run.started_at
    return run.number == state.exported_run or 0 < run.number < state.exported_run


def _run_state(run: RunRecord | None) -> tuple[State | None, str | None, dict[str, Any]]:
    """The session's state as its last run tells it, the step that it is or was at, and what more it says."""
    from wizard.apply.ending import ending
    from wizard.apply.journal import each_event, trouble

    if run is None:
        return None, None, {}
    ended = ending(run)
    step = None
    if ended.state not in ("done", "reboot-needed") and not trouble(run.journal):
        for event in each_event(run.journal):
            # Those that were left out because of it are told after the one that failed.
            step = event.step if event.step and event.status != "skipped" else step
    details = {"message": ended.message, "leftover": plain(ended.leftover)}
    return ("interrupted" if ended.state == "stopped" else ended.state), step, details


def _leaves(data: object, prefix: str = "") -> list[str]:
    if not isinstance(data, dict):
        return [prefix]
    return [
        leaf
        for key, value in data.items()
        if prefix or key not in ("apiVersion", "kind")
        for leaf in _leaves(value, f"{prefix}.{key}" if prefix else key)
    ]
