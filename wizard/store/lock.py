"""One holder of a session at a time: the kernel's lock on a file, which a dead holder loses by itself."""

from __future__ import annotations

import fcntl
import json
import os
import time

from wizard.machine.files import (
    UnsafePath,
    ensure_private_directory,
    open_record,
    open_to_write,
    read_record,
    sweep_temporary,
    write_atomic,
)
from wizard.machine.marks import boot_id, start_ticks
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import plain, shown
from wizard.model.rebuild import rebuild
from wizard.model.session import Holder
from wizard.model.strictjson import read_json
from wizard.store.process import end_process
from wizard.store.trouble import unusable

_LOCK, _REQUEST = "lock", "takeover"
_WORD_LIMIT = 60
_OURS = ("session.json", "session.json.bak", "moved.json", "lock", "runs")
_UNKNOWN = Holder(pid=0, user="", terminal="", client="", since="")


class Held(Failure):
    """Another process holds the session; `holder` says who, as far as it is known."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(
            f"This session is open in another cometchat-wizard{_described(holder)}.",
            why="Two at once would overwrite each other's answers.",
            next_step="Close the other one, or take over from it: start the wizard on a terminal and say so.",
            code=ExitCode.SESSION_UNUSABLE,
        )
        self.holder = holder


class Lock:
    """A session that is held; made by `acquire`, ended by `release` or by the end of the process."""

    def __init__(self, directory: str, lock_fd: int) -> None:
        self._request = os.path.join(directory, _REQUEST)
        self._lock_fd = lock_fd

    @classmethod
    def acquire(cls, directory: str, holder: Holder) -> Lock:
        """Hold the session. Raises Held where somebody else does, Failure (code 7) for the directory."""
        try:
            ensure_private_directory(directory, _OURS)
            lock_fd = _opened(directory)
            try:
                if not _locked(lock_fd, patience_seconds=0.2):
                    raise Held(_holder_in(directory) or _UNKNOWN)
                _write_holder(lock_fd, holder)
                _remove_request(directory)
                sweep_temporary(directory)
            except BaseException:
                os.close(lock_fd)
                raise
        except OSError as error:
            raise unusable(error, directory) from None
        return cls(directory, lock_fd)

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._lock_fd >= 0:
            try:
                os.ftruncate(self._lock_fd, 0)
            finally:
                os.close(self._lock_fd)
                self._lock_fd = -1

    def release_wanted(self) -> bool:
        """True once somebody asked to take over: save, release and leave. One stat, cheap enough to poll."""
        return os.path.lexists(self._request)

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()


def holder_of(directory: str) -> Holder | None:
    """Who holds the session now, None if nobody does (or the directory can't be read). Never waits."""
    try:
        lock_fd = open_record(os.path.join(directory, _LOCK))
    except OSError:
        return None
    try:
        # A shared lock for an instant: `acquire` tries again for long enough not to be turned away by it.
        fcntl.flock(lock_fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _holder_in(directory) or _UNKNOWN
    finally:
        os.close(lock_fd)
    return None


def take_over(directory: str, timeout_seconds: float = 4) -> None:
    """Ask the holder to leave and wait; after the timeout end its process, if it surely is the holder.

    Returns with the lock free: acquire it then. Failure, code 7: it is still held, with what to do.
    """
    try:
        lock_fd = _opened(directory)
        try:
            write_atomic(os.path.join(directory, _REQUEST), "")
            if _locked(lock_fd, timeout_seconds):
                return
            _end_holder(directory, lock_fd)
        finally:
            _remove_request(directory)
            os.close(lock_fd)
    except OSError as error:
        raise unusable(error, directory) from None


def _end_holder(directory: str, lock_fd: int) -> None:
    record = _record(directory)
    holder = _holder_in(directory) or _UNKNOWN
    if record.get("boot_id") == boot_id() and holder.pid not in (0, os.getpid()):
        for signal_name, patience_seconds in (("SIGTERM", 1.5), ("SIGKILL", 2.0)):
            if end_process(holder.pid, record.get("start_time"), signal_name) and _locked(
                lock_fd, patience_seconds
            ):
                return
    if _locked(lock_fd, 0):
        return
    raise Failure(
        f"The other cometchat-wizard{_described(holder)} did not leave, and it can't be ended from here.",
        why="It runs as another user or on another machine, so this one must not take its session.",
        next_step=f"End process {holder.pid} as the user it belongs to, or as root, then start again.",
        code=ExitCode.SESSION_UNUSABLE,
    )


def _opened(directory: str) -> int:
    return open_to_write(os.path.join(directory, _LOCK), os.O_RDWR)


def _locked(lock_fd: int, patience_seconds: float) -> bool:
    """True once the lock is ours."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
        time.sleep(0.02)


def _write_holder(lock_fd: int, holder: Holder) -> None:
    if os.fstat(lock_fd).st_nlink > 1:
        raise UnsafePath(f"{_LOCK} in it is another file, too (a hard link)", _LOCK)
    record = {**plain(holder), "boot_id": boot_id(), "start_time": start_ticks(holder.pid)}
    os.ftruncate(lock_fd, 0)
    os.pwrite(lock_fd, json.dumps(record).encode(), 0)


def _remove_request(directory: str) -> None:
    try:
        os.unlink(os.path.join(directory, _REQUEST))
    except FileNotFoundError:
        pass


def _record(directory: str) -> dict[str, object]:
    try:
        data = read_json(read_record(os.path.join(directory, _LOCK), 4096))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _holder_in(directory: str) -> Holder | None:
    try:
        found = rebuild(Holder, _record(directory))
    except ValueError:
        return None
    # Shown on terminals.
    return Holder(
        found.pid,
        *(shown(text, _WORD_LIMIT) for text in (found.user, found.terminal, found.client, found.since)),
    )


def _described(holder: Holder) -> str:
    if not holder.pid:
        return ""
    where = f" on {holder.terminal}" if holder.terminal else ""
    client = f" from {holder.client}" if holder.client else ""
    return shown(f" (process {holder.pid}, {holder.user}{where}{client}, since {holder.since})", 200)
