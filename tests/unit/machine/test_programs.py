"""What a lock's holder is called: its program, never code or arguments."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from wizard.cli.options import COMMANDS, HIDDEN
from wizard.machine import programs
from wizard.machine.locks import process_name
from wizard.machine.programs import program_name
from wizard.workflow.root import _START, own_command

OWN = ["/opt/cometchat-wizard/bin/python", "-I", "-X", "utf8", "-c", _START, "/opt/lib"]
SECRET = "http://anna:hunter2@proxy:3128"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/usr/bin/apt-get", "install", SECRET], "kernel-name"),
        (["/usr/bin/python3", "/usr/bin/unattended-upgrade", "--debug"], "unattended-upgrade"),
        (["/usr/bin/python3", "-u", "-W", "ignore", "/usr/bin/dnf", "install"], "dnf"),
        (["python3.11", "-c", f"import sys; p = '{SECRET}/x/y'"], "python3.11"),
        (["python3", "-Ic", "import os\n" * 500], "python3"),
        (["python3", "-m", "pip", "install", SECRET], "pip"),
        (["python3", "-m", "wizard", "apply", "--yes"], "cometchat-wizard apply"),
        (["python3", "-"], "python3"),
        (["python3"], "python3"),
        (["bash", "-lc", f"curl {SECRET}"], "bash"),
        (["sh", "-ec", "x"], "sh"),
        (["bash", "-o", "pipefail", "/root/a b.sh"], "a b.sh"),
        (["perl", "-w", "-e", "print"], "perl"),
        (["perl", "/usr/sbin/needrestart"], "needrestart"),
        (["python3", "/tmp/\x1b[31m\u202eevil"], "?[31m?evil"),
        (["python3", "/tmp/" + "x" * 300], "x" * 59 + "\u2026"),
        ([*OWN, "--session", "/srv/x", "undo", "--all"], "cometchat-wizard undo"),
        ([*OWN, "--session", "/srv/x", "run-plan", "/srv/x/runs/1"], "a run of cometchat-wizard"),
        (OWN, "cometchat-wizard"),
        (["/opt/x/python", "/usr/local/bin/cometchat-wizard", "apply"], "cometchat-wizard apply"),
        (["/usr/local/bin/cometchat-wizard", "status"], "cometchat-wizard status"),
        ([], "kernel-name"),
    ],
)
def test_a_program_is_named_as_people_call_it(words: list[str], expected: str) -> None:
    found = program_name(words, "kernel-name")
    assert found == expected and "hunter2" not in found and found.isprintable()


def test_the_commands_and_the_start_are_those_of_this_program() -> None:
    assert set(COMMANDS) - set(HIDDEN) == programs._COMMANDS
    assert programs._OURS in _START and own_command(["status"])[-3] == _START


def test_a_real_process_that_was_given_code_is_called_by_its_interpreter() -> None:
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-c", f"import time  # /{SECRET}\ntime.sleep(60)"]
    )
    try:
        time.sleep(0.3)
        assert process_name(process.pid).startswith("python")
        assert "hunter2" not in process_name(process.pid)
    finally:
        process.kill()
        process.wait()
