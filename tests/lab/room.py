"""A room of namespaces (mounts, processes, network) in which all hosts of a lab live, and which dies as one.

Whatever a crash leaves out, the kernel takes down with the room's first process: mounts, bridges, addresses,
daemons. What is left are cgroup directories and files; the lease names them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.lab.places import CHECKOUT, cache_directory, environment
from wizard.machine.files import write_atomic
from wizard.machine.marks import boot_id, start_ticks

NETWORK = "10.77.0"
CGROUPS = Path("/sys/fs/cgroup")
_KEEPER = Path(__file__).with_name("keeper.py")


class Room:
    """One room. directory: its files and its lease. pid: its first process, as seen from outside."""

    def __init__(self, directory: Path, pid: int) -> None:
        self.directory = directory
        self.pid = pid
        self._lines = 0

    @property
    def name(self) -> str:
        return self.directory.name

    def enter(self, *argv: str) -> list[str]:
        """argv as a command inside the room."""
        return ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--ipc", "--", *argv]

    def at_the_bridge(self, *argv: str) -> list[str]:
        """argv as a command in the room's network alone: where an operator's own machine would stand."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *argv]

    def run(self, *argv: str) -> str:
        """Run inside the room; its output. Raises RuntimeError with what it said where it fails."""
        return said(self.enter(*argv))

    def new_line(self) -> str:
        """Another address for an operator, so that one connection can be cut and the next one not."""
        self._lines += 1
        address = f"{NETWORK}.{100 + self._lines}"
        self.run("ip", "address", "add", f"{address}/32", "dev", "bridge")
        return address

    def cut(self, address: str) -> None:
        """From now on no packet passes to or from an operator's address; neither side is told."""
        self.run("iptables", "-w", "-A", "INPUT", "-d", address, "-j", "DROP")
        self.run("iptables", "-w", "-A", "OUTPUT", "-s", address, "-j", "DROP")

    def cgroup(self, host: str) -> list[Path]:
        """The host's cgroup directory in every hierarchy; made here, removed with the room."""
        made = []
        for hierarchy in [path for path in CGROUPS.iterdir() if path.is_dir()]:
            path = hierarchy / "cometchat-wizard-lab" / self.name / host
            path.mkdir(parents=True, exist_ok=True)
            made.append(path)
            # A cpuset's children can hold nothing until they are told what they may use.
            if hierarchy.name == "cpuset":
                for level in (path.parent.parent, path.parent, path):
                    for file in ("cpuset.cpus", "cpuset.mems"):
                        (level / file).write_text((level.parent / file).read_text())
        return made

    def kill_host(self, host: str) -> None:
        """Kill every process of a host."""
        paths = [
            path / "cometchat-wizard-lab" / self.name / host for path in CGROUPS.iterdir() if path.is_dir()
        ]
        switch = next((path / "cgroup.kill" for path in paths if (path / "cgroup.kill").exists()), None)

        def is_empty() -> bool:
            left = members(paths)
            for pid in left if switch is None else []:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left

        if switch is not None:
            switch.write_text("1")
        until(is_empty, f"{host} without processes", 20)

    def remove_cgroups(self, host: str) -> None:
        for hierarchy in [path for path in CGROUPS.iterdir() if path.is_dir()]:
            _remove_cgroup(hierarchy / "cometchat-wizard-lab" / self.name / host)


def members(paths: Sequence[Path]) -> set[int]:
    """The processes in these cgroups and below."""
    found: set[int] = set()
    for path in paths:
        for directory, _, _ in os.walk(path):  # which passes over what vanishes meanwhile
            with contextlib.suppress(OSError):
                found.update(int(word) for word in Path(directory, "cgroup.procs").read_text().split())
    return found


def open_room(*, stays: bool = False) -> Room:
    """A new room. It dies with the process that asked for it, unless it `stays` until it is taken down."""
    directory, lease = _leased(stays)
    unshare = [
        "unshare",
        "--mount",
        "--net",
        "--pid",
        "--ipc",
        "--uts",
        "--fork",
        "--kill-child=KILL",
        "--mount-proc",
    ]
    argv = [*unshare, sys.executable, "-I", str(_KEEPER)]
    if not stays:
        argv = ["setpriv", "--pdeathsig", "KILL", *argv]
    with open(directory / "room.log", "wb") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env=environment(),
        )
    assert process.stdout is not None
    if process.stdout.readline().strip() != b"ready":
        raise RuntimeError(f"The lab's namespaces can't be made: {(directory / 'room.log').read_text()}")
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    room = Room(directory, int(child))
    lease |= {"pid": room.pid, "started": start_ticks(room.pid)}
    write_atomic(str(directory / "lease.json"), json.dumps(lease))
    _furnish(room)
    return room


