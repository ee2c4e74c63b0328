"""This host as a machine: commands through plumbum, files atomically."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from wizard.machine.locks import LockWait, limit_seconds, package_lock_holder, run_waiting
from wizard.machine.outcome import OnLine, OnStart, Outcome
from wizard.machine.process import Watch
from wizard.machine.shared import with_keys
from wizard.model.merging import CannotMerge
from wizard.model.plan import Command, MergeFile, WriteFile

GRACE_SECONDS = 10.0
# A started process waits here, with its final number, until whoever started it has noted that on disk. Killed before,
# its end of the pipe closes, and the program never begins: there is no moment at which one runs that nobody knows of.
_GATE = 'read -r go || exit 125; exec "$@" </dev/null'
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_REFUSED = Outcome(None, problem="Stopped before this was started, as asked.", stopped=True)


def _needs_root(what: str) -> str:
    return f"{what} must run as root, and this run does not. Apply again as root, or with sudo."


def _nothing() -> None:
    return None


def _started(_pid: int) -> None:
    return None


def _open_gate(process: Any, on_start: OnStart) -> None:
    """Tell of the process, then let its program begin; where telling fails, or we die of it, it never does."""
    try:
        on_start(process.pid)
        # A shutdown ends what waits at the gate as well: then its exit code tells, as of any program that was ended.
        with contextlib.suppress(BrokenPipeError):
            os.write(process.stdin.fileno(), b"go\n")
        process.stdin.close()
    except BaseException:
        # Closing would flush what may stand in the buffer: it ends at the closed gate, or by this.
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        raise


class LocalMachine:
    """Does commands and writes on this host, as the user that this process is.

    lock_wait_seconds: how long to wait for the package manager's lock (None: ten minutes, or what
    COMETCHAT_WIZARD_LOCK_WAIT says). grace_seconds: between SIGTERM and SIGKILL for a program that must end.
    """

    def __init__(
        self, *, lock_wait_seconds: float | None = None, grace_seconds: float = GRACE_SECONDS
    ) -> None:
        given = lock_wait_seconds
        self._lock_wait_seconds = limit_seconds(os.environ) if given is None else given
        self._grace_seconds = grace_seconds
        self._is_stopped = False

    def stop(self) -> None:
        """End what runs now, or else refuse what comes next; what comes after that is done again.

        Only sets a mark: a signal handler may call it.
        """
        self._is_stopped = True

    def run(
        self,
        command: Command,
        on_line: OnLine,
        on_idle: Callable[[], None] | None = None,
        on_start: OnStart | None = None,
    ) -> Outcome:
        """Run a command to its end; at its timeout its whole process group is ended.

        Output (both streams, LC_ALL=C) comes line by line, each line in time. Never raises for what the
        command does: a missing program or a missing right is an Outcome with a problem. on_start is told its process
        id before the program begins; what that raises is raised, and the program does not begin.
        """
        if command.root and os.geteuid() != 0:
            return Outcome(None, problem=_needs_root(f"`{command.argv[0]}`"))
        # Asked now, since the step itself may have made the file or taken it away. A link that leads nowhere is none.
        if command.only_where and not os.path.exists(command.only_where):
            on_line(f"Not needed: there is no {command.only_where}.")
            return Outcome(command.ok_codes[0])
        outcome = self._run_in_turn(command, on_line, on_idle or _nothing, on_start or _started)
        if not self._is_stopped:
            return outcome
        self._is_stopped = False
        return replace(outcome, stopped=True)

    def write(self, file: WriteFile | MergeFile) -> Outcome:
        """Write a whole file atomically with its mode. An existing file keeps its owner.

        A file to be merged into is read at this moment, since somebody may have changed it after the plan was made;
        it keeps its mode, too. A missing directory is made (0755). Refused: a target that is not a plain file, a way
        through a symbolic link that somebody else could have laid, and a file to be merged into that can't be read.
        """
        if self._is_stopped:
            self._is_stopped = False
            return _REFUSED
        if file.root and os.geteuid() != 0:
            return Outcome(None, problem=_needs_root(f"Writing {file.write}"))
        started = time.monotonic()
        problem = unsafe_target(file.write)
        if problem:
            return Outcome(None, problem=problem)
        try:
            _write_keeping_owner(os.path.realpath(file.write), file)
        except CannotMerge as error:
            return Outcome(None, problem=str(error))
        except OSError as error:
            return Outcome(None, problem=f"{file.write} could not be written: {_reason(error)}.")
        return Outcome(0, seconds=time.monotonic() - started)

    def _run_in_turn(
        self, command: Command, on_line: OnLine, on_idle: Callable[[], None], on_start: OnStart
    ) -> Outcome:
        manager = command.waits_for
        if manager is None:
            return self._run_once(command, on_line, on_idle, on_start)
        wait = LockWait(
            lambda: package_lock_holder(manager), self._lock_wait_seconds, on_line, lambda: self._is_stopped
        )
        return run_waiting(lambda watch: self._run_once(command, watch, on_idle, on_start), wait, on_line)

    def _run_once(
        self, command: Command, on_line: OnLine, on_idle: Callable[[], None], on_start: OnStart
    ) -> Outcome:
        import shutil
        import subprocess

        from plumbum import local

        if self._is_stopped:
            return _REFUSED
        name = command.argv[0]
        program = shutil.which(name, path=_search_path())
        if program is None:
            is_there = "/" in name and os.path.exists(name)
            if command.may_be_missing and not is_there:
                return Outcome(command.ok_codes[0])
            problem = (
                f"`{name}` could not be started: it is no program."
                if is_there
                else f"command not found: {name}"
            )
            return Outcome(None, problem=problem)
        started = time.monotonic()
        try:
            process = local["/bin/sh"].popen(
                ["-c", _GATE, "sh", program, *command.argv[1:]],
                cwd="/",
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o022,
            )
        except (OSError, ValueError) as error:
            return Outcome(None, problem=f"`{name}` could not be started: {_reason(error)}.")
        _open_gate(process, on_start)
        watch = Watch(process, on_line, on_idle)
        ending = watch.until_end(command.timeout_seconds, lambda: self._is_stopped, self._grace_seconds)
        return Outcome(
            process.returncode,
            timed_out=ending == "timed out",
            seconds=time.monotonic() - started,
            stopped=ending == "stopped",
        )


def unsafe_target(path: str) -> str:
    """Why a file must not be written there, as a sentence; "" where it may."""
    if not os.path.isabs(path) or os.path.normpath(path) != path:
        return f"{path} is not an absolute path."
    part = path
    while part != "/":
        parent = os.path.dirname(part)
        if os.path.islink(part) and _others_can_write(parent):
            return f"{part} is a symbolic link in a directory that others can write. It was left alone."
        part = parent
    target = os.path.realpath(path)
    if os.path.lexists(target) and not stat.S_ISREG(os.lstat(target).st_mode):
        return f"{path} is there and is not a plain file. It was left alone."
    return ""


def _others_can_write(directory: str) -> bool:
    try:
        found = os.stat(directory)
    except OSError:
        return True
    return found.st_uid not in (0, os.geteuid()) or bool(found.st_mode & 0o022)


def _write_keeping_owner(path: str, file: WriteFile | MergeFile) -> None:
    from wizard.machine.files import leftovers, write_in

    directory, name = os.path.split(path)
    _make_directories(directory)
    directory_fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for left in leftovers(path):
            os.unlink(os.path.basename(left), dir_fd=directory_fd)
        owner = _owner_to_keep(name, directory_fd)
        if isinstance(file, MergeFile):
            content, mode = with_keys(directory_fd, name, file)
        else:
            content, mode = file.content.encode("utf-8", "surrogateescape"), file.mode
        if content is not None:
            write_in(directory_fd, name, content, mode, owner)
    finally:
        os.close(directory_fd)


def _owner_to_keep(name: str, directory_fd: int) -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    try:
        before = os.lstat(name, dir_fd=directory_fd)
    except FileNotFoundError:
        return None
    return before.st_uid, before.st_gid


def _make_directories(directory: str) -> None:
    if os.path.isdir(directory):
        return
    _make_directories(os.path.dirname(directory))
    os.mkdir(directory)
    # Whatever the umask is: apt reads its keys as a user of its own.
    os.chmod(directory, 0o755)  # noqa: S103


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or "input/output error"


def _search_path() -> str:
    given = os.environ.get("PATH", "")
    return f"{given}:{_SYSTEM_PATH}" if given else _SYSTEM_PATH


def _environment() -> dict[str, str]:
    # Our own interpreter's settings would break the distribution's Python scripts (apt hooks, needrestart). A Docker of
    # another machine that the operator's shell points to would answer whether containers run here.
    cleared = {name: "" for name in os.environ if name.startswith(("PYTHON", "DOCKER_"))}
    return {**cleared, "DOCKER_CONTEXT": "default", "LC_ALL": "C", "LANGUAGE": "", "PATH": _search_path()}
