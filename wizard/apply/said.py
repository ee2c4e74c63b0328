"""What a command said, as far as it is kept: the lines that name an error, else its last ones."""

from __future__ import annotations

import re
from collections import deque

LIMIT = 420
_TELLING = re.compile(
    r"^(E:|Err:|Error|error|ERROR|Failed|fatal|dpkg: |No match|Problem|curl: \(|gpg: )|: error|rror:"
    r"| depends on | is needed by "
)
# dnf's reasons are indented. Its empty heads and its advice to erase what is in the way are not told.
_REASON = re.compile(r"^(- |Problem)")
_EMPTY = re.compile(r"^((Error|Failed):$|\(try to add )")
# rpm's word for a package's own script that failed: a warning (then dnf ends well) or an error.
_SCRIPT_FAILED = re.compile(r"^(warning|error): %\w+\(.*scriptlet failed")
# Of a command that ended well: what it could not read all the same.
_DOUBTFUL = re.compile(r"^(W: Failed to fetch|Errors? |Error:)")
# These name a package and say why in the next line; what the package's own script said stands before.
_IN_PARTS = re.compile(r"^(dpkg: |Err:)")
_ROUTINE = re.compile(
    r"^(Unpacking|Setting up|Preparing|Selecting|Removing|Processing|\(Reading|Get:|Ign:|Hit:)"
)
_HOLLOW = re.compile(r"^(Errors were encountered while processing|E: Some index files failed|dpkg: warning)")
_KEPT = 24


class Said:
    """Takes a command's lines one by one; keeps few of them however many there are."""

    def __init__(self) -> None:
        self._last: deque[str] = deque(maxlen=3)
        self._first_told: list[str] = []
        self._then_told: deque[str] = deque(maxlen=_KEPT)
        self._doubts: list[str] = []
        self._scripts: list[str] = []
        self._goes_on = False

    def take(self, raw: str) -> None:
        """One line of output."""
        line = raw.strip()
        if not line:
            return
        is_telling = (_TELLING.search(raw) or _REASON.match(line)) is not None and not (
            _HOLLOW.match(line) or _EMPTY.match(line)
        )
        if _SCRIPT_FAILED.match(line):
            self._script_failed(line)
        if is_telling and line.startswith("dpkg: error") and self._last and self._may_tell(self._last[-1]):
            self._tell(self._last[-1])
        if is_telling or (self._goes_on and raw[:1] == " "):
            self._tell(line)
        if _DOUBTFUL.match(line) and len(self._doubts) < _KEPT:
            self._doubts.append(line)
        self._goes_on = is_telling and _IN_PARTS.match(line) is not None
        self._last.append(line)

    def words(self, limit: int = LIMIT) -> str:
        """Why it failed, as far as it said so: the first and the last of the lines that tell."""
        return _fitting(list(dict.fromkeys([*self._first_told, *self._then_told])) or list(self._last), limit)

    def doubts(self, limit: int = LIMIT) -> str:
        """What it could not do although it ended well, "" for nothing."""
        return _fitting(list(dict.fromkeys(self._doubts)), limit)

    def scripts(self, limit: int = LIMIT) -> str:
        """Packages' own scripts that failed, each after what it said last; "" where none did."""
        return _fitting(list(dict.fromkeys(self._scripts)), limit)

    def _script_failed(self, line: str) -> None:
        before = self._last[-1] if self._last else ""
        if before and not before.startswith("Running scriptlet") and len(self._scripts) < _KEPT:
            self._scripts.append(before)
            self._tell(before)
        if len(self._scripts) < _KEPT:
            self._scripts.append(line)

    def _may_tell(self, line: str) -> bool:
        return _ROUTINE.match(line) is None and line not in self._then_told

    def _tell(self, line: str) -> None:
        if len(self._first_told) < _KEPT:
            self._first_told.append(line)
        else:
            self._then_told.append(line)


def _fitting(lines: list[str], limit: int) -> str:
    """As many lines as fit: the first two, which tell the cause, the last, then those between."""
    order = [*lines[:2], *lines[2:][-1:], *lines[2:-1]]
    chosen: set[str] = set()
    left = limit
    for line in order:
        if left - len(line) - 3 < 0:
            if not chosen:
                return line[: limit - 1] + "…"
            continue
        chosen.add(line)
        left -= len(line) + 3
    return " | ".join(line for line in lines if line in chosen)
