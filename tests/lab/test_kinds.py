"""What each kind of host is: seen by the wizard, held against what the lab made and against the host's own programs.

Real: apt, dpkg, dnf, systemd, sshd, the web server, Docker 20.10, the kernel's limits and file systems. Borrowed: the
names of the distributions.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host, Made
from tests.lab.wrong import apply, put_answers

UBUNTU_LIKE = [made for made in kinds.ALL.values() if "rhel" not in made.layers]


_TESTING = "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {environment: testing}\n"


def survey(host: Host) -> dict[str, Any]:
    """What `survey --json` says when the kind's own user asks."""
    done = host.try_run("cometchat-wizard survey --json")
    assert done.returncode == 0, done.stderr
    (node,) = json.loads(done.stdout)["nodes"]
    assert isinstance(node, dict)
    return node


def findings(host: Host) -> dict[str, dict[str, Any]]:
    """What `check --json` finds, by id."""
    done = host.try_run("cat > $HOME/answers.yaml", text=_TESTING)
    done = host.try_run("cometchat-wizard check --json --answers $HOME/answers.yaml")
    assert done.returncode in (3, 4), done.stderr
    return {item["id"]: item for item in json.loads(done.stdout)["findings"]}


@pytest.mark.parametrize("made", UBUNTU_LIKE, ids=[made.kind for made in UBUNTU_LIKE])
def test_an_ubuntu_like_host_is_seen_as_what_it_is(make_host: MakeHost, made: Made) -> None:
    host = make_host(made)
    facts = survey(host)
    assert (facts["os"]["id"], facts["os"]["version"]) == ("ubuntu", "24.04")
    assert facts["name"] == host.name
    assert facts["memory_bytes"] == _this_machines_memory()
    assert facts["init"] == ("systemd" if made.systemd else "lab-init")
    assert facts["container"] == ("systemd-nspawn" if made.systemd else None)
    _CHECKS.get(made.kind, _bare)(host, facts)


def _bare(host: Host, facts: dict[str, Any]) -> None:
    assert [name for name, found in facts["software"].items() if found and found.get("version")] == [
        "openssl"
    ]


def _old_docker(host: Host, facts: dict[str, Any]) -> None:
    assert facts["software"]["docker"]["version"].startswith("20.10.")
    assert "software-old" in findings(host)
    assert host.run("docker version --format '{{.Server.Version}}'").startswith("20.10.")


def _port_80_held(host: Host, facts: dict[str, Any]) -> None:
    found = findings(host)["port-held"]
    assert "nginx" in found["seen"], found
    assert "80" in found["subject"] + found["seen"]


def _small_data_disk(host: Host, facts: dict[str, Any]) -> None:
    assert facts["data_directory"]["free_bytes"] < 2048 << 20
    assert "/var/lib/docker" in findings(host)["storage-short"]["seen"]


def _memory_limit(host: Host, facts: dict[str, Any]) -> None:
    assert facts["limits"]["memory_bytes"] == 2048 << 20
    assert "limits-below-machine" in findings(host)


def _other_login(host: Host, facts: dict[str, Any]) -> None:
    assert host.try_run("echo $LANG; umask").stdout.split() == ["de_DE", "0077"]
    assert host.run("getent passwd pat").rstrip().endswith("/bin/tcsh")


def _sudo(host: Host, facts: dict[str, Any]) -> None:
    assert host.try_run("id -u").stdout.strip() != "0"
    assert host.try_run("sudo -n true").returncode == 1


_CHECKS = {
    kinds.OLD_DOCKER.kind: _old_docker,
    kinds.PORT_80_HELD.kind: _port_80_held,
    kinds.SMALL_DATA_DISK.kind: _small_data_disk,
    kinds.MEMORY_LIMIT.kind: _memory_limit,
    kinds.OTHER_LOGIN.kind: _other_login,
    kinds.SUDO_PASSWORD.kind: _sudo,
    kinds.NO_SUDO.kind: _sudo,
}


def test_without_systemd_docker_is_installed_and_started(make_host: MakeHost) -> None:
    """By `service docker start`; nothing is enabled at boot, since no init here would read it."""
    host = make_host(kinds.UBUNTU_PLAIN)
    put_answers(host, skipped=())
    done = apply(host, seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.run("docker version --format '{{.Server.Version}}'").startswith("26.1.")
    assert json.loads(host.run("cometchat-wizard plan --json"))["stages"] == []


def _this_machines_memory() -> int:
    with open("/proc/meminfo") as file:
        return int(file.readline().split()[1]) * 1024
