"""Reading a run's log by windows: it may be tens of megabytes and grow meanwhile; it is never read as a whole.

A line of more than PIECE_BYTES is taken in pieces, cut where its place in the file is a multiple of that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wizard.machine.files import open_record
from wizard.model.plain import shown

PIECE_BYTES = 4096
_BLOCK_BYTES = 1 << 20
# As it is shown: one blank for each of these; and case is not minded in plain letters.
_FOLD = bytes(32 if byte in b"\t\r\n" else byte for byte in range(256)).lower()


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a piece of a long one. start, end: where in the file, its line end included. text: safe to show.

    is_rest: goes on from the piece before.
    """

    start: int
    end: int
    text: str
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A place in the file. is_around: the search went on at the other end to get there."""

    offset: int
    is_around: bool


class LogFile:
    """A log on disk. One that can't be read is like an empty one; `problem` says why."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problem = ""

    def size(self) -> int:
        """Bytes so far."""
        with self._open() as file:
            return file.size

    def after(self, start: int, count: int) -> list[Line]:
        """At most `count` lines from the one that starts at `start`."""
        found: list[Line] = []
        with self._open() as file:
            while len(found) < count and start < file.size:
                found.append(file.line(start))
                start = found[-1].end
        return found

    def before(self, end: int, count: int) -> list[Line]:
        """At most `count` lines that come before the one that starts at `end`, in order."""
        found: list[Line] = []
        with self._open() as file:
            end = min(end, file.size)
            while len(found) < count and end > 0:
                found.append(file.line(file.start_before(end)))
                end = found[-1].start
        return found[::-1]

    def holding(self, offset: int) -> int:
        """Where the line starts that holds this byte."""
        with self._open() as file:
            return file.start_before(min(offset + 1, file.size)) if file.size else 0

    def find(self, words: str, start: int, *, forward: bool = True) -> Iterator[Found | None]:
        """Look for words from `start` to the end and round to it again, or the other way.

        Yields None after each megabyte without them, so that whoever looks can do something else in between; then
        where they are, and nothing where they are not. Case is not minded in plain letters.
        """
        needle = words.encode("utf-8", "replace").translate(_FOLD)
        size = self.size()
        parts = ((start, size), (0, start)) if forward else ((0, start), (start, size))
        for is_around, (low, high) in zip((False, True), parts, strict=True):
            for block_low, block_high in _blocks(low, high, forward=forward):
                with self._open() as file:
                    # A match begins in the block and may end after it.
                    data = file.read(block_low, block_high - block_low + len(needle) - 1).translate(_FOLD)
                at = data.find(needle) if forward else data.rfind(needle)
                if at >= 0:
                    yield Found(block_low + at, is_around)
                    return
                yield None

    def parts(self) -> Iterator[bytes]:
        """All of it, as it is now, with what could harm a terminal as `?`."""
        start, size = 0, self.size()
        while start < size:
            with self._open() as file:
                data = file.read(start, min(_BLOCK_BYTES, size - start))
            if not data:
                return
            whole = data[: data.rfind(b"\n") + 1] or data
            start += len(whole)
            yield _harmless(whole.decode("utf-8", "replace")).encode("utf-8", "replace")

    @contextmanager
    def _open(self) -> Iterator[_Open]:
        try:
            descriptor = open_record(self.path)
        except OSError as error:
            self.problem = error.strerror or "input/output error"
            yield _Open(None, 0)
            return
        try:
            self.problem = ""
            yield _Open(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)


class _Open:
    """The log while it is read, as long as it was when it was opened."""

    def __init__(self, descriptor: int | None, size: int) -> None:
        self._descriptor = descriptor
        self.size = size

    def read(self, start: int, count: int) -> bytes:
        if self._descriptor is None:
            return b""
        return os.pread(self._descriptor, max(0, min(count, self.size - start)), start)

    def line(self, start: int) -> Line:
        """The line or piece that starts there."""
        is_rest = start > 0 and self.read(start - 1, 1) != b"\n"
        data = self.read(start, 2 * PIECE_BYTES)
        # A piece is not longer than PIECE_BYTES; whether the line is, says its first so many bytes.
        newline = data.find(b"\n", 0, PIECE_BYTES)
        if is_rest:
            end = self._cut_after(start)
            newline = data.find(b"\n", 0, end - start)
        elif newline < 0:
            end = self._cut_after(start) if len(data) >= PIECE_BYTES else self.size
        if newline >= 0:
            end = start + newline + 1
        text = data[: end - start].decode("utf-8", "replace").rstrip("\r\n")
        return Line(start, end, shown(text, len(text)), is_rest)

    def start_before(self, end: int) -> int:
        """Where the line or piece starts that holds the byte before `end`."""
        low = max(0, end - 5 - PIECE_BYTES)
        newline = self.read(low, end - 1 - low).rfind(b"\n")
        multiple = (end - 1) // PIECE_BYTES * PIECE_BYTES
        if self._cut(multiple + PIECE_BYTES) < end:
            multiple += PIECE_BYTES
        if newline < 0 and low > 0:
            return self._cut(multiple)
        start = low + newline + 1
        # Cut only where the line is a long one.
        is_long = self.size - start >= PIECE_BYTES and b"\n" not in self.read(start, PIECE_BYTES)
        return self._cut(multiple) if is_long and multiple > start + 3 else start

    def _cut_after(self, start: int) -> int:
        # A cut that moved back before a multiple belongs to it: the next one is wanted.
        return min(self.size, self._cut(((start + 3) // PIECE_BYTES + 1) * PIECE_BYTES))

    def _cut(self, at: int) -> int:
        """Not in the middle of a character."""
        for _ in range(3):
            byte = self.read(at, 1)
            if at <= 0 or not byte or byte[0] & 0xC0 != 0x80:
                break
            at -= 1
        return max(0, at)


def _blocks(low: int, high: int, *, forward: bool) -> Iterator[tuple[int, int]]:
    starts = range(low, high, _BLOCK_BYTES)
    for start in starts if forward else reversed(starts):
        yield start, min(high, start + _BLOCK_BYTES)


def _harmless(text: str) -> str:
    if text.translate({9: None, 10: None}).isprintable():
        return text
    return "\n".join(
        "\t".join(part if part.isprintable() else shown(part, len(part)) for part in line.split("\t"))
        for line in text.split("\n")
    )
