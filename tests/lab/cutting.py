"""An operator whose line to a host is cut, and who logs in again; what is left on the host is read in the kernel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.journeys.product import eventually
from tests.journeys.terminal import Terminal
from tests.lab.host import Host

# killed: the ssh client is gone, and the server is told so by the kernel that closes its connection.
# silent: the firewall on the operator's side drops every packet, then the client is gone: the server goes on believing.
# closed: the window that ssh runs in is closed: ssh is hung up by the kernel (SIGHUP) and ends the connection.
Way = Literal["killed", "silent", "closed"]
WAYS: tuple[Way, ...] = ("killed", "silent")
HANGUPS: tuple[Way, ...] = ("killed", "silent", "closed")

SESSION = "/var/lib/cometchat-wizard"
# What logs out takes everything of its session along, root's too, whom logind leaves alone by default.
KILLING = """\
mkdir -p /etc/systemd/logind.conf.d
printf '[Login]\\nKillUserProcesses=yes\\nKillExcludeUsers=nobody\\n' >/etc/systemd/logind.conf.d/lab.conf
systemctl restart systemd-logind
"""
# The promise of README.md is 2 s; the rest is the kernel's and the machine's own.
LEAVES_SECONDS = 3.0
_WINDOW_SECONDS = 0.3


@dataclass(frozen=True)
class Process:
    """A process of a host. pid: as the host numbers it. outer: as this machine does."""

    pid: int
    outer: int
    argv: tuple[str, ...]

    @property
    def is_runner(self) -> bool:
        return "run-plan" in self.argv

    @property
    def is_wizard(self) -> bool:
        """The pages, the questions or a command; not the shell in which it was typed."""
        return not self.is_runner and any("wizard.__main__" in word for word in self.argv)

    @property
    def is_launcher(self) -> bool:
        """The shell that waits for the wizard and puts the terminal back in order."""
        return (
            len(self.argv) > 1 and self.argv[0].endswith("sh") and self.argv[1].endswith("/cometchat-wizard")
        )

    @property
    def kind(self) -> str:
        """For people: what of the wizard it is."""
        if self.is_runner or self.is_launcher:
            return "runner" if self.is_runner else "launcher"
        return next((word for word in ("apply", "attach", "--plain") if word in self.argv), "pages")

    def ticks(self) -> int:
        """What it and the children that it has waited for have used of the processors, in clock ticks; 0 once gone."""
        try:
            rest = Path(f"/proc/{self.outer}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0
        return sum(map(int, rest[11:15]))


def processes(host: Host) -> list[Process]:
    """All that run on a host; those that only wait to be reaped are gone."""
    return [found for outer in sorted(_members(host)) if (found := _process(outer)) is not None]


def wizards(host: Host) -> list[Process]:
    return [process for process in processes(host) if process.is_wizard]


def runners(host: Host) -> list[Process]:
    return [process for process in processes(host) if process.is_runner]


def _members(host: Host) -> set[int]:
    found: set[int] = set()
    for path in host.room.cgroup(host.name):
        for directory, _, _ in os.walk(path):  # cgroups come and go while they are read
            try:
                found.update(int(word) for word in Path(directory, "cgroup.procs").read_text().split())
            except OSError:
                continue
    return found


def _process(outer: int) -> Process | None:
    try:
        status = Path(f"/proc/{outer}/status").read_text()
        argv = Path(f"/proc/{outer}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return None
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if lines["State"][0] in "ZX":
        return None
    return Process(int(lines["NSpid"].split()[-1]), outer, tuple(argv))


def nothing_spins(host: Host) -> None:
    """Within 10 s there is a moment in which no process of the wizard, of a shell or of sshd is at work."""
    busy: dict[Process, int] = {}

    def is_quiet() -> bool:
        before = {process: process.ticks() for process in processes(host) if not process.is_runner}
        time.sleep(_WINDOW_SECONDS)  # a rate needs a span; it is measured again until it is low
        busy.clear()
        busy.update((process, used) for process, at in before.items() if (used := process.ticks() - at) > 0)
        return sum(busy.values()) <= _WINDOW_SECONDS * os.sysconf("SC_CLK_TCK") / 5

    eventually(is_quiet, f"the host at rest; busy: {busy}", 10)


@dataclass
class Operator:
    """One person at one host, as its user. place: the session's directory there. command: what is typed."""

    host: Host
    command: str = "cometchat-wizard"
    place: str = SESSION
    prompt: str = r"(?m)[#$%>]$"
    _line: str | None = None
    _holder: dict[str, Any] = field(default_factory=dict)

    def log_in(self, *, line: str | None = None, arguments: str = "", before: str = "") -> Terminal:
        """A login shell on a terminal, in which the wizard is typed.

        line: the address to come from. before: a command that is typed first.
        """
        self._line = line
        terminal = self.host.open(source=line)
        terminal.wait_match(self.prompt)
        terminal.send(f"{before}; " * bool(before) + f"{self.command}{arguments}\n")
        return terminal

    def new_line(self) -> str:
        return self.host.room.new_line()

    def file(self, name: str) -> Path:
        return self.host.inside(f"{self.place}/{name}")

    def state(self) -> dict[str, Any]:
        """session.json as it lies on the host's disk; {} where there is none yet."""
        try:
            data: dict[str, Any] = json.loads(self.file("session.json").read_text())
        except FileNotFoundError:
            return {}
        return data

    def answers(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in self.state().get("answers", {}).items()
            if name not in ("apiVersion", "kind")
        }

    def holder(self) -> dict[str, Any]:
        """Who holds the session, as its lock says; {} for nobody."""
        try:
            data: dict[str, Any] = json.loads(self.file("lock").read_text() or "{}")
        except FileNotFoundError:
            return {}
        return data

    def forget(self) -> None:
        """An empty session; the wizards of the test before have left."""
        eventually(lambda: not wizards(self.host), "no wizard on the host", 10)
        shutil.rmtree(self.host.inside(self.place), ignore_errors=True)

    def lose(self, terminal: Terminal, way: Way) -> None:
        """The line is cut. killed: the wizard leaves by itself. silent: it stays, and at rest."""
        self._holder = self.holder()
        found = wizards(self.host)
        assert len(found) == 1, processes(self.host)
        old = found[0]
        assert old.pid == self._holder["pid"]
        if way == "silent":
            assert self._line is not None
            self.host.room.cut(self._line)
        terminal.signal(signal.SIGKILL)
        terminal.process.wait(10)
        if way == "killed":
            eventually(lambda: not wizards(self.host), "the wizard behind the cut line is gone", 10)
        nothing_spins(self.host)
        if way == "silent":
            assert wizards(self.host) == [old]
            assert self.holder() == self._holder

    def come_back(self, way: Way, *, arguments: str = "") -> Terminal:
        """The next login, from another address. silent: it is told who holds the session, and takes over."""
        line = self.new_line() if way == "silent" else None
        old = wizards(self.host)
        terminal = self.log_in(line=line, arguments=arguments)
        if way == "killed":
            return terminal
        asked_for = "Take it over?" if "--plain" in self.command + arguments else "Take over?"
        terminal.wait_for(asked_for)
        told = terminal.flow()
        assert f"process {self._holder['pid']}, " in told
        assert f" from {self._holder['client']}," in told
        assert f"since {self._holder['since']}" in told
        assert set(old) <= set(wizards(self.host)), "it stays until somebody says that it must go"
        terminal.send("y\n")
        began = time.monotonic()
        eventually(lambda: not set(old) & set(wizards(self.host)), "the old wizard is gone", 8)
        took_seconds = time.monotonic() - began
        assert took_seconds < LEAVES_SECONDS, f"the holder left after {took_seconds:.1f} s"
        return terminal

    def is_alone(self) -> None:
        """One wizard, which holds the session and is at rest."""
        (new,) = wizards(self.host)
        assert self.holder()["pid"] == new.pid
        assert self.holder()["client"] != self._holder["client"] or self._line is None
        nothing_spins(self.host)

    def leave(self, terminal: Terminal, keys: str = "\x11") -> None:
        """Ctrl+Q, and out of the shell."""
        terminal.send(keys)
        eventually(lambda: not wizards(self.host), "the wizard has left", 10)
        terminal.pump()
