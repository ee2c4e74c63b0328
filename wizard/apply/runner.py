"""The runner: does a plan step by step, with a line in the journal before and after each."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

from wizard.apply.journal import now
from wizard.apply.liveness import own_mark
from wizard.apply.narrator import Narrator
from wizard.apply.planfile import undoes
from wizard.apply.reboot import SYSTEM, SystemReboot, installs_with_dnf, waiting_for_reboot
from wizard.apply.records import Recorder
from wizard.apply.reserve import Reserve, sweep_killed
from wizard.apply.runfile import Waiting, claim, read_run_file, set_waiting, write_run_file
from wizard.apply.runs import run_directories, stop_is_wanted
from wizard.apply.saying import not_undone
from wizard.apply.stepping import Verify, do_step
from wizard.machine.outcome import Machine
from wizard.machine.private import refuse_unsafe_parents
from wizard.model.event import EventStatus
from wizard.model.failure import Failure
from wizard.model.masking import masker
from wizard.model.origin import ExitCode
from wizard.model.plain import sentences
from wizard.model.plan import Plan, Step

REBOOT_FILE = "/var/run/reboot-required"
_ENDED_WELL = (ExitCode.DONE, ExitCode.ATTENTION, ExitCode.REBOOT_NEEDED)
_SYSTEM_WHY = "What was installed (a kernel, a library) is in use only then."


def run(
    plan: Plan, directory: str, machine: Machine, verify: Verify, *, reboot_file: str = REBOOT_FILE
) -> ExitCode:
    """Do the plan in this process; the journal and the log in `directory` tell of it.

    verify says what a step has not brought about, None where all is well. Returns DONE, ATTENTION (an undo that had to
    leave a firewall's rule), STEP_FAILED (the steps after it are not run), INTERRUPTED (a stop was asked for),
    REBOOT_NEEDED, or SESSION_UNUSABLE where the journal can't be kept.
    Raises Failure 7 where the directory is not a fresh run of ours, or another run is at work.
    """
    # Signals first: once the run is claimed, whoever started it may go, and its terminal with it.
    with _signals(machine) as is_stopped, _alone(directory):
        return _Run(plan, directory, machine, verify, reboot_file, is_stopped).to_its_end()


class _Run:
    """One run. The last words are said whatever happens."""

    def __init__(
        self,
        plan: Plan,
        directory: str,
        machine: Machine,
        verify: Verify,
        reboot_file: str,
        is_stopped: Callable[[], bool],
    ) -> None:
        self._plan = plan
        self._directory = directory
        self._machine = machine
        self._verify = verify
        self._reboot_file = reboot_file
        self._is_stopped = is_stopped
        self._verb = "undo" if undoes(plan) else "apply"
        self._reserve = Reserve(directory)
        self._narrator: Narrator | None = None
        self._step: Step | None = None

    def to_its_end(self) -> ExitCode:
        code, message = (
            ExitCode.UNEXPECTED,
            "The run ended by a mistake of the wizard itself; the log has more.",
        )
        try:
            self._reserve.keep()
            self._narrator = self._narrate()
            code, message = self._steps(self._narrator)
        except OSError as error:
            code, message = ExitCode.SESSION_UNUSABLE, self._lost(error.strerror or "input/output error")
        finally:
            self._reserve.give_back()
            self._last_words(code, message)
        return code

    def _narrate(self) -> Narrator:
        return Narrator(
            os.path.join(self._directory, "journal.jsonl"),
            os.path.join(self._directory, "log.txt"),
            masker(os.environ),
        )

    def _steps(self, narrator: Narrator) -> tuple[ExitCode, str]:
        steps = self._plan.steps()
        system = SystemReboot(self._machine, self._reboot_file, asks=installs_with_dnf(steps))
        recorder = Recorder(self._directory, self._machine)
        narrator.run_started(f"Doing {len(steps)} step{'' if len(steps) == 1 else 's'}.")
        # What an undo can't take back must not keep it from the rest: the operator wants out.
        goes_on = undoes(self._plan)
        left: dict[str, str] = {}
        for index, step in enumerate(steps):
            if self._is_stopped() or stop_is_wanted(self._directory):
                return self._stopped(steps[index:])
            first = next((name for name in step.requires if name in left), None)
            if first is not None:
                left[step.id] = ""
                narrator.step_finished(step, "skipped", f"Not undone: {first} comes first, and is not done.")
                continue
            self._step = step
            narrator.step_started(step)
            status, message = self._do(step, narrator, recorder)
            narrator.step_finished(step, status, message)
            self._step = None
            if narrator.lost:
                return ExitCode.SESSION_UNUSABLE, self._lost(narrator.lost)
            if status == "failed" and goes_on and not self._is_stopped():
                left[step.id] = message
            elif status == "failed":
                return self._failed(narrator, step, message, steps[index + 1 :])
        if left:
            return ExitCode.STEP_FAILED, not_undone(left, len(steps))
        if system.has_come():
            set_waiting(self._directory, Waiting(SYSTEM, _SYSTEM_WHY), waits=True)
        return self._all_done(len(steps), sentences(*dict.fromkeys(narrator.left)))

    def _all_done(self, count: int, kept: str) -> tuple[ExitCode, str]:
        """kept: what an undo had to leave, in sentences."""
        waiting = waiting_for_reboot(run_directories(os.path.dirname(os.path.abspath(self._directory))))
        if waiting:
            why = " ".join(dict.fromkeys(item.why for item in waiting))
            message = f"All steps are done. A reboot is needed before going on: {why}"
            return ExitCode.REBOOT_NEEDED, sentences(message, kept)
        if kept:
            return ExitCode.ATTENTION, f"All steps are done, but not all was taken back. {kept}"
        return ExitCode.DONE, "All steps are done." if count else "There was nothing to do."

    def _do(self, step: Step, narrator: Narrator, recorder: Recorder) -> tuple[EventStatus, str]:
        """One step. That it waits for a reboot is noted first: cut off in the middle, it would be forgotten."""
        item = Waiting(step.id, step.needs_reboot)
        if step.needs_reboot:
            set_waiting(self._directory, item, waits=True)
        status, message = do_step(step, self._machine, self._verify, narrator, recorder)
        if step.needs_reboot and status == "failed" and not recorder.has_changed_files(step):
            set_waiting(self._directory, item, waits=False)
        return status, message

    def _failed(
        self, narrator: Narrator, step: Step, message: str, rest: tuple[Step, ...]
    ) -> tuple[ExitCode, str]:
        missing = {step.id}
        for other in rest:
            needed = [name for name in other.requires if name in missing]
            if needed:
                missing.add(other.id)
                narrator.step_finished(other, "skipped", f"Not run: it needs {needed[0]}, which is not done.")
        if self._is_stopped():
            return (
                ExitCode.INTERRUPTED,
                f"Stopped in the middle of {step.id}: the run was told to end by a signal, as at a shutdown."
                f" {self._verb.capitalize()} again.",
            )
        left = f"{len(rest)} later step{' was' if len(rest) == 1 else 's were'} not run." if rest else ""
        return ExitCode.STEP_FAILED, sentences(f"{step.id} failed: {message}", left)

    def _stopped(self, rest: tuple[Step, ...]) -> tuple[ExitCode, str]:
        left = f"{len(rest)} step{'' if len(rest) == 1 else 's'} left"
        return (
            ExitCode.INTERRUPTED,
            f"Stopped before {rest[0].id}, as asked. {left}; {self._verb} again to go on.",
        )

    def _lost(self, why: str) -> str:
        at = f" while {self._step.id} was going on" if self._step else ""
        return (
            f"The journal in {self._directory} can't be written{at}: {why}. No further step was begun. "
            f"Free some space there, then {self._verb} again."
        )

    def _last_words(self, code: ExitCode, message: str) -> None:
        status: EventStatus = "done" if code in _ENDED_WELL else "failed"
        message = masker(os.environ)(message)
        try:
            # Before the journal's last line: whoever follows it asks for the code right after that line.
            found = read_run_file(self._directory)
            if found is not None:
                ended = replace(found, finished_at=now(), exit_code=int(code), message=message)
                write_run_file(self._directory, ended)
        except OSError:
            print(message, file=sys.stderr)
        try:
            narrator = self._narrator or self._narrate()
            if self._step is not None:
                narrator.step_finished(self._step, "failed", message)
            narrator.run_finished(status, message)
            narrator.close()
        except OSError:
            print(message, file=sys.stderr)


@contextmanager
def _alone(directory: str) -> Iterator[None]:
    """Make sure that this run is fresh and ours, and that no other run of the session is at work."""
    try:
        refuse_unsafe_parents(os.path.abspath(directory))
        runs = os.path.dirname(os.path.abspath(directory))
        lock = os.open(runs, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _refused(f"The run {directory} can't be used: {error.strerror or 'not readable'}.") from error
    try:
        _claim(lock, directory)
        sweep_killed(directory)
        yield
    finally:
        os.close(lock)


def _claim(lock: int, directory: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        claim(directory, own_mark())
    except BlockingIOError as error:
        raise _refused("Another run of this session is at work.") from error
    except ValueError as error:
        raise _refused(f"The run {directory} can't be done: {error}.") from error
    except OSError as error:
        raise Failure(
            f"The run {directory} can't be written: {error.strerror or 'input/output error'}.",
            why="Without its journal a run could neither be followed nor undone, so nothing was begun.",
            next_step="Free some space there, then apply again.",
            code=ExitCode.SESSION_UNUSABLE,
        ) from error


def _refused(seen: str) -> Failure:
    return Failure(
        seen,
        why="A run is done once, by one process, and nobody else may change its plan.",
        next_step="Follow the one at work with `cometchat-wizard attach`, or apply again.",
        code=ExitCode.SESSION_UNUSABLE,
    )


@contextmanager
def _signals(machine: Machine) -> Iterator[Callable[[], bool]]:
    """SIGHUP is ignored; SIGTERM and SIGINT end the command that runs, and the run with it."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        machine.stop()

    if threading.current_thread() is not threading.main_thread():
        yield lambda: bool(asked)
        return
    wanted: dict[signal.Signals, Callable[[int, FrameType | None], None] | signal.Handlers] = {
        signal.SIGHUP: signal.SIG_IGN,
        signal.SIGTERM: ask,
        signal.SIGINT: ask,
    }
    before = {number: signal.signal(number, what) for number, what in wanted.items()}
    try:
        yield lambda: bool(asked)
    finally:
        for number, what in before.items():
            signal.signal(number, what)
