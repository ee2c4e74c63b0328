"""What changed between two looks at a host."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hosts import load, names
from tests.unit.checks.build import GB, GIB, GOOD, host
from wizard.checks.since import changed_since
from wizard.model.answers import Answers
from wizard.model.facts import DirectoryFacts, HostFacts, LimitFacts, ListeningPort, OsFacts, ToolFacts
from wizard.workflow.look import survey_host


def port(number: int, process: str | None, protocol: Any = "tcp") -> ListeningPort:
    return ListeningPort(number, protocol, "0.0.0.0", process, 99)


APACHE = (port(80, "apache2"),)
DATA = GOOD.data_directory

CASES: list[tuple[str, HostFacts, HostFacts]] = [
    ("port 80 was taken by apache2", GOOD, host(listening=APACHE)),
    ("port 80 was freed (apache2 held it)", host(listening=APACHE), GOOD),
    ("port 80 went from apache2 to nginx", host(listening=APACHE), host(listening=(port(80, "nginx"),))),
    ("port 443 was taken by a process that only root can see", GOOD, host(listening=(port(443, None),))),
    ("port 4789/udp was taken by x", GOOD, host(listening=(port(4789, "x", "udp"),))),
    ("8 GiB of memory were added", GOOD, host(memory_bytes=136 * GIB)),
    ("1.5 GiB of memory were taken away", GOOD, host(memory_bytes=128 * GIB - 3 * GIB // 2)),
    ("1 vCPU was added", GOOD, host(cpu__vcpus=65)),
    ("32 vCPUs were taken away", GOOD, host(cpu__vcpus=32)),
    ("the limits of the container or service that this runs in became others", GOOD, host(limits=LimitFacts(2.0))),
    ("the system became Ubuntu 26.04 LTS (was Ubuntu 24.04.3 LTS)", GOOD,
     host(os=OsFacts("ubuntu", "26.04", "Ubuntu 26.04 LTS"))),
    ("a restart became necessary", host(reboot_required=False), host(reboot_required=True)),
    ("the restart that was needed was done", host(reboot_required=True), host(reboot_required=False)),
    ("swap was turned on", GOOD, host(swap_bytes=GIB)),
    ("its address became 192.0.2.11 (was 192.0.2.10)", GOOD, host(addresses=("192.0.2.11",))),
    ("/var/lib/docker came to lie on /data (was on /)", GOOD, host(data_directory=replace(DATA, mount_point="/data"))),
    ("the file system of /var/lib/docker became 100 GB larger", GOOD,
     host(data_directory=replace(DATA, size_bytes=2100 * GB))),
    ("the file system of /var/lib/docker filled up to 90 %", GOOD, host(data_directory=replace(DATA, used_percent=90))),
    ("the file system of /var/lib/docker was emptied to 20 %",
     host(data_directory=replace(DATA, used_percent=76)), GOOD),
    ("300 GB were filled under /var/lib/docker", GOOD, host(data_directory=replace(DATA, free_bytes=1200 * GB))),
    ("300 GB became free under /var/lib/docker", host(data_directory=replace(DATA, free_bytes=1200 * GB)), GOOD),
    ("Docker 28.2.2 was installed", host(software__docker=None), GOOD),
    ("Docker was removed", GOOD, host(software__docker=None)),
    ("`docker` became Podman's docker 28.2.2 (was Docker 28.2.2)", GOOD, host(software__docker__kind="podman")),
    ("Docker became 29.0.0 (was 28.2.2)", GOOD, host(software__docker__client="29.0.0")),
    ("Docker's daemon stopped", GOOD, host(software__docker__state="stopped")),
    ("Docker's daemon was started", host(software__docker__state="stopped"), GOOD),
    ("this host became part of a swarm", GOOD, host(swarm__state="active")),
    ("jq 1.7 was installed", host(software__jq=None), GOOD),
    ("jq was removed", GOOD, host(software__jq=None)),
    ("curl became 8.9.1 (was 8.5.0)", GOOD, host(software__curl=ToolFacts("8.9.1"))),
    ("the firewall was turned off", GOOD, host(firewall__active=False)),
    ("the firewall became ufw (was firewalld)", GOOD, host(firewall__backend="ufw")),
    ("the firewall no longer lets port 443 in", GOOD, host(firewall__allowed_tcp=(22, 80))),
    ("the firewall lets port 22 in", host(firewall__allowed_tcp=(80, 443)), GOOD),
    ("the installation of jq was begun and not finished", GOOD, host(unfinished_packages=("jq",))),
    ("the removal of docker.io was begun and not finished", GOOD, host(unfinished_removals=("docker.io",))),
    ("what the package manager had left unfinished was finished", host(unfinished_packages=("jq",)), GOOD),
    ("the package manager (dpkg) was cut off in the middle of its work", GOOD, host(dpkg_cut_off=True)),
]  # fmt: skip


@pytest.mark.parametrize(("words", "before", "now"), CASES, ids=[words for words, _, _ in CASES])
def test_each_change_has_its_words_and_no_others(words: str, before: HostFacts, now: HostFacts) -> None:
    assert changed_since(before, now) == (words,)
    assert len(changed_since(now, before)) <= 1


QUIET = [
    {"memory_bytes": 128 * GIB - 1000},
    {"data_directory": replace(DATA, free_bytes=1499 * GB)},
    {"data_directory": DirectoryFacts("/elsewhere", mount_point="/elsewhere")},
    {"listening": (port(8081, "java"),)},
    {"listening": (port(80, "docker-proxy"), port(443, "dockerd"))},
    {"read_at": "2030-01-01T00:00:00Z"},
    {"routes": ()},
    {"software__docker__state": "unreachable"},
    {"firewall__active": None},
    {"firewall__allowed_tcp": None},
    {"memory_bytes": None},
    {"reboot_required": None},
]


@pytest.mark.parametrize("change", QUIET, ids=str)
def test_what_moves_by_itself_or_was_not_to_be_seen_is_no_change(change: dict[str, Any]) -> None:
    assert changed_since(GOOD, host(**change)) == ()
    assert changed_since(host(**change), GOOD) == ()


def test_another_machine_is_said_and_nothing_else() -> None:
    other = replace(host(listening=APACHE), machine_id="b" * 32, hostname="db-1")
    before = replace(GOOD, machine_id="a" * 32, hostname="chat-1")
    assert changed_since(before, other) == ("this is another machine (chat-1 then, db-1 now)",)


HOSTS = [survey_host(Answers(), load(name)) for name in names()]


@given(st.sampled_from(HOSTS), st.sampled_from(HOSTS))
def test_between_any_two_hosts_there_are_plain_clauses(before: HostFacts, now: HostFacts) -> None:
    assert changed_since(before, before) == ()
    for clause in changed_since(replace(before, machine_id=None), now):
        assert (
            clause == clause.strip()
            and clause[-1] not in ".,;"
            and clause.isprintable()
            and "None" not in clause
        )
