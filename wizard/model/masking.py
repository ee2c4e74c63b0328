"""Users and passwords taken out of what other programs print, before a line is kept or shown anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

# Taken apart by hand from here on: a pattern for all of it takes minutes for a long line of `http://http://`.
_WORD = re.compile(r"[^\s'\"<>]+")
_PORT = re.compile(r":[0-9]{1,5}(?:[/?#]|$)")
_STOP, _END_OF_HOST = re.compile(r"[/:@]"), re.compile(r"[/?#]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}$")
_WITHOUT_SCHEME = re.compile(r"(?<![\w/.@%+-])[\w.%+-]+:[^\s@:/'\"]+@(?=[\w.-]+:\d)")
# There the user is the account to log in to, as in `ssh://root@10.0.0.5`, and the secret is a key.
_ACCOUNTS = frozenset(("ssh", "git+ssh", "ssh+git", "svn+ssh", "sftp", "scp"))
# Words that are no secret as a user, and that would be missed elsewhere.
_ORDINARY = frozenset(
    {"admin", "anonymous", "cometchat", "curl", "docker", "error", "guest", "host", "http", "https", "local"}
    | {"nobody", "password", "proxy", "root", "user"}
)
_SHORTEST_SECRET, _SHORTEST_USER = 3, 4


def mask(text: str) -> str:
    """The text with the user and password of addresses as `***`: `http://***@proxy:3128`."""
    return _WITHOUT_SCHEME.sub("***@", _WORD.sub(lambda found: _masked(found[0]), text))


def _masked(word: str) -> str:
    """Rather a harmless word too much than a password: with a colon that starts no port, everything up to the last @ of
    the word goes, else what stands before the @ of the host.
    """
    kept: list[str] = []
    start, last = 0, word.rfind("@")
    while (at := word.find("://", start)) >= 0 and at < last:
        first = at + 3
        end = _userinfo_end(word, first, last)
        if end is None:
            kept.append(word[start:first])
        else:
            scheme = _SCHEME.search(word, max(start, at - 31), at)
            user, colon, _password = word[first:end].partition(":")
            is_account = scheme is not None and scheme[0].lower() in _ACCOUNTS
            secret = (f"{user}:***" if colon else user) if is_account else "***"
            kept.append(word[start:first] + secret)
        start = first if end is None else end
    return "".join(kept) + word[start:]


def _userinfo_end(word: str, first: int, last: int) -> int | None:
    """Where the @ stands that ends user and password, None where there are none."""
    stop = _STOP.search(word, first)
    if stop is not None and stop[0] == ":" and not _PORT.match(word, stop.start()):
        return last
    end = _END_OF_HOST.search(word, first)
    at = word.rfind("@", first, len(word) if end is None else end.start())
    return None if at < 0 else at


def masker(environ: Mapping[str, str]) -> Callable[[str], str]:
    """`mask`, and every password and user of the environment's own proxies wherever it appears, encoded or plain.

    A user of few letters goes where it is a word of its own, and an ordinary word stays.
    """
    passwords, users = _logins(environ)
    words = (
        re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, users))})(?![\w-])", re.IGNORECASE)
        if users
        else None
    )

    def masked(text: str) -> str:
        for password in passwords:
            text = text.replace(password, "***")
        text = mask(text)
        return text if words is None else words.sub("***", text)

    return masked


def _logins(environ: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is replaced wherever it stands, and what is only where it is a whole word; the longest first."""
    from urllib.parse import unquote

    secrets: set[str] = set()
    users: set[str] = set()
    for name, address in environ.items():
        if not name.lower().endswith("_proxy") or "@" not in address:
            continue
        userinfo = address.rpartition("://")[2].rpartition("@")[0]
        user, _colon, password = userinfo.partition(":")
        secrets.update(text for text in (password, unquote(password)) if len(text) >= _SHORTEST_SECRET)
        for text in (user, unquote(user)):
            if len(text) >= _SHORTEST_USER and text.lower() not in _ORDINARY:
                (secrets if _is_token(text) else users).add(text)
    return _by_length(secrets), _by_length(users)


def _is_token(user: str) -> bool:
    """No name that a person would have: long, with digits or more than letters."""
    return len(user) >= 12 or (len(user) >= 8 and not user.isalpha())


def _by_length(texts: set[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))
