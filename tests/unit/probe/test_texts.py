"""What single texts mean: one example for each rule of the parsers."""

import json
from pathlib import Path

import pytest

from wizard.machine.reading import Outcome
from wizard.model.facts import LimitFacts, OsFacts
from wizard.probe import (
    docker,
    kernel,
    limits,
    mounts,
    network,
    packages,
    privilege,
    proxies,
    security,
    ssh,
    versions,
)

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("tool", "text", "version"),
    [
        ("git", "git version 2.25.1\n", "2.25.1"),
        ("openssl", "OpenSSL 1.1.1f  31 Mar 2020\n", "1.1.1f"),
        ("openssl", "OpenSSL 1.1.1k  FIPS 25 Mar 2021\n", "1.1.1k"),
        ("openssl", "OpenSSL 3.0.13 30 Jan 2024 (Library: OpenSSL 3.0.13 30 Jan 2024)\n", "3.0.13"),
        ("openssl", "LibreSSL 3.8.2\n", None),
        ("jq", "jq-1.6\n", "1.6"),
        ("jq", "jq-1.5-1-a5b5cbe\n", "1.5"),
        ("jq", "jq-1.7.1\n", "1.7.1"),
        ("curl", "curl 7.61.1 (x86_64-redhat-linux-gnu) libcurl/7.61.1\n", "7.61.1"),
        ("net_tools", "net-tools 2.10-alpha\n", "2.10-alpha"),
        ("net_tools", "BusyBox v1.36.1 (2023-11-07) multi-call binary.\n", None),
        ("compose", "2.24.5\n", "2.24.5"),
        ("compose", "v2.20.2+ds1-0ubuntu1~22.04.1\n", "2.20.2+ds1-0ubuntu1~22.04.1"),
        ("compose", "5.0.1\n", "5.0.1"),
    ],
)
def test_versions(tool, text, version):
    assert versions.parse_version(tool, text) == version


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9223372036854771712\n", None),
        ("max\n", None),
        ("-1\n", None),
        ("2147483648\n", 2 << 30),
        ("0\n", None),
        ("", None),
    ],
)
def test_memory_limits(text, expected):
    assert limits.parse_bytes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("200000 100000", 2.0), ("max 100000", None), ("-1 100000", None)]
)
def test_cpu_limits(text, expected):
    assert limits.parse_cpu_max(text) == expected


def test_the_tightest_parent_counts():
    files = {
        "/sys/fs/cgroup/a/b/memory.max": "max\n",
        "/sys/fs/cgroup/a/memory.max": "1000000\n",
        "/sys/fs/cgroup/a/b/cpu.max": "150000 100000\n",
    }
    found = mounts.parse_mounts("30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    assert limits.read_limits(files.get, "0::/a/b\n", found) == LimitFacts(1.5, 1000000)


def test_a_container_without_cgroup_namespace_starts_at_the_mounts_root():
    found = mounts.parse_mounts("30 24 0:26 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n")
    assert limits.directories("memory", {"memory": "/docker/abc/x"}, found) == (
        "/sys/fs/cgroup/memory/x",
        "/sys/fs/cgroup/memory",
    )


def test_mount_points_with_spaces_and_the_longest_match():
    text = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /srv/my\\040chat rw shared:1 master:2 - xfs /dev/sda2 rw\n"
    found = mounts.parse_mounts(text)
    for path, filesystem in (("/srv/my chat/data", "xfs"), ("/srv/my chatter", "ext4")):
        mount = mounts.mount_of(found, path)
        assert mount is not None
        assert mount.filesystem == filesystem


@pytest.mark.parametrize(
    ("modules", "config", "expected"),
    [
        ("kernel/net/ipv4/esp4.ko.zst: kernel/x.ko\n", None, True),
        ("kernel/fs/xfs.ko:\n", None, False),
        (None, "CONFIG_INET_ESP=y\n", True),
        (None, "CONFIG_INET_ESP=m\n", None),
        (None, "# CONFIG_INET_ESP is not set\n", False),
        (None, None, None),
        ("kernel/fs/xfs.ko:\n", "CONFIG_INET_ESP=m\n", False),
    ],
)
def test_kernel_features(modules, config, expected):
    assert kernel.judge("esp4", "CONFIG_INET_ESP", "", modules, config) is expected


def test_loaded_module_is_proof_enough():
    assert kernel.judge("vxlan", "CONFIG_VXLAN", "vxlan 69632 0 - Live 0x0\n", None, None) is True


@pytest.mark.parametrize(
    ("family", "apt", "dnf", "expected"),
    [
        (OsFacts(id="debian"), True, True, "apt"),
        (OsFacts(id="rhel", like=("fedora",)), True, True, "dnf"),
        (OsFacts(), True, False, "apt"),
        (OsFacts(), True, True, None),
        (OsFacts(id="alpine"), False, False, None),
    ],
)
def test_package_manager(family, apt, dnf, expected):
    assert packages.package_manager(family, apt, dnf) == expected


def test_routes_are_networks_without_the_default_and_dockers_own():
    text = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
    text += "eth0\t00000000\t0101A8C0\t3\t0\t0\t0\t00000000\neth0\t0001A8C0\t00000000\t1\t0\t0\t0\t00FFFFFF\n"
    text += "docker0\t000011AC\t00000000\t1\t0\t0\t0\t0000FFFF\n"
    assert network.parse_routes(text) == ("192.168.1.0/24",)
    assert network.default_interface(text) == "eth0"


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (0, "", "passwordless"),
        (1, "sudo: a password is required", "password"),
        (1, "sudo: interactive authentication is required", "password"),
        (1, "chat is not in the sudoers file.", None),
        (1, "Sorry, user chat may not run sudo on host.", None),
    ],
)
def test_sudo(code, said, expected):
    assert privilege.parse_sudo(Outcome("done", code, "", said, "/usr/bin/sudo")) == expected


