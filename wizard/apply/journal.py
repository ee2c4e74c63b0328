"""The journal of a run: one event a line, on disk before and after what it tells of."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import Literal

from wizard.apply.runfile import is_over, run_process_is_alive
from wizard.machine.files import open_record, open_to_write
from wizard.model.event import Event
from wizard.model.plain import plain, shown
from wizard.model.rebuild import rebuild
from wizard.model.session import RunRecord
from wizard.model.strictjson import read_json

MESSAGE_LIMIT = 1000
_WORD_LIMIT = 200
# How long a run that was started may take until its process reports: a slow disk and a cold Python.
START_SECONDS = 30.0
# A line has at most 10 KB, and two a second are written: hours of installing make less than a hundredth of the limit.
_BLOCK_BYTES = 1 << 18
LIMIT_BYTES = 1 << 28


def now() -> str:
    """UTC, to the millisecond, ISO 8601."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def append(path: str, event: Event) -> None:
    """Add one event and flush it to disk. Raises OSError; then the journal is as it was.

    Starts on a line of its own even where an earlier writer died in the middle of one.
    """
    line = json.dumps(plain(event), ensure_ascii=True).encode("ascii") + b"\n"
    descriptor = open_to_write(path, os.O_RDWR | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(28, "No space left on device", path)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def event(
    name: Literal["run-started", "step-started", "step-output", "step-finished", "run-finished"],
    message: str = "",
    *,
    step: str | None = None,
    node: str | None = None,
    status: Literal["done", "failed", "skipped"] | None = None,
) -> Event:
    """An event of now, its message made safe to show."""
    return Event(now(), name, step, node, status, shown(message, MESSAGE_LIMIT))


def parse_line(line: bytes) -> Event | None:
    """The event of one journal line, safe to show; None for a torn or foreign one."""
    try:
        found = rebuild(Event, read_json(line))
    except ValueError:
        return None
    # As it was written; what else stands there comes from somebody else, and is shown on terminals.
    return replace(
        found,
        at=shown(found.at, _WORD_LIMIT),
        step=None if found.step is None else shown(found.step, _WORD_LIMIT),
        node=None if found.node is None else shown(found.node, _WORD_LIMIT),
        message=shown(found.message, MESSAGE_LIMIT),
    )


def read_events(path: str) -> tuple[Event, ...]:
    """`each_event`, all at once: for a journal that is known to be small."""
    return tuple(each_event(path))


def each_event(path: str) -> Iterator[Event]:
    """All events so far, one by one; none where there is no journal yet, or none that can be read.

    Torn lines are left out. What lies beyond LIMIT_BYTES is not read: `trouble` says so.
    """
    reader = Reader(path)
    while events := reader.more():
        yield from events
    if last := parse_line(reader.rest()):
        yield last


def trouble(path: str) -> str:
    """Why a journal can't be read as a whole, in the system's words; "" where it can, and where there is none."""
    try:
        descriptor = open_record(path)
        try:
            os.pread(descriptor, 1, 0)
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or "input/output error"
    return (
        "" if size <= LIMIT_BYTES else f"it has more than {LIMIT_BYTES >> 20} MiB, and no run writes so much"
    )


def _block(path: str, offset: int) -> bytes:
    """What a file holds from there on, at most a block; nothing where it can't be read: whoever polls it may see it
    come back.
    """
    try:
        descriptor = open_record(path)
        try:
            return os.pread(descriptor, min(_BLOCK_BYTES, max(0, LIMIT_BYTES - offset)), offset)
        finally:
            os.close(descriptor)
    except OSError:
        return b""


class Reader:
    """Takes in a journal from its start: what was read once is not read again. Never more than a block at a time."""

    def __init__(self, path: str) -> None:
        self.offset = 0
        self._path = path
        self._is_in_long_line = False

    def more(self) -> list[Event]:
        """Events that came since the last call, as many as a block holds: [] where there are no more for now.

        A line that is not whole yet waits for the next call; one that is longer than a block is none of ours.
        """
        while text := _block(self._path, self.offset):
            whole = text[: text.rfind(b"\n") + 1]
            if not whole and len(text) < _BLOCK_BYTES:
                break
            lines = whole.split(b"\n")
            if self._is_in_long_line and whole:
                del lines[0]
            self._is_in_long_line = not whole
            self.offset += len(whole) or len(text)
            if found := [event for event in map(parse_line, lines) if event is not None]:
                return found
        return []

    def rest(self) -> bytes:
        """The line that is not whole yet."""
        return b"" if self._is_in_long_line else _block(self._path, self.offset)


class Following(Iterator[Event]):
    """The events of a run from its start, then as they come.

    why: None while it goes on; "finished" after run-finished; "gone" where the process ended without
    saying so; "not-started" where it never reported.
    """

    def __init__(
        self, run: RunRecord, poll_seconds: float = 0.2, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        self.why: Literal["finished", "gone", "not-started"] | None = None
        self._run = run
        self._poll_seconds = poll_seconds
        self._meanwhile = meanwhile
        self._reader = Reader(run.journal)
        self._waiting: list[Event] = []
        self._since = time.monotonic() - _quiet_seconds(run.directory)

    def __next__(self) -> Event:
        self._meanwhile()
        while not self._waiting:
            if self.why is not None:
                raise StopIteration
            # Asked before reading: what the process wrote last is then surely seen.
            may_come = self._may_still_come()
            self._waiting = self._reader.more()
            if not self._waiting:
                if not may_come:
                    self.why = self.why or ("gone" if self._reader.offset else "not-started")
                    raise StopIteration
                time.sleep(self._poll_seconds)
                self._meanwhile()
        found = self._waiting.pop(0)
        if found.event == "run-finished":
            self.why, self._waiting = "finished", []
        return found

    def _may_still_come(self) -> bool:
        alive = run_process_is_alive(self._run.directory)
        if alive is None:
            return time.monotonic() - self._since < START_SECONDS and not is_over(self._run.directory)
        return alive


def _quiet_seconds(directory: str) -> float:
    """How long nothing has been written there. A clock that was set back makes it a wait from now on."""
    try:
        return max(0.0, time.time() - os.stat(directory).st_mtime)
    except OSError:
        return 0.0


def follow(
    run: RunRecord, poll_seconds: float = 0.2, meanwhile: Callable[[], None] = lambda: None
) -> Following:
    """Iterate over a run's events until it ends; afterwards `.why` says how it ended.

    meanwhile: called before every event and at every poll.
    """
    return Following(run, poll_seconds, meanwhile)


def tail_log(path: str, lines: int = 5) -> tuple[str, ...]:
    """The last lines of a log, safe to show; reads only the log's end. () where there is none to be read."""
    try:
        descriptor = open_record(path)
        try:
            size = 1024 * lines
            data = os.pread(descriptor, size, max(0, os.fstat(descriptor).st_size - size))
        finally:
            os.close(descriptor)
    except OSError:
        return ()
    text = data.decode("utf-8", "replace")
    return tuple(shown(line) for line in text.splitlines() if line.strip())[-lines:]
