"""Bytes of a running program to lines of text, as they come."""

from __future__ import annotations

from collections.abc import Iterator

LINE_LIMIT_BYTES = 4000


class LineSplitter:
    """Splits at line feeds and carriage returns (progress bars), cuts long lines, drops empty ones.

    A line over LINE_LIMIT_BYTES is given once, cut; the rest of it is dropped.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._is_skipping = False

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The lines that this chunk completes."""
        pieces = chunk.replace(b"\r", b"\n").split(b"\n")
        for index, piece in enumerate(pieces):
            self._rest += b"" if self._is_skipping else piece
            is_complete = index < len(pieces) - 1
            if is_complete or len(self._rest) > LINE_LIMIT_BYTES:
                yield from self.flush()
                self._is_skipping = not is_complete
            if is_complete:
                self._is_skipping = False

    def flush(self) -> Iterator[str]:
        """What is there of an unfinished line."""
        line, self._rest = self._rest, b""
        if len(line) > LINE_LIMIT_BYTES:
            line = line[:LINE_LIMIT_BYTES] + b" [cut]"
        text = line.decode("utf-8", errors="replace").rstrip()
        if text:
            yield text
