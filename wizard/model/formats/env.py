"""KEY=value files, as sh, Docker Compose and `docker stack deploy` read them."""

from __future__ import annotations

import re

from wizard.model.formats.text import CannotHold, Line, refuse_control, whole_line

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE = re.compile(r"[A-Za-z0-9_.,:/@%+-]*")


def setting(name: str, value: object) -> Line:
    """`NAME=value`: bare where every reader agrees, else quoted. Raises CannotHold for control characters.

    Bare first: `docker stack deploy` keeps quotes as part of the value, Compose and sh take them off.
    """
    if not _NAME.fullmatch(name):
        raise CannotHold("this is no name of a variable")
    return whole_line(f"{name}={_quoted(value)}")


def _quoted(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    refuse_control(text, "a KEY=value file")
    if _BARE.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'
