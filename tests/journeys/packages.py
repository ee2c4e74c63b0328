"""A package of the list, taken away and put back: the machine is left as it was found."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGE = "net-tools"  # nothing depends on it
_APT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}

# What stands in the way on small or unusual machines, accepted as an operator would.
ANSWERS = """\
apiVersion: cometchat-wizard/v1
kind: Answers
usage: {environment: testing}
accepted:
"""
ACCEPTED = (
    "platform-unsupported",
    "vcpus-short",
    "memory-short",
    "storage-short",
    "port-held",
    "container-guest",
    "kernel-vxlan",
    "docker-podman",
    "docker-snap",
    "filesystem-ftype",
)
ELSEWHERE = (
    "docker-settings",
    "remove-conflicts",
    "docker-repository",
    "install-docker",
    "install-compose",
    "start-docker",
    "install-git",
    "install-openssl",
    "install-jq",
    "install-curl",
)


def write_answers(path: Path) -> Path:
    """Blockers accepted with a reason, every step but that of the package skipped with one."""
    accepted = "".join(f"  - {{id: {ident}, reason: a test machine}}\n" for ident in ACCEPTED)
    skipped = "".join(f"  - {{step: {step}, reason: only {PACKAGE} here}}\n" for step in ELSEWHERE)
    path.write_text(f"{ANSWERS}{accepted}skipped:\n{skipped}")
    return path


def is_installed() -> bool:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", PACKAGE], capture_output=True, text=True
    )
    return done.stdout.startswith("ii")


def need_apt() -> None:
    """Skip where packages can't be tried; in CI that is a failure."""
    reason = None
    if os.geteuid() != 0:
        reason = "changing packages needs root"
    elif shutil.which("apt-get") is None:
        reason = "needs a Debian-like system"
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@contextmanager
def steady() -> Iterator[None]:
    """No test takes a package away inside: for those that look at the machine twice."""
    with _lock(fcntl.LOCK_SH):
        yield


@contextmanager
def alone() -> Iterator[None]:
    """No other test on this machine changes packages inside, or looks at them twice."""
    with _lock(fcntl.LOCK_EX):
        yield


@contextmanager
def _lock(kind: int) -> Iterator[None]:
    with open(Path(tempfile.gettempdir()) / "cometchat-wizard-tests-packages.lock", "w") as lock:
        fcntl.flock(lock, kind)
        yield


@contextmanager
def without_package() -> Iterator[None]:
    """The package is not there inside, and afterwards as it was. One test at a time on a machine."""
    with alone():
        was_there = is_installed()
        _apt("remove", "-y", PACKAGE)
        try:
            yield
        finally:
            _apt(*(("install", "-y", "--no-install-recommends") if was_there else ("remove", "-y")), PACKAGE)
            assert is_installed() == was_there


def _apt(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=60", *arguments],
        env=_APT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
