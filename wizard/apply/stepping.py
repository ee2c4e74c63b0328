"""One step: guard, record, do, look again."""

from __future__ import annotations

from collections.abc import Callable

from wizard.apply.guards import guard_problem
from wizard.apply.narrator import Narrator
from wizard.apply.packages import CannotRecord
from wizard.apply.planfile import UNDO
from wizard.apply.records import Recorder
from wizard.apply.saying import command_words, failure_words, short_words
from wizard.apply.staying import why_it_locks_out, why_it_stays
from wizard.machine.outcome import Machine, Outcome
from wizard.model.event import EventStatus
from wizard.model.failure import Failure
from wizard.model.plain import sentences
from wizard.model.plan import Action, Command, Step

_DOUBTS_LIMIT = 200
Verify = Callable[[Step], str | None]


def do_step(
    step: Step, machine: Machine, verify: Verify, narrator: Narrator, recorder: Recorder
) -> tuple[EventStatus, str]:
    """Do one step: its status and the message for its last event.

    Raises OSError where a record can't be kept.
    """
    earlier, left = narrator.doubts, len(narrator.left)
    try:
        problem = guard_problem(step, machine) or _would_lock_out(step, machine)
        if problem:
            return "failed", problem
        recorder.before(step)
    except CannotRecord as reason:
        return "failed", f"{reason} Without that the step could not be undone, so it was not begun."
    try:
        problem = _do_actions(step, machine, narrator, recorder)
    finally:
        # Also when it failed or the disk is full: half of it may have happened.
        recorder.after(step)
    if problem:
        return "failed", problem
    status, message = _look_again(step, verify, narrator.said.scripts())
    if status == "done" and len(narrator.left) > left:
        return status, sentences("Done, but not all of it.", *narrator.left[left:])
    if status == "done" and message == "Done." and narrator.doubts != earlier:
        return status, f"Done, but not everything could be read: {narrator.doubts}"
    return status, message


def _do_actions(step: Step, machine: Machine, narrator: Narrator, recorder: Recorder) -> str:
    """Why the step failed, "" where every action is done."""
    for action in step.commands:
        recorder.begin_action()
        narrator.command_started(command_words(action))
        stays = why_it_stays(action, machine) if isinstance(action, Command) and _is_undo(step) else ""
        if stays and isinstance(action, Command):
            # Nothing else is kept from being undone by it.
            recorder.leave(action.argv)
            narrator.output(stays, is_ours=True)
            narrator.left.append(stays)
            continue
        outcome = _do(action, machine, narrator, recorder)
        ok_codes = action.ok_codes if isinstance(action, Command) else (0,)
        if not outcome.is_done(ok_codes):
            return failure_words(action, outcome, narrator.said.words(), narrator.doubts)
        if isinstance(action, Command) and action.waits_for:
            narrator.doubts = narrator.said.doubts(_DOUBTS_LIMIT) or narrator.doubts
        if narrator.lost:
            return f"The log can't be written: {narrator.lost}."
    return ""


def _is_undo(step: Step) -> bool:
    return step.id.startswith(UNDO)


def _would_lock_out(step: Step, machine: Machine) -> str:
    """The plan was looked at when it was made; sshd may listen elsewhere by now."""
    if _is_undo(step):
        return ""  # Asked for each command: what may go goes.
    problems = (why_it_locks_out(item, machine) for item in step.commands if isinstance(item, Command))
    return next((problem for problem in problems if problem), "")


def _do(action: Action, machine: Machine, narrator: Narrator, recorder: Recorder) -> Outcome:
    if not isinstance(action, Command):
        return machine.write(action)
    words = narrator.mask(short_words(action))
    return machine.run(
        action, narrator.output, narrator.tell_in_time, lambda pid: recorder.command_started(words, pid)
    )


def _look_again(step: Step, verify: Verify, complaint: str) -> tuple[EventStatus, str]:
    try:
        left = verify(step)
    except Failure as failure:
        left = failure.seen
    if not left:
        return "done", f"Done, but a package's own script failed: {complaint}" if complaint else "Done."
    if complaint:
        left = f"{left} A package's own script failed: {complaint}"
    uses_packages = any(isinstance(action, Command) and action.waits_for for action in step.commands)
    who = "The package manager said done" if uses_packages else "The commands said done"
    return "failed", f"{who}, but {left[:1].lower() + left[1:]}"
