"""How a run stands or ended, in a word, a code and a sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from wizard.apply.journal import MESSAGE_LIMIT, read_events
from wizard.apply.journal import trouble as journal_trouble
from wizard.apply.liveness import is_alive
from wizard.apply.planfile import is_undo
from wizard.apply.reboot import is_this_boot
from wizard.apply.runfile import RunFile, read_run_file, run_file_trouble
from wizard.model.event import Event
from wizard.model.origin import ExitCode
from wizard.model.plain import sentences, shown
from wizard.model.session import RunRecord

EndState = Literal["running", "done", "reboot-needed", "failed", "stopped", "interrupted"]
REBOOTED = "All steps are done, and this host has been rebooted since, as was asked."
_WORDS_LIMIT = 120
_NEWER = (
    "That run is of a newer version of cometchat-wizard, and this one may not understand all of it: "
    "update cometchat-wizard (run its install.sh) to see the rest."
)
_DAMAGED = "What the run noted of itself (run.json) is damaged"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A command that goes on although the run that started it is gone."""

    words: str
    pid: int

    def __str__(self) -> str:
        """`apt-get install -y jq`, which the last run started, is still at work (process 4711)"""
        return f"`{self.words}`, which the last run started, is still at work (process {self.pid})"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run stands. code and message are what the runner said; None and a sentence where it could not.

    doubt: what of the run could not be read; stands in the message as well.
    """

    state: EndState
    code: ExitCode | None
    message: str
    leftover: Leftover | None = None
    doubt: str = ""


def ending(run: RunRecord) -> Ending:
    """How a run stands or ended. A run without its last word whose process is gone is `interrupted`."""
    found, trouble = read_run_file(run.directory), run_file_trouble(run.directory)
    why = journal_trouble(run.journal)
    doubt = _doubt(run, trouble, why)
    if found is not None and found.exit_code is None and found.process and is_alive(found.process):
        return Ending("running", None, doubt, doubt=doubt)
    ended = _ended(run, found, has_journal=not why)
    left = _leftover(found)
    still = ""
    if left is not None:
        still = (
            f"But `{left.words}`, which it started, is still at work (process {left.pid}): wait for it first."
        )
    return replace(ended, leftover=left, message=sentences(ended.message, still, doubt), doubt=doubt)


def _doubt(run: RunRecord, trouble: Literal["newer", "damaged"] | None, why: str) -> str:
    """What of the run can't be read, so that what is told of it may not be all; "" where all can.

    trouble: of its run.json. why: its journal can't be.
    """
    words = {
        "newer": _NEWER,
        "damaged": f"{_DAMAGED}." if why else f"{_DAMAGED}; this is what its journal tells.",
    }
    own = words[trouble] if trouble else ""
    if not why:
        return own
    journal = f"Its journal {run.journal} can't be read: {why}. Its log tells which steps it came to."
    return f"{own} {journal}".lstrip()


def _ended(run: RunRecord, found: RunFile | None, *, has_journal: bool) -> Ending:
    if found is not None and found.exit_code is not None:
        if found.exit_code == ExitCode.REBOOT_NEEDED and not is_this_boot(found):
            # What it asked for has happened; why it did is in the log.
            return Ending("done", ExitCode.DONE, REBOOTED)
        return _said(found.exit_code, found.message)
    events = read_events(run.journal)
    last = events[-1] if events else None
    if last is not None and last.event == "run-finished":
        code = ExitCode.DONE if last.status == "done" else ExitCode.STEP_FAILED
        return _said(code, last.message)
    how = "its process is gone"
    if found is not None and not is_this_boot(found):
        how = "this host was restarted since"
    where = _where(events) if has_journal else ""
    message = f"The run ended without a word{where}: {how}."
    again = "Undo again; what is back as it was" if is_undo(run.directory) else "Apply again; what is done"
    return Ending("interrupted", None, f"{message} {again} drops out.")


def _where(events: tuple[Event, ...]) -> str:
    """` in the middle of install-jq`, ` after install-jq`, or nothing for a run that never came to a step."""
    last = next((event for event in reversed(events) if event.step), None)
    if last is None:
        return " before its first step"
    return f" after {last.step}" if last.event == "step-finished" else f" in the middle of {last.step}"


def _leftover(found: RunFile | None) -> Leftover | None:
    if found is None or found.command is None or not is_alive(found.command.process):
        return None
    if found.process is not None and is_alive(found.process):
        return None
    return Leftover(shown(found.command.words, _WORDS_LIMIT), found.command.process.pid)


def _said(code: int, message: str) -> Ending:
    states: dict[int, Literal["done", "reboot-needed", "stopped"]] = {
        ExitCode.DONE: "done",
        ExitCode.ATTENTION: "done",
        ExitCode.REBOOT_NEEDED: "reboot-needed",
        ExitCode.INTERRUPTED: "stopped",
    }
    known = ExitCode(code) if code in set(ExitCode) else ExitCode.UNEXPECTED
    return Ending(states.get(known, "failed"), known, shown(message, MESSAGE_LIMIT))
