"""What a front end touches of the outside world: three streams, the variables, a host's reader."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO, cast

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import harmless

if TYPE_CHECKING:
    from wizard.machine.reading import Reader
    from wizard.model.answers import Answers

# (session directory, answers from a file or None) to exit code.
OpenWizard = Callable[[str, "Answers | None"], int]

# Bold red, yellow, and back to normal.
COLOURS = ("\x1b[31;1m", "\x1b[33m", "\x1b[0m")
_PIPED_WIDTH = 80
_NARROWEST = 40
_WIDEST = 120
_SMALLEST_SCREEN = (80, 24)


class Environment:
    """Streams, variables and the host's reader. reader None: this very host.

    open_wizard: what shows the wizard's pages; None: nothing can, so it is questions line by line.
    Standard output carries results only; everything for people goes to standard error. Where whoever read them has
    closed it (`| head -1`) they are lost quietly: what is done and its exit code do not hang on who reads along.
    is_unread: that has happened. Whatever a text is made of, nothing in it moves a cursor, sets a title or turns words
    around: only line ends and the colours of COLOURS (where there are any) get through.
    """

    __slots__ = ("environ", "is_unread", "open_wizard", "reader", "stderr", "stdin", "stdout")

    def __init__(
        self,
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        reader: Reader | None = None,
        open_wizard: OpenWizard | None = None,
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.environ = environ
        self.reader = reader
        self.open_wizard = open_wizard
        self.is_unread = False

    def say(self, text: str = "") -> None:
        """One result, with a line end, to standard output. Raises Failure 7 on a full disk."""
        try:
            self.stdout.write(self._safe(text, self.stdout) + "\n")
        except OSError as error:
            self._cut(error)

    def flush(self) -> None:
        """Let what was said get out now. Raises as `say` does."""
        try:
            self.stdout.flush()
        except OSError as error:
            self._cut(error)

    def tell(self, text: str = "", end: str = "\n") -> None:
        """Something for the person at the terminal, to standard error; lost quietly where that is closed."""
        try:
            self.stderr.write(self._safe(text, self.stderr) + end)
            self.stderr.flush()
        except (OSError, ValueError):
            _let_go(self.stderr)

    def redraw(self, text: str = "") -> None:
        """Put this in place of the line that the cursor is in; "" wipes it."""
        self.tell(end=f"\r\x1b[K{harmless(text)}")

    def read_line(self) -> str | None:
        """One line from the terminal without its end; None at its end (Ctrl-D, a lost connection)."""
        try:
            line = self.stdin.readline()
        except (OSError, ValueError):
            return None
        return line.rstrip("\r\n") if line else None

    @property
    def can_ask(self) -> bool:
        """True where a person can read a question and type an answer."""
        return _is_terminal(self.stdin) and _is_terminal(self.stderr)

    @property
    def has_terminal(self) -> bool:
        """True where all three streams are a terminal: room for the wizard."""
        return self.can_ask and _is_terminal(self.stdout)

    @property
    def has_room(self) -> bool:
        """True where the terminal can show the wizard's pages: not dumb, and 80x24 or larger."""
        if self.environ.get("TERM", "") in ("", "dumb", "unknown"):
            return False
        columns, lines = _size(self.stderr) or _SMALLEST_SCREEN
        return columns >= _SMALLEST_SCREEN[0] and lines >= _SMALLEST_SCREEN[1]

    @property
    def width(self) -> int:
        """Columns to write in: the terminal's, 80 where there is none."""
        size = _size(self.stdout)
        return _PIPED_WIDTH if size is None else max(_NARROWEST, min(size[0], _WIDEST))

    @property
    def has_colour(self) -> bool:
        """True where standard output is a terminal that was not told to be without colour."""
        wants_none = bool(self.environ.get("NO_COLOR")) or self.environ.get("TERM", "dumb") == "dumb"
        return _is_terminal(self.stdout) and not wants_none

    def can_write(self, text: str) -> bool:
        """True where standard output's encoding knows these characters."""
        try:
            text.encode(self.stdout.encoding or "ascii")
        except (LookupError, UnicodeEncodeError):
            return False
        return True

    def write_utf8(self) -> None:
        """Results that are files (YAML) are UTF-8 whatever the locale says."""
        reconfigure = getattr(self.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="strict")

    def _safe(self, text: str, stream: TextIO) -> str:
        """Nothing that a terminal obeys but our own colours, and those only where they are seen."""
        if not self.has_colour or "\x1b" not in text:
            return harmless(text)
        import re

        pieces = re.split(f"({'|'.join(map(re.escape, COLOURS))})", text)
        is_seen = _is_terminal(stream)
        return "".join(
            (piece if is_seen else "") if piece in COLOURS else harmless(piece) for piece in pieces
        )

    def _cut(self, error: OSError) -> None:
        _let_go(self.stdout)
        if isinstance(error, BrokenPipeError):
            self.is_unread = True
            return
        why = (
            "The disk is full." if error.errno == errno.ENOSPC else (error.strerror or "It can't be written.")
        )
        raise Failure(
            "The result could not be written to standard output.",
            why=why,
            next_step="Make room, or send the output elsewhere, and run the command again.",
            code=ExitCode.SESSION_UNUSABLE,
        ) from error


def system_environment(open_wizard: OpenWizard | None = None) -> Environment:
    """The process's own streams and variables. What the locale can't write is replaced, never an error."""
    streams: list[TextIO] = []
    for stream, mode in ((sys.stdin, "r"), (sys.stdout, "w"), (sys.stderr, "w")):
        if stream is None:  # started with it closed (`>&-`)
            stream = cast("TextIO", open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif mode == "w":
            _forgiving(stream)
        streams.append(stream)
    return Environment(streams[0], streams[1], streams[2], os.environ, open_wizard=open_wizard)


def _forgiving(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (OSError, ValueError):
        return False


def _size(stream: TextIO) -> tuple[int, int] | None:
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return None
    return (size.columns, size.lines) if size.columns > 0 and size.lines > 0 else None


def _let_go(stream: TextIO) -> None:
    """Point a broken stream at nothing, so that the interpreter's last flush does not complain."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
