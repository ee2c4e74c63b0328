"""Acceptances, order, sameness, and what every finding carries."""

from __future__ import annotations

import re

import pytest

from tests.unit.checks.build import TESTING, found, host, named, sizing
from wizard.checks.needs import needs
from wizard.model.answers import Acceptance, Answers
from wizard.model.facts import DirectoryFacts, HostFacts, LimitFacts, ListeningPort, ToolFacts
from wizard.model.finding import Finding, verdict

BAD = host(
    os__id="debian",
    kernel__vxlan=False,
    swap_bytes=2**30,
    selinux="enforcing",
    listening=(ListeningPort(80, "tcp", "0.0.0.0", "nginx", 7),),
    software__jq=None,
    privilege__is_root=False,
    cpu__vcpus=1,
)
WORSE = host(
    os__id="rocky",
    container="lxc",
    cpu__flags=(),
    cpu__architecture="aarch64",
    memory_bytes=2**30,
    data_directory__free_bytes=10**9,
    data_directory__filesystem="xfs",
    data_directory__ftype=False,
    data_directory__rotational=True,
    data_directory__used_percent=99,
    kernel__overlay=False,
    kernel__ipvs=False,
    kernel__esp=False,
    cgroup_version=1,
    huge_pages="always",
    nofile=(10, 10),
    clock_synchronised=False,
    reboot_required=True,
    software__compose=None,
    software__compose_v1=ToolFacts("1.29.2"),
    software__docker__version="20.10.24",
    software__docker__live_restore=True,
    software__docker__firewall_backend="nftables",
    packages={"docker.io": "20.10.24"},
    listening=(
        ListeningPort(443, "tcp", "0.0.0.0", None),
        ListeningPort(2377, "tcp", "0.0.0.0", "x", 1),
        ListeningPort(6379, "tcp", "0.0.0.0", "redis-server", 2),
    ),
    firewall__backend="ufw",
    swarm__state="locked",
    routes=("10.0.0.0/16",),
    proxies={"http_proxy": "http://p:1"},
    limits=LimitFacts(1.0, 2**29),
)
# Nothing could be read of this one.
DARK = HostFacts("local", "2026-11-24T10:00:00Z", data_directory=DirectoryFacts("/var/lib/docker"))


def test_sorted_by_severity_and_the_same_every_time():
    findings = found(BAD, size=sizing(), need=TESTING)
    order = ["blocker", "warning", "note"]
    ranks = [order.index(item.severity) for item in findings]
    assert ranks == sorted(ranks) and len(set(ranks)) == 3
    assert findings == found(BAD, size=sizing(), need=TESTING)


def test_each_id_node_and_subject_once():
    findings = found(BAD, size=sizing(), need=TESTING)
    keys = [(item.id, item.node, item.subject) for item in findings]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("facts", [BAD, DARK, WORSE])
def test_every_finding_says_all_it_must(facts: HostFacts):
    for item in found(facts, size=sizing(), need=TESTING):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item.id)
        assert item.source.partition(":")[0] in ("vendor", "field", "rule")
        for text in (item.seen, item.why, item.fix):
            assert text.strip() and "  " not in text and "None" not in text
        # a text cut short by a slip in its source would not end like a sentence
        assert item.seen.endswith(".") and item.why.endswith(".") and not item.fix.endswith((" ", ","))
        assert not (item.acceptable and item.severity != "blocker")


def test_a_dark_host_passes_nothing_by_looking_away():
    unread = {item.subject for item in found(DARK, size=sizing(), need=TESTING) if item.id == "facts-unknown"}
    assert unread >= {"architecture", "capacity", "storage", "kernel", "tuning", "firewall", "cgroup"}


@pytest.mark.parametrize(
    ("acceptance", "is_accepted"),
    [
        (Acceptance("platform-unsupported", "lab"), True),
        (Acceptance("platform-unsupported", "lab", "local"), True),
        (Acceptance("platform-unsupported", "lab", "other"), False),
        (Acceptance("kernel-vxlan", "lab"), False),
    ],
)
def test_accepting(acceptance: Acceptance, is_accepted: bool):
    item = named(found(BAD, answers=Answers(accepted=(acceptance,))), "platform-unsupported")
    assert item and item.accepted == ("lab" if is_accepted else None)
    assert item.blocks is not is_accepted


@pytest.mark.parametrize(
    "id", ["software-missing", "privilege-missing", "beyond-swarm", "swap-active", "not-there"]
)
def test_what_can_not_be_accepted(id: str):
    size = sizing(None, findings=(Finding("beyond-swarm", "blocker", "a", "b", "c", "d"),))
    assert found(BAD, answers=Answers(accepted=(Acceptance(id, "please"),)), size=size) == found(
        BAD, size=size
    )


def test_the_verdict_follows():
    assert verdict(found(BAD)) == "blocked"
    bad = host(kernel__vxlan=False)
    assert (
        verdict(found(bad, answers=Answers(accepted=(Acceptance("kernel-vxlan", "no overlay"),))))
        == "warnings"
    )


def test_needs_agree_with_the_findings():
    rows = {row.label: row for row in needs(Answers(), BAD, TESTING, sizing())}
    assert (rows["vCPU"].verdict, rows["vCPU"].finding_id, rows["vCPU"].ratio) == (
        "blocker",
        "vcpus-short",
        0.12,
    )
    assert rows["Memory"].verdict == "ok" and rows["Memory"].ratio == 8.0
    assert (rows["jq"].verdict, rows["jq"].table) == ("blocker", "software")
    assert rows["Docker Engine"].verdict == "ok"
    assert rows["Swap"].verdict == "warning"
    assert rows["Privilege"].verdict == "warning"
    assert rows["Kernel"].have == "no VXLAN"


def test_needs_without_usage_or_facts():
    rows = {row.label: row for row in needs(Answers(), DARK, None)}
    for label in ("vCPU", "Memory", "Disk space"):
        assert (rows[label].verdict, rows[label].finding_id) == ("note", "usage-missing")
    dark = {row.label: row for row in needs(Answers(), DARK, TESTING)}
    for label in ("vCPU", "Memory", "Disk space", "Disk kind", "Kernel", "Swap", "Architecture"):
        assert (dark[label].verdict, dark[label].have) == ("unknown", "unknown"), label


def test_an_accepted_blocker_is_a_warning_in_the_table():
    answers = Answers(accepted=(Acceptance("kernel-vxlan", "lab"),))
    rows = {row.label: row for row in needs(answers, host(kernel__vxlan=False), TESTING)}
    assert (rows["Kernel"].verdict, rows["Kernel"].finding_id) == ("warning", "kernel-vxlan")