def _leased(stays: bool) -> tuple[Path, dict[str, object]]:
    """A room's directory, its lease in it from the first moment: whoever tidies up takes one without for left over."""
    labs = cache_directory() / "labs"
    labs.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{os.getpid()}-{os.urandom(3).hex()}"
    owner = os.getpid()
    lease: dict[str, object] = {
        "boot": boot_id(),
        "checkout": str(CHECKOUT),
        "owner": owner,
        "owner_started": start_ticks(owner),
        "stays": stays,
    }
    making = cache_directory() / f"making-{name}"
    making.mkdir(mode=0o700)
    (making / "lease.json").write_text(json.dumps(lease))
    making.rename(labs / name)
    return labs / name, lease


def _furnish(room: Room) -> None:
    # Its own /run: network namespaces have their names there.
    room.run("mount", "-t", "tmpfs", "-o", "mode=755", "lab", "/run")
    room.run("mkdir", "/run/netns")
    room.run("ip", "link", "set", "lo", "up")
    room.run("ip", "link", "add", "bridge", "type", "bridge")
    room.run("ip", "address", "add", f"{NETWORK}.1/24", "dev", "bridge")
    room.run("ip", "link", "set", "bridge", "up")


def standing() -> list[tuple[Path, dict[str, object]]]:
    """Every lab that left a directory, with its lease ({} where it has none)."""
    found = []
    for directory in sorted((cache_directory() / "labs").glob("*/")):
        try:
            lease = json.loads((directory / "lease.json").read_text())
        except (OSError, ValueError):
            lease = {}
        found.append((directory, lease))
    return found


def is_owned(lease: dict[str, object]) -> bool:
    """Whether tests that are still running hold this lab."""
    return not lease.get("stays") and _lives(lease, "owner", "owner_started")


def is_ours(lease: dict[str, object]) -> bool:
    """Whether it was made from this checkout; a lease of older tests does not say."""
    return lease.get("checkout") == str(CHECKOUT)


def is_over(lease: dict[str, object]) -> bool:
    """Whether nobody alive holds it: what a crash or a reboot has left."""
    stands = lease.get("stays") and _lives(lease, "pid", "started")
    return not stands and not _lives(lease, "owner", "owner_started")


def _lives(lease: dict[str, object], name: str, started: str) -> bool:
    pid = lease.get(name)
    if not isinstance(pid, int) or lease.get("boot") != boot_id():
        return False
    ticks = start_ticks(pid)
    return ticks is not None and ticks == lease.get(started)


def take_down(directory: Path, lease: dict[str, object]) -> None:
    """End a lab's processes by ending its first one, then remove its cgroups and files."""
    pid = lease.get("pid")
    if isinstance(pid, int) and lease.get("boot") == boot_id() and start_ticks(pid) == lease.get("started"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        until(lambda: start_ticks(pid) is None, f"the first process of {directory.name} gone", 20)
    for hierarchy in [path for path in CGROUPS.iterdir() if path.is_dir()]:
        _remove_cgroup(hierarchy / "cometchat-wizard-lab" / directory.name)
        with contextlib.suppress(OSError):
            (hierarchy / "cometchat-wizard-lab").rmdir()
    # Another worker of the same tests may be clearing it away at this moment.
    shutil.rmtree(directory, ignore_errors=True)
    until(lambda: not directory.exists(), f"{directory} gone", 20)


def _remove_cgroup(path: Path) -> None:
    for inner, _, _ in os.walk(path, topdown=False):
        _rmdir(Path(inner))


def _rmdir(path: Path) -> None:
    """The kernel empties a cgroup a moment after its last process is gone."""

    def is_gone() -> bool:
        try:
            path.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return False
        return True

    until(is_gone, f"{path} empty", 20)


def said(argv: Sequence[str]) -> str:
    """A command's standard output. Raises RuntimeError with both outputs where it fails."""
    done = ran(argv)
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(argv)} ended with {done.returncode}: {(done.stdout + done.stderr).strip()}"
        )
    return done.stdout


def ran(
    argv: Sequence[str], *, text: str | None = None, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """A command of the lab's own, ended. text: its standard input."""
    return subprocess.run(
        argv,
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment(),
        timeout=seconds,
    )


def until(is_so: Callable[[], bool], what: str, seconds: float) -> None:
    """Wait for what is awaited; RuntimeError after the deadline."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"lab: not within {seconds:.0f} s: {what}")
        time.sleep(0.02)
