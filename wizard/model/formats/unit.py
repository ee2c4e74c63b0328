"""systemd's own files: units, their drop-ins, system.conf.d."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.model.formats.text import CannotHold, Line, refuse_control, whole_line

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def section(name: str) -> Line:
    """`[Service]`."""
    return whole_line(f"[{_named(name)}]")


def environment(name: str, *values: str) -> Line:
    """`Environment="NAME=value"`, several values parted by commas. Nothing in one is replaced."""
    return whole_line(f'Environment="{_named(name)}={_quoted(values)}"')


def limit(key: str, soft: int, hard: int | None = None) -> Line:
    """`DefaultLimitNOFILE=1024:4096`; hard None: both are the same."""
    return whole_line(f"{_named(key)}={int(soft)}" + ("" if hard is None else f":{int(hard)}"))


def _quoted(values: Iterable[str]) -> str:
    """Within double quotes a backslash and a quote are escaped, and a per cent sign would start a specifier."""
    found = []
    for value in values:
        refuse_control(value, "a systemd unit")
        found.append(re.sub(r'([\\"])', r"\\\1", value).replace("%", "%%"))
    return ",".join(found)


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise CannotHold("this is no name in a systemd unit")
    return name
