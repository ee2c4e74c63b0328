"""Helpers for hosts on which something is wrong: repositories to break, and what must hold after a failure."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.journeys.packages import ACCEPTED
from tests.journeys.product import eventually
from tests.lab.building import index
from tests.lab.host import Host
from tests.lab.places import environment
from tests.lab.room import NETWORK, Room, said

SESSION = "/var/lib/cometchat-wizard"
SECOND = "/srv/second"
BRIDGE = f"{NETWORK}.1"
DOCKER = ("install-docker", "install-compose", "start-docker")
# A postinst that says that it is at work and waits to be let go, a minute at most.
SLOW = (
    "#!/bin/sh\ntouch /root/at-work\n"
    "for _ in $(seq 600); do [ -e /root/go-on ] && exit 0; sleep 0.1; done\nexit 1\n"
)

# Accepts connections and never answers them.
_MUTE = """
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=50)
taken = []
while True:
    taken.append(server.accept())
"""


def put_answers(host: Host, *, docker_from: str = "distribution", skipped: tuple[str, ...] = DOCKER) -> None:
    """/srv/answers.yaml: what stands in the way on a lab host is accepted, these steps are left out."""
    lines = ["apiVersion: cometchat-wizard/v1", "kind: Answers", "usage: {environment: testing}"]
    lines += [f"software: {{docker_from: {docker_from}}}", "accepted:"]
    lines += [f"  - {{id: {ident}, reason: a lab host}}" for ident in ACCEPTED]
    if skipped:
        lines += ["skipped:", *(f"  - {{step: {step}, reason: not here}}" for step in skipped)]
    host.inside("/srv/answers.yaml").write_text("\n".join(lines) + "\n")


def apply_words(*steps: str) -> str:
    return f"cometchat-wizard apply {' '.join(steps)} --answers /srv/answers.yaml --yes"


def apply(host: Host, *steps: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    """`apply` of these steps, as root, without a terminal."""
    return host.try_run(apply_words(*steps), seconds=seconds)


def status(host: Host) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(host.run("cometchat-wizard status --json"))
    return document


def log(host: Host) -> str:
    """The log of the last run; "" while there is none."""
    files = sorted(host.inside(f"{SESSION}/runs").glob("*/log.txt"))
    return files[-1].read_text() if files else ""


def packages(host: Host) -> dict[str, str]:
    """Every package that dpkg knows: its state and version."""
    text = host.run("dpkg-query -W -f '${Package}\\t${db:Status-Abbrev} ${Version}\\n'")
    return dict(line.split("\t") for line in text.splitlines())


def is_there(host: Host, package: str) -> bool:
    return packages(host).get(package, "").startswith("ii ")


def need_failure(
    host: Host, done: subprocess.CompletedProcess[str], step: str, codes: tuple[int, ...] = (6,)
) -> str:
    """Exit code 6, and status tells it as text and as JSON. What the step said at its end, as one line."""
    assert done.returncode in codes, done.stdout + done.stderr
    found = status(host)
    assert (found["state"], found["step"], found["run"]["pid"]) == ("failed", step, None)
    text = host.run("cometchat-wizard status")
    assert text.startswith("failed: ") and step in text, text
    assert "Traceback" not in done.stdout + done.stderr
    events = [json.loads(line) for line in host.inside(found["run"]["journal"]).read_text().splitlines()]
    assert (events[-1]["event"], events[-1]["status"]) == ("run-finished", "failed")
    (ended,) = [item for item in events if (item["step"], item["status"]) == (step, "failed")]
    message: str = ended["message"]
    assert events[-1]["message"] in done.stderr and message in done.stdout
    return message


def need_done(host: Host, done: subprocess.CompletedProcess[str], *wanted: str) -> None:
    """Exit code 0, these packages are there, and dpkg has nothing left to finish."""
    assert done.returncode == 0, done.stdout + done.stderr
    assert status(host)["state"] == "done"
    for package in wanted:
        assert is_there(host, package), packages(host).get(package)
    assert host.run("dpkg --audit; ls /var/lib/dpkg/updates") == ""


def pack(
    host: Host,
    name: str,
    version: str,
    postinst: str = "#!/bin/sh\n",
    program: str = "",
    depends: str = "",
) -> None:
    """A small package in the host's second repository, in place of the one that was there."""
    repository = host.inside(SECOND)
    tree = host.directory / "packing" / f"{name}-{version}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: lab <lab@localhost>\n"
        "Description: Lab: made for one test\n" + (f"Depends: {depends}\n" if depends else "")
    )
    (tree / "DEBIAN/postinst").write_text(postinst)
    (tree / "DEBIAN/postinst").chmod(0o755)
    if program:
        (tree / "usr/bin").mkdir(parents=True)
        (tree / "usr/bin" / name).write_text(program)
        (tree / "usr/bin" / name).chmod(0o755)
    repository.mkdir(exist_ok=True)
    for old in repository.glob(f"{name}_*.deb"):
        old.unlink()
    said(["dpkg-deb", "--root-owner-group", "--build", str(tree), f"{repository}/{name}_{version}_all.deb"])
    index(repository)
    host.inside("/etc/apt/sources.list.d/second.list").write_text(f"deb [trusted=yes] file:{SECOND} ./\n")


def take_sources(host: Host, address: str) -> None:
    """The host's one repository. What does not answer is given up soon, by apt's own settings."""
    host.inside("/etc/apt/sources.list").write_text(f"deb [trusted=yes] {address} ./\n")
    host.inside("/etc/apt/apt.conf.d/lab").write_text('Acquire::Retries "0";\nAcquire::http::Timeout "2";\n')


@contextmanager
def web_server(room: Room, directory: Path, port: int) -> Iterator[None]:
    """The local repository by HTTP at the bridge, gone with the block."""
    words = ("-m", "http.server", "--bind", BRIDGE, "--directory", str(directory), str(port))
    with _at_the_bridge(room, port, *words):
        yield


@contextmanager
def mute_server(room: Room, port: int) -> Iterator[None]:
    """A server that takes every connection and never says a word."""
    with _at_the_bridge(room, port, "-c", _MUTE, BRIDGE, str(port)):
        yield


@contextmanager
def _at_the_bridge(room: Room, port: int, *words: str) -> Iterator[None]:
    process = subprocess.Popen(
        room.at_the_bridge("python3", *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    knock = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)"

    def answers() -> bool:
        assert process.poll() is None, f"the server on port {port} ended"
        argv = room.at_the_bridge("python3", "-c", knock, BRIDGE, str(port))
        return subprocess.run(argv, capture_output=True, env=environment()).returncode == 0

    try:
        eventually(answers, f"a server on port {port}")
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def applying(host: Host, *steps: str) -> Iterator[subprocess.Popen[str]]:
    """`apply` at work over an ssh login of its own."""
    process = subprocess.Popen(
        host.ssh("sh", "-c", f"'{apply_words(*steps)}'"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
