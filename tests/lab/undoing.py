"""Which host and which answers show one step, so that it can be undone alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.packages import ACCEPTED
from tests.lab import kinds
from tests.lab.host import Host, Made
from tests.lab.hoststate import BY_DOCKER, BY_DPKG, Kept

UFW = "ufw allow 22/tcp >/dev/null && ufw --force enable >/dev/null"
ALL = "undo --all --yes"


@dataclass(frozen=True)
class Case:
    """One step alone. before: a script that makes it needed; base: steps done before that are not undone.

    more: answers besides those that every host has. code: how `apply` ends. changes: False for a step with nothing to
    be undone. kept: what differs afterwards all the same. after: a script that ends the case.
    """

    made: Made = kinds.UBUNTU
    before: str = ""
    base: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    code: int = 0
    changes: bool = True
    kept: Mapping[str, Kept] = field(default_factory=dict)
    after: str = ""


_NODES = [
    {"name": "chat-undo", "address": "local", "roles": ["manager"]},
    {"name": "chat-other", "address": "10.77.0.99", "roles": ["worker"]},
]

# This sandbox lets nothing raise a limit over the one that it was started with: a copy of the wizard asks for less.
_FEWER_FILES = (
    "sed -i 's/^NOFILE = 500_000$/NOFILE = 15_000/' $(find /opt/cometchat-wizard -name host_settings.py)"
    " && mkdir -p /etc/systemd/system.conf.d /etc/security/limits.d"
    " && printf '[Manager]\nDefaultLimitNOFILE=1024:18000\n' > /etc/systemd/system.conf.d/10-lab.conf"
    " && printf 'root soft nofile 1024\nroot hard nofile 18000\n' > /etc/security/limits.d/10-lab.conf"
    " && systemctl daemon-reexec"
)

# Every step that a plan can have.
CASES: dict[str, Case] = {
    "proxy-apt": Case(more={"network": {"proxy": "http://10.250.9.9:3128"}}),
    "proxy-docker": Case(more={"network": {"proxy": "http://10.250.9.9:3128"}}),
    "proxy-dnf": Case(kinds.RHEL, more={"network": {"proxy": "http://10.250.9.9:3128"}}),
    "refresh-packages": Case(changes=False),
    "finish-removals": Case(
        # Its script ends dpkg in the middle.
        before="apt-get -qq update && apt-get -qq -y install net-tools >/dev/null"
        " && printf '#!/bin/sh\nkill -9 $PPID\n' > /var/lib/dpkg/info/net-tools.postrm"
        " && chmod 755 /var/lib/dpkg/info/net-tools.postrm; dpkg --remove net-tools"
        "; printf '#!/bin/sh\n' > /var/lib/dpkg/info/net-tools.postrm",
        changes=False,
        kept={
            "finished": Kept(
                r"~ package net-tools: rH  \S+ -> rc  \S+",
                "what was half removed is gone: nobody wants half of it",
            )
        },
        after="dpkg --purge net-tools",
    ),
    "remove-duplicates": Case(
        kinds.RHEL,
        before="dnf -q -y install jq"
        " && rpm --install --justdb --noscripts --force /srv/packages/rpm-post/jq-99*.rpm",
        changes=False,
        kept={"one-of-two": Kept(r"~ package jq\.x86_64: .*", "the older of two versions is no loss")},
        after="rpm -e --noscripts jq",
    ),
    "finish-packages": Case(
        before="dpkg --unpack /srv/packages/net-tools_*.deb",
        changes=False,
        kept={
            "finished": Kept(
                r"~ package net-tools: iU  \S+ -> ii  \S+",
                "what was half there is whole now: nobody wants the half back",
            )
        },
        after="dpkg --purge net-tools",
    ),
    "install-git": Case(kept=BY_DPKG),
    "install-jq": Case(),
    "install-curl": Case(kept=BY_DPKG),
    "install-net-tools": Case(),
    # The repository can't be reached from a lab: its files are there, the step has failed, undo takes them away.
    "docker-repository": Case(more={"software": {"docker_from": "docker-repository"}}, code=6),
    "firewall-ssh": Case(
        before="ufw --force reset && ufw default allow && ufw --force enable",
        kept={
            "ufw-limits": Kept(
                r"\+ firewall nft table ip6 filter / chain ufw6-user-limit(-accept)?: counter \w+: 1",
                "ufw fills chains of its own, which no rule leads to, at the first change after it was enabled",
            )
        },
    ),
    "firewall-http": Case(before=UFW),
    "firewall-https": Case(before=UFW),
    "firewall-swarm": Case(before=UFW, more={"nodes": _NODES, "network": {"encrypted_overlay": False}}),
    "tune-kernel": Case(more={"usage": {"environment": "production", "mau": 10000}}),
    # 10: it counts from the next boot on.
    "tune-open-files": Case(
        before=_FEWER_FILES, more={"usage": {"environment": "production", "mau": 10000, "pcc": 1000}}, code=10
    ),
    "install-docker": Case(kinds.RHEL, kept=BY_DOCKER),
    "install-compose": Case(kinds.RHEL, base=("install-docker",), before="rpm -e docker-compose-plugin"),
    "start-docker": Case(
        kinds.RHEL,
        before="systemctl disable -q --now docker.socket docker containerd || true",
        base=("install-docker",),
        kept=BY_DOCKER,
    ),
    # What an operator wrote there comes back as it was, whatever its spaces and its mode.
    "docker-settings": Case(
        kinds.RHEL,
        base=("install-docker",),
        before="mkdir -p /etc/docker && printf '{ \"debug\" :true }' > /etc/docker/daemon.json"
        " && chmod 640 /etc/docker/daemon.json && systemctl start docker",
        after="systemctl stop docker.socket docker containerd && rm -r /etc/docker",
    ),
    "install-openssl": Case(kinds.RHEL, before="rpm -e openssl"),
    "remove-conflicts": Case(
        kinds.RHEL_PODMAN,
        more={"software": {"docker_from": "offline", "remove": ["podman-docker", "runc", "podman"]}},
    ),
}


def put_answers(host: Host, more: Mapping[str, Any]) -> None:
    """/srv/answers.yaml, the same for every host of its kind but for `more`."""
    source = "distribution" if host.made.kind.startswith("ubuntu") else "offline"
    document = {
        "apiVersion": "cometchat-wizard/v1",
        "kind": "Answers",
        "usage": {"environment": "testing"},
        "software": {"docker_from": source},
        "accepted": [{"id": ident, "reason": "a lab host"} for ident in ACCEPTED],
        **more,
    }
    # JSON is YAML.
    host.inside("/srv/answers.yaml").write_text(json.dumps(document))


def wizard(host: Host, words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """A command of the wizard, which must end with that code. Each is a login of its own, as root."""
    done = host.try_run(f"cometchat-wizard {words}", user="root", seconds=240)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done


def apply(host: Host, *steps: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """`apply`, unattended: the whole plan, or these steps with what they require."""
    return wizard(host, f"apply {' '.join(steps)} --answers /srv/answers.yaml --yes", code)


def undo_steps(host: Host, *steps: str) -> list[dict[str, Any]]:
    """What `undo --json` says that it would do. Nothing is asked and nothing done: there is no terminal."""
    done = host.try_run(f"cometchat-wizard undo {' '.join(steps)} --json", user="root")
    document = json.loads(done.stdout)
    return [step for stage in document["stages"] for step in stage["steps"]]


def kept_files(host: Host) -> dict[str, str]:
    """Logs, journals, records and answers: the hash of each file of the session and of the answers given.

    Not seen.json: how the host looked last is noted after an undo, too.
    """
    found = host.run(
        "find /var/lib/cometchat-wizard /srv/answers.yaml -type f ! -name '*lock*' ! -name seen.json | xargs sha256sum"
    )
    return {path: digest for digest, path in (line.split(maxsplit=1) for line in found.splitlines())}
