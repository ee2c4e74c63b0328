"""A place to install into, and what may be known about this machine."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("wizard", "assets", "install.sh", "requirements.txt", "requirements-pip.txt")


@dataclass
class Site:
    """One checkout, one home and one prefix. run: install.sh with arguments; command: the installed command."""

    checkout: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> Path:
        return self.home / "opt" / "wizard"

    @property
    def command(self) -> Path:
        return self.home / "bin" / "cometchat-wizard"

    @property
    def current(self) -> Path:
        return (self.prefix / "current").resolve()

    def variables(self) -> dict[str, str]:
        """A small environment: nothing of the caller's but how packages are fetched and where programs are."""
        kept = {
            name: os.environ[name]
            for name in os.environ
            if name.startswith(("PIP_", "PYENV_", "HTTP", "SSL"))
        }
        return (
            kept
            | {
                "HOME": str(self.home),
                "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "COMETCHAT_WIZARD_PREFIX": str(self.prefix),
                "COMETCHAT_WIZARD_BIN": str(self.command.parent),
                "COMETCHAT_WIZARD_PYTHON": sys.executable,
                "TERM": "xterm-256color",
            }
            | self.environment
        )

    def install(self, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """install.sh with `before` in front of it (a shell, unshare), output captured."""
        return self.start(*before, str(self.checkout / "install.sh"), *arguments)

    def start(self, *argv: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in self.variables().items() if value}
        return subprocess.run(
            argv,
            env=variables,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=110,
        )

    def tree(self) -> list[str]:
        """Everything under the home, as relative paths (pip asks rustc for its version, which may leave a file)."""
        names = (path.relative_to(self.home) for path in self.home.rglob("*"))
        return sorted(str(name) for name in names if name.parts[0] != ".rustup")


def copy_checkout(target: Path) -> Path:
    """What a release holds, as far as install.sh is concerned."""
    target.mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / name)
    return target


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A directory made once for all xdist workers."""
    base = factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    target = base / name
    with open(base / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "made").exists():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            make(target)
            (target / "made").touch()
    return target


def filled_wheelhouse(factory: pytest.TempPathFactory) -> Path:
    """Filled once for the whole run by install.sh itself, from the checkout beside it; needs a network."""

    def fill(target: Path) -> None:
        site = Site(copy_checkout(target / "checkout"), target)
        done = site.install("--make-wheelhouse", str(target / "wheels"))
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""

    return shared(factory, "wheelhouse", fill) / "wheels"


@cache
def can_unshare(*options: str) -> bool:
    """Whether namespaces can be made here (root, and not inside a container that forbids it)."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", *options, "true"], capture_output=True).returncode == 0


def without_network() -> tuple[str, ...]:
    """The words that take the network away, () where that can't be done."""
    return ("unshare", "-n") if can_unshare("-n") else ()


@contextmanager
def mounts_of_its_own(script: str) -> Iterator[tuple[str, ...]]:
    """The words that run a command after `script` in a mount namespace of its own; skips where that can't be done."""
    if not can_unshare("-m"):
        pytest.skip("needs root and mount namespaces")
    yield ("unshare", "-m", "sh", "-ec", f'{script}; exec "$@"', "sh")
