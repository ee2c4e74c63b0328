"""The survey of the machine at hand, held against what the system itself says."""

import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.probe.survey import survey


@pytest.fixture(scope="module")
def facts():
    return survey("here", "/var/lib/nowhere/yet")


def test_what_the_system_says_itself(facts):
    assert facts.cpu.vcpus == len(os.sched_getaffinity(0))
    assert facts.cpu.architecture == platform.machine()
    assert facts.hostname == socket.gethostname()
    assert facts.kernel.release == platform.release()
    assert facts.memory_bytes == int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert facts.privilege.is_root == (os.geteuid() == 0)


def test_the_data_directory_that_is_not_there_yet(facts):
    directory = facts.data_directory
    assert directory.exists is False
    numbers = os.statvfs("/var/lib")
    assert directory.size_bytes == numbers.f_blocks * numbers.f_frsize
    assert abs(directory.free_bytes - numbers.f_bavail * numbers.f_frsize) < 5 << 30


@pytest.mark.parametrize("tool", ["git", "openssl"])
def test_tools_have_the_version_that_they_print(facts, tool):
    found = getattr(facts.software, tool)
    if found is None:
        pytest.skip(f"{tool} is not installed here")
    said = subprocess.run([tool, "version"], capture_output=True, text=True, check=True).stdout
    assert found.version in said


def test_a_port_held_here_is_seen_with_its_process():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        found = [entry for entry in survey("here", "/").listening if entry.port == port]
    assert [entry.pid for entry in found] == [os.getpid()]
    assert found[0].process


def test_a_hanging_docker_is_named_and_holds_nothing_up(tmp_path, monkeypatch):
    fake = tmp_path / "docker"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("wizard.probe.survey.COMMAND_TIMEOUT_SECONDS", 0.7)
    found = survey("here", "/")
    assert "docker version" in found.unread
    assert found.software.docker is not None
    assert found.software.docker.state == "unreachable"


def test_importing_the_survey_is_cheap():
    code = (
        "import sys, wizard.probe.survey; print({'psutil', 'distro', 'plumbum', 'ctypes'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"
