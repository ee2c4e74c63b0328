"""Constructed hosts: nothing of the required software, the distribution's own names and releases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wizard.model.answers import Answers, DockerSource, NetworkAnswers, NodeAnswer, SoftwareAnswers
from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import (
    CpuFacts,
    DockerFacts,
    FirewallFacts,
    HostFacts,
    OsFacts,
    SoftwareFacts,
    SshFacts,
    ToolFacts,
)
from wizard.model.plan import Command, Plan, WriteFile
from wizard.planning.plan import plan

ROOT = Path(__file__).parents[3]
CATALOGUE: dict[str, Any] = json.loads((ROOT / "assets/packages.json").read_text())

SYSTEMS = {
    "ubuntu-20.04": (OsFacts("ubuntu", "20.04", "Ubuntu 20.04.6 LTS", ("debian",), "focal"), "apt"),
    "ubuntu-22.04": (OsFacts("ubuntu", "22.04", "Ubuntu 22.04.4 LTS", ("debian",), "jammy"), "apt"),
    "ubuntu-24.04": (OsFacts("ubuntu", "24.04", "Ubuntu 24.04 LTS", ("debian",), "noble"), "apt"),
    "debian-12": (OsFacts("debian", "12", "Debian GNU/Linux 12 (bookworm)", (), "bookworm"), "apt"),
    "debian-13": (OsFacts("debian", "13", "Debian GNU/Linux 13 (trixie)", (), "trixie"), "apt"),
    "rhel-8": (OsFacts("rhel", "8.9", "Red Hat Enterprise Linux 8.9 (Ootpa)", ("fedora",), "Ootpa"), "dnf"),
    "rhel-9": (OsFacts("rhel", "9.4", "Red Hat Enterprise Linux 9.4 (Plow)", ("fedora",), "Plow"), "dnf"),
    "rhel-10": (OsFacts("rhel", "10.0", "Red Hat Enterprise Linux 10.0", ("fedora",), "Coughlan"), "dnf"),
    "rocky-9": (OsFacts("rocky", "9.3", "Rocky Linux 9.3", ("rhel", "centos", "fedora"), None), "dnf"),
    "fedora-41": (OsFacts("fedora", "41", "Fedora Linux 41", (), None), "dnf"),
    "amzn-2023": (OsFacts("amzn", "2023", "Amazon Linux 2023", ("fedora",), None), "dnf"),
}
TOOL = ToolFacts("9.9", "/usr/bin/tool")
RUNNING = DockerFacts(version="29.1.3", client="29.1.3", state="running", path="/usr/bin/docker", running=0)
ALL = SoftwareFacts(RUNNING, ToolFacts("5.0.1"), TOOL, ToolFacts("3.0.2"), TOOL, TOOL, TOOL)
UFW = FirewallFacts("ufw", True, ())
FIREWALLD = FirewallFacts("firewalld", True, ())
# daemon.json as docker-settings leaves it.
SET = DockerSettings(True, None, "json-file", "50m", "5", (500_000, 500_000), is_newer=False)
SSH = SshFacts((22,), 22, "203.0.113.9")


def host(system: str = "ubuntu-22.04", **parts: Any) -> HostFacts:
    os, manager = SYSTEMS[system]
    known: dict[str, Any] = {
        "name": "local",
        "read_at": "2026-11-24T00:00:00Z",
        "os": os,
        "package_manager": manager,
        "cpu": CpuFacts(architecture="x86_64"),
        "init": "systemd",
        "firewall": FirewallFacts("none", False, None),
        "docker_settings": SET,
    }
    return HostFacts(**{**known, **parts})


def answered(
    source: DockerSource | None = None,
    remove: tuple[str, ...] = (),
    network: NetworkAnswers | None = None,
    nodes: tuple[NodeAnswer, ...] = (),
) -> Answers:
    return Answers(software=SoftwareAnswers(source, remove), network=network or NetworkAnswers(), nodes=nodes)


def planned(facts: HostFacts, answers: Answers | None = None) -> Plan:
    return plan(answers or Answers(), (facts,), CATALOGUE)


def ids(made: Plan) -> list[str]:
    return [step.id for step in made.steps()]


def argvs(made: Plan, step_id: str) -> list[tuple[str, ...]]:
    return [
        action.argv
        for step in made.steps()
        if step.id == step_id
        for action in step.commands
        if isinstance(action, Command)
    ]


def writes(made: Plan, step_id: str) -> dict[str, str]:
    return {
        action.write: action.content
        for step in made.steps()
        if step.id == step_id
        for action in step.commands
        if isinstance(action, WriteFile)
    }


def packages(argv: tuple[str, ...]) -> tuple[str, ...]:
    """What follows the verb and its options."""
    verb = argv.index("install")
    return tuple(word for word in argv[verb + 1 :] if not word.startswith("-"))
