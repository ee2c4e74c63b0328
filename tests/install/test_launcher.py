"""The installed command: the terminal is in order after any end of the wizard, and signals go where they belong."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.site import Site
from tests.install.terminal import Terminal
from tests.journeys.streaming import stream
from wizard.workflow import act

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LEFT_ALONE = b"\x1b[?1015l"  # only the launcher's reset writes this


@pytest.fixture
def terminal(raw: Site) -> Iterator[Terminal]:
    terminal = Terminal([str(raw.home / "bin/cometchat-wizard"), "take"], raw.variables())
    terminal.before = terminal.attributes()
    yield terminal
    terminal.close()


def test_killed_outright_the_terminal_is_restored_and_the_reset_written(terminal: Terminal) -> None:
    child = int(terminal.wait_for(rb"ready (\d+)")[1])
    assert terminal.attributes() != terminal.before
    os.kill(child, signal.SIGKILL)
    assert terminal.ended() == 137
    assert terminal.attributes() == terminal.before
    for mode in (1000, 1002, 1003, 1006, 1015, 1004, 2004, 1049):
        assert b"\x1b[?%dl" % mode in terminal.output
    assert b"\x1b[<u" in terminal.output and b"\x1b[?25h" in terminal.output and b"\x1b[0m" in terminal.output
    assert b"ended by signal 9" in terminal.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_to_the_launcher_are_passed_on(terminal: Terminal, number: int) -> None:
    child = int(terminal.wait_for(rb"ready (\d+)")[1])
    os.kill(terminal.pid, number)
    assert terminal.ended() == 128 + number
    assert terminal.attributes() == terminal.before
    assert LEFT_ALONE in terminal.output
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_clean_end_writes_nothing_more(terminal: Terminal) -> None:
    terminal.wait_for(rb"ready (\d+)")
    terminal.type(b"q")
    assert terminal.ended() == 3
    assert LEFT_ALONE not in terminal.output
    assert terminal.attributes() == terminal.before


def test_an_end_that_leaves_the_terminal_raw_is_tidied_up(terminal: Terminal) -> None:
    terminal.wait_for(rb"ready (\d+)")
    terminal.type(b"x")
    assert terminal.ended() == 3
    assert LEFT_ALONE in terminal.output
    assert terminal.attributes() == terminal.before


def test_ctrl_c_reaches_the_program_and_its_exit_code_the_caller(raw: Site) -> None:
    terminal = Terminal([str(raw.home / "bin/cometchat-wizard"), "prompt"], raw.variables())
    terminal.wait_for(rb"ready (\d+)")
    terminal.type(b"\x03")
    assert terminal.ended() == 130
    assert b"interrupted" in terminal.output
    assert LEFT_ALONE not in terminal.output
    terminal.close()


def test_piped_in_without_arguments_the_keyboard_is_the_terminal(raw: Site) -> None:
    def no_keyboard() -> None:
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)

    terminal = Terminal([str(raw.home / "bin/cometchat-wizard")], raw.variables(), no_keyboard)
    terminal.wait_for(rb"ready (\d+)")
    terminal.type(b"q")
    assert terminal.ended() == 3
    terminal.close()


def test_without_a_terminal_streams_and_exit_code_pass_straight_through(raw: Site) -> None:
    done = subprocess.run(
        [str(raw.home / "bin/cometchat-wizard"), "tidy", "4", "read"],
        input="from a pipe\n",
        env=raw.variables(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (4, "from a pipe\n", "")


def gone(pid: int, seconds: float = 5) -> bool:
    """Whether the process ends within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_dropped_connection_leaves_no_process_behind(raw: Site) -> None:
    terminal = Terminal([str(raw.home / "bin/cometchat-wizard"), "take"], raw.variables())
    child = int(terminal.wait_for(rb"ready (\d+)")[1])
    terminal.close()
    assert gone(child) and gone(terminal.pid)
    os.waitpid(terminal.pid, 0)


@pytest.mark.parametrize("argv", [["./install.sh"], ["sh", "-c", "cat /dev/null | ./install.sh"]])
def test_the_real_wizard_opens_and_its_death_is_tidied_up(
    installed: Site, tmp_path: Path, argv: list[str]
) -> None:
    variables = installed.variables() | {"COMETCHAT_WIZARD_SESSION": str(tmp_path / "session")}
    program = argv[0] if argv[0].startswith("./") else "/bin/sh"
    terminal = Terminal([program, *argv[1:]], variables, lambda: os.chdir(installed.checkout))
    before = terminal.attributes()
    terminal.wait_for(rb"\x1b\[\?1049h")
    terminal.wait_for(rb"Welcome")
    os.kill(wizard_in(terminal, installed), signal.SIGKILL)
    assert terminal.ended() == 137
    assert terminal.attributes() == before
    assert LEFT_ALONE in terminal.output
    terminal.close()


@pytest.mark.parametrize("keys", [b"", b"l"], ids=["run", "log"])
def test_killed_while_it_follows_a_run_the_terminal_is_tidied_up_and_the_run_goes_on(
    installed: Site, tmp_path: Path, keys: bytes
) -> None:
    run = stream(tmp_path / "session", 60)
    assert run.pid is not None
    try:
        variables = installed.variables() | {"COMETCHAT_WIZARD_SESSION": str(tmp_path / "session")}
        terminal = Terminal(["./install.sh"], variables, lambda: os.chdir(installed.checkout))
        before = terminal.attributes()
        terminal.wait_for(rb"line 00")
        terminal.type(keys)
        terminal.wait_for(rb"follows the end" if keys else rb"Stop after this step")
        assert terminal.attributes() != before
        os.kill(wizard_in(terminal, installed), signal.SIGKILL)
        assert terminal.ended() == 137
        assert terminal.attributes() == before
        assert LEFT_ALONE in terminal.output and b"\x1b[?1049l" in terminal.output
        assert act.ending(run).state == "running"
        terminal.close()
    finally:
        os.kill(run.pid, signal.SIGTERM)


def wizard_in(terminal: Terminal, installed: Site) -> int:
    """The wizard's process under the launcher on that terminal."""
    python = str(installed.prefix / "envs").encode()
    (wizard,) = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if read(path).startswith(python) and os.getsid(int(path.parent.name)) == terminal.pid
    ]
    return wizard


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
