"""Who holds the package manager's lock, and waiting for it with words instead of an error."""

from __future__ import annotations

import fcntl
import glob
import os
import re
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from wizard.machine.files import open_regular, read_small
from wizard.machine.outcome import OnLine, Outcome
from wizard.machine.programs import program_name
from wizard.model.failure import Failure
from wizard.model.plain import shown

APT_LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock")
DNF_LOCKS = ("/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock")
DNF_PID_FILES = ("/var/cache/dnf/*_lock.pid", "/var/lib/dnf/*_lock.pid", "/run/yum.pid")
LOCK_WAIT_SECONDS = 600.0
LIMIT_VARIABLE = "COMETCHAT_WIZARD_LOCK_WAIT"
_LONGEST_WAIT_SECONDS = 604_800

# What apt, dpkg, dnf and rpm say when another program holds their lock (with LC_ALL=C).
_LOCK_WORDS = re.compile(
    r"Could not get lock|Unable to acquire the dpkg|Unable to lock (the )?(directory|administration)"
    r"|is held by process|(frontend|database) lock was locked by .*process|can't create transaction lock"
    r"|Failed to obtain.*lock|could not obtain the transaction lock",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a lock; process is "" where its name can't be read."""

    path: str
    pid: int
    process: str

    def __str__(self) -> str:
        return f"{self.process or 'another program'} (process {self.pid})"


def says_locked(line: str) -> bool:
    """True for a line by which a package manager says that somebody else holds its lock."""
    return _LOCK_WORDS.search(line) is not None


def holder_of_locks(paths: tuple[str, ...]) -> LockHolder | None:
    """The first of these files that another process has locked for writing (fcntl), and that process."""
    for path in paths:
        pid = _locking_pid(path)
        if pid is not None:
            return LockHolder(path, pid, process_name(pid))
    return None


def package_lock_holder(manager: str) -> LockHolder | None:
    """Who holds the lock of `apt` or `dnf` now; None where nobody does, or where we may not know."""
    if manager == "apt":
        return holder_of_locks(APT_LOCKS)
    holder = holder_of_locks(DNF_LOCKS)
    return holder if holder is not None else _holder_by_pid_file()


def process_name(pid: int) -> str:
    """The program of a process, a script's own name rather than its interpreter's; "" where not readable."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = [os.fsdecode(word) for word in file.read(4096).split(b"\0") if word]
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as comm:
            name = comm.read().strip()
    except OSError:
        return ""
    return program_name(words, name)


def limit_seconds(environ: dict[str, str] | os._Environ[str]) -> float:
    """How long to wait for a lock: ten minutes, or what the environment says in seconds.

    Raises Failure 2 where that is no number from 0 to a week.
    """
    words = environ.get(LIMIT_VARIABLE, "")
    if not words:
        return LOCK_WAIT_SECONDS
    if re.fullmatch(r"[0-9]{1,7}(?:\.[0-9]{0,6})?", words) and float(words) <= _LONGEST_WAIT_SECONDS:
        return float(words)
    raise Failure(
        f"{LIMIT_VARIABLE} is `{shown(words, 40)}`, which is no number of seconds.",
        why="How long to wait for another program that installs packages has to be known before anything is begun.",
        next_step=f"Set it to a number from 0 to {_LONGEST_WAIT_SECONDS} (a week), like 600, or "
        f"take it away: `unset {LIMIT_VARIABLE}` means {LOCK_WAIT_SECONDS:g}.",
    )


class LockWait:
    """Waits for a lock to be free, saying who holds it at the start, at each change and once a minute."""

    def __init__(
        self,
        holder: Callable[[], LockHolder | None],
        limit_seconds: float,
        on_line: OnLine,
        is_stopped: Callable[[], bool],
        poll_seconds: float = 1.0,
    ) -> None:
        self._holder = holder
        self._deadline = time.monotonic() + limit_seconds
        self._limit_seconds = limit_seconds
        self._on_line = on_line
        self._is_stopped = is_stopped
        self._poll_seconds = poll_seconds
        self.last: LockHolder | None = None

    def until_free(self) -> bool:
        """Wait until nobody holds the lock. False where the limit passed or a stop was asked for."""
        said_at = 0.0
        said: LockHolder | None = None
        while (holder := self._holder()) is not None:
            self.last = holder
            now = time.monotonic()
            if holder != said or now - said_at >= 60:
                left = max(0, int(self._deadline - now))
                self._on_line(f"The package manager is in use by {holder}. Waiting, at most {left} s more.")
                said, said_at = holder, now
            if not self._pause():
                return False
        if said is not None:
            self._on_line("The package manager is free again. Going on.")
        return True

    def may_retry(self) -> bool:
        """After a command failed on the lock: wait a moment and until it is free. False when time is up."""
        self._on_line("Another program took the package manager's lock first. Trying again.")
        return self._pause() and self.until_free()

    def is_stopped(self) -> bool:
        """True where a stop was asked for."""
        return self._is_stopped()

    def problem(self) -> str:
        """The sentence for a wait that was in vain."""
        who = str(self.last) if self.last else "Another program"
        return (
            f"{who} held the package manager's lock for more than {int(self._limit_seconds)} s. "
            "Let it finish, then apply again."
        )

    def _pause(self) -> bool:
        if self._is_stopped() or time.monotonic() >= self._deadline:
            return False
        time.sleep(min(self._poll_seconds, max(0.0, self._deadline - time.monotonic())))
        return not self._is_stopped()


def run_waiting(once: Callable[[OnLine], Outcome], wait: LockWait, on_line: OnLine) -> Outcome:
    """Run a command once its lock is free, and again when it failed because somebody took the lock meanwhile.

    Where the lock is held for longer than the limit, the command is not begun: the Outcome has a problem that says who
    holds it. Where a stop was asked for, `once` says so itself.

    apt-get's own lock timeout does not cover `apt-get update`, so this loop is for all of them.
    """
    if not wait.until_free() and not wait.is_stopped():
        # Begun now it would wait by itself (apt for minutes, dnf without an end), and for longer than was said.
        return Outcome(None, problem=wait.problem())
    while True:
        locked: list[str] = []

        def watch(line: str, locked: list[str] = locked) -> None:
            if says_locked(line):
                locked.append(line)
            on_line(line)

        outcome = once(watch)
        if not locked or outcome.exit_code in (0, None) or outcome.stopped or outcome.timed_out:
            return outcome
        if not wait.may_retry():
            return Outcome(outcome.exit_code, seconds=outcome.seconds, problem=wait.problem())


def _locking_pid(path: str) -> int | None:
    try:
        descriptor = open_regular(path)
    except OSError:
        return None
    try:
        # struct flock of 64-bit Linux: type, whence, start, length, pid.
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, asked)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    kind, _whence, _start, _length, pid = struct.unpack("hhqqi4x", answer)
    return None if kind == fcntl.F_UNLCK else int(pid)


def _holder_by_pid_file() -> LockHolder | None:
    for pattern in DNF_PID_FILES:
        for path in glob.glob(pattern):
            try:
                pid = int(read_small(path, 32))
            except (OSError, ValueError):
                continue
            name = process_name(pid)
            # The number may have been given to another program since.
            if name.startswith(("dnf", "yum", "microdnf", "packagekit")):
                return LockHolder(path, pid, name)
    return None
