"""Findings that one host's facts alone decide: both sides of each border."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.checks.build import GB, GOOD, found, host, named, sizing
from wizard.model.answers import Answers, NetworkAnswers, NodeAnswer
from wizard.model.facts import LimitFacts

NOTHING_ANSWERED = {"usage-missing", "domain-missing", "tls-missing"}

# Every pool that the config could choose is in use.
_ALL_TAKEN = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


def test_a_good_host_has_only_what_is_not_answered():
    assert {item.id for item in found()} == NOTHING_ANSWERED


@pytest.mark.parametrize(
    ("id", "version", "expected"),
    [
        ("ubuntu", "20.04", None),
        ("ubuntu", "22.04", None),
        ("ubuntu", "24.04", None),
        ("ubuntu", "24.04.3", None),
        ("ubuntu", "18.04", "platform-unsupported"),
        ("ubuntu", "24.10", "platform-unsupported"),
        ("ubuntu", "25.04", "platform-unsupported"),
        ("rhel", "7.9", "platform-unsupported"),
        ("rhel", "8", None),
        ("rhel", "8.10", None),
        ("rhel", "9.4", None),
        ("rhel", "10.0", None),
        ("rocky", "9.4", "platform-rebuild"),
        ("almalinux", "8.10", "platform-rebuild"),
        ("ol", "9.1", "platform-rebuild"),
        ("oracle", "8", "platform-rebuild"),
        ("centos", "9", "platform-rebuild"),
        ("centos", "7", "platform-unsupported"),
        ("rocky", "", "platform-unsupported"),
        ("debian", "12", "platform-unsupported"),
        ("fedora", "41", "platform-unsupported"),
        ("amzn", "2023", "platform-unsupported"),
        ("linuxmint", "22", "platform-unsupported"),
        ("", "", "platform-unsupported"),
        ("n/a", "n/a", "platform-unsupported"),
        (None, None, "platform-unsupported"),
    ],
)
def test_platform(id: str | None, version: str | None, expected: str | None):
    findings = [item for item in found(host(os__id=id, os__version=version)) if "platform" in item.id]
    assert [item.id for item in findings] == ([expected] if expected else [])
    for item in findings:
        assert (
            (item.severity == "blocker") == (item.acceptable is True) == (item.id == "platform-unsupported")
        )
        assert not item.fixable


def _case(id: str, severity: str, bad: dict[str, Any], good: dict[str, Any], subject: str = "") -> Any:
    return pytest.param(id, severity, bad, good, subject, id=f"{id}/{subject}")


@pytest.mark.parametrize(
    ("id", "severity", "bad", "good", "subject"),
    [
        _case(
            "architecture-unverified",
            "warning",
            {"cpu__architecture": "aarch64"},
            {"cpu__architecture": "amd64"},
        ),
        _case("cpu-avx", "warning", {"cpu__flags": ("aes",)}, {"cpu__flags": ("avx",)}),
        _case("swap-active", "warning", {"swap_bytes": 1}, {"swap_bytes": 0}),
        _case("huge-pages", "warning", {"huge_pages": "always"}, {"huge_pages": "never"}),
        _case("nofile-low", "warning", {"nofile": (1023, 4096)}, {"nofile": (1024, 4096)}),
        _case("clock-unsynchronised", "warning", {"clock_synchronised": False}, {"clock_synchronised": True}),
        _case("selinux-enforcing", "note", {"selinux": "enforcing"}, {"selinux": "permissive"}),
        _case("reboot-required", "note", {"reboot_required": True}, {"reboot_required": False}),
        _case("package-unfinished", "warning", {"unfinished_packages": ("jq",)}, {"unfinished_packages": ()}),
        _case("package-unfinished", "warning", {"dpkg_cut_off": True}, {"dpkg_cut_off": False}),
        _case(
            "package-unfinished",
            "warning",
            {"unfinished_removals": ("runc",)},
            {"unfinished_removals": ()},
            "removals",
        ),
        _case(
            "package-unfinished",
            "warning",
            {"duplicate_packages": ("runc",)},
            {"duplicate_packages": ()},
            "duplicates",
        ),
        _case("cgroup-v1", "warning", {"cgroup_version": 1}, {"cgroup_version": 2}),
        _case("container-guest", "blocker", {"container": "lxc"}, {"container": None}),
        _case("container-guest", "blocker", {"container": "openvz"}, {"container": "docker"}),
        _case("container-nested", "warning", {"container": "docker"}, {"container": "lxc"}),
        _case("kernel-overlay", "blocker", {"kernel__overlay": False}, {"kernel__overlay": True}),
        _case("kernel-vxlan", "blocker", {"kernel__vxlan": False}, {"kernel__vxlan": True}),
        _case("kernel-ipvs", "warning", {"kernel__ipvs": False}, {"kernel__ipvs": True}),
        _case("kernel-esp", "warning", {"kernel__esp": False}, {"kernel__esp": True}),
        _case(
            "disk-full", "warning", {"data_directory__used_percent": 76}, {"data_directory__used_percent": 75}
        ),
        _case("disk-rotational", "warning", {"data_directory__rotational": True}, {}),
        _case(
            "filesystem-ftype",
            "blocker",
            {"data_directory__filesystem": "xfs", "data_directory__ftype": False},
            {"data_directory__filesystem": "xfs", "data_directory__ftype": True},
        ),
        _case("limits-below-machine", "note", {"limits": LimitFacts(2.5)}, {"limits": LimitFacts(64.0)}),
        _case(
            "limits-below-machine",
            "note",
            {"limits": LimitFacts(None, 2 * GB)},
            {"limits": LimitFacts(None, GOOD.memory_bytes)},
        ),
        _case("firewall-inactive", "warning", {"firewall__active": False}, {"firewall__active": True}),
        _case("firewall-inactive", "warning", {"firewall__backend": "none"}, {}),
        _case(
            "firewall-bypassed", "warning", {"firewall__backend": "ufw"}, {"firewall__backend": "firewalld"}
        ),
        _case("swarm-foreign", "blocker", {"swarm__state": "active"}, {"swarm__state": "inactive"}),
        _case("swarm-foreign", "blocker", {"swarm__state": "locked"}, {"swarm__state": None}),
        _case("swarm-foreign", "blocker", {"swarm__state": "pending"}, {}),
        _case("swarm-live-restore", "blocker", {"software__docker__live_restore": True}, {}),
        _case("swarm-nftables", "blocker", {"software__docker__firewall_backend": "nftables"}, {}),
        _case("address-pool-overlap", "warning", {"routes": _ALL_TAKEN}, {"routes": ("10.1.0.0/16",)}),
        _case("address-pool-overlap", "warning", {"addresses": _ALL_TAKEN}, {"addresses": ("fd00::1",)}),
        _case("address-pool-overlap", "warning", {"name_servers": _ALL_TAKEN}, {"routes": ("junk", "")}),
        _case("proxy-shell-only", "warning", {"proxies": {"http_proxy": "http://p:3128"}}, {"proxies": {}}),
        _case("facts-unknown", "note", {"unread": ("docker info",)}, {}, "survey"),
        _case("facts-unknown", "note", {"cpu__architecture": None}, {}, "architecture"),
        _case("facts-unknown", "note", {"kernel__esp": None}, {}, "kernel"),
        _case("facts-unknown", "note", {"huge_pages": None}, {}, "tuning"),
        _case("facts-unknown", "note", {"data_directory__free_bytes": None}, {}, "storage"),
        _case("facts-unknown", "note", {"firewall__active": None}, {}, "firewall"),
        _case("facts-unknown", "note", {"cgroup_version": None}, {}, "cgroup"),
    ],
)
def test_one_fact(id: str, severity: str, bad: dict[str, Any], good: dict[str, Any], subject: str):
    item = named(found(host(**bad)), id, subject)
    assert item is not None
    assert item.severity == severity
    assert item.acceptable == (severity == "blocker")
    assert not item.fixable
    assert item.node == "local"
    assert item.seen and item.why and item.fix and item.source
    assert named(found(host(**good)), id, subject) is None


def test_a_good_host_is_good_with_docker_io_and_ext4_whatever_ftype():
    assert named(found(host(data_directory__ftype=False)), "filesystem-ftype") is None


def test_esp_blocks_with_several_nodes_and_an_encrypted_overlay():
    two = (NodeAnswer("local"), NodeAnswer("b", "192.0.2.11"))
    lacking = host(kernel__esp=False)
    for encrypted, severity in ((None, "blocker"), (True, "blocker"), (False, "warning")):
        answers = Answers(nodes=two, network=NetworkAnswers(encrypted_overlay=encrypted))
        item = named(found(lacking, answers=answers), "kernel-esp")
        assert item is not None
        assert (item.severity, item.acceptable) == (severity, severity == "blocker")


@pytest.mark.parametrize(
    ("nofile", "is_low"), [((499_999, 500_000), True), ((500_000, 500_000), False), ((-1, -1), False)]
)
def test_nofile_for_high_concurrency(nofile: tuple[int, int], is_low: bool):
    findings = found(host(nofile=nofile), size=sizing("high-concurrency"))
    assert (named(findings, "nofile-low") is not None) is is_low


def test_firewall_bypassed_is_nothing_where_the_firewall_is_left_alone():
    ufw = host(firewall__backend="ufw")
    leave = Answers(network=NetworkAnswers(firewall="leave"))
    assert named(found(ufw, answers=leave), "firewall-bypassed") is None
    restricted = Answers(network=NetworkAnswers(firewall="leave", allow_from=("198.51.100.0/24",)))
    assert named(found(ufw, answers=restricted), "firewall-bypassed")
    assert named(found(host(firewall__backend="ufw", firewall__active=False)), "firewall-bypassed") is None


def test_a_typed_address_pool_is_held_against_the_routes():
    typed = Answers(network=NetworkAnswers(address_pool="172.30.0.0/16"))
    assert named(found(host(routes=("10.1.0.0/16",)), answers=typed), "address-pool-overlap") is None
    item = named(found(host(routes=("172.30.4.0/24",)), answers=typed), "address-pool-overlap")
    assert item and "172.30.4.0/24" in item.seen
    assert "172.30.0.0/16" not in item.fix


def test_proxy_findings_never_hold_a_password():
    for userinfo in ("***", "user:***"):
        kept = Answers(network=NetworkAnswers(proxy=f"http://{userinfo}@proxy:3128"))
        item = named(found(answers=kept), "proxy-password-dropped")
        assert item and item.severity == "warning" and item.node is None
    plain = Answers(network=NetworkAnswers(proxy="http://proxy:3128"))
    assert named(found(answers=plain), "proxy-password-dropped") is None
    shell = host(proxies={"https_proxy": "http://user:***@proxy:3128"})
    assert named(found(shell, answers=plain), "proxy-shell-only") is None


@pytest.mark.parametrize("sudo", [None, "password", "passwordless"])
def test_privilege_blocks_apply_alone(sudo: str | None):
    item = named(found(host(privilege__is_root=False, privilege__sudo=sudo)), "privilege-missing")
    assert item and item.severity == "blocker" and item.apply_only
    assert not item.acceptable and not item.fixable


def test_hostile_texts_are_made_safe():
    findings = found(host(os__id="\x1b[2Jevil\u202e", os__name="\x1b]0;x\x07", os__version="1"))
    item = named(findings, "platform-unsupported")
    assert item and item.seen.isprintable()


def test_proxies_of_the_package_manager_and_the_daemon_are_not_the_shell_s():
    elsewhere = {"apt http": "http://p:1", "docker HTTP_PROXY": "http://p:1", "no_proxy": "localhost"}
    assert named(found(host(proxies=elsewhere)), "proxy-shell-only") is None
    both = named(
        found(host(proxies={"/etc/environment http_proxy": "http://p:1", "https_proxy": "http://p:1"})),
        "proxy-shell-only",
    )
    assert both and both.fix.endswith("unset https_proxy.")
    file = named(found(host(proxies={"/etc/environment http_proxy": "http://p:1"})), "proxy-shell-only")
    assert file and "unset" not in file.fix.partition("else:")[2]
