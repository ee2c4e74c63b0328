"""Undo where something is in the way: somebody changed a file, needs a package, the undo is killed, the power fails.

Real: apt, dpkg and its maintainer scripts, the runner's death, ssh. The power cut ends every process at once, but what
the kernel had not written yet is not lost.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.journeys.product import eventually
from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.hoststate import AFTER_A_BOOT, Kept, differences, state_of, unexplained
from tests.lab.undoing import ALL, UFW, apply, kept_files, put_answers, undo_steps, wizard
from tests.lab.wrong import SESSION, is_there, pack

LIST = "/etc/apt/sources.list.d/docker.list"
KEYRING = "/etc/apt/keyrings/docker.asc"
# Says that it is at work and waits to be let go, a minute at most.
WAITS = (
    "#!/bin/sh\ntouch /root/at-work\n"
    "for _ in $(seq 600); do [ -e /root/go-on ] && exit 0; sleep 0.1; done\nexit 1\n"
)

KEPT_HERE = {
    "its-script": Kept(
        r"\+ package net-tools: rc  \S+",
        "dpkg keeps a package with a postrm script in mind until it is purged, and this test gave it one",
    )
}


def test_what_somebody_else_changed_or_needs_is_left_and_said(make_host: MakeHost) -> None:
    host = make_host(kinds.UBUNTU)
    put_answers(host, {"software": {"docker_from": "docker-repository"}})
    start = state_of(host)
    apply(host, "docker-repository", code=6)
    apply(host, "install-jq")
    host.run(f"echo '# mine' >> {LIST} && chmod 600 {LIST}")
    mine = host.run(f"cat {LIST}")
    pack(host, "theirs", "1.0", depends="libonig5")
    host.run("apt-get -qq update && apt-get -qq -y install theirs >/dev/null")

    undone = wizard(host, ALL, 4)

    assert f"{LIST} has been changed since by somebody else and is left as it is." in undone.stdout
    assert "install-jq: libonig5:amd64: not removed, other software here needs it." in undone.stdout
    assert host.run(f"cat {LIST}; stat -c %a {LIST}") == f"{mine}600\n"
    assert not host.inside(KEYRING).exists() and is_there(host, "libonig5") and not is_there(host, "jq")
    again = wizard(host, ALL, 4)
    assert "nothing to undo" in again.stderr and f"{LIST} has been changed" in again.stderr
    assert undo_steps(host) == []

    host.run(f"rm {LIST} /etc/apt/sources.list.d/second.list && dpkg --purge theirs")
    wizard(host, ALL)
    assert unexplained(differences(start, state_of(host)), {}) == ()


def _begin_undo(host: Host, script: str) -> Path:
    """Undo all, in the middle of which net-tools' maintainer script waits. The directory of that run."""
    (host.inside(f"/var/lib/dpkg/info/net-tools.{script}")).write_text(WAITS)
    (host.inside(f"/var/lib/dpkg/info/net-tools.{script}")).chmod(0o755)
    host.run("rm -f /root/at-work /root/go-on")
    host.run(f"cometchat-wizard {ALL} >/root/said 2>&1 </dev/null & echo begun")
    eventually(host.inside("/root/at-work").exists, "the undo in the middle of a removal")
    return max(host.inside(f"{SESSION}/runs").iterdir(), key=lambda path: path.name)


def test_an_undo_that_is_killed_or_loses_its_power_is_gone_on_with(make_host: MakeHost) -> None:
    """First the runner alone is killed, while dpkg is at work; then everything at once, with a package half removed."""
    host = make_host(kinds.UBUNTU)
    host.run(UFW)
    put_answers(host, {})
    start = state_of(host)
    steps = ("firewall-http", "firewall-https", "install-jq", "install-net-tools")
    apply(host, *steps)
    logs = kept_files(host)

    run = _begin_undo(host, "prerm")
    pid = json.loads((run / "run.json").read_text())["process"]["pid"]
    _kill(host, pid)
    status = json.loads(host.run("cometchat-wizard status --json"))
    assert status["state"] == "interrupted", status
    assert [step["id"] for step in undo_steps(host)] == ["undo-install-net-tools", "undo-install-jq"]
    host.run("touch /root/go-on")
    wizard(host, ALL)
    assert unexplained(differences(start, state_of(host)), {}) == ()
    assert logs.items() <= kept_files(host).items()

    apply(host, *steps)
    logs |= kept_files(host)
    _begin_undo(host, "postrm")
    host.cut_power()
    host.boot()
    host.run("touch /root/go-on")
    assert host.run("dpkg-query -W -f '${db:Status-Status}' net-tools") != "installed"
    wizard(host, ALL)
    assert unexplained(differences(start, state_of(host)), {**AFTER_A_BOOT, **KEPT_HERE}) == ()
    assert host.run("dpkg --audit; ls /var/lib/dpkg/updates") == ""
    assert "nothing to undo" in wizard(host, ALL).stderr
    assert logs.items() <= kept_files(host).items()


def _kill(host: Host, pid: int) -> None:
    host.run(f"kill -{int(signal.SIGKILL)} {pid}")
    eventually(lambda: not os.path.exists(host.inside(f"/proc/{pid}")), "the runner's end")
