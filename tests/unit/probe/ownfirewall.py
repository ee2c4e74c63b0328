"""Two network namespaces of our own, a server with listeners and a client: rules are real, and so are connections."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEEDED = ("ip", "nft", "iptables-nft", "iptables-legacy", "ip6tables-nft", "ip6tables-legacy")
_LISTEN = """
import socket, time
kept = [socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True) for port in (80, 443)]
print("listening", flush=True)
time.sleep(600)
"""
# Both answer each line that they are given with a line: starting Python for each would take half of the tests' time.
_CONNECT = """
import json, socket, sys
def reaches(address, port):
    try:
        socket.create_connection((address, port), timeout=0.4).close()
    except OSError:
        return False
    return True
for _line in sys.stdin:
    print(json.dumps([[port, version, reaches(address, port)] for port in (80, 443)
                      for version, address in ((4, "198.18.77.1"), (6, "fd77::1"))]), flush=True)
"""
_LOOK = """
import json, sys
from wizard.machine.reading import LocalReader
from wizard.model.plain import plain
from wizard.probe.ownrules import read_own_rules
for _line in sys.stdin:
    reader = LocalReader()
    facts = read_own_rules(reader, lambda commands: reader.start(commands, 6))
    print(json.dumps(plain(facts)), flush=True)
"""
_CLEAR = "\n".join(
    ["nft flush ruleset"]
    + [
        f"{program}-legacy-restore <<'END'\n*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n*raw\n"
        "COMMIT\n*mangle\nCOMMIT\nEND"
        for program in ("iptables", "ip6tables")
    ]
)


def why_not() -> str:
    """What this machine lacks; "" where nothing."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    name = f"cw-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return "" if made.returncode == 0 else f"no network namespaces here: {made.stderr.strip()}"


class Host:
    """The server's namespace, and the client that tries to reach it."""

    def __init__(self, server: str, client: str) -> None:
        self.server = server
        self._looking, self._connecting = _python(server, _LOOK), _python(client, _CONNECT)

    def close(self) -> None:
        """End the helpers."""
        for process in (self._looking, self._connecting):
            process.communicate("")

    def run(self, *argv: str, given: str | None = None, timeout: float = 60) -> str:
        """A command in the server's namespace that must succeed; its output."""
        return _run("ip", "netns", "exec", self.server, *argv, given=given, timeout=timeout)

    def clear(self) -> None:
        """No rule of any kind, every policy accept."""
        self.run("sh", "-e", given=_CLEAR)

    def set_rules(self, text: str) -> None:
        """Lines of commands; a block that begins with `table` goes to nft as a file."""
        if text.lstrip().startswith("table"):
            self.run("nft", "-f", "-", given=text)
            return
        self.run("sh", "-e", given=text)

    def look(self) -> dict[str, Any] | None:
        """The facts, read there."""
        found: dict[str, Any] | None = _asked(self._looking)
        return found

    def reached(self) -> dict[tuple[int, int], bool]:
        """Whether a connection from the client comes through, by port and version of IP."""
        return {(port, version): is_in for port, version, is_in in _asked(self._connecting)}


def _python(namespace: str, script: str) -> subprocess.Popen[str]:
    argv = ["ip", "netns", "exec", namespace, sys.executable, "-c", script]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _asked(process: subprocess.Popen[str]) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def _run(*argv: str, given: str | None = None, timeout: float = 60) -> str:
    done = subprocess.run(argv, input=given, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout


@contextmanager
def two_namespaces() -> Iterator[Host]:
    """A server that listens on 80 and 443, and a client beside it."""
    server, client = (f"cw-{kind}-{os.getpid()}" for kind in ("server", "client"))
    listener: subprocess.Popen[str] | None = None
    host: Host | None = None
    try:
        for name in (server, client):
            _run("ip", "netns", "add", name)
            _run("ip", "-n", name, "link", "set", "lo", "up")
        _run(
            "ip", "-n", server, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", client
        )
        for name, last in ((server, 1), (client, 2)):
            _run("ip", "-n", name, "address", "add", f"198.18.77.{last}/24", "dev", "eth0")
            _run("ip", "-n", name, "address", "add", f"fd77::{last}/64", "dev", "eth0", "nodad")
            _run("ip", "-n", name, "link", "set", "eth0", "up")
        for name, other, last in ((server, client, 2), (client, server, 1)):
            (link,) = json.loads(_run("ip", "-j", "-n", other, "link", "show", "eth0"))
            # Neighbours are known, so that no rule has to let their questions in.
            for address in (f"198.18.77.{last}", f"fd77::{last}"):
                _run("ip", "-n", name, "neigh", "add", address, "lladdr", link["address"], "dev", "eth0")
        listener = subprocess.Popen(
            ["ip", "netns", "exec", server, sys.executable, "-c", _LISTEN], stdout=subprocess.PIPE, text=True
        )
        assert listener.stdout is not None
        assert listener.stdout.readline() == "listening\n"
        host = Host(server, client)
        yield host
    finally:
        if host is not None:
            host.close()
        if listener is not None:
            listener.kill()
            listener.communicate()
        for name in (server, client):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
