"""Records the machine at hand: `python -m tests.hosts.record NAME [DATA_DIRECTORY]` writes tests/hosts/NAME.json.

Everything that a survey reads is kept, and nothing else; proxies are masked when they are read. Of long or private
files only the lines that a survey looks for are kept (see trimmed).
Look the file over before you keep it: it names this host, its addresses and what listens on it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from tests.hosts import DIRECTORY
from wizard.machine.reading import LocalReader, Outcome
from wizard.machine.readrecorded import command_key
from wizard.model.ownfiles import DAEMON_JSON
from wizard.probe import kernel, proxies
from wizard.probe.survey import survey

_FEATURES = (kernel.OVERLAY, kernel.VXLAN, kernel.IPVS, kernel.ESP, kernel.XFRM_USER)


class RecordingReader(LocalReader):
    """Reads this machine and keeps what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Any] = {
            "source": [],
            "constructed": [],
            "files": {},
            "directories": {},
            "links": {},
            "exists": [],
            "programs": {},
            "commands": {},
            "values": {},
        }
        self._lines: dict[str, str] = {}

    def text(self, path: str, limit_bytes: int = 65536) -> str | None:
        text = super().text(path, limit_bytes)
        if text is not None:
            self.kept["files"][path] = trimmed(path, text)
        return text

    def names(self, path: str) -> tuple[str, ...] | None:
        names = super().names(path)
        if names is not None:
            self.kept["directories"][path] = list(names)
        return names

    def link(self, path: str) -> str | None:
        target = super().link(path)
        if target is not None:
            self.kept["links"][path] = target
        return target

    def exists(self, path: str) -> bool:
        found = super().exists(path)
        if found and path not in self.kept["exists"]:
            self.kept["exists"].append(path)
        return found

    def find(self, program: str) -> str | None:
        path = super().find(program)
        if path is not None:
            self.kept["programs"][program] = path
        return path

    def start(self, commands: Mapping[str, tuple[str, ...]], timeout_seconds: float = 5) -> None:
        self._lines.update({name: recorded_key(argv) for name, argv in commands.items()})
        super().start(commands, timeout_seconds)

    def wait(self, names: tuple[str, ...] | None = None) -> Mapping[str, Outcome]:
        outcomes = super().wait(names)
        for name, outcome in outcomes.items():
            if outcome.state != "missing":
                self.kept["commands"][self._lines[name]] = {
                    "state": outcome.state,
                    "exit_code": outcome.exit_code,
                    # As of apt's files: the lines about proxies, without their passwords.
                    "stdout": trimmed("/etc/apt/", outcome.stdout)
                    if name == "apt_config"
                    else outcome.stdout,
                    "stderr": outcome.stderr,
                }
        return outcomes

    def value(self, name: str, argument: str = "") -> Any:
        value = super().value(name, argument)
        self.kept["values"][f"{name} {argument}" if argument else name] = value
        return value


def recorded_key(argv: tuple[str, ...]) -> str:
    """Package queries by their beginning, so that a longer list of names keeps old recordings good."""
    return command_key(argv[:2] if argv[0] in ("dpkg-query", "rpm") else argv)


def trimmed(path: str, text: str) -> str:
    """The lines that a survey looks for, where the whole would be long or private."""
    if path == "/proc/1/environ":
        return "\0".join(entry for entry in text.split("\0") if entry.startswith("container="))
    marks: tuple[str, ...] = ()
    if path == "/proc/self/status":
        marks = ("CapBnd:",)
    elif "config" in path and ("/boot/" in path or path.endswith(".gz") or "/lib/modules/" in path):
        marks = tuple(key for _, key in _FEATURES)
    elif path.endswith(("modules.dep", "modules.builtin")):
        marks = tuple(f"/{module}.ko" for module, _ in _FEATURES)
    elif path == "/proc/modules":
        marks = tuple(f"{module} " for module, _ in _FEATURES)
    elif path.startswith(
        ("/etc/apt/", "/etc/environment", "/etc/dnf/", "/etc/systemd/system/docker.service.d/")
    ):
        # Addresses of proxies carry passwords; what is recorded here is public.
        return "".join(f"{proxies.masked(line)}\n" for line in text.splitlines() if "proxy" in line.lower())
    elif path == DAEMON_JSON:
        # Options of log drivers and the like carry passwords, too.
        return "".join(f"{proxies.masked(line)}\n" for line in text.splitlines() if "token" not in line)
    elif path.startswith("/etc/ssh/"):
        marks = ("Port", "port", "ListenAddress")
    elif "/bin/" in path:
        return text if text.startswith("#!") else ""
    if not marks:
        return text
    return "".join(line for line in text.splitlines(True) if any(mark in line for mark in marks))


def main(arguments: list[str]) -> int:
    """Write one recording."""
    if not arguments:
        print("Which name? python -m tests.hosts.record NAME [DATA_DIRECTORY]", file=sys.stderr)
        return 2
    reader = RecordingReader()
    survey(arguments[0], arguments[1] if len(arguments) > 1 else "/var/lib/docker", reader)
    reader.kept["source"].append({"recorded": "python -m tests.hosts.record", "at": reader.value("time")})
    path = DIRECTORY / f"{arguments[0]}.json"
    path.write_text(json.dumps(reader.kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
