"""run.json: which process a run belongs to, since when, what it started last, how it ended, what waits for a reboot."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import dataclass, replace
from typing import Literal

from wizard.apply.liveness import ProcessMark, is_alive, mark_of
from wizard.machine.files import read_small, write_atomic
from wizard.machine.marks import start_ticks
from wizard.model.plain import plain
from wizard.model.rebuild import rebuild

NAME = "run.json"
# Of everything in a run's directory; raised where an older wizard would misunderstand what a newer one writes.
RUN_VERSION = 2
_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a reboot is needed for: the step that did it (`system`: packages ask for it), and a sentence."""

    step: str
    why: str


@dataclass(frozen=True, slots=True)
class StartedCommand:
    """A command that the run started, as shown to people, and its process."""

    words: str
    process: ProcessMark


@dataclass(frozen=True, slots=True)
class RunFile:
    """process None: not started yet. exit_code None: not ended, or ended without saying so.

    init_ticks: when process 1 had started, as for ProcessMark. waiting: noted before its step changes anything.
    number: counts the session's runs, since clocks can be set back; 0 in runs of before there were numbers.
    command: the last one that was started, its process noted before it began.
    """

    id: str
    started_at: str
    process: ProcessMark | None = None
    finished_at: str | None = None
    exit_code: int | None = None
    message: str = ""
    init_ticks: int | None = None
    waiting: tuple[Waiting, ...] = ()
    number: int = 0
    command: StartedCommand | None = None
    version: int = RUN_VERSION


def read_run_file(directory: str) -> RunFile | None:
    """The run's file; None where it is missing or not ours. One of a newer version: what is understood of it."""
    try:
        return rebuild(RunFile, json.loads(read_small(os.path.join(directory, NAME), _LIMIT_BYTES)))
    except (OSError, ValueError, RecursionError):
        return None


def run_file_trouble(directory: str) -> Literal["newer", "damaged"] | None:
    """Why the run can't be read with certainty, None where it can."""
    try:
        data = json.loads(read_small(os.path.join(directory, NAME), _LIMIT_BYTES))
    except (OSError, ValueError, RecursionError):
        return "damaged"
    if not isinstance(data, dict):
        return "damaged"
    version = data.get("version", RUN_VERSION)
    if isinstance(version, int) and version > RUN_VERSION:
        return "newer"
    return "damaged" if read_run_file(directory) is None else None


def write_run_file(directory: str, found: RunFile) -> None:
    """Write it whole. Raises OSError."""
    write_atomic(os.path.join(directory, NAME), json.dumps(plain(found), indent=1) + "\n")


def claim(directory: str, mark: ProcessMark) -> RunFile:
    """Note which process does this run. Raises OSError, ValueError where the run has been claimed before."""
    found = read_run_file(directory)
    if found is None or found.process is not None:
        raise ValueError("this run has been started before" if found else "there is no run here")
    if found.version > RUN_VERSION:
        raise ValueError("it is of a newer version of cometchat-wizard")
    claimed = replace(found, process=mark, init_ticks=start_ticks(1))
    write_run_file(directory, claimed)
    return claimed


def set_waiting(directory: str, item: Waiting, *, waits: bool) -> None:
    """Note that this waits for a reboot, or no longer does. Raises OSError."""
    found = read_run_file(directory)
    if found is not None:
        others = tuple(other for other in found.waiting if other.step != item.step)
        write_run_file(directory, replace(found, waiting=(*others, item) if waits else others))


def note_command(directory: str, words: str, pid: int) -> None:
    """Note a command and its process, which waits for that. Raises OSError: then it must not begin."""
    found = read_run_file(directory)
    if found is None:
        raise OSError(errno.EIO, "run.json can't be read", os.path.join(directory, NAME))
    write_run_file(directory, replace(found, command=StartedCommand(words, mark_of(pid))))


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
