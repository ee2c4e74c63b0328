"""What a command that only reads may do besides its words: nothing. What is seen of it, and a limit for its time."""

from __future__ import annotations

import os
import signal
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

# Audit events that change something; the place of the path among their arguments.
_CHANGES = {
    "os.chmod": 0,
    "os.chown": 0,
    "os.link": 1,
    "os.mkdir": 0,
    "os.remove": 0,
    "os.rename": 1,
    "os.rmdir": 0,
    "os.symlink": 1,
    "os.truncate": 0,
    "os.utime": 0,
    "shutil.rmtree": 0,
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What Python itself writes and opens for writing, and what leads nowhere.
_HARMLESS = (os.devnull, "/dev/tty")


class TooLong(BaseException):
    """A command took longer than it may; no handler of the product takes it for its own."""


@dataclass
class Seen:
    """writes: paths that were changed. started: command lines. signalled: processes that got a signal."""

    writes: list[str] = field(default_factory=list)
    started: list[tuple[str, ...]] = field(default_factory=list)
    signalled: list[int] = field(default_factory=list)


_now: Seen | None = None
_is_hooked = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    seen = _now
    if seen is None:
        return
    if event == "open":
        path, _mode, flags = arguments
        if isinstance(flags, int) and flags & _WRITES and _is_told(path):
            seen.writes.append(_text(path))
    elif event == "os.mkdir" and os.path.lexists(arguments[0]):
        return  # it is asked for so that it fails where it is there
    elif event in _CHANGES:
        seen.writes.append(_text(arguments[_CHANGES[event]]))
    elif event == "subprocess.Popen":
        seen.started.append(tuple(_text(word) for word in arguments[1]))
    elif event in ("os.exec", "os.posix_spawn", "os.system"):
        seen.started.append(tuple(_text(word) for word in arguments))
    elif event in ("os.kill", "os.killpg") and arguments[1] != 0:
        seen.signalled.append(arguments[0])


def _is_told(path: object) -> bool:
    return not isinstance(path, int) and _text(path) not in _HARMLESS and "__pycache__" not in _text(path)


def _text(path: object) -> str:
    return os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else repr(path)


@contextmanager
def watched(limit_seconds: float = 10) -> Iterator[Seen]:
    """See what this process changes, starts and signals meanwhile. TooLong after the limit. In the main thread."""
    global _now, _is_hooked  # noqa: PLW0603 - an audit hook can't be taken away again
    if not _is_hooked:
        sys.addaudithook(_audit)
        _is_hooked = True
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, limit_seconds)
    _now = seen = Seen()
    try:
        yield seen
    finally:
        _now = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TooLong("it does not come to its end")


def odd_characters(text: str) -> set[str]:
    """Characters that a terminal obeys instead of showing them, and those that turn the direction of a text."""
    return {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs")} - set(
        "\n\t"
    )


def outside(paths: Sequence[str], *allowed: str) -> list[str]:
    """Those of the paths that lie in none of these directories. Where some are allowed, a bare name counts as in one
    of them: it is meant in a directory that is open already, which an audit event does not name.
    """
    roots = [os.path.join(os.path.realpath(root), "") for root in allowed]
    found = [path for path in paths if not (allowed and "/" not in path)]
    return [
        path
        for path in found
        if not any(os.path.join(os.path.abspath(path), "").startswith(root) for root in roots)
    ]
