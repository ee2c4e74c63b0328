"""Sites to install into; the wheelhouse is filled once for the whole run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.install.site import Site, copy_checkout, filled_wheelhouse, shared

RAW_WIZARD = Path(__file__).with_name("raw_wizard.py")


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled by install.sh itself: the only test input that needs a network."""
    return filled_wheelhouse(tmp_path_factory)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A fresh checkout and an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return Site(copy_checkout(tmp_path / "checkout"), home)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, wheelhouse: Path) -> Site:
    """An installation that tests only start."""

    def make(target: Path) -> None:
        (target / "home").mkdir()
        site = Site(copy_checkout(target / "checkout"), target / "home")
        done = site.install("--wheelhouse", str(wheelhouse), "--install-only")
        assert done.returncode == 0, done.stderr

    target = shared(tmp_path_factory, "installed", make)
    return Site(target / "checkout", target / "home")


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory, installed: Site) -> Site:
    """The same installation with a program in the wizard's place that leaves the terminal in a mess on purpose."""

    def make(target: Path) -> None:
        shutil.copytree(installed.current, target / "environment", symlinks=True)
        (package,) = target.glob("environment/lib/python*/site-packages/wizard")
        (package / "__main__.py").write_text(RAW_WIZARD.read_text())
        (target / "bin").mkdir()
        (target / "bin/cometchat-wizard").symlink_to(target / "environment/bin/cometchat-wizard")

    target = shared(tmp_path_factory, "raw", make)
    return Site(target, target)
