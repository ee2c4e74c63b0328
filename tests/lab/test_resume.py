"""Coming back to a host where a run was killed, or the package manager cut off.

Real: systemd, Docker, dpkg, apt, dnf and rpm with their databases, SIGKILL. Borrowed: a service that is slow to
start, small packages whose scripts kill dpkg, rpm's second version of a package put into its database alone.
"""

from __future__ import annotations

import json
from typing import Any

from tests.journeys.product import eventually
from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.room import said
from tests.lab.test_rhel import on
from tests.lab.wrong import SECOND, apply, applying, pack, packages, put_answers, status

SLOW_DOCKER = """\
[Service]
ExecStartPre=/bin/sh -c 'touch /root/at-work; for i in $(seq 600); do [ -e /root/go-on ] && exit 0; sleep 0.1; done'
"""
KILLS_DPKG = "#!/bin/sh\n[ -e /root/kill-dpkg ] && kill -9 $PPID\nexit 0\n"


def test_what_a_killed_runner_left_at_work_is_waited_for(make_host: MakeHost) -> None:
    """systemctl has no lock that would tell of it: only the run's own note does."""
    host = make_host()
    put_answers(host, skipped=())
    assert apply(host, seconds=250).returncode == 0
    host.run("systemctl stop docker.socket docker.service")
    host.run("mkdir -p /etc/systemd/system/docker.service.d")
    host.inside("/etc/systemd/system/docker.service.d/slow.conf").write_text(SLOW_DOCKER)
    host.run("systemctl daemon-reload")
    with applying(host, "start-docker"):
        eventually(host.inside("/root/at-work").exists, "Docker on its slow way up")
        host.run(f"kill -9 {status(host)['run']['pid']}")
        eventually(lambda: status(host)["state"] == "interrupted", "the runner gone")
    found = status(host)
    assert found["step"] == "start-docker"
    left = found["details"]["leftover"]
    assert "systemctl" in left["words"] and host.run(f"ps -o comm= -p {left['pid']}").strip() == "systemctl"
    told = " ".join(host.run("cometchat-wizard status").split())
    assert "in the middle of start-docker: its process is gone" in told
    assert f"is still at work (process {left['pid']})" in told
    runs = len(list(host.inside("/var/lib/cometchat-wizard/runs").iterdir()))
    with applying(host) as again:
        assert again.stderr is not None
        line = again.stderr.readline()
        assert "Waiting for it, at most" in line and "Ctrl-C leaves it alone" in line
        assert len(list(host.inside("/var/lib/cometchat-wizard/runs").iterdir())) == runs
        host.inside("/root/go-on").touch()
        out, err = again.communicate(timeout=60)
        assert again.returncode == 0, out + err
        assert "It has finished" in err
    assert host.run("systemctl is-active docker").strip() == "active"
    assert status(host)["details"]["leftover"] is None


def _findings(host: Host) -> dict[str, dict[str, Any]]:
    found = json.loads(host.run("cometchat-wizard check --answers /srv/answers.yaml --json", check=False))
    return {item["subject"]: item for item in found["findings"] if item["id"] == "package-unfinished"}


def test_a_removal_that_was_cut_off_is_finished_and_nothing_is_set_up_again(make_host: MakeHost) -> None:
    """dpkg killed in the package's prerm, and in another's postrm: half-configured and half-installed."""
    host = make_host()
    put_answers(host)
    bare = packages(host)
    for name, script in (("lab-pre", "prerm"), ("lab-post", "postrm")):
        pack(host, name, "1.0")
        _with_script(host, name, script)
        host.run(f"dpkg -i {SECOND}/{name}_1.0_all.deb")
    host.inside("/root/kill-dpkg").touch()
    for name in ("lab-pre", "lab-post"):
        assert host.try_run(f"dpkg --remove {name}").returncode != 0
    host.run("rm /root/kill-dpkg")
    states = packages(host)
    assert (states["lab-pre"], states["lab-post"]) == ("rF  1.0", "rH  1.0")

    assert "lab-post, lab-pre" in _findings(host)["removals"]["seen"]
    plan = host.run("cometchat-wizard plan install-jq --answers /srv/answers.yaml")
    assert plan.startswith("Will be removed: lab-post, lab-pre") and "finish-removals" in plan
    done = apply(host, "install-jq")
    assert done.returncode == 0, done.stdout + done.stderr
    after = packages(host)
    gone = {name for name, state in bare.items() if state[:2] == "ii" and after.get(name, "")[:2] != "ii"}
    assert gone == set() and after["jq"].startswith("ii ")
    assert "lab-pre" not in after and after.get("lab-post", "r").startswith("r")
    assert _findings(host) == {}
    assert host.run("dpkg --audit") == ""


def _with_script(host: Host, name: str, script: str) -> None:
    """The package once more, with a script of dpkg's that kills it."""
    tree = host.directory / "packing" / f"{name}-1.0"
    (tree / "DEBIAN" / script).write_text(KILLS_DPKG)
    (tree / "DEBIAN" / script).chmod(0o755)
    said(
        ["dpkg-deb", "--root-owner-group", "--build", str(tree), f"{host.inside(SECOND)}/{name}_1.0_all.deb"]
    )


def test_what_rpm_has_twice_is_mended_by_dnf(make_host: MakeHost) -> None:
    host = make_host(kinds.RHEL)
    operator = on(host)
    host.run("dnf -y install jq")
    host.run("rpm --install --justdb --noscripts --force /srv/packages/rpm-post/jq-99*.rpm")
    assert len(host.run("rpm -q jq").split()) == 2
    found = [item for item in operator.says("check")["findings"] if item["id"] == "package-unfinished"]
    assert [item["subject"] for item in found] == ["duplicates"] and "jq" in found[0]["seen"]
    steps = [step for _stage, steps in operator.shape() for step in steps]
    assert steps[steps.index("refresh-packages") + 1] == "remove-duplicates"
    done = operator.does("apply remove-duplicates --answers answers.yaml --yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.run("rpm -q jq").startswith("jq-99") and len(host.run("rpm -q jq").split()) == 1
    assert not [item for item in operator.says("check")["findings"] if item["id"] == "package-unfinished"]
    host.run("jq --version")
