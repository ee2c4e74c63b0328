"""Limits and the kernel's settings: sysctl.d and limits.d."""

from __future__ import annotations

import re
from typing import Literal

from wizard.model.formats.text import CannotHold, Line, whole_line

_KEY = re.compile(r"[a-z0-9_]+(?:[./-][a-z0-9_]+)*")
_WHO = re.compile(r"\*|[a-z_][a-z0-9_-]*")


def sysctl(key: str, value: int) -> Line:
    """`net.core.somaxconn = 32768`."""
    if not _KEY.fullmatch(key):
        raise CannotHold("this is no key of the kernel's")
    return whole_line(f"{key} = {int(value)}")


def nofile(who: str, kind: Literal["soft", "hard"], value: int) -> Line:
    """`root soft nofile 500000`; who: a user, or `*` for all but root."""
    if not _WHO.fullmatch(who):
        raise CannotHold("limits.conf can't hold this user")
    return whole_line(f"{who} {kind} nofile {int(value)}")