def test_sshd_ports():
    text = "#Port 1\nport 2222\nListenAddress 10.0.0.1:2022\nListenAddress [::1]:2023\nListenAddress ::1\nPort=22\n"
    assert ssh.parse_sshd_config(text) == [2222, 2022, 2023, 22]


def test_selinux_hidden_in_a_container_is_not_known():
    assert security.parse_selinux(None, "nodev\tselinuxfs\n") is None
    assert security.parse_selinux(None, "nodev\tproc\n") == "disabled"


@pytest.mark.parametrize(
    "line",
    [
        "http_proxy=http://u:c4nary@p:3128",
        'Environment="HTTPS_PROXY=http://u:c4nary@p:3128" "NO_PROXY=localhost"',
        "export https_proxy='http://u:c4nary@p:3128'",
        "http_proxy=http://c4nary@p:3128",
        "http_proxy=c4nary@p:3128",
        'Environment="HTTPS_PROXY=http://c4nary:@p:3128"',
    ],
)
def test_proxy_logins_stop_at_the_parser(line):
    found = proxies.parse_assignments(line)
    assert any("***@p" in address for address in found.values())
    assert "c4nary" not in str(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[main]\nproxy=http://u:c4nary@p:3128\nproxy_password=c4nary\n", "http://***@p:3128"),
        ("[main]\nproxy = http://p:3128 \n", "http://p:3128"),
        ("[main]\nproxy=\n", ""),
        ("[main]\nproxy=\n  http://p:3128\n", "http://p:3128"),
        ("[main]\n#proxy=http://p\n", None),
        ("[extra]\nproxy=http://p\n[main]\nbest=1\n", None),
        # Recorded: the lines about proxies alone.
        ("proxy=http://p:3128\n", "http://p:3128"),
        ("proxy=\n", None),
        # No settings file: the step says what is wrong with it.
        ("[main]\nproxy=http://p\nproxy=http://q\n", "http://p"),
        ("[main]\nwhat\nproxy=\n", None),
        (None, None),
    ],
)
def test_the_proxy_of_dnf(text, expected):
    assert proxies.parse_dnf(text).get("dnf proxy") == expected


def test_a_long_line_of_blanks_in_dnf_conf_is_read_at_once():
    blanks = " " * 60000
    text = f"[main]\nproxy=http://p:3128\nkey{blanks}=x{blanks}x\n"
    assert proxies.parse_dnf(text) == {"dnf proxy": "http://p:3128"}


@pytest.mark.parametrize(("family", "asked"), [("apt", packages.DPKG_NAMES), ("dnf", packages.RPM_NAMES)])
def test_every_package_that_the_plan_reckons_with_is_asked_for(family, asked):
    catalogue = json.loads((ROOT / "assets/packages.json").read_text(encoding="utf-8"))["families"][family]
    names = {name for engine in catalogue["engines"].values() for key in engine for name in engine[key]}
    names |= {*catalogue["dependents"], *(name for tool in catalogue["tools"].values() for name in tool)}
    assert names <= set(asked)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Got permission denied while trying to connect to the Docker daemon socket", "unreachable"),
        (
            "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
            "unreachable",
        ),
        (
            "WARNING: Error loading config file: open /root/.docker/config.json: permission denied\n"
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?",
            "stopped",
        ),
    ],
)
def test_a_daemon_that_may_not_be_asked_is_not_a_stopped_one(said, expected):
    assert docker.parse_state(Outcome("done", 1, "", said, "/usr/bin/docker"), {}) == expected


LIVE = {
    "status": "ESTABLISHED",
    "port": 2222,
    "peer": "::ffff:198.51.100.7",
    "peer_port": 5,
    "process": "sshd",
}
LISTENING = {"status": "LISTEN", "port": 2222, "peer": None, "peer_port": None, "process": "sshd"}


def session(process, claim=None):
    return {"process": process, "ssh_connection": claim}


@pytest.mark.parametrize(
    ("sessions", "rows", "expected"),
    [
        (
            [session("sudo"), session("bash", "198.51.100.7 5 10.0.0.1 2222")],
            [LISTENING, LIVE],
            ("198.51.100.7", 2222),
        ),
        (
            [session("bash", "9.9.9.9 1 10.0.0.1 22"), session("sshd")],
            [LISTENING, LIVE],
            ("198.51.100.7", 2222),
        ),
        ([session("bash", "9.9.9.9 1 10.0.0.1 22"), session("tmux: server")], [], None),
        ([session("bash", "9.9.9.9 1 10.0.0.1 22"), session("sshd")], [], ("9.9.9.9", 22)),
        ([session("bash")], [LISTENING, {**LIVE, "port": 40000}], None),
        ([session("bash", "nonsense")], None, None),
    ],
    ids=["sudo", "stale-below-sshd", "stale-tmux", "namespace", "forwarded", "nothing"],
)
def test_the_live_ssh_connection(sessions, rows, expected):
    assert ssh.live_connection(sessions, rows) == expected
