"""The wizard on a RHEL-like host: conflicts, dnf's transactions, firewalld, what goes wrong, undo.

Real: dnf, rpm and what they do with requires, conflicts and obsoletes; systemd, sshd, firewalld with nftables, and
the programs that the packages bring (Debian's dockerd 26.1, git, jq, curl, ifconfig). Borrowed: the distribution's
name and dnf.conf. Stubs: the packages themselves, podman. Absent: SELinux, and Docker's own repository.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from tests.journeys.product import eventually
from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host, Made

ACCEPTED = ("container-guest", "vcpus-short", "memory-short", "storage-short")
ENGINE = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin")
TOOLS = ("git", "jq", "curl", "net-tools")
PODMAN = ("podman-docker", "runc", "podman")
_BASE = kinds.RHEL.layers


@dataclass(frozen=True)
class Operator:
    """Somebody with answers on a host. Every command is an ssh login of its own."""

    host: Host

    def answers(self, remove: tuple[str, ...] = (), accepted: tuple[str, ...] = ()) -> None:
        """Write the answers: packages from the repositories of this host, and what may be removed."""
        software: dict[str, Any] = {"docker_from": "offline", **({"remove": list(remove)} if remove else {})}
        document = {
            "apiVersion": "cometchat-wizard/v1",
            "kind": "Answers",
            "usage": {"environment": "production", "mau": 10000},
            "software": software,
            "accepted": [{"id": ident, "reason": "a lab host"} for ident in (*ACCEPTED, *accepted)],
        }
        # JSON is YAML.
        done = self.host.try_run("cat > answers.yaml", text=json.dumps(document))
        assert done.returncode == 0, done.stderr

    def does(self, words: str) -> subprocess.CompletedProcess[str]:
        return self.host.try_run(f"cometchat-wizard {words}")

    def says(self, words: str) -> Any:
        """The JSON that a command prints, whatever its exit code."""
        done = self.does(f"{words} --json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def applies(self, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = self.does("apply --answers answers.yaml --yes")
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def shape(self) -> list[tuple[str, list[str]]]:
        """The plan's stages, each with its steps."""
        stages = self.says("plan --answers answers.yaml")["stages"]
        return [(stage["name"], [step["id"] for step in stage["steps"]]) for stage in stages]

    def packages(self) -> set[str]:
        return set(self.host.run("rpm -qa").split())

    def names(self) -> set[str]:
        return set(self.host.run("rpm -qa --qf '%{NAME}\\n'").split())

    def zone(self, option: str = "--permanent") -> list[str]:
        """The default zone as firewalld tells it."""
        return [line.strip() for line in self.host.run(f"firewall-cmd {option} --list-all").splitlines()]

    def is_active(self, unit: str) -> bool:
        return self.host.run(f"systemctl is-active {unit}", check=False).strip() == "active"


def on(host: Host) -> Operator:
    operator = Operator(host)
    operator.answers()
    return operator


