"""A real package, installed, verified, taken back; and a line that drops in the middle of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from tests.journeys.packages import PACKAGE, is_installed, need_apt, without_package, write_answers
from tests.journeys.product import Product, eventually, is_alive
from tests.journeys.terminal import CTRL_Q
from tests.journeys.walking import go_on, install, to_software

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.timeout(300)]

STEP = f"install-{PACKAGE}"


@pytest.fixture
def machine() -> Iterator[None]:
    need_apt()
    with without_package():
        yield


def test_apply_installs_and_verifies_and_undo_takes_it_back(product: Product, machine: None) -> None:
    answers = write_answers(product.home / "answers.yaml")
    assert not is_installed()
    done = product.run("apply", STEP, "--yes", "--answers", str(answers), seconds=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert is_installed()
    status = product.status()
    assert status["state"] == "done", status
    events = [
        json.loads(line) for line in product.run("attach", "--json").stdout.splitlines() if line.strip()
    ]
    assert [(item["event"], item["status"]) for item in events][-1] == ("run-finished", "done")
    assert ("step-finished", STEP, "done") in [
        (item["event"], item["step"], item["status"]) for item in events
    ]

    planned = json.loads(product.run("plan", "--json").stdout)
    assert STEP not in [step["id"] for stage in planned["stages"] for step in stage["steps"]]

    done = product.run("undo", STEP, "--yes", seconds=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not is_installed()
    assert product.run("undo", "--all", "--yes", seconds=200).returncode == 0


def test_line_drops_in_the_middle_of_an_installation(product: Product, machine: None) -> None:
    """By the wizard's own button; the runner goes on, and the next start tells how it went."""
    answers = write_answers(product.home / "answers.yaml")
    terminal = product.open("--answers", str(answers))
    to_software(terminal)
    install(terminal, "[12]")
    terminal.wait_for("0 of ")
    eventually(lambda: _live_run(product) is not None, "the runner at work", 20)
    terminal.close_hard()
    eventually(lambda: not is_alive(terminal.pid), "the wizard is gone with its line", 5)

    told = product.open()
    told.wait_until(lambda text: "steps" in text or "Last run, started" in text, "the run")
    eventually(lambda: product.status()["state"] == "done", "the runner finishes its work", 120)
    assert is_installed()
    attached = product.run("attach")
    assert attached.returncode == 0, attached.stderr
    told.wait_until(lambda text: "2 of 2 steps" in text or "Last run, started" in text, "the end of the run")
    told.send(CTRL_Q)
    assert told.ended() == 0

    again = product.open()
    again.wait_for("Last run, started")
    go_on(again, "Software")
    again.wait_match(rf"{PACKAGE} +any version +[\d.]+ ")
    again.send(CTRL_Q)
    assert again.ended() == 0
    undone = product.run("undo", "--all", "--yes", seconds=200)
    assert undone.returncode == 0, undone.stderr
    assert not is_installed()


def test_apply_over_a_line_that_drops(product: Product, machine: None) -> None:
    answers = write_answers(product.home / "answers.yaml")
    terminal = product.open("apply", STEP, "--yes", "--answers", str(answers))
    eventually(lambda: _live_run(product) is not None, "the runner at work", 30)
    terminal.close_hard()
    eventually(lambda: not is_alive(terminal.pid), "apply is gone with its line", 10)
    eventually(lambda: product.status()["state"] == "done", "the runner finishes its work", 120)
    assert is_installed()
    assert shutil.which("netstat") is not None
    done = product.run("undo", STEP, "--yes", seconds=200)
    assert done.returncode == 0, done.stderr


def _live_run(product: Product) -> int | None:
    run = product.status()["run"]
    return None if run is None else run["pid"]
