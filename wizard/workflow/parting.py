"""What is said to somebody who goes while a run is at work: the same words on every screen and line."""

from __future__ import annotations

import os

from wizard.model.formats import shell
from wizard.model.session import RunRecord
from wizard.workflow import act, hold

STOPS = "It stops once the step it is at is finished; nothing after it is begun."


def attach_command(session: str) -> str:
    """The command that follows the session's run again, as typed by whoever logs in then.

    The session is named where it is not the usual one.
    """
    is_usual = session == hold.default_session({} if _is_sudo() else os.environ)
    command = f"{'sudo ' if _is_sudo() else ''}cometchat-wizard attach"
    return command + ("" if is_usual else f" --session {shell.word(session)}")


def _is_sudo() -> bool:
    """True where somebody became root through sudo: logged in again they are not, and sudo drops their variables."""
    return os.geteuid() == 0 and os.environ.get("SUDO_USER", "root") not in ("", "root")


def come_back(session: str) -> str:
    """How to see the work again, as the end of a sentence."""
    return f"start the wizard again{' with sudo' if _is_sudo() else ''}, or `{attach_command(session)}`"


def goes_on(run: RunRecord) -> str:
    """What happens to a run that is left, and how to come back to it."""
    session = os.path.dirname(os.path.dirname(run.directory))
    lead = STOPS if act.is_stopping(run) else "The work goes on without this view."
    return f"{lead} To come back: {come_back(session)}."
