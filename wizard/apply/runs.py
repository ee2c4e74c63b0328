"""Runs on disk: one directory each, with the plan as data, the journal, the log and what was recorded.

runs/<UTC time>-<number>/ (0700) holds plan.json, run.json, journal.jsonl, log.txt, records.json, copies of
replaced files (kept-*), and `request`, the only file that others write.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timezone

from wizard.apply.ending import Ending, ending
from wizard.apply.journal import now
from wizard.apply.planfile import NAME as PLAN_FILE
from wizard.apply.planfile import load_plan
from wizard.apply.runfile import NAME as RUN_FILE
from wizard.apply.runfile import (
    RunFile,
    read_run_file,
    run_process_is_alive,
    write_run_file,
)
from wizard.machine.files import read_record, write_atomic
from wizard.machine.identity import this_machine
from wizard.machine.private import ensure_private_directory
from wizard.model.failure import Failure
from wizard.model.machine import MachineMark
from wizard.model.origin import ExitCode
from wizard.model.plain import plain
from wizard.model.plan import Plan
from wizard.model.session import RunRecord
from wizard.model.strictjson import read_json

__all__ = [
    "Ending",
    "all_runs",
    "create_run",
    "ending",
    "last_run",
    "launch",
    "load_plan",
    "machine_of",
    "put_aside",
    "request_stop",
    "run_directories",
    "stop_is_wanted",
]

_RUN_NAME = re.compile(r"\d{8}T\d{6}Z-\d\d")
_NAMED_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-\d\d")


def create_run(session_directory: str, plan: Plan) -> RunRecord:
    """Make the directory of a new run and put the plan in it. Raises Failure 7 where it can't be written."""
    runs = os.path.join(os.path.abspath(session_directory), "runs")
    try:
        ensure_private_directory(runs)
        number = 1 + max((run.number for run in all_runs(session_directory)), default=0)
        directory = _new_directory(runs)
        write_atomic(os.path.join(directory, PLAN_FILE), json.dumps(plain(plan), indent=1) + "\n")
        name = os.path.basename(directory)
        write_run_file(directory, RunFile(name, now(), number=number, machine=this_machine()))
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


def all_runs(session_directory: str) -> tuple[RunRecord, ...]:
    """Every run of the session, newest first."""
    return tuple(map(_record, run_directories(os.path.join(os.path.abspath(session_directory), "runs"))))


def run_directories(runs: str) -> tuple[str, ...]:
    """The directories of all runs under a session's `runs`, newest first.

    By their numbers, since a clock can be set back. One without (of an older wizard, or with its run.json
    damaged) has the place that its name, a time, gives it among them.
    """
    try:
        names = sorted(filter(_RUN_NAME.fullmatch, os.listdir(runs)))
    except OSError:
        return ()
    directories = (os.path.join(runs, name) for name in names)
    places: list[tuple[int, bool, str]] = []
    latest = 0
    for path in directories:
        if os.path.exists(os.path.join(path, RUN_FILE)):
            found = read_run_file(path)
            number = found.number if found else 0
            latest = max(latest, number)
            places.append((number or latest, not number, path))
    return tuple(path for _number, _is_unnumbered, path in sorted(places, reverse=True))


def machine_of(directory: str) -> MachineMark:
    """Where a run was made; not known in runs of before that was noted."""
    found = read_run_file(directory)
    return MachineMark() if found is None else found.machine


def put_aside(session_directory: str, here: MachineMark) -> None:
    """Move the runs that don't say that they were made here to `runs.other-machine-TIME`. Raises OSError."""
    runs = os.path.join(os.path.abspath(session_directory), "runs")
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
    aside = f"{runs}.other-machine-{stamp}"
    for directory in run_directories(runs):
        mark = machine_of(directory)
        if mark == MachineMark() or mark.is_other(here):
            os.makedirs(aside, mode=0o700, exist_ok=True)
            os.chmod(aside, 0o700)
            os.rename(directory, os.path.join(aside, os.path.basename(directory)))


def last_run(session_directory: str) -> RunRecord | None:
    """The newest run, its pid only while its process lives."""
    found = all_runs(session_directory)
    return found[0] if found else None


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
        data = read_json(read_record(os.path.join(directory, "request"), 4096))
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and data.get("stop_after") is True


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


def _time_of(name: str) -> str:
    """When a run was made, by its directory's name: what counts where its run.json does not tell."""
    return _NAMED_TIME.sub(r"\1-\2-\3T\4:\5:\6Z", name)


def _record(directory: str) -> RunRecord:
    found = read_run_file(directory)
    is_running = found is not None and found.process is not None and run_process_is_alive(directory)
    return RunRecord(
        directory=directory,
        started_at=(found.started_at if found else "") or _time_of(os.path.basename(directory)),
        journal=os.path.join(directory, "journal.jsonl"),
        log=os.path.join(directory, "log.txt"),
        pid=found.process.pid if is_running and found and found.process else None,
        number=found.number if found else 0,
    )
