"""What goes wrong around the packages: another's lock, no rights, no network, a run that is cut off.

Real: the locks, sudo and its password on a real terminal, name resolution, signals, an apt that is cut off in the
middle of a package. Borrowed: the name Ubuntu, the slow package, and the power cut (every process ends at once; the
disk's own cache is not lost with it).
"""

from __future__ import annotations

import json
import re

import pytest

from tests.journeys.product import eventually
from tests.journeys.terminal import ENTER, Terminal
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.kinds import NO_SUDO, SUDO_PASSWORD
from tests.lab.recipe import USERS
from tests.lab.wrong import (
    SLOW,
    apply,
    apply_words,
    applying,
    is_there,
    log,
    need_done,
    need_failure,
    pack,
    packages,
    put_answers,
    status,
)

JQ = "#!/bin/sh\necho jq-99.0\n"


def test_the_package_managers_lock_is_held(make_host: MakeHost) -> None:
    """By another administrator's real apt-get, in the middle of a package; it is named, and waited for."""
    host = make_host()
    put_answers(host)
    pack(host, "lab-slow", "1.0", SLOW)
    host.run("apt-get update -qq && systemd-run --quiet --unit=other-admin apt-get install -y lab-slow")
    eventually(host.inside("/root/at-work").exists, "the other apt-get in the middle of its package")
    (holder,) = host.run("pgrep -x apt-get").split()
    with applying(host, "install-jq") as process:
        eventually(lambda: "is in use by" in log(host), "the wizard says that it waits")
        assert f"The package manager is in use by apt-get (process {holder}). Waiting" in log(host)
        found = status(host)
        assert (found["state"], found["step"]) == ("running", "refresh-packages")
        assert not is_there(host, "jq")
        host.inside("/root/go-on").touch()
        assert process.wait(60) == 0
    assert "The package manager is free again. Going on." in log(host)
    assert is_there(host, "lab-slow") and is_there(host, "jq")
    assert status(host)["state"] == "done"


@pytest.mark.parametrize("cut", ["SIGTERM", "power"])
def test_a_run_that_is_cut_off_in_the_middle_of_a_package(make_host: MakeHost, cut: str) -> None:
    """By a real SIGTERM to the runner, and by the end of every process and a new boot; apply goes on."""
    host = make_host()
    put_answers(host)
    pack(host, "jq", "99.0", SLOW, JQ)
    bare = packages(host)
    with applying(host, "install-jq", "install-net-tools") as process:
        eventually(host.inside("/root/at-work").exists, "the package at work")
        runner = status(host)["run"]["pid"]
        if cut == "power":
            host.cut_power()
            assert process.wait(60) != 0
            host.boot()
        else:
            host.run(f"kill -TERM {runner}")
            assert process.wait(60) == 130
    found = status(host)
    assert (found["state"], found["step"], found["run"]["pid"]) == ("interrupted", "install-jq", None)
    assert host.run("cometchat-wizard status").startswith("interrupted: ")
    assert not host.run("pgrep -x 'apt-get|dpkg'", check=False)
    rest = packages(host)
    assert rest.pop("jq").split()[0] in ("iF", "iU", "iHR") and rest == bare

    host.inside("/root/go-on").touch()
    need_done(host, apply(host, "install-jq", "install-net-tools"), "jq", "net-tools")
    undone = host.try_run("cometchat-wizard undo --all --yes")
    assert undone.returncode == 0, undone.stderr
    assert {name for name, state in packages(host).items() if state.startswith("i")} == set(bare)


def test_no_way_out_to_dockers_repository(make_host: MakeHost) -> None:
    """A host without a name server: the name is really not found. Its own repository is there all the time."""
    host = make_host()
    put_answers(host, docker_from="docker-repository", skipped=())
    host.inside("/etc/apt/apt.conf.d/lab").write_text('Acquire::Retries "0";\n')
    before = packages(host)
    done = apply(host, "install-docker", "install-jq")
    message = need_failure(host, done, "docker-repository")
    assert "Temporary failure resolving 'download.docker.com'" in message
    assert "check its DNS" in message and "software.docker_from: distribution" in message
    assert "skipped  install-docker  Not run: it needs docker-repository, which is not done." in done.stdout
    assert packages(host) == before

    # The advice taken; Docker's list, which nobody can read here, does not stand in the way.
    put_answers(host)
    need_done(host, apply(host, "install-jq"), "jq")
    undone = host.try_run("cometchat-wizard undo docker-repository --yes")
    assert undone.returncode == 0, undone.stderr
    assert not list(host.inside("/etc/apt/sources.list.d").iterdir())


def test_sudo_is_refused(make_host: MakeHost) -> None:
    """A user who is in no sudoers file, and one who types the wrong password three times: nothing is changed."""
    host = make_host(NO_SUDO)
    put_answers(host)
    before = packages(host)
    done = host.try_run(apply_words("install-jq"))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "privilege-missing" in done.stderr and "Nothing was changed" in done.stderr

    terminal = host.open(apply_words("install-jq"), user="kim")
    _answer(terminal, USERS["kim"][1])
    assert terminal.ended() != 0
    assert "kim is not in the sudoers file" in terminal.text() or "may not run sudo" in terminal.text()

    terminal = host.open(apply_words("install-jq"), user="pat")
    for number, wrong in enumerate(("horse", "battery", "staple"), 1):
        _answer(terminal, wrong, number)
    assert terminal.ended() != 0
    assert "3 incorrect password attempts" in terminal.text()
    assert packages(host) == before
    assert json.loads(host.run("cometchat-wizard status --json"))["state"] == "empty"


def test_sudo_with_the_right_password(make_host: MakeHost) -> None:
    """Typed on a real terminal; it is then in no file, no journal and no process, and the user's session went along."""
    host = make_host(SUDO_PASSWORD)
    put_answers(host)
    pack(host, "jq", "99.0", SLOW, JQ)
    password = USERS["pat"][1]
    terminal = host.open(apply_words("install-jq"))
    _answer(terminal, password)
    eventually(host.inside("/root/at-work").exists, "the package at work")
    assert not _places(host, password)
    host.inside("/root/go-on").touch()
    assert terminal.ended(60) == 0
    assert password not in terminal.received.decode()
    need_done(host, apply(host, "install-jq"), "jq")
    assert not _places(host, password)
    host.inside("/root/kept").write_text(f"x{password}x")
    assert _places(host, password) == "/root/kept\n", "the search finds what is there"


def _answer(terminal: Terminal, password: str, asked: int = 1) -> None:
    """Type a password once sudo has asked that many times: what is typed before, it throws away."""
    asks = re.compile(r"password for \w+:")
    terminal.wait_until(lambda text: len(asks.findall(text)) >= asked, f"sudo's question number {asked}")
    terminal.send(password + ENTER)


def _places(host: Host, secret: str) -> str:
    """Where on the host a secret is found: files, the journal, command lines and environments of processes."""
    words = secret.split()
    # In two parts, so that the search does not find itself.
    script = (
        f"s=$(printf '%s %s' '{words[0]}' '{' '.join(words[1:])}'); "
        'grep -rlsF -e "$s" /var/lib/cometchat-wizard /home /root /tmp /var/log /run/user /etc/cometchat* ; '
        'journalctl --no-pager | grep -F -e "$s"; '
        "for f in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do "
        'tr "\\0" " " <$f | grep -qF -e "$s" && echo $f; done; true'
    )
    return host.run(f"({script}) 2>/dev/null")
