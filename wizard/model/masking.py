"""Passwords taken out of what other programs print, before a line is kept or shown anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

# Rather a harmless word too much than a password: everything up to the last @ of the word goes.
_IN_URL = re.compile(
    r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'\"<>]*):(?!\d{1,5}(?:[/\s?#]|$))[^\s'\"<>]*@"
)
_WITHOUT_SCHEME = re.compile(r"(?P<before>(?<![\w/.@-])[\w.%+-]+):[^\s@:/'\"]+@(?=[\w.-]+:\d)")


def mask(text: str) -> str:
    """The text with the passwords of addresses as `***`: `http://user:***@proxy:3128`."""
    text = _IN_URL.sub(r"\g<before>:***@", text)
    return _WITHOUT_SCHEME.sub(r"\g<before>:***@", text)


def masker(environ: Mapping[str, str]) -> Callable[[str], str]:
    """`mask`, and every password of the environment's own proxies wherever it appears, encoded or plain."""
    known = _proxy_passwords(environ)

    def masked(text: str) -> str:
        for password in known:
            text = text.replace(password, "***")
        return mask(text)

    return masked


def _proxy_passwords(environ: Mapping[str, str]) -> tuple[str, ...]:
    from urllib.parse import unquote

    found: set[str] = set()
    for name, address in environ.items():
        if not name.lower().endswith("_proxy") or "@" not in address:
            continue
        authority = address.rpartition("://")[2].rpartition("@")[0]
        password = authority.partition(":")[2]
        found.update(text for text in (password, unquote(password)) if len(text) >= 3)
    return tuple(sorted(found, key=len, reverse=True))
