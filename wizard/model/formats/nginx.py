"""NGINX's configuration."""

from __future__ import annotations

import re

from wizard.model.formats.text import CannotHold, Quoted, refuse_control

_BARE = re.compile(r"[A-Za-z0-9_.,:/@%+-]+")
_HOST = re.compile(r"[a-z0-9.-]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class NginxValue(Quoted):
    """An argument of a directive."""

    __slots__ = ()


def value(text: str) -> NginxValue:
    """Any text as one argument. Raises CannotHold for `$`, which always starts a variable there, and for what would
    start a pattern.
    """
    refuse_control(text, "NGINX's configuration")
    if "$" in text:
        raise CannotHold("NGINX's configuration can't hold a $ in a value")
    if text.startswith(("~", "*")):
        raise CannotHold("NGINX takes a value that starts so for a pattern")
    if _BARE.fullmatch(text):
        return NginxValue(text)
    return NginxValue('"' + re.sub(r'([\\"])', r"\\\1", text) + '"')


def words(text: str) -> NginxValue:
    """Several arguments, parted by blanks as in `TLSv1.2 TLSv1.3`."""
    return NginxValue(" ".join(value(word) for word in text.split()))


def quoted(text: str) -> NginxValue:
    """The same as `value`, in quotes where it needs none, too."""
    found = value(text)
    return found if found.startswith('"') else NginxValue(f'"{found}"')


def host(text: str) -> NginxValue:
    """A host name and nothing else."""
    return _matching(_HOST, text)


def name(text: str) -> NginxValue:
    """The name of an upstream, a zone or a variable."""
    return _matching(_NAME, text)


def _matching(pattern: re.Pattern[str], text: str) -> NginxValue:
    if not pattern.fullmatch(text):
        raise CannotHold("this is no name in NGINX's configuration")
    return NginxValue(text)
