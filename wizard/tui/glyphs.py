"""Marks for states: a glyph that every font of the terminal has, always beside a word."""

from __future__ import annotations

import os
import sys

# What Python puts into LC_CTYPE where the named locale is not installed here (PEP 538).
_PUT_BY_PYTHON = ("C.UTF-8", "C.utf8", "UTF-8")
# Console fonts and old terminals lack these; there the ASCII set is used.
_PLAIN_TERMINALS = ("linux", "vt100", "vt102", "vt220", "ansi", "cons25", "dumb")


def is_plain_terminal(environ: dict[str, str] | None = None, encoding: str | None = None) -> bool:
    """True where only ASCII is safe: a console font, or an encoding that is not UTF-8."""
    given = os.environ if environ is None else environ
    codec = (encoding or getattr(sys.__stderr__, "encoding", None) or "ascii").lower().replace("-", "")
    return given.get("TERM", "") in _PLAIN_TERMINALS or codec != "utf8" or _locale_is_latin(given)


def _locale_is_latin(environ: dict[str, str] | os._Environ[str]) -> bool:
    """A named locale that is not UTF-8 tells of a terminal that is not; none at all tells nothing."""
    name = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if name in _PUT_BY_PYTHON and not environ.get("LC_ALL"):
        name = environ.get("LANG") or ""
    return "." in name and "utf" not in name.lower()


PLAIN = is_plain_terminal()

OK = "+" if PLAIN else "✓"
BLOCKER = "x" if PLAIN else "✗"
WARNING = "!"
NOTE = "i"
UNKNOWN = "?"
HERE = ">" if PLAIN else "▸"
OPEN = "." if PLAIN else "·"
RULE = "-" if PLAIN else "─"
SIDE = "|" if PLAIN else "│"
ON = "(*)" if PLAIN else "(•)"
OFF = "( )"
DOT = "-" if PLAIN else "·"
MORE = ".." if PLAIN else "…"

SEVERITY = {"blocker": BLOCKER, "warning": WARNING, "note": NOTE, "ok": OK, "unknown": UNKNOWN}
STYLE = {
    "blocker": "bold ansi_red",
    "warning": "ansi_yellow",
    "note": "",
    "ok": "ansi_green",
    "unknown": "dim",
}


BAR_STYLE = "reverse"  # blanks in reverse: a third of the bytes of a block glyph, and in every font


def bar(ratio: float, width: int) -> str:
    """The blanks of a bar that is `width` cells at ratio 1, to be drawn in BAR_STYLE; above 0 there is one at least."""
    cells = min(width, max(1 if ratio > 0 else 0, round(ratio * width)))
    return " " * cells
