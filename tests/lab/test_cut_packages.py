"""Docker's installation cut off at moments that nobody chose; apply brings all of it, and undo takes all of it back.

Real: apt, dpkg, Docker's packages, SIGKILL to the runner and to all that it started, a shutdown, a boot. Borrowed: the
name Ubuntu, and the power cut (every process ends at once; the disk's own cache is not lost with it). The moments are
seeded; COMETCHAT_LAB_CUTS says how many are tried.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.journeys.product import eventually
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.kinds import UBUNTU
from tests.lab.wrong import apply, applying, log, need_done, packages, put_answers, status

CUTS = int(os.environ.get("COMETCHAT_LAB_CUTS", "2"))
WAYS = ("kill", "power", "shutdown")
STEPS = ("install-docker", "install-compose", "start-docker")
OTHERS = ("docker-settings", "install-git", "install-jq", "install-curl", "install-net-tools")
SOUND = "dpkg --audit; ls /var/lib/dpkg/updates"


@pytest.mark.timeout(300 * CUTS)
def test_docker_cut_off_at_any_moment_is_brought_whole_and_taken_back_whole(
    make_host: MakeHost, tell: Callable[[str], None]
) -> None:
    reference = _ready(make_host)
    bare = packages(reference)
    began = time.monotonic()
    need_done(reference, apply(reference, *STEPS, seconds=240))
    whole, seconds = packages(reference), time.monotonic() - began
    counts: Counter[str] = Counter()
    for number in range(CUTS):
        chance = random.Random(number)
        way = WAYS[number % len(WAYS)]
        host = _ready(make_host)
        cut_at = chance.uniform(0, seconds * 0.8)
        _cut(host, way, cut_at)
        found = _states(host)
        counts.update({way: 1, "left unsound": bool(found)})
        counts["left reinst-required"] += any(state[2:3] == "R" for state in found.values())
        name = f"cut {number} ({way} after {cut_at:.1f} s: {found})"
        if number % 2:
            undone = host.try_run("cometchat-wizard undo --all --yes", seconds=240)
            assert undone.returncode == 0, f"{name}: {undone.stdout}{undone.stderr}"
            assert _there(packages(host)) == _there(bare), name
            counts["undone at once"] += 1
        tries = 1
        while (done := apply(host, *STEPS, seconds=240)).returncode != 0 and tries < 2:
            tries += 1
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        counts[f"done at try {tries}"] += 1
        assert host.run(SOUND) == "", name
        assert host.run("docker version --format '{{.Server.Version}}' && docker compose version --short"), (
            name
        )
        assert _there(packages(host)) == _there(whole), name
        again = apply(host, *STEPS)
        assert again.returncode == 0 and "nothing to do" in again.stderr.lower(), f"{name}: {again}"
        undone = host.try_run("cometchat-wizard undo --all --yes", seconds=240)
        assert undone.returncode == 0, f"{name}: {undone.stdout}{undone.stderr}"
        assert _there(packages(host)) == _there(bare), name
        assert host.run(SOUND) == "", name
        host.cut_power()
    tell(f"Docker cut off {CUTS} times: {', '.join(f'{what} {count}' for what, count in counts.items())}")


def _ready(make_host: MakeHost) -> Host:
    host = make_host(UBUNTU)
    put_answers(host, skipped=OTHERS)
    return host


def _cut(host: Host, way: str, seconds: float) -> None:
    """So many seconds after dpkg began to unpack Docker's packages."""
    with applying(host, *STEPS) as process:
        eventually(lambda: "\nUnpacking " in log(host) or process.poll() is not None, "dpkg at work", 120)
        time.sleep(seconds)
        runner = status(host)["run"]["pid"]
        if way == "kill" and runner is not None:
            # The runner first, then all that it started, each by its number.
            tree = host.run(f"{_TREE}; tree {runner}").split()
            host.run(f"kill -9 {runner}; kill -9 {' '.join(tree)} 2>/dev/null; true")
        elif way == "power":
            host.cut_power()
        elif way == "shutdown":
            host.power_off(280)
        process.wait(60)
    if way != "kill":
        host.boot()
    eventually(lambda: not host.run("pgrep -x 'apt-get|dpkg'", check=False), "the end of dpkg")


_TREE = 'tree() { for child in $(pgrep -P "$1"); do tree "$child"; echo "$child"; done; }'


def _states(host: Host) -> dict[str, str]:
    """What dpkg has not finished."""
    return {name: state for name, state in packages(host).items() if state[:2] not in ("ii", "rc", "un")}


def _there(found: dict[str, str]) -> dict[str, str]:
    return {name: state for name, state in found.items() if state[:1] not in ("r", "u", "p")}
