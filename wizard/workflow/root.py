"""Going on as root: this program again, or root's own installation of it, through sudo, the session taken along."""

from __future__ import annotations

import os
import shutil
import sys

_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from wizard.__main__ import main; sys.exit(main())"


def own_command(arguments: list[str]) -> list[str]:
    """This program with other arguments, whatever it was started by and wherever one stands.

    Isolated: neither PYTHON* nor the working directory decide what root runs.
    """
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [sys.executable, "-I", "-X", "utf8", "-c", _START, package, *arguments]


def sudo_command(session: str, arguments: list[str]) -> list[str] | None:
    """The same command through sudo, the session moved to root's place; None where there is no sudo, or no program
    that root alone can change (`refusal` says so).

    arguments: as given, without --session.
    """
    from wizard.machine.rootcommand import own_weak_spot, roots_command

    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    along = ["--adopt", session] if has_session(session) else []
    if not own_weak_spot():
        return [sudo, "--", *own_command([*along, *arguments])]
    command = roots_command()
    return None if command is None else [sudo, "--", command, *along, *arguments]


def refusal() -> str:
    """Why root runs no wizard from here, and how root gets one of its own, in sentences; "" where it may."""
    from wizard.machine.rootcommand import why_not

    return why_not()


def has_session(directory: str) -> bool:
    """True where there is a session to take along.

    Also where only the copy of the save before is left: else root's own answers would count instead.
    """
    has, has_copy, is_moved = (
        os.path.lexists(os.path.join(directory, name))
        for name in ("session.json", "session.json.bak", "moved.json")
    )
    return has or (has_copy and not is_moved)
