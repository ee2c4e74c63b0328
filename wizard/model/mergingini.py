"""An ini file (dnf.conf) whose keys can be set: comments and all other lines stay byte for byte."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.model.formats.ini import lines_of
from wizard.model.formats.ini import section as ini_section
from wizard.model.formats.text import CannotHold
from wizard.model.mergingrefused import CannotMerge

_SECTION = re.compile(r"\[([^\]\r\n]+)\][ \t]*(?:[#;].*)?")
# With the blanks around both parts: a pattern that leaves them out takes minutes for a long line of them.
_KEY = re.compile(r"([^\s=\[#;][^=\r\n]*)=(.*)")
_BLANKS = " \t"


@dataclass(slots=True)
class _Entry:
    """A key; lines: where it stands and where it goes on, as indices into the file's lines."""

    section: str
    key: str
    value: str
    lines: list[int]


class IniText:
    """The lines of one file. Raises CannotMerge where a line is neither section, key, comment nor blank."""

    def __init__(self, path: str, content: bytes | None) -> None:
        self._path = path
        text = (content or b"").decode("utf-8", "surrogateescape")
        self._lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        self._ending = "\r\n" if self._lines and self._lines[0].endswith("\r\n") else "\n"

    def value(self, path: tuple[str, ...]) -> str | None:
        """The value of `(section, key)`, None where it is not there."""
        found = self._entry(*path)
        return None if found is None else found.value

    def put(self, path: tuple[str, ...], value: str | None) -> None:
        """Set a key in its section; None takes its line away."""
        section, key = path
        found = self._entry(section, key)
        line = [] if value is None else self._written(key, value)
        if found is not None:
            for index in reversed(found.lines[1:]):
                del self._lines[index]
            self._lines[found.lines[0] : found.lines[0] + 1] = line
        elif line:
            self._end_last_line()
            at = self._end_of(section)
            if at is None:
                blank = [self._ending] if self._lines else []
                self._lines += [*blank, f"{ini_section(section)}{self._ending}", *line]
            else:
                self._lines[at:at] = line

    def _written(self, key: str, value: str) -> list[str]:
        try:
            return [f"{line}{self._ending}" for line in lines_of(key, value)]
        except CannotHold as refused:
            raise CannotMerge(
                f"{key} in {self._path} was not set, since {refused}. The file was left as it was."
            ) from refused

    def content(self) -> bytes:
        """The lines, joined."""
        return "".join(self._lines).encode("utf-8", "surrogateescape")

    def _entry(self, section: str, key: str) -> _Entry | None:
        entries, headings = self._read()
        if sum(name == section for name, _ in headings) > 1:
            raise self._broken(f"it has [{section}] twice")
        found = [entry for entry in entries if (entry.section, entry.key) == (section, key)]
        if len(found) > 1:
            raise self._broken(f"it sets {key} twice in [{section}]")
        return found[0] if found else None

    def _end_of(self, section: str) -> int | None:
        """The index behind the section's last key, or behind its heading; None without such a section."""
        entries, headings = self._read()
        ends = [entry.lines[-1] + 1 for entry in entries if entry.section == section]
        ends += [index + 1 for name, index in headings if name == section]
        return max(ends, default=None)

    def _read(self) -> tuple[list[_Entry], list[tuple[str, int]]]:
        entries: list[_Entry] = []
        headings: list[tuple[str, int]] = []
        is_open = False
        for index, raw in enumerate(self._lines):
            line = raw.rstrip("\r\n")
            if not line.strip():
                is_open = False
            elif line[0] in "#;":
                continue
            elif line[0] in " \t" and is_open:
                entries[-1].value += "\n" + line.strip()
                entries[-1].lines.append(index)
            elif section := _SECTION.fullmatch(line):
                headings.append((section.group(1), index))
                is_open = False
            elif key := _KEY.fullmatch(line):
                name = headings[-1][0] if headings else ""
                words = (key.group(1).rstrip(_BLANKS), key.group(2).strip(_BLANKS))
                entries.append(_Entry(name, *words, [index]))
                is_open = True
            else:
                raise self._broken(f"line {index + 1} is neither a key nor a comment")
        return entries, headings

    def _end_last_line(self) -> None:
        if self._lines and not self._lines[-1].endswith("\n"):
            self._lines[-1] += self._ending

    def _broken(self, why: str) -> CannotMerge:
        return CannotMerge(
            f"{self._path} is not the settings file that it should be ({why}). Nothing was changed in it: mend it "
            "there, then plan again."
        )
