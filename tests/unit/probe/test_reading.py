"""Reading this machine: real files and real commands, none of which may hang or flood us."""

import gzip
import os
import time

import pytest

from wizard.machine.reading import LocalReader


@pytest.fixture
def reader():
    return LocalReader()


def test_all_commands_run_at_once(reader):
    started = time.monotonic()
    reader.start({str(number): ("sleep", "0.5") for number in range(4)})
    outcomes = reader.wait()
    assert time.monotonic() - started < 1.5
    assert all(outcome.succeeded for outcome in outcomes.values())


def test_a_command_that_hangs_ends_with_its_whole_group(reader, tmp_path):
    marker = tmp_path / "child"
    reader.start({"hang": ("sh", "-c", f"sleep 300 & echo $! > {marker}; wait")}, timeout_seconds=0.5)
    outcome = reader.wait(("hang",))["hang"]
    assert outcome.state == "timed-out"
    child = int(marker.read_text())
    for _ in range(50):
        if not os.path.exists(f"/proc/{child}") or "Z" in _state(child):
            return
        time.sleep(0.05)
    pytest.fail("the child of a command that timed out still runs")


def _state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_a_grandchild_that_keeps_the_pipe_does_not_hold_us(reader):
    started = time.monotonic()
    reader.start({"leaves": ("sh", "-c", "sleep 30 & echo done")}, timeout_seconds=10)
    outcome = reader.wait()["leaves"]
    assert (outcome.state, outcome.stdout) == ("done", "done\n")
    assert time.monotonic() - started < 5


def test_a_flood_of_output_is_cut(reader):
    reader.start({"flood": ("yes",)}, timeout_seconds=0.5)
    outcome = reader.wait()["flood"]
    assert outcome.state == "timed-out"
    assert len(outcome.stdout) <= 512 * 1024


def test_nothing_prompts_and_output_is_english(reader, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    found = LocalReader()
    found.start({"env": ("env",), "stdin": ("cat",), "tty": ("sh", "-c", "exec < /dev/tty")})
    outcomes = found.wait()
    assert "LC_ALL=C\n" in outcomes["env"].stdout
    assert "elsewhere" not in outcomes["env"].stdout
    assert outcomes["stdin"].succeeded
    assert outcomes["tty"].exit_code != 0


def test_a_missing_command_is_an_outcome(reader):
    reader.start({"none": ("no-such-program-here",)})
    assert reader.wait()["none"].state == "missing"


def test_binary_output_is_text_all_the_same(reader):
    reader.start({"binary": ("printf", "\\377\\000x")})
    assert reader.wait()["binary"].stdout == "\ufffd\0x"


def test_only_regular_files_are_read(reader, tmp_path):
    fifo, link, loop = tmp_path / "fifo", tmp_path / "zero", tmp_path / "loop"
    os.mkfifo(fifo)
    link.symlink_to("/dev/zero")
    loop.symlink_to(loop)
    for path in (fifo, link, loop, tmp_path, tmp_path / "none"):
        assert reader.text(str(path)) is None
    assert reader.text("/etc/\0passwd") is None
    assert reader.names(str(fifo)) is None


def test_huge_files_are_cut_packed_ones_too(reader, tmp_path):
    (tmp_path / "huge").write_bytes(b"\xff" * 100_000)
    assert len(reader.text(str(tmp_path / "huge"), 1000)) == 1000
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"0" * 10_000_000))
    assert len(reader.text(str(tmp_path / "bomb.gz"), 50_000)) == 50_000
    (tmp_path / "broken.gz").write_bytes(b"no gzip")
    assert reader.text(str(tmp_path / "broken.gz")) == ""


def test_relative_path_entries_are_never_searched(tmp_path, monkeypatch):
    program = tmp_path / "planted"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".:")
    assert LocalReader().find("planted") is None
    assert LocalReader().find("sh")
