"""Parsers: text to noun; arbitrary text never raises."""

import errno
import signal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wizard.machine import mounts
from wizard.machine.reading import Outcome
from wizard.model.sshconfig import parse_sshd_config
from wizard.probe import (
    aptlog,
    certificate,
    clock,
    container,
    cpu,
    directory,
    docker,
    firewall,
    firewalld,
    identity,
    limits,
    memory,
    network,
    osrelease,
    packages,
    privilege,
    proxies,
    rules,
    ssh,
    versions,
)

TEXT_PARSERS = [
    certificate.parse_common_name,
    certificate.parse_date,
    certificate.parse_names,
    container.by_cgroup,
    container.by_dmi,
    container.by_mounts,
    container.first_process_says,
    docker.parse_document,
    firewall.is_ufw_enabled,
    firewalld.default_zone,
    firewalld.parse_rich_ports,
    firewalld.parse_rich_sources,
    firewalld.parse_services,
    firewalld.parse_zone_ports,
    identity.parse_hostname,
    identity.parse_machine_id,
    limits.cgroup_paths,
    limits.parse_bytes,
    limits.parse_cpu_max,
    memory.parse_huge_pages,
    memory.parse_memory,
    mounts.parse_mounts,
    network.default_interface,
    network.parse_name_servers,
    network.parse_routes,
    osrelease.parse_os,
    proxies.masked,
    proxies.parse_apt,
    proxies.parse_assignments,
    proxies.parse_dnf,
    rules.parse_iptables_save,
    rules.parse_nftables,
    rules.parse_ports,
    rules.parse_ufw_rules,
    ssh.parse_connection,
    ssh.parse_socket_unit,
    parse_sshd_config,
]
OUTCOME_PARSERS = [
    clock.parse_chrony,
    directory.parse_ftype,
    directory.parse_stat,
    packages.parse_packages,
    packages.parse_unfinished,
    packages.parse_removals,
    packages.parse_reinstall,
    lambda said: aptlog.parse_lost(said, frozenset({"docker.io"})),
    packages.parse_duplicates,
    privilege.parse_sudo,
    versions.parse_compose,
    versions.parse_compose_v1,
]
# Pieces of the real formats, so that arbitrary text gets past the first split.
MARKS = [
    *(
        "\n",
        " ",
        ":",
        "=",
        ",",
        "\t",
        "-",
        "9" * 30,
        "0x",
        "²",
        "[",
        "]",
        '"',
        "ID=",
        "eth0\t",
        "Nov 24",
        "DNS:",
        "CN=",
    ),
    *("### tuple ### allow tcp 22 ", "Port ", "MemTotal: ", " - ", "0::/", "-A INPUT --dport ", " -j ACCEPT"),
    *(
        '<port port="',
        '" protocol="tcp"/>',
        "ftype=",
        "nameserver ",
        'Acquire::http::Proxy "',
        'http_proxy="',
        "ListenStream=",
    ),
]
PIECES = st.lists(st.one_of(st.text(max_size=20), st.sampled_from(MARKS)), max_size=12).map("".join)


def named(parse) -> str:
    return f"{parse.__module__.rpartition('.')[2]}.{parse.__name__}"


@pytest.mark.parametrize("parse", TEXT_PARSERS, ids=named)
@given(text=PIECES)
@settings(max_examples=60, deadline=None)
@example(text="")
@example(text="\0\x1b[2J\u202e\ud7ff")
def test_no_text_raises(parse, text):
    parse(text)


@pytest.mark.parametrize("parse", OUTCOME_PARSERS, ids=lambda parse: parse.__name__)
@given(text=PIECES, code=st.sampled_from([0, 1, -9]))
@settings(max_examples=60, deadline=None)
def test_no_output_raises(parse, text, code):
    parse(Outcome("done", code, text, text, "/usr/bin/x"))


@given(text=PIECES)
@settings(max_examples=100, deadline=None)
def test_nothing_unprintable_comes_out_of_os_release_and_cpuinfo(text):
    found = osrelease.parse_os(f"ID=ubuntu\nNAME='{text}'\n")
    assert (found.name or "").isprintable()
    assert (cpu.parse_cpu(f"model name : {text}", 1, text).model or "").isprintable()


def test_what_rpm_has_twice() -> None:
    rows = (("docker-ce", "28.3.2-1", "x86_64"), ("docker-ce", "28.4.0-1", "x86_64"), ("curl", "8-1", "x86_64"),
            ("openssl", "3-1", "x86_64"), ("openssl", "3-2", "i686"), ("kernel", "1", "x86_64"),
            ("kernel", "2", "x86_64"), ("git", "2-1", "x86_64"), ("git", "2-1", "x86_64"))  # fmt: skip
    said = "".join(f"{name}\t{version}\tinstalled\t{arch}\n" for name, version, arch in rows)
    assert packages.parse_duplicates(Outcome("done", 5, f"package jq is not installed\n{said}")) == (
        "docker-ce",
    )
    assert packages.parse_duplicates(None) == ()


def test_what_dpkg_has_not_finished() -> None:
    states = (("git", "installed", "install"), ("jq", "half-configured", "install"), ("libc6", "unpacked", "hold"),
              ("libc6", "unpacked", "hold"), ("old", "config-files", "deinstall"),
              ("docker.io", "half-installed", "deinstall"), ("containerd", "half-configured", "purge"),
              ("--purge", "half-installed", "deinstall"))  # fmt: skip
    said = Outcome("done", 0, "".join(f"{name}\t1\t{state}\t{want}\n" for name, state, want in states))
    assert packages.parse_unfinished(said) == ("jq", "libc6")
    assert packages.parse_removals(said) == ("docker.io", "containerd")
    assert packages.parse_packages(said) == {"git": "1"}
    assert packages.parse_unfinished(None) == ()
    assert [packages.is_cut_off(names) for names in (None, (), ("tmp.i",), ("0000", "tmp.i"))] == [
        False,
        False,
        False,
        True,
    ]


def test_a_program_that_is_there_and_can_not_be_started_is_not_there() -> None:
    """A library is missing, a file was cut short, the loader crashes; not one that only ends with a complaint."""
    for code in (126, 127, -signal.SIGSEGV, -signal.SIGBUS):
        assert (
            versions.parse_tool("jq", Outcome("done", code, "", "jq: no such library", "/usr/bin/jq")) is None
        )
    for outcome in (
        Outcome("done", 1, "", "usage", "/bin/busybox"),
        Outcome("done", -signal.SIGKILL, "", "", "/usr/bin/jq"),
        Outcome("timed-out", None, "", "", "/usr/bin/jq"),
        Outcome("done", 127, "", f"[Errno {errno.ENOMEM}] Cannot allocate memory", "/usr/bin/jq"),
    ):
        found = versions.parse_tool("jq", outcome)
        assert found is not None and found.version is None
