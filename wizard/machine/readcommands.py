"""Commands that only read, all at once, each with a deadline after which its whole process group ends."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from typing import IO

from wizard.machine.readoutcome import Outcome

STDOUT_LIMIT_BYTES = 512 * 1024
STDERR_LIMIT_BYTES = 16 * 1024
# A grandchild may keep the pipe open after the command itself has ended: how long we listen on.
GRACE_SECONDS = 0.2


class _Job:
    """One running command and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], path: str, deadline: float) -> None:
        self.process = process
        self.path = path
        self.deadline = deadline
        self.output: dict[int, bytearray] = {}
        self.ended_at: float | None = None

    def limit(self, descriptor: int) -> int:
        standard_output = self.process.stdout
        is_output = standard_output is not None and descriptor == standard_output.fileno()
        return STDOUT_LIMIT_BYTES if is_output else STDERR_LIMIT_BYTES


class Commands:
    """Started commands by name. One deadline loop serves them all, without threads."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._jobs: dict[str, _Job] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._selector = selectors.DefaultSelector()

    def start(self, name: str, path: str | None, arguments: tuple[str, ...], timeout_seconds: float) -> None:
        """Start `path` with arguments; a missing or unstartable program is an outcome, not an error."""
        self._outcomes.pop(name, None)
        if path is None:
            self._outcomes[name] = Outcome("missing")
            return
        try:
            process = subprocess.Popen(
                (path, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env=self._environment,
                start_new_session=True,
                # What is asked may keep what it fetched (dnf its lists), and others read that.
                umask=0o022,
            )
        except (OSError, ValueError) as error:
            self._outcomes[name] = Outcome("done", 127, "", str(error), path)
            return
        job = _Job(process, path, time.monotonic() + timeout_seconds)
        self._jobs[name] = job
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                job.output[pipe.fileno()] = bytearray()
                self._selector.register(pipe, selectors.EVENT_READ, (name, pipe))

    def wait(self, names: tuple[str, ...] | None = None) -> dict[str, Outcome]:
        """The outcomes of these commands (None: all that were started); unknown names are left out."""
        wanted = set(self._jobs if names is None else names) & set(self._jobs)
        while wanted & set(self._jobs):
            self._step()
        chosen = self._outcomes if names is None else names
        return {name: self._outcomes[name] for name in chosen if name in self._outcomes}

    def forget(self, name: str) -> None:
        """Leave an outcome out of what `wait` gives for all."""
        self._outcomes.pop(name, None)

    def _step(self) -> None:
        now = time.monotonic()
        nearest = min(job.deadline for job in self._jobs.values())
        for key, _events in self._selector.select(max(0.0, min(nearest - now, 0.05))):
            name, pipe = key.data
            self._drain(self._jobs[name], pipe)
        for name, job in list(self._jobs.items()):
            self._settle(name, job)

    def _drain(self, job: _Job, pipe: IO[bytes]) -> None:
        descriptor = pipe.fileno()
        try:
            piece = os.read(descriptor, 65536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._selector.unregister(pipe)
            return
        kept = job.output[descriptor]
        kept += piece[: job.limit(descriptor) - len(kept)]

    def _settle(self, name: str, job: _Job) -> None:
        now = time.monotonic()
        open_pipes = [pipe for pipe in (job.process.stdout, job.process.stderr) if self._is_open(pipe)]
        if job.process.poll() is not None:
            job.ended_at = job.ended_at or now
            if not open_pipes or now - job.ended_at > GRACE_SECONDS:
                self._finish(name, job, timed_out=False)
                return
        if now >= job.deadline:
            self._finish(name, job, timed_out=True)

    def _is_open(self, pipe: IO[bytes] | None) -> bool:
        return pipe is not None and pipe.fileno() in self._selector.get_map()

    def _finish(self, name: str, job: _Job, *, timed_out: bool) -> None:
        if timed_out or any(self._is_open(pipe) for pipe in (job.process.stdout, job.process.stderr)):
            _kill_group(job.process)
        texts = [bytes(kept).decode("utf-8", "replace") for kept in job.output.values()]
        for pipe in (job.process.stdout, job.process.stderr):
            if pipe is not None:
                if self._is_open(pipe):
                    self._selector.unregister(pipe)
                pipe.close()
        del self._jobs[name]
        self._outcomes[name] = Outcome(
            "timed-out" if timed_out else "done", job.process.returncode, texts[0], texts[1], job.path
        )


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the command and all it started; one that the kernel holds (dead NFS) is left behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        pass
