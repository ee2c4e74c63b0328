"""A real sshd on 127.0.0.1 with a key, a port and a configuration of its own."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.journeys.product import eventually

SSHD = shutil.which("sshd", path="/usr/sbin:/sbin:/usr/local/sbin")


class Sshd:
    """Runs until `stop`. Raises AssertionError with its log where it does not come up."""

    def __init__(self, directory: Path) -> None:
        assert SSHD is not None
        self.directory = directory
        directory.mkdir(mode=0o700)
        for name in ("host_key", "user_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)], check=True
            )
        (directory / "authorized_keys").write_bytes((directory / "user_key.pub").read_bytes())
        self.port = _free_port()
        host_key = " ".join((directory / "host_key.pub").read_text().split()[:2])
        (directory / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host_key}\n")
        config = directory / "sshd_config"
        config.write_text(_CONFIG.format(port=self.port, directory=directory))
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd confines its unprivileged half
        self.log = directory / "sshd.log"
        self.process = subprocess.Popen(
            [SSHD, "-D", "-f", str(config), "-E", str(self.log)], stdin=subprocess.DEVNULL
        )
        eventually(self._answers, f"sshd on port {self.port}: {self._said()}", 10)

    def login(self, environment: Mapping[str, str], argv: Sequence[str]) -> list[str]:
        """The ssh command that runs argv there, on a terminal."""
        assigned = [f"{name}={value}" for name, value in environment.items() if name != "TERM"]
        options = [
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={self.directory}/known_hosts",
            "GlobalKnownHostsFile=none",
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "ControlMaster=no",
        ]
        return [
            "ssh",
            "-F",
            "none",
            "-tt",
            *(part for option in options for part in ("-o", option)),
            "-i",
            str(self.directory / "user_key"),
            "-p",
            str(self.port),
            f"{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1",
            shlex.join(["env", *assigned, *argv]),
        ]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self._said()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _said(self) -> str:
        return self.log.read_text() if self.log.exists() else "no log"


_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host_key
PidFile none
AuthorizedKeysFile {directory}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
LogLevel VERBOSE
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
