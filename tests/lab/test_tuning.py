"""The host's settings raised for real, a reboot that is asked for and comes, and everything put back.

Real: sysctl in the host's own network namespace, systemd, systemd-sysctl at boot, sshd with pam_limits, the reboot of
a lab host (a boot id of its own). Borrowed: the figure. This sandbox lacks CAP_SYS_RESOURCE, so no program in it gets
over the hard limit that it was started with (about 20,000): there the wizard rightly plans nothing, and a second host
has a copy of the wizard that asks for 15,000 instead of 500,000. net.core.netdev_max_backlog is not shown in a network
namespace and fs.* are read-only: those keys are not changed here.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.packages import ACCEPTED
from tests.lab.conftest import MakeHost
from tests.lab.host import Host

SYSCTL_FILE = "/etc/sysctl.d/99-cometchat-wizard.conf"
LOGINS_FILE = "/etc/security/limits.d/99-cometchat-wizard.conf"
SERVICES_FILE = "/etc/systemd/system.conf.d/99-cometchat-wizard.conf"
SOMAXCONN = "/proc/sys/net/core/somaxconn"
BASELINE = {"environment": "production", "mau": 10_000}
HIGH_CONCURRENCY = {"environment": "production", "mau": 10_000, "pcc": 1000}
ASKED, HARD = 15_000, 18_000


class Operator:
    """Somebody with answers on a host; every command is an ssh login of its own."""

    def __init__(self, host: Host, usage: dict[str, Any]) -> None:
        self.host = host
        answers = {
            "apiVersion": "cometchat-wizard/v1",
            "kind": "Answers",
            "usage": usage,
            "accepted": [{"id": ident, "reason": "a lab host"} for ident in ACCEPTED],
        }
        host.inside("/srv/answers.yaml").write_text(json.dumps(answers))

    def does(self, words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = self.host.try_run(f"cometchat-wizard {words}")
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def applies(self, step: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self.does(f"apply {step} --answers /srv/answers.yaml --yes", code)

    def says(self, words: str) -> Any:
        return json.loads(self.host.try_run(f"cometchat-wizard {words} --json").stdout)

    def planned(self) -> list[str]:
        """The steps of the stage; what else this host lacks is not of interest here."""
        stages = self.says("plan --answers /srv/answers.yaml")["stages"]
        steps = [step["id"] for stage in stages if stage["name"] == "tuning" for step in stage["steps"]]
        return [step for step in steps if step.startswith("tune-")]

    def finds(self, *ids: str) -> list[tuple[str, str, bool]]:
        found = self.says("check --answers /srv/answers.yaml")["findings"]
        return [(item["id"], item["subject"], item["fixable"]) for item in found if item["id"] in ids]

    def reads(self, path: str) -> str:
        return self.host.run(f"cat {path}").strip()

    def logs_in_with(self) -> tuple[int, int]:
        """Soft and hard limit of open files in a login of its own."""
        soft, hard = self.host.run("ulimit -Sn; ulimit -Hn").split()
        return int(soft), int(hard)


def reboot(host: Host) -> None:
    before = host.run("cat /proc/sys/kernel/random/boot_id")
    host.power_off()
    host.boot()
    assert host.run("cat /proc/sys/kernel/random/boot_id") != before


def test_the_kernel_s_queue_is_raised_stays_over_a_boot_and_comes_back(make_host: MakeHost) -> None:
    operator = Operator(make_host(), BASELINE)
    here = Path(SOMAXCONN).read_text()
    assert operator.reads(SOMAXCONN) == "4096"
    assert operator.planned() == ["tune-kernel"]
    assert operator.finds("kernel-queues") == [("kernel-queues", "net.core.somaxconn", True)]

    operator.applies("tune-kernel")

    assert operator.reads(SOMAXCONN) == "32768"
    assert Path(SOMAXCONN).read_text() == here, "this machine's own is another"
    assert operator.host.run(f"stat -c %a:%U {SYSCTL_FILE}").strip() == "644:root"
    assert operator.planned() == [] and operator.finds("kernel-queues") == []
    assert operator.says("status")["state"] == "done"

    # The lab keeps a host's network over its boot, so that only the file can raise it again.
    operator.host.run("sysctl -qw net.core.somaxconn=4096")
    reboot(operator.host)
    assert operator.reads(SOMAXCONN) == "32768"
    assert operator.planned() == []

    undone = operator.does("undo tune-kernel --yes")
    assert "sysctl -w net.core.somaxconn=4096" in undone.stdout
    assert operator.reads(SOMAXCONN) == "4096"
    assert operator.host.try_run(f"test -e {SYSCTL_FILE}").returncode == 1
    assert operator.planned() == ["tune-kernel"]


READ_ONLY = "mount --bind /proc/sys/net /proc/sys/net && mount -o remount,bind,ro /proc/sys/net"


def test_what_this_host_can_not_change_is_said_and_not_planned(make_host: MakeHost) -> None:
    """As in a container whose /proc/sys is read-only: in mounts of its own, so that the host itself stays as it is."""
    operator = Operator(make_host(), BASELINE)
    wizard = operator.host.inside("/root/wizard")
    wizard.write_text(f'#!/bin/sh\n{READ_ONLY} && exec cometchat-wizard "$@"\n')

    def says(words: str) -> str:
        return operator.host.try_run(f"unshare -m sh /root/wizard {words} --answers /srv/answers.yaml").stdout

    assert "tune-kernel" not in says("plan")
    told = " ".join(says("check").split())
    assert "On the machine beneath: sudo sysctl -w net.core.somaxconn=32768" in told
    assert operator.planned() == ["tune-kernel"], "the host itself can"

    # Refused only when it comes to it: the words of sysctl are told, and undo takes back what was done.
    wrapper = operator.host.inside("/usr/local/sbin/sysctl")
    wrapper.write_text(
        f'#!/bin/sh\nexec unshare -m sh -c \'{READ_ONLY} && exec /usr/sbin/sysctl "$@"\' sh "$@"\n'
    )
    wrapper.chmod(0o755)
    failed = operator.applies("tune-kernel", code=6)
    assert 'permission denied on key "net.core.somaxconn"' in failed.stdout + failed.stderr
    wrapper.unlink()
    operator.does("undo tune-kernel --yes")
    assert operator.host.try_run(f"test -e {SYSCTL_FILE}").returncode == 1
    assert operator.reads(SOMAXCONN) == "4096"


def test_a_limit_that_can_not_be_set_is_not_planned(make_host: MakeHost) -> None:
    operator = Operator(make_host(), HIGH_CONCURRENCY)
    if operator.says("survey")["nodes"][0]["tuning"]["may_raise_limits"]:
        pytest.skip("limits can be raised on this machine")
    assert operator.planned() == ["tune-kernel"]
    found = operator.finds("nofile-low")
    assert [(subject, fixable) for _id, subject, fixable in found] == [("", False), ("services", False)]
    told = " ".join(
        operator.host.try_run("cometchat-wizard check --answers /srv/answers.yaml").stdout.split()
    )
    assert "Don't write it into limits.conf here" in told
    assert "tune-open-files: nothing to do" in operator.applies("tune-open-files").stderr

    # By hand it brings nothing but an error (on RHEL's PAM, without Debian's patch, no su and no sudo either).
    before = operator.logs_in_with()
    by_hand = operator.host.inside("/etc/security/limits.d/by-hand.conf")
    by_hand.write_text("root soft nofile 500000\nroot hard nofile 500000\n")
    assert operator.logs_in_with() <= before
    assert "Could not set limit for 'nofile'" in operator.host.run("journalctl --no-pager -n 200")


def test_open_files_are_asked_for_and_a_reboot_brings_them(make_host: MakeHost) -> None:
    operator = _with_a_lower_figure(make_host())
    assert operator.logs_in_with() == (1024, HARD)
    assert "tune-open-files" in operator.planned()
    assert operator.finds("nofile-low") == [("nofile-low", "", True), ("nofile-low", "services", True)]

    done = operator.applies("tune-open-files", code=10)

    assert "sudo systemctl reboot" in done.stderr
    files = {path: operator.reads(path) for path in (LOGINS_FILE, SERVICES_FILE)}
    assert f"root soft nofile {ASKED}\nroot hard nofile {HARD}" in files[LOGINS_FILE]
    assert f"DefaultLimitNOFILE={ASKED}:{HARD}" in files[SERVICES_FILE]
    # Between the step and the reboot: not planned again, asked for by everything.
    assert "tune-open-files" not in operator.planned()
    assert operator.finds("nofile-low", "reboot-required") in (
        [
            ("reboot-required", "open-files", False)
        ],  # systemd's half; a login of its own has the new limit already
    )
    status = operator.says("status")
    assert status["state"] == "reboot-needed" and len(status["waiting"]) == 1
    assert operator.does("attach", code=10).returncode == 10
    again = operator.applies("tune-open-files", code=10)
    assert "A reboot is needed before going on" in again.stderr
    terminal = operator.host.open("cometchat-wizard")
    terminal.wait_for("A reboot is needed before going on", 60)
    operator.host.close_terminals()

    reboot(operator.host)

    assert operator.logs_in_with() == (ASKED, HARD)
    assert _services(operator.host) == (ASKED, HARD)
    assert operator.host.run("grep 'open files' /proc/$(pidof -s sshd)/limits").split()[3] == str(ASKED)
    assert operator.finds("nofile-low", "reboot-required") == []
    status = operator.says("status")
    assert (status["state"], status["waiting"]) == ("done", [])
    operator.does("attach")
    seen = operator.applies("tune-open-files")
    assert "The reboot that the last run asked for was seen." in seen.stderr

    operator.does("undo tune-open-files --yes", code=10)
    for path in files:
        assert operator.host.try_run(f"test -e {path}").returncode == 1
    assert operator.says("status")["state"] == "reboot-needed"
    reboot(operator.host)
    assert operator.logs_in_with() == (1024, HARD) and _services(operator.host) == (1024, HARD)
    assert operator.says("status")["state"] == "done"


def test_undone_before_the_reboot_none_is_needed_and_a_file_of_ours_that_was_there_comes_back(
    make_host: MakeHost,
) -> None:
    operator = _with_a_lower_figure(make_host())
    before = operator.host.inside(LOGINS_FILE)
    before.write_text("# of an earlier wizard\nroot soft nofile 2000\n")
    before.chmod(0o640)
    operator.applies("tune-open-files", code=10)
    assert operator.reads(LOGINS_FILE) != "# of an earlier wizard\nroot soft nofile 2000"
    operator.does("undo tune-open-files --yes")
    assert operator.reads(LOGINS_FILE) == "# of an earlier wizard\nroot soft nofile 2000"
    assert operator.host.run(f"stat -c %a {LOGINS_FILE}").strip() == "640"
    assert operator.says("status")["state"] == "done"


def _with_a_lower_figure(host: Host) -> Operator:
    """A host whose logins and services have 1,024 open files, and a wizard that asks for 15,000."""
    operator = Operator(host, HIGH_CONCURRENCY)
    found = host.run("find /opt/cometchat-wizard -path '*/wizard/sizing/host_settings.py'").split()
    assert len(found) == 1
    host.run(
        f"sed -i 's/^NOFILE = 500_000$/NOFILE = {ASKED:_}/' {found[0]} && grep -q '^NOFILE = {ASKED:_}$' {found[0]}"
    )
    settings = host.inside("/etc/systemd/system.conf.d")
    settings.mkdir(exist_ok=True)
    (settings / "10-lab.conf").write_text(f"[Manager]\nDefaultLimitNOFILE=1024:{HARD}\n")
    limits = host.inside("/etc/security/limits.d/10-lab.conf")
    limits.write_text(f"root soft nofile 1024\nroot hard nofile {HARD}\n")
    reboot(host)
    return operator


def _services(host: Host) -> tuple[int, int]:
    said = host.run("systemctl show --value --property=DefaultLimitNOFILESoft --property=DefaultLimitNOFILE")
    soft, hard = sorted(int(word) for word in said.split())
    return soft, hard
