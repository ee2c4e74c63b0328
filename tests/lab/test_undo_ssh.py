"""Undo keeps the line that it is asked over: real ufw and firewalld, a real sshd that was moved to 443 meanwhile."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.places import environment
from tests.lab.room import ran
from tests.lab.undoing import ALL, UFW, apply, put_answers

STEPS = ("firewall-http", "firewall-https")
# By the port that sshd was moved to; its key is known by the host's name.
_BY_443 = ("-p", "443", "-o", "HostKeyAlias=chat-1")
MOVE = (
    "sed -i '/^Port /d' /etc/ssh/sshd_config && echo 'Port {port}' >> /etc/ssh/sshd_config"
    " && mkdir -p /run/sshd && systemctl restart {unit}"
)


def by_443(host: Host, script: str) -> subprocess.CompletedProcess[str]:
    """A shell script over a new login by port 443."""
    return ran(host.ssh("sh", "-c", shlex.quote(script), options=_options(host)), seconds=240)


def _options(host: Host) -> tuple[str, ...]:
    return (*_BY_443[:-1], f"HostKeyAlias={host.alias}")


@contextmanager
def line_open(host: Host) -> Iterator[subprocess.Popen[str]]:
    """The operator's own connection by 443, over which what is typed comes back."""
    process = subprocess.Popen(
        host.ssh("cat", options=_options(host)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=environment(),
    )
    try:
        need_alive(process)
        yield process
    finally:
        process.kill()
        process.communicate()


def need_alive(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("still here\n")
    assert process.stdout.readline() == "still here\n"


def ssh_unit(host: Host) -> str:
    return host.run(
        "systemctl list-units --plain --no-legend 'ssh.service' 'sshd.service' | cut -d' ' -f1"
    ).split()[0]


def move_sshd(host: Host, unit: str, shut_22: str) -> None:
    """sshd waits on 443 alone, and the firewall lets in nobody on 22."""
    host.run(MOVE.format(port=443, unit=unit))
    done = by_443(host, shut_22)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("firewall", ["ufw", "firewalld"])
def test_the_rule_that_the_line_rests_on_stays_and_the_others_go(make_host: MakeHost, firewall: str) -> None:
    host = make_host(kinds.UBUNTU if firewall == "ufw" else kinds.RHEL_FIREWALLD)
    if firewall == "ufw":
        host.run(UFW)
        rules = "ufw status"
        shut_22 = "ufw delete allow 22/tcp"
        open_22 = "ufw allow 22/tcp"
    else:
        rules = "firewall-cmd --list-ports; firewall-cmd --permanent --list-ports"
        shut_22 = "firewall-cmd -q --remove-service=ssh && firewall-cmd -q --permanent --remove-service=ssh"
        open_22 = "firewall-cmd -q --add-service=ssh && firewall-cmd -q --permanent --add-service=ssh"
    put_answers(host, {})
    apply(host, *STEPS)
    assert "443/tcp" in host.run(rules) and "80/tcp" in host.run(rules)
    unit = ssh_unit(host)
    move_sshd(host, unit, shut_22)
    with line_open(host) as line:
        done = by_443(host, f"cometchat-wizard {ALL}")
        assert done.returncode == 4, done.stdout + done.stderr
        assert "the SSH connection from" in done.stdout and "port 443" in done.stdout, done.stdout
        need_alive(line)
    # The next login comes in as well: established connections alone pass without a rule.
    found = by_443(host, rules)
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("443/tcp") == 2 and "80/tcp" not in found.stdout.replace("443/tcp", "")
    again = by_443(host, f"cometchat-wizard {ALL}")
    assert again.returncode == 4, "it is asked again, and SSH still needs it: " + again.stdout + again.stderr

    back = by_443(host, f"{open_22} && {MOVE.format(port=22, unit=unit)}")
    assert back.returncode == 0, back.stderr
    done = host.try_run(f"cometchat-wizard {ALL}", seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "443/tcp" not in host.run(rules)


def test_a_rule_of_ufw_that_refused_is_not_put_back_before_ssh(make_host: MakeHost) -> None:
    host = make_host(kinds.UBUNTU)
    host.run(UFW)
    host.run("ufw deny proto tcp from any to any port 443 && ufw deny proto tcp from any to any port 80")
    put_answers(host, {})
    apply(host, *STEPS)
    move_sshd(host, ssh_unit(host), "ufw delete allow 22/tcp")
    with line_open(host) as line:
        done = by_443(host, f"cometchat-wizard {ALL}")
        assert done.returncode == 4, done.stdout + done.stderr
        assert "would be shut out by it" in done.stdout
        need_alive(line)
    status = by_443(host, "ufw status").stdout.split("\n")
    assert any(text.startswith("443/tcp") and "ALLOW" in text for text in status)
    assert any(text.startswith("80/tcp") and "DENY" in text for text in status)


def test_a_rule_that_somebody_set_again_is_theirs(make_host: MakeHost) -> None:
    """ufw keeps one rule for a port: an equal one takes over ours, by its comment or by having none."""
    host = make_host(kinds.UBUNTU)
    host.run(UFW)
    put_answers(host, {})
    apply(host, *STEPS)
    host.run("ufw allow proto tcp from any to any port 80 comment theirs && ufw allow 443/tcp")
    done = host.try_run(f"cometchat-wizard {ALL}", seconds=240)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "set again by somebody else" in done.stderr + done.stdout
    status = host.run("ufw status")
    assert "theirs" in status and "443/tcp" in status
    host.run("ufw allow proto tcp from any to any port 80 comment 'cometchat-wizard http'")
    done = host.try_run(f"cometchat-wizard {ALL}", seconds=240)
    assert done.returncode == 4, done.stdout + done.stderr
    status = host.run("ufw status")
    assert "443/tcp" in status and "80/tcp" not in status.replace("443/tcp", "")
