"""The mission on a bare host: by its screens, then the same unattended on another one.

Real: ssh, the pseudo-terminal, install.sh from a wheelhouse, apt, dpkg, systemd, dockerd 26.1, Compose v2.
Borrowed: the name Ubuntu 24.04 (Debian 13 lies beneath), and docker-compose-v2, a shim for Debian's docker-compose.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tests.journeys.terminal import ENTER, TAB, Terminal
from tests.journeys.walking import (
    REASON,
    accept_host,
    fill,
    from_the_distribution,
    install,
    next_page,
    start,
    write_config,
)
from tests.lab.conftest import MakeHost, put_release
from tests.lab.host import Host

STEPS = [
    "tune-kernel",
    "docker-settings",
    "refresh-packages",
    "install-docker",
    "install-compose",
    "start-docker",
    "install-git",
    "install-jq",
    "install-curl",
    "install-net-tools",
]
CONFIG = "/root/cometchat-deployment"
NAME = "chat-a"


def test_bare_host_by_the_screens_then_unattended_on_another(
    make_host: MakeHost, lab_wheelhouse: Path, tmp_path: Path
) -> None:
    first = make_host(installed=False, name=NAME)
    put_release(first, lab_wheelhouse)
    _by_the_screens(first)
    assert_installed(first)
    assert _survey(first)["software"]["docker"]["version"].startswith("26.1.")
    assert planned(first) == []
    by_hand = _config(first)
    assert by_hand["domain"]["primary"] == "chat.example.com"
    assert {item["reason"] for item in by_hand["accepted"]} == {REASON}
    first.run(
        f"cometchat-wizard validate {CONFIG}/deployment.yaml && cometchat-wizard validate {CONFIG}/answers.yaml"
    )
    answers = first.run(f"cat {CONFIG}/answers.yaml")

    second = make_host(name=NAME)
    done = second.try_run("umask 077; cat > /root/answers.yaml", text=answers)
    assert done.returncode == 0, done.stderr
    assert planned(second, "--answers /root/answers.yaml") == STEPS
    done = second.try_run("cometchat-wizard apply --answers /root/answers.yaml --yes --json", seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [item["step"] for item in events if item["event"] == "step-finished"] == STEPS
    assert_installed(second)
    assert planned(second) == []
    second.run(f"cometchat-wizard export {CONFIG} --answers /root/answers.yaml")
    second.run(f"cometchat-wizard validate {CONFIG}/deployment.yaml")
    assert _config(second) == by_hand
    assert second.run(f"cat {CONFIG}/answers.yaml") == answers
    assert json.loads(second.run("cometchat-wizard status --json"))["state"] in ("done", "exported")


def _by_the_screens(host: Host) -> None:
    terminal = host.open("cd /root/release && ./install.sh --wheelhouse /root/wheels")
    terminal.wait_for("▸ Start", 120)  # the installation comes first
    start(terminal)
    fill(terminal, "Monthly users", "50000")
    next_page(terminal, 2)
    terminal.wait_match(r"Platform +Ubuntu, RHEL +Ubuntu 24.04")
    assert "vcpus-short" in accept_host(terminal)
    next_page(terminal, 3)
    _install_from_the_distribution(terminal)
    next_page(terminal, 4)
    terminal.wait_match(r"443/tcp +HTTPS, to NGINX +✓ free")
    next_page(terminal, 5)
    fill(terminal, "Domain", "chat.example.com")
    terminal.wait_for("websocket.chat.example.com")
    next_page(terminal, 6)
    terminal.wait_for("Nothing in the way")
    write_config(terminal, Path(CONFIG))


def _install_from_the_distribution(terminal: Terminal) -> None:
    terminal.wait_for("[ Install: 11 steps ]")
    from_the_distribution(terminal)
    terminal.send(TAB * 2)
    install(terminal, "10")
    terminal.wait_match(r"\d of 10 steps")
    terminal.wait_for("✓ All steps are done.", 240)
    terminal.send(ENTER)
    terminal.wait_for("The plan is empty")
    terminal.wait_match(r"Docker Engine +24 or later +26\.1\.\S+ +✓ ok")


def assert_installed(host: Host) -> None:
    """By the host's own programs."""
    assert host.run("docker version --format '{{.Server.Version}}'").startswith("26.1.")
    assert host.run("docker compose version --short").startswith("2.")
    host.run("for name in git jq curl netstat; do command -v $name || exit 1; done")
    assert host.run("systemctl is-enabled docker; systemctl is-active docker").split() == [
        "enabled",
        "active",
    ]


def planned(host: Host, more: str = "") -> list[str]:
    """The steps that the wizard would do on the host."""
    stages = json.loads(host.run(f"cometchat-wizard plan --json {more}"))["stages"]
    return [step["id"] for stage in stages for step in stage["steps"]]


def _survey(host: Host) -> dict[str, Any]:
    (node,) = json.loads(host.run("cometchat-wizard survey --json"))["nodes"]
    assert isinstance(node, dict)
    return node


def _config(host: Host) -> dict[str, Any]:
    """deployment.yaml without its time and without what was detected: two hosts differ in that."""
    document = yaml.safe_load(host.run(f"cat {CONFIG}/deployment.yaml"))
    assert isinstance(document, dict)
    detected = [path for path, origin in document["origins"].items() if origin == "detected"]
    assert "network.advertise_address" in detected
    for path in ["metadata.generated_at", *detected]:
        *way, last = re.findall(r"[^.\[\]]+", path)
        branch = document
        for key in way:
            branch = branch[int(key) if isinstance(branch, list) else key]
        del branch[last]
    return document
