"""Opens the wizard on a session: who holds it, the app, and leaving in good order whatever happens."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import harmless
from wizard.tui.app import WizardApp
from wizard.tui.setup import Setup
from wizard.tui.watch import Watch
from wizard.workflow import hold, keep

if TYPE_CHECKING:
    from wizard.store.session import Lock


def run_wizard(session: str, imported: Answers | None) -> int:
    """Show the pages until the operator leaves; the exit code. Raises Failure 7 where the session can't be used.

    imported: answers from a file that stand in place of the session's.
    """
    lock = _hold(session)
    if lock is None:
        return int(ExitCode.SESSION_UNUSABLE)
    setup = Setup(session, keep.load(session))
    if imported is not None:
        setup.replace_answers(imported)
        if not setup.flush() and setup.save_failure is not None:
            raise setup.save_failure
    app = WizardApp(setup)
    watch = Watch(app, lock)
    watch.start()
    try:
        code = app.run(mouse=not os.environ.get("SSH_CONNECTION"))
    finally:
        watch.stop()
        setup.save_cut_off()
        lock.release()
    if app.crash is not None:
        raise app.crash
    return _afterwards(app, session, code)


def _afterwards(app: WizardApp, session: str, code: int | None) -> int:
    if app.after == "sudo":
        return _go_on_as_root(session)
    if app.after == "taken":
        _tell("Another wizard took this session over. Everything is saved; this one leaves.")
        return int(ExitCode.SESSION_UNUSABLE)
    if app.setup.save_failure is not None:
        raise app.setup.save_failure
    from wizard.workflow import act, parting

    run = act.live_run(session)
    if run is not None:
        _tell(parting.goes_on(run))
    elif app.setup.state.exported_to and not app.setup.is_export_stale():
        _tell(f"The config is in {app.setup.state.exported_to}.")
    elif app.setup.state.changed_at:
        _tell(f"Saved. Start again to go on where you were (session: {session}).")
    return int(ExitCode.DONE if code is None else code)


def _hold(session: str) -> Lock | None:
    """The session's lock; where another wizard holds it, ask on the terminal, outside the UI. None: left alone."""
    try:
        return hold.acquire(session, os.environ)
    except Failure as failure:
        if getattr(failure, "holder", None) is None:
            raise
        _tell(failure.seen)
        _tell("A half-dead connection still holds it? Taking over is safe: the other one saves and leaves.")
        if not _yes("Take over? [Y/n] "):
            _tell("Left alone.")
            return None
    hold.take_over(session)
    return hold.acquire(session, os.environ)


def _go_on_as_root(session: str) -> int:
    from wizard.workflow.root import refusal, sudo_command

    command = sudo_command(session, [])
    if command is None:
        words = refusal() or "There is no sudo here. Log in as root and start the wizard there."
        _tell(f"{words} Everything is saved.")
        return int(ExitCode.BLOCKED)
    _tell("Changing this host needs root: sudo may ask for your password now. The session goes along.")
    sys.stderr.flush()
    os.execv(command[0], command)


def _yes(question: str) -> bool:
    sys.stderr.write(harmless(question))
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() in ("", "y", "yes")


def _tell(words: str) -> None:
    sys.stderr.write(harmless(words) + "\n")
