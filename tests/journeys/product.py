"""The product as a person starts it, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.journeys.terminal import Terminal

CHECKOUT = Path(__file__).parents[2]
WIZARD = (sys.executable, "-m", "wizard")


@dataclass
class Product:
    """One operator's home and session. more: variables that this operator has besides."""

    home: Path
    more: Mapping[str, str] = field(default_factory=dict)
    opened: list[Terminal] = field(default_factory=list)

    @property
    def session(self) -> Path:
        return self.home / "session"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin",
            "PYTHONPATH": str(CHECKOUT),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "COMETCHAT_WIZARD_SESSION": str(self.session),
            **self.more,
        }

    def open(
        self,
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        program: Sequence[str] = WIZARD,
        **more: str,
    ) -> Terminal:
        """The product with these arguments on a new terminal."""
        log = self.home / f"terminal-{len(self.opened)}.bytes"
        terminal = Terminal([*program, *arguments], {**self.environment, **more}, size=size, log=log)
        self.opened.append(terminal)
        return terminal

    def run(self, *arguments: str, seconds: float = 60, **more: str) -> subprocess.CompletedProcess[str]:
        """A command without a terminal, its output captured."""
        return subprocess.run(
            [*WIZARD, *arguments],
            env={**self.environment, **more},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def status(self) -> dict[str, Any]:
        done = self.run("status", "--json")
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def answers(self) -> dict[str, Any]:
        """The answers as they lie on disk."""
        data: dict[str, Any] = json.loads((self.session / "session.json").read_text())["answers"]
        return data

    def close(self) -> None:
        for terminal in self.opened:
            terminal.close()


def eventually(is_so: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until `is_so()`; AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """True while the process runs; one that only waits to be reaped is gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")
