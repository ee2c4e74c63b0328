"""Picks a front end: a command, the wizard's pages, or its questions line by line."""

from __future__ import annotations

import os
import sys

# As typing has it, without importing that before anything else is done.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from wizard.model.answers import Answers

_STARTING = "CometChat on-premise setup is starting...\n"

# Read when textual is imported. 500 ms: arrow keys over a slow line are not taken for Esc. 30 frames a second: at 10
# the first page waits for a tick of 100 ms, and only differences are sent anyway.
_FOR_TEXTUAL = {"ESCDELAY": "500", "TEXTUAL_FPS": "30", "TEXTUAL_ANIMATIONS": "none"}


def main() -> int:
    """The console script. Returns the exit code; a Ctrl-C while it is still starting ends the process by its signal."""
    # What we make has a mode of its own; this is for what a library or a child makes. With the caller's 000 others
    # could write to it, with 077 nobody could read what was put where all programs look.
    os.umask(0o022)
    try:
        code = _started()
    except KeyboardInterrupt:
        # In the milliseconds before and after the time in which the system's own handling stands.
        code = 130
    if code == 130:
        # The interpreter writes out at its end what its streams still hold, and nobody may take it.
        from wizard.cli.leaving import end_soon

        end_soon()
    return code


def _started() -> int:
    if len(sys.argv) == 1 and _is_terminal(0) and _is_terminal(2):
        os.write(2, _STARTING.encode())
    if os.geteuid() == 0:
        from wizard.machine.rootenv import keep_to_own, own_code_problem

        keep_to_own(os.environ)
        problem = own_code_problem(os.environ)
        if problem:
            os.write(2, f"cometchat-wizard: {problem}\n".encode("utf-8", "replace"))
            return 2
    import signal

    # Nothing was begun that somebody would have to be told of, and an exception in the middle of an import is a page
    # of traceback. Where the signal is ignored (in a shell's background) it stays so.
    takes_ctrl_c = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if takes_ctrl_c:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from wizard.cli.environment import system_environment
    from wizard.cli.leaving import leave_on_signals
    from wizard.cli.main import main as command_line

    leave_on_signals()
    environment = system_environment(_open_wizard)
    if takes_ctrl_c:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return command_line(sys.argv[1:], environment)


def _open_wizard(session: str, imported: Answers | None) -> int:
    """The pages, in the terminal's own characters."""
    for name, value in _FOR_TEXTUAL.items():
        os.environ.setdefault(name, value)
    encoding = _encoding()
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding=encoding, errors="replace")
    from wizard.tui.start import run_wizard

    return int(run_wizard(session, imported))


def _encoding() -> str:
    """What an installed locale names (de_DE: Latin-1); UTF-8 where it tells nothing."""
    import codecs
    from locale import CODESET, nl_langinfo

    try:
        name = codecs.lookup(nl_langinfo(CODESET)).name
    except LookupError:
        return "utf-8"
    return "utf-8" if name == "ascii" else name


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