def repository(host: Host, name: str, directory: str) -> None:
    """Put another repository in force on the host."""
    lines = (f"[{name}]", f"name=Lab: {name}", f"baseurl=file://{directory}", "enabled=1", "gpgcheck=0")
    done = host.try_run(f"cat > /etc/yum.repos.d/{name}.repo", text="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr


def test_unattended_by_real_dnf_until_a_second_plan_is_empty(make_host: MakeHost) -> None:
    """Stub packages, real transactions; afterwards Debian's Docker really runs. The steps are those of Ubuntu."""
    ubuntu = on(make_host(kinds.UBUNTU))
    operator = on(make_host(kinds.RHEL))
    assert operator.shape() == ubuntu.shape()
    assert [name for name, _steps in operator.shape()] == ["tuning", "prepare", "docker", "tools"]
    before = operator.names()

    operator.applies()

    assert operator.names() - before == {*ENGINE, *TOOLS, "container-selinux", "docker-ce-rootless-extras"}
    assert operator.is_active("docker")
    assert operator.host.run("systemctl is-enabled docker").strip() == "enabled"
    assert operator.host.run("docker version --format '{{.Server.Version}}'").startswith("26.1")
    (node,) = operator.says("survey")["nodes"]
    docker, compose = node["software"]["docker"], node["software"]["compose"]
    assert (docker["kind"], docker["state"]) == ("docker", "running")
    assert int(docker["version"].split(".")[0]) >= 24
    assert compose["version"].lstrip("v").startswith("2.")
    assert node["selinux"] == "disabled" and node["package_manager"] == "dnf"
    assert operator.says("plan")["stages"] == []
    exported = operator.does("export out")
    assert exported.returncode == 0, exported.stderr
    assert operator.does("validate out/deployment.yaml").returncode == 0
    assert operator.says("status")["state"] == "exported"


def test_podman_and_runc_are_named_first_and_stay_without_an_answer(make_host: MakeHost) -> None:
    """Podman is a stub; that rpm knows what conflicts and what obsoletes is real."""
    operator = on(make_host(kinds.RHEL_PODMAN))
    before = operator.packages()
    assert operator.names() >= set(PODMAN)

    findings = operator.says("check --answers answers.yaml")["findings"]
    conflicts = {item["subject"] for item in findings if item["id"] == "package-conflict"}
    assert conflicts == {"podman-docker", "runc"}
    assert "docker-podman" in {item["id"] for item in findings}
    planned = operator.says("plan --answers answers.yaml")
    assert planned["removes"] == []
    assert any("podman-docker, runc: can't stay beside docker-ce" in note for note in planned["notes"])
    refused = operator.applies(code=3)
    assert "podman-docker" in refused.stderr + refused.stdout
    assert operator.packages() == before


def test_exactly_what_the_answers_name_is_removed_and_undo_brings_it_back(make_host: MakeHost) -> None:
    """podman needs runc: while only podman-docker and runc are named, rpm refuses and nothing has changed."""
    operator = on(make_host(kinds.RHEL_PODMAN))
    before = operator.packages()
    operator.answers(remove=("podman-docker", "runc"))
    planned = operator.says("plan --answers answers.yaml")
    assert planned["removes"] == ["podman-docker", "runc"]
    assert any(note.startswith("podman: may need what is removed") for note in planned["notes"])
    failed = operator.applies(code=6)
    assert "oci-runtime is needed by (installed) podman" in failed.stdout
    assert operator.packages() == before

    operator.answers(remove=PODMAN)
    assert operator.says("plan --answers answers.yaml")["removes"] == list(PODMAN)
    operator.applies()
    names = operator.names()
    assert not names & set(PODMAN) and names >= {*ENGINE, *TOOLS}
    gone = {package.rsplit("-", 2)[0] for package in before - operator.packages()}
    assert gone == set(PODMAN)

    undone = operator.does("undo --all --yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert operator.packages() == before


def test_what_dnf_would_replace_unasked_stops_the_step(make_host: MakeHost) -> None:
    """Docker's containerd.io obsoletes runc: dnf takes it away without --allowerasing (real, relations as theirs)."""
    host = make_host(Made("rhel-runc", layers=_BASE, script="dnf -y -q --setopt=obsoletes=0 install runc"))
    operator = on(host)
    operator.answers(accepted=("package-conflict",))
    before = operator.packages()
    failed = operator.applies(code=6)
    assert "runc is installed, and the installation would take it away" in failed.stdout
    assert before <= operator.packages() and not operator.names() & set(ENGINE)

    host.run("rpm -e runc")
    operator.applies()
    assert operator.names() >= set(ENGINE)


def test_firewalld_lets_in_80_and_443_and_undo_takes_all_back(make_host: MakeHost) -> None:
    """firewalld, its nftables rules and the ssh logins through them are real."""
    operator = on(make_host(kinds.RHEL_FIREWALLD))
    packages, zone, running = operator.packages(), operator.zone(), operator.zone("")
    assert "ports:" in zone and "services: dhcpv6-client ssh" in zone
    assert operator.shape()[-1] == ("firewall", ["firewall-http", "firewall-https"])

    operator.applies()

    opened = ["ports: 80/tcp 443/tcp" if line == "ports:" else line for line in zone]
    assert operator.zone() == opened
    assert "ports: 80/tcp 443/tcp" in operator.zone("")
    # Every command here is a new login; after a reload the permanent rules are all that there is.
    operator.host.run("firewall-cmd --reload")
    assert operator.host.run("echo reached") == "reached\n"
    assert operator.zone() == opened
    assert operator.says("plan")["stages"] == []

    undone = operator.does("undo --all --yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert operator.packages() == packages
    assert operator.zone() == zone
    assert operator.zone("") == running
    assert not operator.is_active("docker") and not operator.is_active("docker.socket")
    assert operator.host.run("echo reached") == "reached\n"


def test_undone_docker_stays_stopped(make_host: MakeHost) -> None:
    """Real units: the socket that systemd listens on would start the daemon again at the next `docker`."""
    operator = on(make_host(kinds.RHEL))
    operator.applies()
    undone = operator.does("undo start-docker --yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    asked = operator.host.try_run("docker version --format '{{.Server.Version}}'")
    assert asked.returncode != 0 and "Is the docker daemon running" in asked.stderr
    assert not operator.is_active("docker")
    assert operator.shape() == [("docker", ["start-docker"])]


def test_a_scriptlet_that_fails_is_told_and_a_retry_goes_on(make_host: MakeHost) -> None:
    """jq's newest package refuses to be installed (its %pre fails, really); nothing else is touched."""
    operator = on(make_host(kinds.RHEL))
    repository(operator.host, "wrong", "/srv/packages/rpm-pre")
    failed = operator.applies(code=6)
    assert "failed   install-jq" in failed.stdout
    assert "lab: jq finds no room for itself" in failed.stdout
    assert "%prein(jq-99" in failed.stdout
    names = operator.names()
    assert names >= {*ENGINE, "git"} and "jq" not in names
    # The tools don't need each other: those after it are done all the same, or are what is left.
    status = operator.says("status")
    assert (status["state"], status["step"]) == ("failed", "install-jq")

    operator.host.run("rm /etc/yum.repos.d/wrong.repo")
    kept = operator.packages()
    operator.applies()
    assert kept < operator.packages() and operator.names() >= {*ENGINE, *TOOLS}
    assert operator.says("plan")["stages"] == []


def test_a_post_script_that_fails_is_said_though_dnf_calls_it_done(make_host: MakeHost) -> None:
    """For dnf a failed %post is a warning and its exit code 0 (real): the step is done, and says what failed."""
    operator = on(make_host(kinds.RHEL))
    repository(operator.host, "wrong", "/srv/packages/rpm-post")
    done = operator.applies()
    (line,) = [line for line in done.stdout.splitlines() if "install-jq" in line]
    assert line.startswith("done") and "a package's own script failed: lab: jq is only half set up" in line
    assert "jq" in operator.names()


def test_a_repository_that_is_gone_fails_before_anything_is_changed(make_host: MakeHost) -> None:
    """Its directory is not there, as an unmounted medium's; dnf's own words are real."""
    operator = on(make_host(kinds.RHEL))
    before = operator.packages()
    repository(operator.host, "medium", "/mnt/medium")
    failed = operator.applies(code=6)
    assert "failed   refresh-packages" in failed.stdout
    assert "Failed to download metadata for repo 'medium'" in failed.stdout
    assert operator.packages() == before
    assert operator.says("status")["step"] == "refresh-packages"

    operator.host.run("mkdir /mnt/medium && createrepo_c -q /mnt/medium")
    operator.applies()
    assert operator.names() >= {*ENGINE, *TOOLS}
    eventually(lambda: operator.is_active("docker"), "a running daemon")


def test_stubs_are_named_as_stubs(make_host: MakeHost) -> None:
    """Nobody shall take them for the real packages."""
    host = make_host(kinds.RHEL, installed=False)
    said = host.run("dnf -q repoquery --qf '%{name}\t%{summary}' '*'")
    summaries = dict(line.split("\t") for line in said.splitlines())
    assert summaries.keys() >= {"lab-base", "lab-broken-post", *ENGINE, *TOOLS, *PODMAN}
    assert all(text.startswith("Lab stub: ") for text in summaries.values())
