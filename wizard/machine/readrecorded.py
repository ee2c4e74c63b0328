"""A host replayed from a recording: data only, the same answers every time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.machine.readoutcome import Outcome


def command_key(argv: tuple[str, ...]) -> str:
    """How a recording names a command."""
    return " ".join(argv)


class RecordedReader:
    """Replays {files, directories, links, exists, programs, commands, values}; all that is not recorded is not there.

    files: path to text. directories: path to entries. links: path to target. exists: further paths that are there.
    programs: name to path. commands: command line to {state, exit_code, stdout, stderr}. values: name, or `name
    argument`, to value.
    """

    def __init__(self, recording: Mapping[str, Any]) -> None:
        self.recording = recording
        self._outcomes: dict[str, Outcome] = {}

    def _part(self, name: str) -> Mapping[str, Any]:
        part = self.recording.get(name, {})
        return part if isinstance(part, Mapping) else {}

    def text(self, path: str, limit_bytes: int = 65536) -> str | None:
        """The recorded text, cut at the limit."""
        text = self._part("files").get(path)
        return None if text is None else str(text)[:limit_bytes]

    def names(self, path: str) -> tuple[str, ...] | None:
        """The recorded entries."""
        names = self._part("directories").get(path)
        return None if names is None else tuple(names)

    def link(self, path: str) -> str | None:
        """The recorded target."""
        target = self._part("links").get(path)
        return None if target is None else str(target)

    def exists(self, path: str) -> bool:
        """True for what is recorded or listed in `exists`, and for every directory above a recorded file."""
        parts = ("files", "directories", "links", "exists")
        if any(path in self.recording.get(part, ()) for part in parts):
            return True
        return any(file.startswith(path + "/") for file in self._part("files"))

    def find(self, program: str) -> str | None:
        """The recorded path of a program."""
        path = self._part("programs").get(program)
        return None if path is None else str(path)

    def start(self, commands: Mapping[str, tuple[str, ...]], timeout_seconds: float = 5) -> None:
        """Look the outcomes up; a program that is there but was never recorded running says nothing, exit 1."""
        for name, argv in commands.items():
            self._outcomes[name] = self._outcome(argv)

    def _outcome(self, argv: tuple[str, ...]) -> Outcome:
        path = self.find(argv[0])
        if path is None:
            return Outcome("missing")
        recorded = self._recorded(command_key(argv))
        if recorded is None:
            return Outcome("done", 1, "", "not recorded", path)
        return Outcome(
            recorded.get("state", "done"),
            recorded.get("exit_code", 0),
            recorded.get("stdout", ""),
            recorded.get("stderr", ""),
            path,
        )

    def _recorded(self, line: str) -> Mapping[str, Any] | None:
        """The command itself, else the longest recorded beginning of it (`dpkg-query -W`)."""
        commands = self._part("commands")
        beginnings = [key for key in commands if line == key or line.startswith(key + " ")]
        return commands[max(beginnings, key=len)] if beginnings else None

    def wait(self, names: tuple[str, ...] | None = None) -> Mapping[str, Outcome]:
        """The outcomes, at once."""
        chosen = self._outcomes if names is None else names
        return {name: self._outcomes[name] for name in chosen if name in self._outcomes}

    def value(self, name: str, argument: str = "") -> Any:
        """The recorded value; of paths never asked for, `nearest` and `statvfs` answer by a recorded parent."""
        values = self._part("values")
        key = f"{name} {argument}" if argument else name
        if key in values or not argument:
            return values.get(key)
        if argument in self._part("programs").values():
            return {"path": argument, "exists": True} if name == "nearest" else None
        parents = [other.partition(" ")[2] for other in values if other.startswith(f"{name} /")]
        holding = [other for other in parents if other == "/" or argument.startswith(other + "/")]
        if name == "statvfs" and holding:
            return values[f"{name} {max(holding, key=len)}"]
        return {"path": "/", "exists": False} if name == "nearest" else None
