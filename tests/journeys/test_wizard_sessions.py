"""Session directories that can't be used: a sentence with a next step, exit code 7, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.product import Product, eventually
from tests.journeys.terminal import CTRL_Q, Terminal
from tests.journeys.walking import go_on, start

pytestmark = pytest.mark.journey

UNUSABLE = 7


def refused(terminal: Terminal, *words: str) -> None:
    """It ended with 7 and told why in these words."""
    assert terminal.ended(20) == UNUSABLE, terminal.text()
    told = terminal.flow()
    assert "Traceback" not in told
    for word in words:
        assert word in told


@pytest.fixture
def small_disk(product: Product, needs_root: Callable[[], None]) -> Iterator[Path]:
    """A file system of 64 KiB at the session's place."""
    needs_root()
    product.session.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(product.session)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield product.session
    product.close()
    product.opened.clear()
    subprocess.run(["umount", str(product.session)], check=True)


def fill_up(directory: Path) -> Path:
    """Take every last byte, those that the copy of the save before would give free included."""
    (directory / "session.json.bak").unlink(missing_ok=True)
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return filler


def test_disk_that_fills_up_while_answering(product: Product, small_disk: Path) -> None:
    """It is said at once, nothing given is lost, and with room again all is saved."""
    terminal = product.open()
    start(terminal)
    terminal.send("50000")
    terminal.wait_for("96 vCPU")
    eventually(lambda: product.answers().get("usage") == {"mau": 50_000}, "saved", 5)
    filler = fill_up(small_disk)
    terminal.send("1")
    terminal.wait_for("The disk that holds")
    assert product.answers()["usage"] == {"mau": 50_000}, "what was saved before is whole"
    filler.unlink()
    terminal.send("2")
    eventually(lambda: product.answers()["usage"] == {"mau": 5_000_012}, "saved once there is room", 10)
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0


def test_leaving_with_a_full_disk_warns_first(product: Product, small_disk: Path) -> None:
    terminal = product.open()
    start(terminal)
    terminal.send("50000")
    eventually(lambda: "mau" in product.answers().get("usage", {}), "saved", 10)
    fill_up(small_disk)
    terminal.send("1")
    terminal.wait_for("The disk that holds")
    terminal.send(CTRL_Q)
    terminal.pump(0.5)
    if terminal.process.poll() is None:
        terminal.send(CTRL_Q)  # it has warned; who insists leaves
    refused(terminal, "The disk that holds")
    assert product.status()["state"] == "answering"


def test_full_disk_at_the_start(product: Product, small_disk: Path) -> None:
    fill_up(small_disk)
    terminal = product.open()
    terminal.wait_until(
        lambda text: "The disk that holds" in text or "Start" in text, "a sentence or the wizard"
    )
    if terminal.process.poll() is None:
        terminal.send("\r")
        terminal.wait_for("The disk that holds")
        terminal.send(CTRL_Q)
        terminal.pump(0.5)
        if terminal.process.poll() is None:
            terminal.send(CTRL_Q)
    refused(terminal, "The disk that holds")


def test_read_only_file_system(product: Product, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    refused(product.open(), "can't be written to", "--session DIR")


def test_directory_of_another_user(product: Product, needs_root: Callable[[], None]) -> None:
    needs_root()
    product.session.mkdir(mode=0o700)
    os.chown(product.session, 65534, 65534)
    refused(product.open(), "belongs to another user", "--session DIR")
    done = product.run("status")
    assert done.returncode == UNUSABLE
    assert "belongs to another user" in done.stderr


def test_session_of_a_newer_version(product: Product) -> None:
    terminal = product.open()
    start(terminal)
    terminal.send("50000")
    eventually(lambda: product.answers().get("usage") == {"mau": 50_000}, "saved", 10)
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0
    path = product.session / "session.json"
    newer = json.dumps({**json.loads(path.read_text()), "version": 99})
    path.write_text(newer)
    refused(product.open(), "newer")
    assert product.run("status").returncode == UNUSABLE
    assert path.read_text() == newer, "left as it was"


def test_damaged_session_goes_on_from_its_copy(product: Product) -> None:
    terminal = product.open()
    start(terminal)
    terminal.send("50000")
    eventually(lambda: product.answers().get("usage") == {"mau": 50_000}, "saved", 10)
    terminal.send("1")
    eventually(lambda: product.answers().get("usage") == {"mau": 500_001}, "saved", 10)
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0
    path = product.session / "session.json"
    path.write_bytes(path.read_bytes()[:40])
    again = product.open()
    again.wait_for("session.json was damaged")
    go_on(again, "Usage")
    again.wait_match(r"Monthly users +50000")
    again.send(CTRL_Q)
    assert again.ended() == 0
