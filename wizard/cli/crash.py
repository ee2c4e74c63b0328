"""An unexpected end: the traceback goes to a log, the operator gets one sentence with where it is."""

from __future__ import annotations

import os
import stat
import tempfile
import traceback
from collections.abc import Mapping
from datetime import datetime, timezone

from wizard.cli.environment import Environment
from wizard.cli.failures import masked
from wizard.cli.options import Arguments
from wizard.model.origin import ExitCode


def report_crash(error: Exception, arguments: Arguments | None, environment: Environment) -> int:
    """Write the traceback where only this user can read it and say where; exit code 1."""
    command = (arguments.command if arguments else None) or "wizard"
    text = "".join(traceback.format_exception(error))
    entry = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ} {command}\n{text}\n"
    path = write_log(masked(entry, environment.environ), _directories(arguments, environment.environ))
    where = f"The details are in {path}." if path else "The details could not be written anywhere."
    environment.tell(
        f"cometchat-wizard: Something unexpected went wrong in `{command}` ({type(error).__name__}); "
        f"this is a fault of the program.\n{where}\n"
        "Your answers are kept. Try again, and send that file with your report."
    )
    return int(ExitCode.UNEXPECTED)


def write_log(text: str, directories: list[str]) -> str | None:
    """Append to wizard.log in the first directory that is there and is ours, else make a private file.

    Returns the file's path, None where nothing can be written.
    """
    for directory in directories:
        path = os.path.join(directory, "wizard.log")
        try:
            if os.stat(directory).st_uid != os.geteuid():
                continue
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                continue
            _write(descriptor, text)
        except OSError:
            continue
        return path
    for parent in (*(os.path.dirname(directory) for directory in directories), tempfile.gettempdir()):
        try:
            descriptor, path = tempfile.mkstemp(prefix="cometchat-wizard-", suffix=".log", dir=parent)
            _write(descriptor, text)
        except OSError:
            continue
        return path
    return None


def _write(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)


def _directories(arguments: Arguments | None, environ: Mapping[str, str]) -> list[str]:
    from wizard.cli.sessions import session_directory

    return [session_directory(arguments or Arguments([]), environ)]
