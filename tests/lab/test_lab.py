"""The lab itself: what it starts is gone afterwards, also after a crash of whoever started it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.product import eventually
from tests.lab.building import Roots
from tests.lab.places import CHECKOUT, environment
from tests.lab.room import CGROUPS, members
from wizard.machine.marks import start_ticks


@pytest.fixture
def apart(lab_roots: Roots, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables for a lab elsewhere, upon the same cached roots. A test that fails leaves none standing either."""
    cache = tmp_path / "cache" / "cometchat-wizard-lab"
    cache.mkdir(parents=True)
    (cache / "roots").symlink_to(lab_roots.directory.parent)
    variables = {**environment(), "XDG_CACHE_HOME": str(cache.parent), "PYTHONPATH": str(CHECKOUT)}
    yield variables
    run(variables, "down")
    for lease in leases(variables):  # of another checkout
        os.kill(lease["pid"], signal.SIGKILL)
        run(variables, "down")


def run(environ: dict[str, str], *words: str, checkout: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.lab", *words],
        env={**environ, "PYTHONPATH": str(checkout)},
        cwd=checkout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def leases(environ: dict[str, str]) -> list[dict[str, int]]:
    labs = Path(environ["XDG_CACHE_HOME"]) / "cometchat-wizard-lab/labs"
    return [json.loads(path.read_text()) for path in labs.glob("*/lease.json")]


def left(environ: dict[str, str], pids: list[int]) -> dict[str, object]:
    """What of a lab is still there."""
    labs = Path(environ["XDG_CACHE_HOME"]) / "cometchat-wizard-lab/labs"
    names = [path.name for path in labs.glob("*")]
    return {
        "directories": names,
        "processes": [pid for pid in pids if start_ticks(pid) is not None],
        "mounts": [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(labs) in line],
        "loops": [line for line in _loops() if str(labs) in line],
        "cgroups": [str(path) for path in CGROUPS.glob("*/cometchat-wizard-lab/*") if path.name in names],
    }


NOTHING: dict[str, object] = {"directories": [], "processes": [], "mounts": [], "loops": [], "cgroups": []}


def test_up_prints_how_to_log_in_and_down_leaves_nothing(apart: dict[str, str]) -> None:
    done = run(apart, "up", "ubuntu", "ubuntu-small-data-disk")
    assert done.returncode == 0, done.stderr
    logins = re.findall(r"^ssh (-F \S+ chat-\d)", done.stdout, re.MULTILINE)
    assert len(logins) == 2
    for login in logins:
        words = ["ssh", *login.split(), "cat /proc/1/comm"]
        said = subprocess.run(words, env=apart, capture_output=True, text=True, timeout=60)
        assert said.stdout == "systemd\n", said.stderr
    (lease,) = leases(apart)
    pids = _family(apart, lease["pid"])
    assert len(pids) > 5
    assert run(apart, "down").returncode == 0
    assert left(apart, pids) == NOTHING


def test_hosts_reach_each_other_and_nobody_else(apart: dict[str, str]) -> None:
    done = run(apart, "up", "2")
    assert done.returncode == 0, done.stderr
    (config,) = set(re.findall(r"^ssh -F (\S+) chat-\d", done.stdout, re.MULTILINE))
    ask = "timeout 5 bash -c '</dev/tcp/{}/22' && echo reached"
    for address, reached in (("10.77.0.12", "reached\n"), (_own_address(), "")):
        words = ["ssh", "-F", config, "chat-1", ask.format(address)]
        said = subprocess.run(words, env=apart, capture_output=True, text=True, timeout=60)
        assert said.stdout == reached, (address, said.stderr)
    assert run(apart, "down").returncode == 0


def test_a_crash_of_the_tests_leaves_files_alone_and_down_takes_those(apart: dict[str, str]) -> None:
    script = (
        "import sys\nfrom tests.lab.building import roots\nfrom tests.lab.kinds import UBUNTU\n"
        "from tests.lab.lab import Lab\n"
        "lab = Lab(roots())\nlab.host(UBUNTU)\nprint('up', flush=True)\nsys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=apart,
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    (lease,) = leases(apart)
    pids = _family(apart, lease["pid"])
    assert len(pids) > 5
    said = run(apart, "down").stdout
    assert "tests that are running hold it" in said
    assert start_ticks(lease["pid"]) is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    eventually(
        lambda: not left(apart, pids)["processes"], "the kernel has ended every process of the lab", 20
    )
    assert left(apart, pids)["mounts"] == left(apart, pids)["loops"] == []
    assert run(apart, "down").returncode == 0
    assert left(apart, pids) == NOTHING


def test_down_takes_no_lab_of_another_checkout_unless_nobody_holds_it(
    apart: dict[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for name in ("tests", "wizard", "assets"):
        shutil.copytree(CHECKOUT / name, other / name, ignore=shutil.ignore_patterns("__pycache__"))
    assert run(apart, "up", "1", checkout=other).returncode == 0
    (lease,) = leases(apart)
    said = run(apart, "down").stdout
    assert f"of another checkout, {other}" in said
    assert start_ticks(lease["pid"]) is not None and leases(apart) == [lease]
    assert run(apart, "up", "1").returncode == 0
    assert " is gone" in run(apart, "down").stdout
    assert leases(apart) == [lease], "its own lab alone"

    assert str(other) in run(apart, "list").stdout
    assert " is gone" in run(apart, "down", checkout=other).stdout
    assert left(apart, [lease["pid"]]) == NOTHING

    assert run(apart, "up", "1", checkout=other).returncode == 0
    (lease,) = leases(apart)
    pids = _family(apart, lease["pid"])
    os.kill(lease["pid"], signal.SIGKILL)
    eventually(lambda: not left(apart, pids)["processes"], "every process of the lab has ended", 20)
    assert " is gone" in run(apart, "down").stdout, "what nobody alive holds, whosever it was"
    assert left(apart, pids) == NOTHING


def test_an_unknown_kind_is_named(apart: dict[str, str]) -> None:
    done = run(apart, "up", "windows")
    assert done.returncode == 2
    assert "windows" in done.stderr and "ubuntu-small-data-disk" in done.stderr
    assert leases(apart) == []


def _family(environ: dict[str, str], first: int) -> list[int]:
    """The lab's first process and all of its hosts."""
    labs = Path(environ["XDG_CACHE_HOME"]) / "cometchat-wizard-lab/labs"
    names = [path.name for path in labs.glob("*")]
    paths = [path for name in names for path in CGROUPS.glob(f"*/cometchat-wizard-lab/{name}")]
    return [first, *members(paths)]


def _loops() -> list[str]:
    done = subprocess.run(["losetup", "-a"], env=environment(), capture_output=True, text=True)
    return done.stdout.splitlines()


def _own_address() -> str:
    """One of this machine's own addresses, where its sshd or anything else might listen."""
    done = subprocess.run(["ip", "-4", "-o", "address"], env=environment(), capture_output=True, text=True)
    return str(re.findall(r"inet ([\d.]+)", done.stdout)[-1])
