"""Front ends and the runner are sent away: by signals, with a terminal that is gone, by systemd. The work goes on where
it can; where it can't, `status` tells the truth and `apply` completes it.
"""

from __future__ import annotations

import json
import os
import signal

from tests.journeys.product import eventually
from tests.lab.conftest import MakeHost
from tests.lab.cutting import KILLING, LEAVES_SECONDS, runners
from tests.lab.hanging import Tell, front_ends, hang_up, log_in, need_rest, none_left
from tests.lab.holding import hold_jq
from tests.lab.host import Host
from tests.lab.kinds import UBUNTU, UBUNTU_PLAIN
from tests.lab.wrong import apply, applying, is_there, need_done, put_answers, status

APPLY = "apply install-jq --answers /srv/answers.yaml --yes"
FOLLOWING = r"(refresh-packages|install-jq) +\d+ s"
# What is typed, and what shows that it follows the run.
FRONT_ENDS = {APPLY: FOLLOWING, "attach": FOLLOWING, "": r"\d of \d+ steps", "--plain": FOLLOWING}
TOLD = {
    APPLY: "The work goes on without this view.",
    "attach": "The work goes on without this view.",
    "--plain": "Every answer is saved.",
}


def test_signals(make_host: MakeHost) -> None:
    """HUP and TERM to the program and to its launcher, each front end, while it follows a run."""
    host = make_host(UBUNTU_PLAIN)
    put_answers(host)
    held = hold_jq(host)
    sessions = []
    for name in ("HUP", "TERM"):
        for to in ("program", "launcher"):
            # The first run holds the package manager; those of the other sessions wait for it.
            sessions.append(f"/root/{name}-{to}")
            earlier = runners(host)
            for words, follows in FRONT_ENDS.items():
                terminal = log_in(host, None, f"--session {sessions[-1]} {words}")
                terminal.wait_match(follows)
                if len(sessions) == 1:
                    eventually(held.is_waiting, "jq at work", 60)
                began = set(runners(host))
                (target,) = (found for found in front_ends(host) if found.is_launcher == (to == "launcher"))
                os.kill(target.outer, signal.Signals[f"SIG{name}"])
                terminal.wait_for("code=130", LEAVES_SECONDS)
                assert TOLD.get(words, "") in terminal.text()
                none_left(host)
                assert set(runners(host)) == began > set(earlier)
    held.let_go()
    for session in sessions:
        ended = host.try_run(f"cometchat-wizard --session {session} attach")
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert is_there(host, "jq")


def test_hung_up_where_that_is_ignored(make_host: MakeHost, tell: Tell) -> None:
    """`trap '' HUP` before the start: the terminal is gone, nothing tells the wizard so, and nothing of it spins."""
    host = make_host(UBUNTU)
    put_answers(host)
    held = hold_jq(host)
    terminals = []
    # The questions hold their session as the pages do: in a second one, whose run waits for the package manager.
    second = "--session /root/second"
    for words in (APPLY, "attach", "", f"{second} {APPLY}", f"{second} --plain"):
        terminals.append(log_in(host, None, words, before="trap '' HUP; "))
        terminals[-1].wait_match(FRONT_ENDS[words.removeprefix(second).strip()])
    eventually(held.is_waiting, "jq at work", 60)
    at_work = runners(host)
    cut = front_ends(host)
    hang_up(terminals, "closed", None, host)
    need_rest([*at_work, *cut], cut, tell, "HUP ignored, terminals closed")
    assert runners(host) == at_work
    held.let_go()
    eventually(lambda: not runners(host), "the runs at their end", 60)
    none_left(host)
    assert status(host)["state"] == "done" and is_there(host, "jq")


def test_systemd_ends_what_it_can(make_host: MakeHost) -> None:
    """A user's sessions are terminated, the run's own unit is stopped, the host is shut down: with a run at work."""
    host = make_host(UBUNTU)
    put_answers(host)
    host.run(KILLING)
    held = hold_jq(host)
    log_in(host, None, APPLY)
    eventually(held.is_waiting, "jq at work", 60)
    (runner,) = runners(host)

    host.try_run("loginctl terminate-user root")  # this very login, too
    none_left(host)
    assert runners(host) == [runner]
    _need_state(host, "running", "install-jq")

    host.run("systemctl stop 'cometchat-wizard-run-*.scope'")
    assert not runners(host)
    _need_state(host, "interrupted", "install-jq")
    _need_last_word(host)

    held.forget()
    with applying(host, "install-jq"):
        eventually(held.is_waiting, "dpkg goes on with jq", 60)
        host.power_off()
    host.boot()
    _need_state(host, "interrupted", "finish-packages")
    _need_last_word(host)
    held.let_go()
    need_done(host, apply(host, "install-jq"), "jq")


def _need_state(host: Host, state: str, step: str) -> None:
    found = status(host)
    assert (found["state"], found["step"]) == (state, step)
    assert (found["run"]["pid"] is None) == (state != "running")
    assert host.run("cometchat-wizard status").startswith(f"{state}: ")


def _need_last_word(host: Host) -> None:
    """The journal ends with what the runner said; `status` tells it, and `attach` with the runner's own code."""
    journal = host.inside(status(host)["run"]["journal"]).read_text().splitlines()
    last = json.loads(journal[-1])
    assert (last["event"], last["status"]) == ("run-finished", "failed")
    assert last["message"] in " ".join(host.run("cometchat-wizard status").split())
    shown = host.try_run("cometchat-wizard attach")
    assert shown.returncode == 130 and last["message"] in shown.stderr, shown.stderr
