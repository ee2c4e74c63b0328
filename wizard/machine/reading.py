"""Reading this machine, or a recorded one; collecting only, what it means is for wizard.probe."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from wizard.machine import apart, readfiles
from wizard.machine.mounts import may_hang, read_mounts
from wizard.machine.readcommands import Commands
from wizard.machine.readoutcome import Outcome, Reader
from wizard.machine.readrecorded import RecordedReader
from wizard.machine.readvalues import VALUES

# Values that follow paths of the operator's.
MAY_HANG = tuple(apart.VALUES)
VALUE_TIMEOUT_SECONDS = apart.TIMEOUT_SECONDS

__all__ = ["LocalReader", "Outcome", "Reader", "RecordedReader"]


def reading_environment(directories: tuple[str, ...]) -> dict[str, str]:
    """The environment of every command whose output is parsed: plain C locale, and Docker's own daemon on this host.

    A DOCKER_HOST or a docker context of the operator's would answer for another machine.
    """
    environment = {key: text for key, text in os.environ.items() if not key.startswith(("LC_", "DOCKER_"))}
    environment.pop("LANGUAGE", None)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.update(
        LC_ALL="C",
        LANG="C",
        TERM="dumb",
        PATH=":".join(directories),
        DOCKER_CONTEXT="default",
        DOCKER_CLI_HINTS="false",
    )
    return environment


class LocalReader:
    """Reads the machine at hand. Never raises for what the host holds."""

    def __init__(self) -> None:
        directories = readfiles.search_path(os.environ.get("PATH", ""))
        self._commands = Commands(reading_environment(directories))
        self._directories = self._that_answer(directories)
        if self._directories != directories:
            self._commands = Commands(reading_environment(self._directories))
        self._found: dict[str, str | None] = {}

    def text(self, path: str, limit_bytes: int = 65536) -> str | None:
        """See Reader."""
        return readfiles.read_text(path, limit_bytes)

    def names(self, path: str) -> tuple[str, ...] | None:
        """See Reader."""
        return readfiles.read_names(path)

    def link(self, path: str) -> str | None:
        """See Reader."""
        return readfiles.read_link(path)

    def exists(self, path: str) -> bool:
        """See Reader."""
        return readfiles.exists(path)

    def find(self, program: str) -> str | None:
        """See Reader."""
        if program not in self._found:
            self._found[program] = readfiles.find_program(program, self._directories)
        return self._found[program]

    def start(self, commands: Mapping[str, tuple[str, ...]], timeout_seconds: float = 5) -> None:
        """See Reader."""
        for name, argv in commands.items():
            self._commands.start(name, self.find(argv[0]), argv[1:], timeout_seconds)

    def wait(self, names: tuple[str, ...] | None = None) -> Mapping[str, Outcome]:
        """See Reader."""
        return self._commands.wait(names)

    def value(self, name: str, argument: str = "") -> Any:
        """See Reader; KeyError for a name that is no value."""
        if name in MAY_HANG and may_hang(argument, read_mounts()):
            return self._apart(name, argument)
        try:
            return VALUES[name](argument)
        except (OSError, ValueError, ImportError):
            return None

    def _apart(self, name: str, argument: str) -> Any:
        """A value of a path that may not answer, from a process that can be left behind; None after 3 seconds.

        A thread can't be: this process would not end before the kernel lets go of it.
        """
        import json
        import sys

        job = f"value {name} {argument}"
        self._commands.start(
            job, sys.executable, ("-I", "-S", apart.__file__, name, argument), VALUE_TIMEOUT_SECONDS
        )
        outcome = self._commands.wait((job,))[job]
        self._commands.forget(job)
        try:
            return json.loads(outcome.stdout) if outcome.succeeded else None
        except ValueError:
            return None

    def _that_answer(self, directories: tuple[str, ...]) -> tuple[str, ...]:
        """The directories of PATH without those of a file system that does not answer."""
        mounts = read_mounts()
        return tuple(
            directory
            for directory in directories
            if not may_hang(directory, mounts) or self._apart("nearest", directory) is not None
        )
