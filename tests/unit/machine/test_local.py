"""LocalMachine with real processes and real files."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.machine.local import LocalMachine, unsafe_target
from wizard.machine.outcome import Outcome
from wizard.model.plan import Command, WriteFile

FAST = LocalMachine(grace_seconds=0.5)


def run(*argv: str, timeout: int = 20, machine: LocalMachine = FAST) -> tuple[Outcome, list[str]]:
    lines: list[str] = []
    return machine.run(Command(argv, root=False, timeout_seconds=timeout), lines.append), lines


def is_gone_soon(pid: int) -> bool:
    deadline = time.monotonic() + 2
    while is_there(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_there(pid)


def is_there(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_both_streams_and_the_exit_code_come_back() -> None:
    outcome, lines = run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert (outcome.exit_code, lines) == (3, ["out", "err"])
    assert not outcome.is_done()
    assert outcome.is_done(ok_codes=(0, 3))


def test_the_locale_is_plain_and_our_python_settings_do_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    _outcome, lines = run("sh", "-c", 'echo "$LC_ALL/$PYTHONPATH/$PATH"')
    assert lines[0].startswith("C//")
    assert "/usr/sbin" in lines[0]


def test_docker_is_the_one_of_this_host() -> None:
    """In a process of its own: what a shell exports is there from its start."""
    script = (
        "from wizard.machine.local import LocalMachine\n"
        "from wizard.model.plan import Command\n"
        "LocalMachine().run(Command(('env',), root=False), print)\n"
    )
    environment = {
        **os.environ,
        "DOCKER_HOST": "ssh://root@other",
        "DOCKER_CONTEXT": "other",
        "DOCKER_CONFIG": "/x",
    }
    said = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    docker = sorted(line for line in said.stdout.splitlines() if line.startswith("DOCKER_"))
    assert docker == ["DOCKER_CONFIG=", "DOCKER_CONTEXT=default", "DOCKER_HOST="]


def test_a_program_that_may_be_missing_counts_as_done() -> None:
    name = "cometchat-no-such-program"
    gone = Command((name,), root=False)
    assert FAST.run(gone, print).problem == f"command not found: {name}"
    assert FAST.run(replace(gone, may_be_missing=True), print).is_done()


def test_standard_input_is_empty_and_there_is_no_terminal() -> None:
    outcome, lines = run("sh", "-c", "cat; tty; ps -o sid= -p $$ | tr -d ' '; echo $$")
    assert outcome.exit_code == 0
    assert lines[0] == "not a tty"
    assert lines[1] == lines[2], "a session of its own"


def test_lines_come_while_the_program_runs() -> None:
    times: list[float] = []
    FAST.run(
        Command(("sh", "-c", "echo a; sleep 0.6; echo b"), root=False),
        lambda _line: times.append(time.monotonic()),
    )
    assert times[1] - times[0] > 0.4


def test_a_missing_program_is_said() -> None:
    outcome, _ = run("no-such-program-here")
    assert outcome.problem == "command not found: no-such-program-here"
    outcome, _ = run("/no/such/program")
    assert outcome.problem == "command not found: /no/such/program"


def test_a_program_that_may_not_be_started_is_said(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("hello")
    outcome, _ = run(str(tmp_path / "plain"))
    assert "could not be started" in outcome.problem


def test_an_argument_is_never_a_shell_string() -> None:
    _outcome, lines = run("echo", "$(id)", "; id", "*")
    assert lines == ["$(id) ; id *"]


def test_a_timeout_ends_the_whole_group_also_a_grandchild_that_ignores_sigterm(tmp_path: Path) -> None:
    script = f"(trap '' TERM; echo $BASHPID > {tmp_path}/pid; sleep 60; sleep 60) & sleep 60"
    started = time.monotonic()
    outcome, _ = run("bash", "-c", script, timeout=1)
    assert outcome.timed_out
    assert time.monotonic() - started < 5
    assert is_gone_soon(int((tmp_path / "pid").read_text()))


def test_a_grandchild_that_keeps_the_pipe_open_does_not_hang_us(tmp_path: Path) -> None:
    started = time.monotonic()
    outcome, lines = run("sh", "-c", f"setsid sleep 30 & echo $! > {tmp_path}/pid; echo done")
    assert (outcome.exit_code, lines) == (0, ["done"])
    assert time.monotonic() - started < 3
    os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_timeout_ends_also_one_with_a_session_of_its_own_as_apt_gives_dpkg(tmp_path: Path) -> None:
    started = time.monotonic()
    outcome, _ = run("sh", "-c", f"setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 30' & sleep 30", timeout=1)
    assert outcome.timed_out
    assert time.monotonic() - started < 4
    assert is_gone_soon(int((tmp_path / "pid").read_text()))


def test_a_timeout_leaves_a_daemon_alone_that_has_left_for_good(tmp_path: Path) -> None:
    left = f"(setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 30' &)"
    outcome, _ = run(
        "sh", "-c", f"{left}; while [ ! -s {tmp_path}/pid ]; do sleep 0.1; done; sleep 30", timeout=1
    )
    assert outcome.timed_out
    pid = int((tmp_path / "pid").read_text())
    assert is_there(pid)
    os.kill(pid, 9)


def test_stop_ends_what_runs_or_refuses_what_comes_next() -> None:
    machine = LocalMachine(grace_seconds=0.5)
    threading.Timer(0.3, machine.stop).start()
    outcome, _ = run("sleep", "30", machine=machine)
    assert outcome.stopped
    assert outcome.seconds < 5
    assert run("true", machine=machine)[0].is_done(), "it was ended, so the stop is done"
    machine.stop()
    outcome, _ = run("true", machine=machine)
    assert (outcome.stopped, outcome.exit_code) == (True, None)
    assert run("true", machine=machine)[0].is_done()


def test_much_output_is_read_promptly() -> None:
    outcome, lines = run(sys.executable, "-c", "for i in range(50000): print(i)")
    assert outcome.exit_code == 0
    assert lines[-1] == "49999"
    assert len(lines) == 50000


def test_root_commands_are_refused_without_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    outcome = FAST.run(Command(("touch", str(tmp_path / "x"))), lambda _line: None)
    assert "must run as root" in outcome.problem
    assert "must run as root" in FAST.write(WriteFile(str(tmp_path / "x"), "")).problem
    assert not (tmp_path / "x").exists()


def test_a_file_is_written_with_its_mode_and_its_directories(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        target = tmp_path / "a" / "b" / "file.conf"
        assert FAST.write(WriteFile(str(target), "text\n", 0o640, root=False)).is_done()
    finally:
        os.umask(old)
    assert target.read_text() == "text\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_an_existing_file_keeps_its_owner(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    os.chown(target, 1234, 1235)
    assert FAST.write(WriteFile(str(target), "new")).is_done()
    assert (target.stat().st_uid, target.stat().st_gid, target.read_text()) == (1234, 1235, "new")


def test_a_link_in_a_directory_that_others_can_write_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    victim = tmp_path / "victim"
    victim.write_text("safe")
    (shared / "link").symlink_to(victim)
    (shared / "way").symlink_to(tmp_path)
    for path in (shared / "link", shared / "way" / "new"):
        outcome = FAST.write(WriteFile(str(path), "evil", root=False))
        assert "symbolic link" in outcome.problem
    assert victim.read_text() == "safe"
    assert not (tmp_path / "new").exists()


def test_a_link_of_our_own_is_followed_and_stays(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert FAST.write(WriteFile(str(tmp_path / "link"), "new", root=False)).is_done()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_odd_targets_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a plain file" in unsafe_target(str(tmp_path / "pipe"))
    assert "not a plain file" in unsafe_target(str(tmp_path))
    assert "not an absolute path" in unsafe_target("etc/x")
    assert "not an absolute path" in unsafe_target("/etc/../etc/x")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outcome = FAST.write(WriteFile(str(tmp_path / "file" / "below"), "x", root=False))
    assert "could not be written" in outcome.problem
    assert (tmp_path / "file").read_text() == "in the way"


def killed_writer(target: Path) -> Path:
    """What a process that was killed while it wrote this file left beside it."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True)
    left = target.with_name(f".{target.name}.{int(gone.stdout)}.0123456789.tmp")
    left.write_text("hal")
    return left


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path: Path) -> None:
    target, other = tmp_path / "99-x.conf", tmp_path / "98-x.conf"
    left, others = killed_writer(target), killed_writer(other)
    at_work = target.with_name(f".{target.name}.{os.getpid()}.0123456789.tmp")
    at_work.write_text("hal")
    assert FAST.write(WriteFile(str(target), "whole", root=False)).is_done()
    assert target.read_text() == "whole"
    assert not left.exists() and others.exists() and at_work.exists()


def test_a_command_that_is_ended_before_it_began_tells_its_signal() -> None:
    """A shutdown ends all processes of the run at once, also one that waits for its word to begin."""

    def end(pid: int) -> None:
        os.kill(pid, signal.SIGTERM)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    lines: list[str] = []
    outcome = LocalMachine().run(Command(("sh", "-c", "echo begun"), root=False), lines.append, on_start=end)
    assert (outcome.exit_code, outcome.problem, lines) == (-signal.SIGTERM, "", [])


def test_what_is_only_for_a_file_that_is_there_is_asked_when_its_turn_comes(tmp_path: Path) -> None:
    """Not when it was planned: the same step may have made the file, or taken it away."""
    file, done = tmp_path / "daemon.json", tmp_path / "done"
    command = Command(("touch", str(done)), root=False, only_where=str(file))
    lines: list[str] = []
    assert FAST.run(command, lines.append).is_done() and not done.exists()
    assert lines == [f"Not needed: there is no {file}."]
    file.symlink_to(tmp_path / "nowhere")
    assert FAST.run(command, print).is_done() and not done.exists(), "a link that leads nowhere is no file"
    (tmp_path / "nowhere").write_text("{}")
    assert FAST.run(command, print).is_done() and done.exists()
