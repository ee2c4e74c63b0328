"""A lab: a room and the hosts in it."""

from __future__ import annotations

from pathlib import Path

from tests.lab.building import Roots
from tests.lab.host import Host, Made
from tests.lab.room import Room, open_room, said, standing, take_down

_CONFIG = """\
Host *
  IdentityFile {directory}/operator
  IdentitiesOnly yes
  IdentityAgent none
  BatchMode yes
  UserKnownHostsFile {directory}/known_hosts
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  ConnectTimeout 10
  ControlMaster no
  LogLevel ERROR
  ProxyCommand nsenter --net=/proc/{pid}/ns/net -- python3 -I {relay} %h %p

"""


class Lab:
    """Hosts on a bridge of their own; numbers are given out once."""

    def __init__(self, roots: Roots, *, stays: bool = False) -> None:
        self.roots = roots
        self.room: Room = open_room(stays=stays)
        self.hosts: list[Host] = []
        self._number = 0
        directory = self.room.directory
        said(
            [
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-C",
                "operator",
                "-f",
                str(directory / "operator"),
            ]
        )
        relay = Path(__file__).with_name("relay.py")
        (directory / "ssh_config").write_text(
            _CONFIG.format(directory=directory, pid=self.room.pid, relay=relay)
        )

    def host(self, made: Made, *more_layers: Path, name: str | None = None) -> Host:
        """Bring one up. more_layers: directories over its layers, the topmost first. name: its host name."""
        self._number += 1
        lowers = (*more_layers, *(self.roots.layer(name) for name in made.layers), self.roots.base)
        host = Host(self.room, self._number, made, lowers, self.roots.packages, name)
        self.hosts.append(host)
        return host

    def close(self) -> None:
        """Take all of it down."""
        for host in self.hosts:
            host.close_terminals()
        for directory, lease in standing():
            if directory == self.room.directory:
                take_down(directory, lease)
