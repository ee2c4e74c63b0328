"""apt's own files: apt.conf and the lists of sources."""

from __future__ import annotations

import re

from wizard.model.formats.text import CannotHold, Line, refuse_control, whole_line

_OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:::[A-Za-z][A-Za-z0-9_-]*)*")
_WORD = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._~:/+=-]*")


def setting(option: str, value: str) -> Line:
    """`Acquire::http::Proxy "value";`. Raises CannotHold for a quote or a backslash, which apt has no way to write."""
    if not _OPTION.fullmatch(option):
        raise CannotHold("this is no option of apt")
    refuse_control(value, "apt.conf")
    if '"' in value or "\\" in value:
        raise CannotHold("apt.conf can't hold a quote or a backslash in a value")
    return whole_line(f'{option} "{value}";')


def source(address: str, suite: str, component: str, *, signed_by: str, architecture: str | None) -> Line:
    """`deb [arch=amd64 signed-by=KEY] ADDRESS SUITE COMPONENT`, in the one-line style that every apt reads."""
    options = [f"arch={_word(architecture)}"] if architecture else []
    options.append(f"signed-by={_word(signed_by)}")
    return whole_line(f"deb [{' '.join(options)}] {_word(address)} {_word(suite)} {_word(component)}")


def _word(text: str) -> str:
    """Words are parted by blanks and options end at a bracket, and nothing can be quoted."""
    if not _WORD.fullmatch(text):
        raise CannotHold("a list of sources can't hold a blank, a bracket or a quote within a word")
    return text
