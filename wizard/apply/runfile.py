"""run.json: which process a run belongs to, since when, how it ended, and what waits for a reboot since."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace

from wizard.apply.liveness import ProcessMark, is_alive
from wizard.machine.files import read_small, write_atomic
from wizard.machine.marks import start_ticks
from wizard.model.plain import plain
from wizard.model.rebuild import rebuild

NAME = "run.json"
_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a reboot is needed for: the step that did it (`system`: packages ask for it), and a sentence."""

    step: str
    why: str


@dataclass(frozen=True, slots=True)
class RunFile:
    """process None: not started yet. exit_code None: not ended, or ended without saying so.

    init_ticks: when process 1 had started, as for ProcessMark. waiting: noted before its step changes anything.
    """

    id: str
    started_at: str
    process: ProcessMark | None = None
    finished_at: str | None = None
    exit_code: int | None = None
    message: str = ""
    init_ticks: int | None = None
    waiting: tuple[Waiting, ...] = ()


def read_run_file(directory: str) -> RunFile | None:
    """The run's file; None where it is missing or not ours."""
    try:
        return rebuild(RunFile, json.loads(read_small(os.path.join(directory, NAME), _LIMIT_BYTES)))
    except (OSError, ValueError):
        return None


def write_run_file(directory: str, found: RunFile) -> None:
    """Write it whole. Raises OSError."""
    write_atomic(os.path.join(directory, NAME), json.dumps(plain(found), indent=1) + "\n")


def claim(directory: str, mark: ProcessMark) -> RunFile:
    """Note which process does this run. Raises OSError, ValueError where the run has been claimed before."""
    found = read_run_file(directory)
    if found is None or found.process is not None:
        raise ValueError("this run has been started before" if found else "there is no run here")
    claimed = replace(found, process=mark, init_ticks=start_ticks(1))
    write_run_file(directory, claimed)
    return claimed


def set_waiting(directory: str, item: Waiting, *, waits: bool) -> None:
    """Note that this waits for a reboot, or no longer does. Raises OSError."""
    found = read_run_file(directory)
    if found is not None:
        others = tuple(other for other in found.waiting if other.step != item.step)
        write_run_file(directory, replace(found, waiting=(*others, item) if waits else others))


def run_process_is_alive(directory: str) -> bool | None:
    """True while the run's process lives, False when it is gone, None where no process has reported yet."""
    found = read_run_file(directory)
    if found is None or found.process is None:
        return None
    return is_alive(found.process)


def is_over(directory: str) -> bool:
    """True where the run has said that it ended."""
    found = read_run_file(directory)
    return found is not None and found.exit_code is not None
