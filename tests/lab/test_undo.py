"""After install and undo a host is what it was: each step alone, and all of them together.

Real: apt, dnf and rpm, systemd, ufw, firewalld, nftables, dockerd; the whole of /etc is compared, with packages, units,
sockets, rules, accounts and kernel settings. Borrowed: the distributions' names, RHEL's packages. What a package
manager or Docker keeps by design stands in hoststate.py, each with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host, Made
from tests.lab.hoststate import AFTER_A_BOOT, KEPT_RHEL, KEPT_UBUNTU, Kept, differences, state_of, unexplained
from tests.lab.lab import Lab
from tests.lab.undoing import ALL, CASES, UFW, apply, kept_files, put_answers, undo_steps, wizard
from wizard.planning.choose import STEP_IDS

State = Mapping[str, str]


class SharedHosts:
    """A host of each kind, for steps that leave it as it was; one that a test failed on is not used again."""

    def __init__(self, lab: Lab, installed: Path) -> None:
        self._lab = lab
        self._installed = installed
        self._free: dict[str, Host] = {}
        self._taken: list[Host] = []

    def take(self, made: Made) -> Host:
        self._stop(self._taken)
        host = self._free.pop(made.kind, None) or self._lab.host(made, self._installed, name="chat-undo")
        self._taken.append(host)
        return host

    def give_back(self, host: Host) -> None:
        self._taken.remove(host)
        self._free[host.made.kind] = host

    def stop(self) -> None:
        self._stop([*self._taken, *self._free.values()])

    def _stop(self, hosts: list[Host]) -> None:
        for host in list(hosts):
            self._lab.hosts.remove(host)
            host.stop()
        self._taken.clear()


@pytest.fixture(scope="module")
def shared_hosts(lab: Lab, lab_installed: Path) -> Iterator[SharedHosts]:
    found = SharedHosts(lab, lab_installed)
    yield found
    found.stop()


def test_every_step_has_a_case() -> None:
    assert set(CASES) == set(STEP_IDS)


@pytest.mark.parametrize("step", CASES)
def test_alone(step: str, shared_hosts: SharedHosts) -> None:
    case = CASES[step]
    host = shared_hosts.take(case.made)
    put_answers(host, case.more)
    if case.base:
        apply(host, *case.base)
    if case.before:
        host.run(case.before)
    start = state_of(host)

    done = apply(host, step, code=case.code)

    assert f"{'failed' if case.code == 6 else 'done'}   " in done.stdout and step in done.stdout
    undone = wizard(host, f"undo {step} --yes")
    assert (f"done     undo-{step}" in undone.stdout) == case.changes, undone.stdout + undone.stderr
    left = differences(start, state_of(host))
    assert unexplained(left, case.kept, all_of_it=False) == (), undone.stdout + undone.stderr
    host.run(case.after or "true")
    shared_hosts.give_back(host)


def _see_all_undone(host: Host, start: State, kept: Mapping[str, Kept]) -> None:
    """The host is what it was but for what is kept; after the next boot also what only the kernel kept is gone."""
    assert unexplained(differences(start, state_of(host)), kept) == ()
    again = wizard(host, ALL)
    assert "nothing to undo" in again.stderr
    host.power_off()
    host.boot()
    lasting = {name: entry for name, entry in kept.items() if not entry.until_boot}
    left = differences(start, state_of(host))
    assert unexplained(left, {**lasting, **AFTER_A_BOOT}) == ()


def _use(host: Host, how: str, what: str) -> None:
    """Docker is in use: it stays and runs on, and why is said; nothing of it is undone."""
    host.run(how)
    refused = wizard(host, "undo install-docker --yes", 6)
    assert what in refused.stdout + refused.stderr
    assert host.run("systemctl is-active docker").strip() == "active"


def test_all_together_on_ubuntu_with_docker_in_use_at_first(make_host: MakeHost) -> None:
    host = make_host(kinds.UBUNTU)
    host.run(UFW)
    put_answers(host, {})
    start = state_of(host)
    apply(host)
    logs = kept_files(host)
    planned = [step["id"] for step in undo_steps(host)]
    assert planned[0] == "undo-firewall-https", "the latest first"
    assert planned.index("undo-install-compose") < planned.index("undo-install-docker")

    host.run("docker volume create data")
    refused = wizard(host, ALL, 6)
    assert "Docker was left alone: this host still has 1 volume(s)" in refused.stderr
    assert host.run("systemctl is-active docker; docker volume ls -q") == "active\ndata\n"
    left = [step["id"] for step in undo_steps(host)]
    assert left[0] == "undo-install-docker" and set(left) <= {left[0], "undo-docker-settings"}, left
    _use(
        host,
        "docker volume rm data && tar -C /srv -c answers.yaml | docker import - i && docker create i x",
        "1 container(s)",
    )
    host.run("docker rm $(docker ps -aq) && docker rmi i")
    data = host.run("cat /var/lib/docker/engine-id")

    undone = wizard(host, ALL)

    assert "undo-install-docker" in undone.stdout
    assert host.run("cat /var/lib/docker/engine-id") == data, "removed, never purged"
    assert logs.items() <= kept_files(host).items(), "neither logs nor answers are touched"
    _see_all_undone(host, start, KEPT_UBUNTU)


def test_all_together_on_a_rhel_with_firewalld_and_a_swarm_at_first(make_host: MakeHost) -> None:
    host = make_host(kinds.RHEL_FIREWALLD)
    put_answers(host, {})
    start = state_of(host)
    apply(host)
    logs = kept_files(host)
    _use(host, f"docker swarm init --advertise-addr {host.address}", "a swarm")
    host.run("docker swarm leave --force")

    wizard(host, ALL)

    assert logs.items() <= kept_files(host).items()
    _see_all_undone(host, start, KEPT_RHEL)
