"""Values from answers and hosts, made safe for the format that they go into."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wizard.model.plain import shown

_BARE = re.compile(r"[A-Za-z0-9_.,:/@%+-]+")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|&~$])")
_LIMIT = 2000


def comment(text: str) -> str:
    """One line of a comment: no line break can end it early."""
    return shown(text, _LIMIT)


def env_value(value: object) -> str:
    """The right-hand side of KEY=value: bare where every reader agrees, else quoted.

    Bare first: `docker stack deploy` keeps quotes as part of the value, Compose and sh take them off.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    text = shown(str(value), _LIMIT)
    if _BARE.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'


def nginx_value(text: str) -> str:
    """An argument of an NGINX directive; `$`, which can't be escaped, and a leading `~` or `*` become `?`."""
    safe = re.sub(r"^[~*]", "?", shown(text, _LIMIT).replace("$", "?"))
    if _BARE.fullmatch(safe):
        return safe
    return '"' + re.sub(r'([\\"])', r"\\\1", safe) + '"'


def nginx_host(text: str) -> str:
    """A host name and nothing else: every other character becomes `-`, so that no name can open a block."""
    return re.sub(r"[^a-z0-9.-]", "-", text.lower()) or "-"


def markdown(text: str) -> str:
    """Text that shows as it is: nothing of it is markup, a link, HTML or the end of a table's cell."""
    return _MARKDOWN.sub(r"\\\1", shown(text, _LIMIT))


def code(text: str) -> str:
    """An inline code span; a backtick inside would end it and becomes an apostrophe."""
    return "`" + shown(text, _LIMIT).replace("`", "'").replace("|", "\\|") + "`"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A Markdown table; cells are already escaped."""
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def text_of(lines: list[str]) -> str:
    """Lines to the text of a file, with the last line's end."""
    return "\n".join(lines) + "\n"
