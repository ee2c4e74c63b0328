"""Starting the runner as a process of its own that outlives the terminal it was started from."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace

from wizard.apply.journal import START_SECONDS, tail_log
from wizard.apply.liveness import ProcessMark, is_alive
from wizard.apply.runfile import read_run_file
from wizard.machine.files import open_to_write
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import RunRecord

SYSTEMD = "/run/systemd/system"

# Kept so that a runner that has ended is waited for, and not warned about while it runs.
_started: list[subprocess.Popen[bytes]] = []


def launch(run: RunRecord, argv: list[str], *, start_seconds: float = START_SECONDS) -> RunRecord:
    """Start `argv` detached, in a session of its own, its output in the run's log; returns once it reported.

    As root under systemd it gets a scope of its own, so that logging out does not end it (KillUserProcesses).
    A scope and not a service: it keeps our environment without showing a proxy's password to everybody in
    `systemctl show`.
    Raises Failure 1 where the runner ends before it has reported.
    """
    for prefix in _prefixes(run):
        mark = _start(run, [*prefix, *argv], start_seconds)
        if mark is not None:
            return replace(run, pid=mark.pid if is_alive(mark) else None)
    said = " ".join(tail_log(run.log, 1))
    raise Failure(
        "The runner did not start." + (f" It said: {said}" if said else ""),
        why="Nothing has been changed on this host.",
        next_step=f"Look at the end of {run.log}, then apply again.",
        code=ExitCode.UNEXPECTED,
    )


def _prefixes(run: RunRecord) -> list[list[str]]:
    if os.geteuid() != 0 or not os.path.isdir(SYSTEMD):
        return [[]]
    name = os.path.basename(run.directory)
    scope = [
        "systemd-run",
        "--scope",
        "--collect",
        "--quiet",
        f"--unit=cometchat-wizard-run-{name}",
        # Time to end the command and to write the last line at a shutdown.
        "--property=TimeoutStopSec=60",
        "--",
    ]
    return [scope, []]


def _start(run: RunRecord, argv: list[str], start_seconds: float) -> ProcessMark | None:
    """The runner's process once it has reported; None where it ended before."""
    try:
        process = _popen(run.log, argv)
    except OSError:
        return None
    _started[:] = [other for other in _started if other.poll() is None] + [process]
    deadline = time.monotonic() + start_seconds
    while time.monotonic() < deadline:
        found = read_run_file(run.directory)
        if found is not None and found.process is not None:
            return found.process
        if process.poll() is not None:
            return None
        time.sleep(0.02)
    process.kill()
    process.wait()
    return None


def _popen(log: str, argv: list[str]) -> subprocess.Popen[bytes]:
    output = open_to_write(log, os.O_WRONLY | os.O_APPEND)
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=_environment(os.environ),
        )
    finally:
        os.close(output)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    # The runner has no terminal: nothing in it may believe that it does.
    return {name: value for name, value in environ.items() if name not in ("COLUMNS", "LINES", "SSH_TTY")}
