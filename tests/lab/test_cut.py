"""The connection is cut in each screen, in both ways, and the next login goes on there with every answer.

A real ssh login, a login shell, a real pseudo-terminal; what counts is what lies on the host and what runs there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.terminal import ENTER, ESCAPE, RIGHT, SHIFT_TAB, TAB, Terminal
from tests.journeys.walking import down_to, fill, from_the_distribution, next_page, start
from tests.lab.cutting import WAYS, Operator, Way, wizards
from tests.lab.host import Host
from tests.lab.kinds import UBUNTU
from tests.lab.lab import Lab

USAGE = {"mau": 60000, "pcc": 4321}
DIRECTORY, PROXY, NETWORK, DOMAIN = "/srv/chat", "http://proxy:3128", "203.0.113.0/24", "chat.example.org"


@pytest.fixture(scope="module")
def host(lab: Lab, lab_installed: Path) -> Iterator[Host]:
    """One host for all screens; every test begins with an empty session."""
    made = lab.host(UBUNTU, lab_installed)
    yield made
    lab.hosts.remove(made)
    made.stop()


@pytest.fixture
def operator(host: Host) -> Iterator[Operator]:
    made = Operator(host)
    made.forget()
    yield made
    host.close_terminals()


def usage(terminal: Terminal) -> None:
    start(terminal)
    fill(terminal, "Monthly users", "60000")
    terminal.send(TAB)
    fill(terminal, "Peak at once", "4321")


def host_page(terminal: Terminal) -> None:
    usage(terminal)
    next_page(terminal, 2)
    terminal.wait_match(r"Memory +[\d.,]+ GiB")
    terminal.send(TAB)
    fill(terminal, "Data directory", DIRECTORY)


def software(terminal: Terminal) -> None:
    host_page(terminal)
    next_page(terminal, 3)
    from_the_distribution(terminal)
    terminal.send(TAB)
    fill(terminal, "Proxy", PROXY)


def ports(terminal: Terminal) -> None:
    software(terminal)
    next_page(terminal, 4)
    terminal.wait_for("443/tcp")
    terminal.wait_for("▸ Firewall")
    terminal.send(RIGHT)
    terminal.wait_for("(•) I manage it myself")
    terminal.send(TAB)
    fill(terminal, "80, 443 from", NETWORK)


def domain(terminal: Terminal) -> None:
    ports(terminal)
    next_page(terminal, 5)
    fill(terminal, "Domain", DOMAIN)


def review(terminal: Terminal) -> None:
    """Its first blocker is accepted with a reason."""
    dialog(terminal)
    terminal.send(ENTER)
    terminal.wait_for("accepted ")


def dialog(terminal: Terminal) -> None:
    """A reason stands in the dialog, and Enter was not pressed."""
    domain(terminal)
    next_page(terminal, 6)
    terminal.wait_for("in the way of the config")
    ident = down_to(terminal, lambda line: line.startswith("✗ blocker")).split()[2]
    terminal.send(ENTER)
    terminal.wait_for(f"Blocker: {ident}")
    terminal.wait_match(r"[▸ ] Reason  ")
    terminal.send("a pilot")
    terminal.wait_for("a pilot")


def done(terminal: Terminal) -> None:
    domain(terminal)
    next_page(terminal, 6)
    next_page(terminal, 7)
    terminal.wait_for("Write to")
    terminal.send(SHIFT_TAB * 2)
    terminal.wait_for("▸ Write to")
    terminal.send("-by-hand")
    terminal.wait_for("-by-hand")


def welcome(terminal: Terminal) -> None:
    """Once something is answered; at first there is nothing that could be lost."""
    usage(terminal)
    terminal.send(ESCAPE)
    terminal.wait_for("Go on at: ")


@dataclass(frozen=True)
class Screen:
    """walk: to it from an empty session. page: where the next login goes on. shows: what was given there."""

    walk: Callable[[Terminal], None]
    page: str
    title: str
    shows: str


SCREENS = {
    "welcome": Screen(welcome, "usage", "Usage", r"Peak at once +4321"),
    "usage": Screen(usage, "usage", "Usage", r"Peak at once +4321"),
    "this-host": Screen(host_page, "host", "This host", f"Data directory +{DIRECTORY}"),
    "software": Screen(software, "software", "Software", r"\(•\) distribution"),
    "ports": Screen(ports, "ports", "Ports", NETWORK),
    "domain": Screen(domain, "domain", "Domain, TLS", DOMAIN),
    "review": Screen(review, "review", "Review", r"accepted [a-z]+-"),
    "dialog": Screen(dialog, "review", "Review", "✗ blocker +[a-z]+-"),
    "done": Screen(done, "done", "Done", "Write to"),
}


def given(name: str) -> dict[str, Any]:
    """The answers that were given on the way to a screen and in it."""
    parts: list[tuple[str, dict[str, Any]]] = [
        ("usage", {"usage": USAGE}),
        ("this-host", {"storage": {"data_directory": DIRECTORY}}),
        ("software", {"software": {"docker_from": "distribution"}}),
        ("ports", {"network": {"firewall": "leave", "allow_from": [NETWORK], "proxy": PROXY}}),
        ("domain", {"domain": {"primary": DOMAIN}}),
    ]
    order = list(SCREENS)
    answers: dict[str, Any] = {}
    for at, part in parts:
        if order.index(at) <= max(order.index(name), 1):
            answers.update(part)
    return answers


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SCREENS)
def test_the_line_is_cut_and_the_next_login_goes_on_there(operator: Operator, name: str, way: Way) -> None:
    screen = SCREENS[name]
    first = operator.log_in(line=operator.new_line() if way == "silent" else None)
    screen.walk(first)
    operator.lose(first, way)

    second = operator.come_back(way)
    second.wait_match(rf"▸ Go on at: {screen.title} \(changed .* UTC\)")
    second.send(ENTER)
    second.wait_for(f"▸ {screen.title}")
    second.wait_match(screen.shows)
    assert operator.state()["page"] == screen.page
    answers = operator.answers()
    accepted = [item["reason"] for item in answers.pop("accepted", [])]
    assert answers == given(name)
    assert accepted == (["a pilot"] if name == "review" else [])
    operator.is_alone()
    operator.leave(second)
    assert not wizards(operator.host)


@pytest.mark.parametrize("way", WAYS)
def test_line_by_line_a_line_without_enter_is_no_answer(operator: Operator, way: Way) -> None:
    operator.command = "cometchat-wizard --plain"
    first = operator.log_in(line=operator.new_line() if way == "silent" else None)
    for words, typed in (
        ("start from [none]:", ""),
        ("[production]:", "testing"),
        ("[not answered]:", "321"),
    ):
        first.wait_for(words)
        first.send(f"{typed}\n")
    first.wait_for("Peak connections at once")
    first.send("44")
    first.wait_for("of the users]: 44")
    operator.lose(first, way)
    assert operator.answers() == {"usage": {"environment": "testing", "mau": 321}}

    second = operator.come_back(way)
    second.wait_for("For (production, testing) [testing]:")
    second.send("\n")
    second.wait_for("Monthly active users [321]:")
    assert operator.state()["page"] == "usage"
    assert operator.answers() == {"usage": {"environment": "testing", "mau": 321}}
    operator.is_alone()
    operator.leave(second, "\x04")
