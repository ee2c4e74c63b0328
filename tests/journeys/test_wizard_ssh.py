"""Through a real sshd: the connection is cut, or half-dead, and the operator comes back."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.journeys.product import WIZARD, Product, eventually, is_alive
from tests.journeys.sshd import SSHD, Sshd
from tests.journeys.terminal import ENTER, TAB, Terminal
from tests.journeys.walking import accept_all, fill, go_on, next_page, skip_all_steps, start, write_config

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("steady_machine")]


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    if os.geteuid() != 0 or SSHD is None or shutil.which("ssh") is None:
        reason = "needs root, sshd and ssh"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    server = Sshd(tmp_path / "sshd")
    yield server
    server.stop()


def log_in(product: Product, sshd: Sshd) -> Terminal:
    """The wizard over ssh."""
    return product.open(program=sshd.login(product.environment, WIZARD))


def to_the_middle(terminal: Terminal) -> None:
    """Some answers on two pages; stops at Domain."""
    start(terminal)
    fill(terminal, "Monthly users", "60000")
    terminal.send(TAB)
    fill(terminal, "Peak at once", "7.5%")
    next_page(terminal, 2)
    terminal.wait_match(r"Memory +[\d.,]+ GiB")
    next_page(terminal, 3)
    skip_all_steps(terminal)
    next_page(terminal, 4)
    terminal.wait_for("443/tcp")
    next_page(terminal, 5)
    fill(terminal, "Domain", "chat.example.org")


def test_cut_in_the_middle_and_gone_on(product: Product, sshd: Sshd) -> None:
    first = log_in(product, sshd)
    to_the_middle(first)
    holder = product.status()["holder"]
    assert holder["client"] == "127.0.0.1"
    eventually(
        lambda: product.answers().get("domain") == {"primary": "chat.example.org"}, "the answer on disk", 5
    )
    before = product.answers()
    first.signal(signal.SIGKILL)
    eventually(lambda: not is_alive(holder["pid"]), "the wizard behind the cut line is gone", 10)
    assert product.status()["holder"] is None

    second = log_in(product, sshd)
    go_on(second, "Domain, TLS")
    second.wait_for("chat.example.org")
    assert product.answers() == before
    next_page(second, 6)
    accept_all(second)
    write_config(second, product.home / "config")
    deployment = yaml.safe_load((product.home / "config" / "deployment.yaml").read_text())
    assert deployment["usage"]["mau"] == 60_000
    assert deployment["usage"]["pcc"] == 4_500
    assert deployment["domain"]["primary"] == "chat.example.org"


def test_half_dead_connection_is_taken_over(product: Product, sshd: Sshd) -> None:
    first = log_in(product, sshd)
    start(first)
    fill(first, "Monthly users", "60000")
    first.send(TAB)
    fill(first, "Peak at once", "4321")
    old = product.status()["holder"]["pid"]
    first.signal(signal.SIGSTOP)  # the lid is closed: nothing is read any more, and nothing is hung up

    second = log_in(product, sshd)
    second.wait_for("Take over?")
    told = second.flow()
    assert f"process {old}" in told
    assert "from 127.0.0.1" in told
    assert re.search(r"since \d{4}-\d\d-\d\dT\d\d:\d\d", told)
    assert is_alive(old)
    second.send("y\n")
    asked_at = time.monotonic()
    eventually(lambda: not is_alive(old), "the old wizard is gone", 4)
    took_seconds = time.monotonic() - asked_at
    go_on(second, "Usage")
    second.wait_match(r"Peak at once +4321")
    assert product.answers()["usage"] == {"mau": 60_000, "pcc": 4321}
    assert took_seconds < 3, f"the holder left after {took_seconds:.1f} s; 2 s are promised"
    first.signal(signal.SIGCONT)


def test_left_alone_it_stays_with_its_holder(product: Product, sshd: Sshd) -> None:
    first = log_in(product, sshd)
    start(first)
    fill(first, "Monthly users", "60000")
    second = product.open()
    second.wait_for("Take over?")
    second.send("n" + ENTER)
    assert second.ended() == 7
    assert "Traceback" not in second.text()
    first.send("1")
    first.wait_match(r"Monthly users +600001")
