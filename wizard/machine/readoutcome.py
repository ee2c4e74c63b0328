"""What a reader is, and what one read command came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Outcome:
    """One command that was run to read something.

    state `missing`: no such program on this host. `timed-out`: it was killed at its deadline. path: the program's
    absolute path, None where missing. stdout and stderr are cut at a limit and decoded with replacement.
    """

    state: Literal["done", "missing", "timed-out"]
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    path: str | None = None

    @property
    def succeeded(self) -> bool:
        """True if it ended by itself with exit code 0."""
        return self.state == "done" and self.exit_code == 0


class Reader(Protocol):
    """Where the facts of one host come from: this machine, or a recording. Nothing here changes anything."""

    def text(self, path: str, limit_bytes: int = 65536) -> str | None:
        """The start of a regular file (procfs and `.gz` too), None if not there, not readable or not a file."""

    def names(self, path: str) -> tuple[str, ...] | None:
        """The sorted entries of a directory, None if not there or not readable."""

    def link(self, path: str) -> str | None:
        """Where a symbolic link points to, None if it is none."""

    def exists(self, path: str) -> bool:
        """True if something is at this path."""

    def find(self, program: str) -> str | None:
        """The program's absolute path on PATH or in the sbin directories, None where missing."""

    def start(self, commands: Mapping[str, tuple[str, ...]], timeout_seconds: float = 5) -> None:
        """Start all commands at once; each ends at the deadline at the latest, with its process group."""

    def wait(self, names: tuple[str, ...] | None = None) -> Mapping[str, Outcome]:
        """The outcomes of these started commands (None: of all), waiting for them as needed."""

    def value(self, name: str, argument: str = "") -> Any:
        """One thing that is neither a file nor a command; see wizard.machine.readvalues. None if not knowable."""
