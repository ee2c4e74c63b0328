"""The line is cut in every stage of a real installation: the installation completes, and what remains is at rest."""

from __future__ import annotations

import pytest

from tests.journeys.product import eventually
from tests.journeys.terminal import CTRL_Q, ENTER
from tests.lab.conftest import MakeHost
from tests.lab.cutting import HANGUPS, KILLING, Process, Way, runners
from tests.lab.hanging import Tell, front_ends, hang_up, log_in, need_rest, none_left, take_over
from tests.lab.holding import Held, hold_every_stage
from tests.lab.host import Host, Made
from tests.lab.kinds import UBUNTU, UBUNTU_PLAIN
from tests.lab.wrong import is_there, put_answers, status
from wizard.planning.plan import STAGES

ANSWERS = "/srv/answers.yaml"
APPLY = f"apply --answers {ANSWERS} --yes"


def a_host(make_host: MakeHost, made: Made) -> Host:
    """With an active firewall, and where logging out ends all that a login has started."""
    host = make_host(made)
    put_answers(host, skipped=())
    # A production host is tuned, too.
    host.run(f"sed -i 's/^usage:.*/usage: {{environment: production, mau: 50000}}/' {ANSWERS}")
    host.run("ufw allow 22/tcp >/dev/null && ufw --force enable >/dev/null")
    if made.systemd:
        host.run(KILLING)
    return host


def need_all_done(host: Host) -> None:
    assert status(host)["state"] == "done"
    assert all(is_there(host, name) for name in ("docker.io", "git", "jq", "curl", "net-tools"))
    assert host.run("docker version --format '{{.Server.Version}}'").startswith("26.1.")
    assert "443" in host.run("ufw status")
    assert '"stages": []' in host.run(f"cometchat-wizard plan --json --answers {ANSWERS}")


@pytest.mark.parametrize(
    ("made", "way"),
    [*((UBUNTU, way) for way in HANGUPS), (UBUNTU_PLAIN, "closed")],
    ids=[*HANGUPS, "closed-without-systemd"],
)
def test_cut_in_every_stage(make_host: MakeHost, made: Made, way: Way, tell: Tell) -> None:
    """One run through all stages. In each of them `apply`, `attach` and the pages follow it, and their line is cut."""
    host = a_host(make_host, made)
    held = hold_every_stage(host, ANSWERS)
    assert [item.stage for item in held] == list(STAGES)
    line = new_line(host, way)
    the_runner: list[Process] = []
    for item in held:
        # In silence those of the lines before are still there.
        earlier = front_ends(host)
        applying = log_in(host, line, APPLY)
        eventually(item.is_waiting, f"{item.step} at work", 90)
        the_runner = the_runner or runners(host)
        attached, pages = log_in(host, line, "attach"), log_in(host, line, "")
        take_over(pages, bool(earlier))
        for terminal in (applying, attached):
            terminal.wait_match(rf"{item.step} +\d+ s")
        cut = [process for process in front_ends(host) if process not in earlier]
        assert len(cut) == 6, cut
        hang_up([applying, attached, pages], way, line, host)
        if way == "silent":
            assert set(cut) <= set(front_ends(host))
        else:
            none_left(host)
        need_rest([*the_runner, *front_ends(host)], cut, tell, f"{made.kind}, {way}, {item.stage}")
        told = status(host)
        assert (told["state"], told["step"]) == ("running", item.step)
        assert runners(host) == the_runner and [told["run"]["pid"]] == [found.pid for found in the_runner]
        line = new_line(host, way)
        if item is not held[-1]:
            item.let_go()
    _followed_to_the_end(host, held[-1], way, line)
    need_all_done(host)


def new_line(host: Host, way: Way) -> str | None:
    return host.room.new_line() if way == "silent" else None


def _followed_to_the_end(host: Host, last: Held, way: Way, line: str | None) -> None:
    """By the next login; and `attach` shows the end once more when all is over."""
    attached, pages = log_in(host, line, "attach"), log_in(host, line, "")
    attached.wait_match(rf"{last.step} +\d+ s")
    take_over(pages, way == "silent")
    last.let_go()
    attached.wait_for("code=0", 90)
    assert "All steps are done." in attached.text() and f"done     {last.step} " in attached.text()
    pages.wait_for("Installed")
    pages.send(ENTER)
    pages.wait_for("Last run, started")
    pages.send(CTRL_Q)
    pages.wait_for("code=0")
    eventually(lambda: not runners(host) and not front_ends(host), "nothing of the wizard left", 10)
    again = log_in(host, line, "attach")
    again.wait_for("code=0")
    assert "All steps are done." in again.text()
