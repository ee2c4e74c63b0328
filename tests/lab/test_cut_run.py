"""The connection is cut while an installation is going on: the work goes on without it, and the next login follows it.

The installation is apt's own. A jq of a higher version, built on the host, waits in its postinst for a file that the
test makes: so it is surely going on at the cut.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.packages import ACCEPTED, ELSEWHERE
from tests.journeys.product import eventually
from tests.journeys.terminal import ENTER, Terminal
from tests.journeys.walking import from_the_distribution, go_on, install, to_software
from tests.lab.conftest import MakeHost
from tests.lab.cutting import KILLING, WAYS, Operator, Way, processes, runners, wizards
from tests.lab.holding import LATER, hold_back_jq
from tests.lab.host import Host, Made
from tests.lab.kinds import UBUNTU, UBUNTU_PLAIN

POSTINST = f"""\
#!/bin/sh
touch {LATER}/waiting
while [ ! -e {LATER}/go-on ]; do sleep 0.1; done
"""
STRAY = ("sleep", "86399")


def prepare(host: Host, steps: tuple[str, ...]) -> Operator:
    """A host with what stands in the way accepted, and every step of the plan skipped but these."""
    hold_back_jq(host, POSTINST)
    accepted = "".join(f"  - {{id: {ident}, reason: a test host}}\n" for ident in ACCEPTED)
    skipped = "".join(
        f"  - {{step: {step}, reason: not here}}\n"
        for step in (*ELSEWHERE, "install-net-tools")
        if step not in steps
    )
    text = "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {environment: testing}\n"
    host.inside("/root/answers.yaml").write_text(f"{text}accepted:\n{accepted}skipped:\n{skipped}")
    return Operator(host)


def install_it(terminal: Terminal) -> None:
    """Through the pages: from the distribution, and yes to the commands."""
    to_software(terminal)
    from_the_distribution(terminal)
    terminal.send("\t\t")
    install(terminal, r"\d+")
    terminal.wait_for("Installing")


def is_waiting(host: Host) -> bool:
    return host.inside(f"{LATER}/waiting").exists()


def let_go_on(host: Host) -> None:
    host.inside(f"{LATER}/go-on").touch()


def status(host: Host) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(host.run("cometchat-wizard status --json"))
    return found


def strays(host: Host) -> list[int]:
    return [process.pid for process in processes(host) if process.argv == STRAY]


def is_installed(host: Host) -> bool:
    done = host.run("dpkg-query -W -f '${db:Status-Abbrev} ${Version}' jq && jq --version", check=False)
    return done.startswith("ii ") and "+later" in done and "jq-1." in done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("made", [UBUNTU, UBUNTU_PLAIN], ids=["systemd", "without-systemd"])
def test_an_installation_goes_on_and_is_followed(make_host: MakeHost, made: Made, way: Way) -> None:
    host = make_host(made)
    operator = prepare(host, ("install-jq", "install-net-tools"))
    if made.systemd:
        host.run(KILLING)
    line = operator.new_line() if way == "silent" else None
    first = operator.log_in(
        line=line, arguments=" --answers /root/answers.yaml", before="setsid -f sleep 86399"
    )
    install_it(first)
    eventually(lambda: is_waiting(host), "the installation waits", 60)
    (runner,) = runners(host)
    (stray,) = strays(host)
    operator.lose(first, way)

    if made.systemd:
        assert "/cometchat-wizard-run-" in Path(f"/proc/{runner.outer}/cgroup").read_text()
        if way == "killed":
            eventually(lambda: not strays(host), "logind has ended what was left of the login", 30)
    else:
        assert strays(host) == [stray]
    told = status(host)
    assert runners(host) == [runner] and told["state"] == "running" and told["run"]["pid"] == runner.pid
    assert (told["holder"] is None) == (way == "killed")
    if not made.systemd:
        # Nobody looks on while it ends.
        let_go_on(host)
        eventually(lambda: not runners(host), "the runner has done its work", 60)
        assert status(host)["state"] == "done"

    second = operator.come_back(way)
    if made.systemd:
        second.wait_match(r"\d of \d steps")
        assert runners(host) == [runner]
        let_go_on(host)
        second.wait_for("Installed")
        second.wait_match(r"(\d) of \1 steps")
        second.send(ENTER)
    second.wait_for("Last run, started")
    go_on(second, "Software")
    second.wait_match(r"jq +any version +1\.")
    eventually(lambda: not runners(host), "the runner has left", 5)
    assert status(host)["state"] == "done"
    assert is_installed(host)
    assert operator.answers()["software"] == {"docker_from": "distribution"}
    assert operator.answers()["usage"] == {"environment": "testing"}
    assert operator.state()["page"] == "software"
    operator.is_alone()
    operator.leave(second)


@pytest.mark.parametrize("way", WAYS)
def test_line_by_line_too(make_host: MakeHost, way: Way) -> None:
    host = make_host(UBUNTU_PLAIN)
    operator = prepare(host, ("install-jq",))
    operator.command = "cometchat-wizard --plain"
    line = operator.new_line() if way == "silent" else None
    first = operator.log_in(line=line, arguments=" --answers /root/answers.yaml")
    enter_until(first, "Install this now? [y/N]")
    first.send("y\n")
    eventually(lambda: is_waiting(host), "the installation waits", 60)
    (runner,) = runners(host)
    operator.lose(first, way)
    assert runners(host) == [runner] and status(host)["state"] == "running"

    second = operator.come_back(way)
    second.wait_for("Run of ")
    let_go_on(host)
    second.wait_match(r"done +install-jq")
    second.wait_for("Go on at: software? [Y/n]")
    assert status(host)["state"] == "done" and is_installed(host)
    operator.is_alone()
    operator.leave(second, "\x04")
    assert not wizards(host)


def enter_until(terminal: Terminal, words: str) -> None:
    """Enter to every question until the one with these words."""
    screen = ""
    while True:
        screen = next_question(terminal, screen)
        if words in screen:
            return
        terminal.send("\n")


def next_question(terminal: Terminal, before: str) -> str:
    """The screen once another question than the one before waits for its answer."""
    return terminal.wait_until(
        lambda text: text != before and text.rstrip().endswith((":", "]", "?")), "the next question"
    )
