"""Ini files as dnf and yum read them: dnf.conf, definitions of repositories."""

from __future__ import annotations

import re

from wizard.model.formats.text import CannotHold, Line, refuse_control, whole_line

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# What dnf itself puts in, in repositories: $basearch, $releasever.
_VARIABLE = re.compile(r"\$(?:basearch|releasever)\b")


def section(name: str) -> Line:
    """`[name]`."""
    return whole_line(f"[{_named(name)}]")


def setting(key: str, value: str | int) -> Line:
    """`key=value`. Raises CannotHold for what dnf would put in or take off: other variables, blanks at the ends."""
    text = value_text(str(value))
    if "$" in _VARIABLE.sub("", text):
        raise CannotHold("an ini file can't hold a $ that starts no variable of dnf's")
    return whole_line(f"{_named(key)}={text}")


def value_text(value: str) -> str:
    """The value, which needs no quotes there. Raises CannotHold where it would not come back as it is."""
    refuse_control(value, "an ini file")
    if value != value.strip():
        raise CannotHold("an ini file can't hold blanks at the ends of a value")
    return value


def lines_of(key: str, value: str) -> list[str]:
    """`key=value`, and a line that starts with blanks for each that the value goes on in, as a file had it before.

    Raises CannotHold where one of them would be a key, a section or a comment of its own.
    """
    first, *more = value.split("\n")
    if any(not text or text[0] in "#;" for text in more):
        raise CannotHold("an ini file can't hold an empty line or a comment within a value")
    return [f"{_named(key)}={value_text(first)}", *(f"  {value_text(text)}" for text in more)]


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise CannotHold("this is no name in an ini file")
    return name
