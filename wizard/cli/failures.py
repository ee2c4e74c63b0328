"""A Failure as text for people, and the masks that nothing on standard error goes without."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.model.failure import Failure

# Up to the last @ of the word: a password may hold one. A port is no password.
_PASSWORD_IN_ADDRESS = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'\"<>]*):(?!\d{1,5}(?:[/\s?#]|$))[^\s'\"<>]*@"
)
_SHORTEST_SECRET = 4


def failure_text(failure: Failure, environ: Mapping[str, str]) -> str:
    """What was seen, every problem with its path, why it matters, and the next step."""
    lines = [f"cometchat-wizard: {failure.seen}"]
    lines += [
        f"  {problem.path}: {problem.problem}" if problem.path else f"  {problem.problem}"
        for problem in failure.problems
    ]
    lines += [text for text in (failure.why, failure.next_step) if text]
    return masked("\n".join(lines), environ)


def masked(text: str, environ: Mapping[str, str]) -> str:
    """Passwords of addresses, and of the proxies in the environment wherever they stand, as `***`."""
    for secret in _proxy_passwords(environ):
        text = text.replace(secret, "***")
    return _PASSWORD_IN_ADDRESS.sub(r"\1:***@", text)


def _proxy_passwords(environ: Mapping[str, str]) -> list[str]:
    found: set[str] = set()
    for name, value in environ.items():
        if not name.lower().endswith("_proxy") or "@" not in value:
            continue
        authority = value.rpartition("://")[2].rpartition("@")[0]
        secret = authority.partition(":")[2]
        if len(secret) >= _SHORTEST_SECRET:
            from urllib.parse import unquote

            found |= {secret, unquote(secret)}
    return sorted(found, key=len, reverse=True)
