"""Runs on disk: one directory each, with the plan as data, the journal, the log and what was recorded.

runs/<UTC time>-<number>/ (0700) holds plan.json, run.json, journal.jsonl, log.txt, records.json, copies of
replaced files (kept-*), and `request`, the only file that others write.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal

from wizard.apply.journal import MESSAGE_LIMIT, now, read_events
from wizard.apply.reboot import is_this_boot
from wizard.apply.runfile import NAME as RUN_FILE
from wizard.apply.runfile import RunFile, read_run_file, run_process_is_alive, write_run_file
from wizard.machine.files import read_small, write_atomic
from wizard.machine.private import ensure_private_directory
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import plain, shown
from wizard.model.plan import Plan
from wizard.model.rebuild import rebuild
from wizard.model.session import RunRecord

UNDO_STAGE = "undo"
PLAN_LIMIT_BYTES = 16 * 1024 * 1024
REBOOTED = "All steps are done, and this host has been rebooted since, as was asked."
_RUN_NAME = re.compile(r"\d{8}T\d{6}Z-\d\d")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run stands. code and message are what the runner said; None and a sentence where it could not."""

    state: Literal["running", "done", "reboot-needed", "failed", "stopped", "interrupted"]
    code: ExitCode | None
    message: str


def create_run(session_directory: str, plan: Plan) -> RunRecord:
    """Make the directory of a new run and put the plan in it. Raises Failure 7 where it can't be written."""
    runs = os.path.join(os.path.abspath(session_directory), "runs")
    try:
        ensure_private_directory(runs)
        directory = _new_directory(runs)
        write_atomic(os.path.join(directory, "plan.json"), json.dumps(plain(plan), indent=1) + "\n")
        write_run_file(directory, RunFile(os.path.basename(directory), now()))
    except OSError as error:
        raise Failure(
            f"A run can't be kept under {runs}: {error.strerror or 'input/output error'}.",
            why="Without its journal a run could neither be followed nor undone.",
            next_step="Free some space, mend the directory's rights, or name another session with --session.",
            code=ExitCode.SESSION_UNUSABLE,
        ) from error
    return _record(directory)


def launch(run: RunRecord, argv: list[str]) -> RunRecord:
    """Start the runner `argv` detached from this terminal; see wizard.apply.launching.launch."""
    from wizard.apply.launching import launch as start

    return start(run, argv)


def load_plan(directory: str) -> Plan:
    """The plan of a run, as it was made. Raises Failure 7 for anything that is not exactly a plan."""
    path = os.path.join(directory, "plan.json")
    try:
        data = json.loads(read_small(path, PLAN_LIMIT_BYTES))
        plan = rebuild(Plan, data)
    except (OSError, ValueError, RecursionError) as error:
        raise _bad_plan(path) from error
    if _unknown(data, plain(plan)):
        raise _bad_plan(path)
    return plan


def all_runs(session_directory: str) -> tuple[RunRecord, ...]:
    """Every run of the session, newest first."""
    return tuple(map(_record, run_directories(os.path.join(os.path.abspath(session_directory), "runs"))))


def run_directories(runs: str) -> tuple[str, ...]:
    """The directories of all runs under a session's `runs`, newest first."""
    try:
        names = sorted(filter(_RUN_NAME.fullmatch, os.listdir(runs)), reverse=True)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ()
    directories = (os.path.join(runs, name) for name in names)
    return tuple(path for path in directories if os.path.exists(os.path.join(path, RUN_FILE)))


def last_run(session_directory: str) -> RunRecord | None:
    """The newest run, its pid only while its process lives."""
    found = all_runs(session_directory)
    return found[0] if found else None


def ending(run: RunRecord) -> Ending:
    """How a run stands or ended. A run without its last word whose process is gone is `interrupted`."""
    found = read_run_file(run.directory)
    if found is not None and found.exit_code is not None:
        if found.exit_code == ExitCode.REBOOT_NEEDED and not is_this_boot(found):
            # What it asked for has happened; why it did is in the log.
            return Ending("done", ExitCode.DONE, REBOOTED)
        return _said(found.exit_code, found.message)
    if run_process_is_alive(run.directory):
        return Ending("running", None, "")
    events = read_events(run.journal)
    last = events[-1] if events else None
    if last is not None and last.event == "run-finished":
        code = ExitCode.DONE if last.status == "done" else ExitCode.STEP_FAILED
        return _said(code, last.message)
    step = next((event.step for event in reversed(events) if event.step), None)
    where = f" in the middle of {step}" if step and last is not None and last.event != "step-finished" else ""
    again = "Undo again; what is back as it was" if is_undo(run) else "Apply again; what is done"
    return Ending(
        "interrupted", None, f"The run ended without a word{where}: its process is gone. {again} drops out."
    )


def is_undo(run: RunRecord) -> bool:
    """True where the run undoes: after a kill it is gone on with by `undo`; `apply` would install again."""
    try:
        return undoes(load_plan(run.directory))
    except Failure:
        return False


def undoes(plan: Plan) -> bool:
    """True for a plan that takes back what others did."""
    return any(stage.name == UNDO_STAGE for stage in plan.stages)


def request_stop(run: RunRecord) -> None:
    """Ask the runner to stop after the step it is at. Raises Failure 7 where that can't be written."""
    try:
        write_atomic(os.path.join(run.directory, "request"), json.dumps({"stop_after": True}) + "\n")
    except OSError as error:
        raise Failure(
            f"The request to stop could not be written: {error.strerror or 'input/output error'}.",
            next_step="Free some space and try again.",
            code=ExitCode.SESSION_UNUSABLE,
        ) from error


def stop_is_wanted(directory: str) -> bool:
    """True where somebody asked for a stop after the step."""
    try:
        data = json.loads(read_small(os.path.join(directory, "request"), 4096))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("stop_after") is True


def _said(code: int, message: str) -> Ending:
    states: dict[int, Literal["done", "reboot-needed", "stopped"]] = {
        ExitCode.DONE: "done",
        ExitCode.REBOOT_NEEDED: "reboot-needed",
        ExitCode.INTERRUPTED: "stopped",
    }
    known = ExitCode(code) if code in set(ExitCode) else ExitCode.UNEXPECTED
    return Ending(states.get(known, "failed"), known, shown(message, MESSAGE_LIMIT))


def _new_directory(runs: str) -> str:
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    for number in range(100):
        directory = os.path.join(runs, f"{stamp}-{number:02d}")
        try:
            os.mkdir(directory, 0o700)
        except FileExistsError:
            continue
        return directory
    raise FileExistsError(17, "too many runs within one second", runs)


def _record(directory: str) -> RunRecord:
    found = read_run_file(directory)
    is_running = found is not None and found.process is not None and run_process_is_alive(directory)
    return RunRecord(
        directory=directory,
        started_at=found.started_at if found else "",
        journal=os.path.join(directory, "journal.jsonl"),
        log=os.path.join(directory, "log.txt"),
        pid=found.process.pid if is_running and found and found.process else None,
    )


def _unknown(data: Any, known: Any) -> bool:
    """True where data has a key that the noun made of it has not."""
    if isinstance(data, Mapping):
        return not isinstance(known, Mapping) or any(
            key not in known or _unknown(value, known[key]) for key, value in data.items()
        )
    if isinstance(data, list):
        return not isinstance(known, list) or any(map(_unknown, data, known))
    return False


def _bad_plan(path: str) -> Failure:
    return Failure(
        f"{path} is not a plan of this wizard.",
        why="Only what the wizard planned itself is run.",
        next_step="Plan and apply again.",
        code=ExitCode.SESSION_UNUSABLE,
    )
