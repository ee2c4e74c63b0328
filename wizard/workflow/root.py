"""Going on as root: this very program again, through sudo, with the session taken along."""

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
    """The same command through sudo, the session moved to root's place; None where there is no sudo.

    arguments: as given, without --session.
    """
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    has_session = os.path.lexists(os.path.join(session, "session.json"))
    return [sudo, "--", *own_command([*(["--adopt", session] if has_session else []), *arguments])]
