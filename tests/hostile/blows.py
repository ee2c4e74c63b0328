"""What ends a run from outside, at a moment that nobody chose: kills, orderly shutdowns, power cuts."""

from __future__ import annotations

import random
import subprocess
import time
from dataclasses import dataclass
from typing import Literal, get_args

from tests.lab.host import Host
from tests.lab.places import environment

How = Literal["runner", "tree", "poweroff", "power"]
# A blow may also come a little after the end: then nothing may be harmed by it.
LATEST = 1.05

# On the host: SIGKILL to the runner, or to it and all that it began, stopped first so that none begins another.
_KILL = """
import glob, json, os, signal, sys

def parents():
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                found[int(name)] = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            pass
    return found

def below(roots):
    found, more = set(), set(roots)
    while more:
        found |= more
        more = {pid for pid, parent in parents().items() if parent in found} - found
    return found

def signalled(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass

runs = sorted(glob.glob("/var/lib/cometchat-wizard/runs/*/run.json"))
run = json.load(open(runs[-1])) if runs else {}
if run.get("process") and run.get("exit_code") is None:
    roots = {run["process"]["pid"]}
    if HOW == "tree":
        if run.get("command"):
            roots.add(run["command"]["process"]["pid"])
        signalled(below(roots), signal.SIGSTOP)
        roots = below(roots)
    signalled(roots, signal.SIGKILL)
    print(len(roots))
"""


@dataclass(frozen=True)
class Blow:
    """how: what is hit. part: when, of the time that the command takes undisturbed."""

    how: How
    part: float

    def __str__(self) -> str:
        return f"{self.how} at {self.part:.3f}"


def draw(numbers: random.Random) -> Blow:
    """One blow."""
    return Blow(numbers.choice(get_args(How)), numbers.uniform(0, LATEST))


def strike(host: Host, words: str, seconds: float, blow: Blow) -> str:
    """Run a command of the wizard there and hit it; the host is up again afterwards. What the command said."""
    began = time.monotonic()
    process = subprocess.Popen(
        host.ssh("sh", "-c", f"'cometchat-wizard {words}'", user="root"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
    )
    try:
        try:
            # On a busy machine it may be at its end before: then that is hit.
            process.wait(max(0.0, blow.part * seconds - (time.monotonic() - began)))
        except subprocess.TimeoutExpired:
            pass
        if blow.how == "power":
            host.cut_power()
            host.boot()
        elif blow.how == "poweroff":
            # systemd gives each unit 90 s to end.
            try:
                host.power_off(seconds=120)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{blow}: not down in 120 s:\n{host.logs()}") from None
            host.boot()
        else:
            host.try_run("python3 -I -", user="root", text=f"HOW = {blow.how!r}\n{_KILL}")
        return process.communicate(timeout=120)[0]
    finally:
        process.kill()
        process.wait()
