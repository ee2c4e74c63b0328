"""Small, dumb, shrinking and foreign terminals; and none at all."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.journeys.product import WIZARD, Product, eventually
from tests.journeys.terminal import CTRL_D, CTRL_Q, Terminal
from tests.journeys.walking import fill, start

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(("size", "term"), [((60, 15), "xterm-256color"), ((80, 24), "dumb")])
def test_small_or_dumb_is_asked_line_by_line(product: Product, size: tuple[int, int], term: str) -> None:
    terminal = product.open(size=size, TERM=term)
    terminal.wait_for("Answers file to start from")
    assert b"\x1b" not in terminal.received
    terminal.send("\n")
    terminal.wait_for("For (production, testing)")
    terminal.send("testing\n")
    terminal.wait_for("Monthly active users")
    assert product.answers()["usage"] == {"environment": "testing"}
    terminal.send(CTRL_D)
    assert terminal.ended() == 0
    assert b"\x1b" not in terminal.received
    assert "Traceback" not in terminal.text()


def test_shrunk_it_says_one_sentence_and_grown_it_is_back(product: Product) -> None:
    terminal = product.open()
    start(terminal)
    fill(terminal, "Monthly users", "12345")
    terminal.wait_for("64 vCPU")
    terminal.resize(60, 15)
    terminal.wait_for("This window is 60x15")
    assert "Monthly users" not in terminal.text()
    terminal.send("999")  # what can't be seen is not typed
    terminal.resize(20, 4)
    terminal.wait_for("20x4")
    terminal.resize(100, 30)
    terminal.wait_match(r"▸ Monthly users 12345 ")
    terminal.resize(80, 24)
    terminal.wait_match(r"▸ Monthly users 12345 ")
    terminal.send("6")
    terminal.wait_match(r"▸ Monthly users 123456 ")
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0
    assert product.answers()["usage"] == {"mau": 123_456}


@pytest.mark.parametrize(
    ("variables", "is_ascii"),
    [
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LC_ALL": "de_DE.ISO-8859-1", "TERM": "linux"}, True),
        ({"LC_ALL": "C", "TERM": "linux"}, True),
        ({"LC_ALL": "C"}, None),
        ({"LC_ALL": "C.UTF-8"}, False),
    ],
)
def test_locales(product: Product, variables: dict[str, str], is_ascii: bool | None) -> None:
    """A locale that names another encoding gets ASCII marks; a bare C says nothing about the terminal."""
    product.more = variables
    terminal = product.open()
    terminal.wait_for("Start from an answers file")
    terminal.send("\r")
    terminal.wait_for("Step 1 of 7")
    terminal.send("50000")
    terminal.wait_for("96 vCPU")
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0
    assert b"Traceback" not in terminal.received
    assert b"\\u" not in terminal.received
    if is_ascii is not None:
        assert all(byte < 128 for byte in terminal.received) == is_ascii


def test_keys_that_are_no_utf8_do_nothing(product: Product) -> None:
    """An umlaut of a Latin-1 terminal, noise on a serial line: neither the end of the wizard nor of its keyboard."""
    terminal = product.open()
    start(terminal)
    terminal.send(b"1\xfc\xff")
    terminal.send(b"2\xc3")
    terminal.send("345")
    terminal.wait_match(r"▸ Monthly users 12345 ")
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0
    assert b"Traceback" not in terminal.received
    assert product.answers()["usage"] == {"mau": 12345}


def test_no_colour_is_obeyed(product: Product) -> None:
    terminal = product.open(NO_COLOR="1")
    start(terminal)
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0
    for colour in (b"\x1b[31m", b"\x1b[32m", b"\x1b[33m", b"38;5;", b"38;2;", b"48;2;"):
        assert colour not in terminal.received


def test_without_a_terminal_it_names_the_two_commands(product: Product) -> None:
    done = product.run()
    assert done.returncode == 2
    assert done.stdout == ""
    assert "cometchat-wizard check --answers FILE" in done.stderr
    assert "cometchat-wizard apply --answers FILE --yes" in done.stderr
    assert not product.session.exists()


def test_standard_input_from_nowhere_on_a_terminal(product: Product) -> None:
    """`</dev/null` on a terminal: neither a busy loop nor a dead screen."""
    terminal = product.open(program=("sh", "-c", 'exec "$@" </dev/null', "sh", *WIZARD))
    assert terminal.ended(10) == 2
    assert "cometchat-wizard apply --answers FILE --yes" in terminal.flow()


def test_idle_it_writes_nothing_and_uses_no_processor(product: Product) -> None:
    terminal = product.open()
    start(terminal)
    fill(terminal, "Monthly users", "12345")
    terminal.wait_for("64 vCPU")
    # The survey comes in; then there is nothing more to say.
    eventually(lambda: not terminal.pump(1.0), "a screen that has settled", 20)
    before = _processor_seconds(terminal)
    assert terminal.pump(2.0) == 0
    assert _processor_seconds(terminal) - before < 0.3


def test_output_into_a_closed_pipe(product: Product) -> None:
    command = subprocess.Popen(
        [*WIZARD, "schema", "deployment"],
        env=product.environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None and command.stderr is not None
    command.stdout.close()
    assert command.wait(20) == 0
    assert command.stderr.read() == ""
    command.stderr.close()


def _processor_seconds(terminal: Terminal) -> float:
    with open(f"/proc/{terminal.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
