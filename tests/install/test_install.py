"""Setting up, starting again, updating and removing, with no network where that can be taken away."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

import pytest

from tests.install.site import Site, copy_checkout, without_network

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PYTHON_FITS = "import sys, venv, ssl, zlib; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 15))"


def test_installs_without_a_network_and_leaves_nothing_but_sessions(site: Site, wheelhouse: Path) -> None:
    site.environment["PYTHONDONTWRITEBYTECODE"] = "1"
    session = site.home / "sessions"
    session.mkdir()
    (session / "session.json").write_text("{}")
    site.environment["COMETCHAT_WIZARD_SESSION"] = str(session)
    before = site.tree()

    done = site.install("--wheelhouse", str(wheelhouse), "--version", before=without_network())
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1 and "0." in done.stdout
    assert "Setting up the wizard" in done.stderr
    site_packages = next(site.current.glob("lib/python*/site-packages"))
    assert list(site_packages.glob("wizard/__pycache__/__main__*.pyc"))
    assert list(site_packages.glob("textual/__pycache__/app*.pyc"))
    assert (site_packages / "wizard/_assets").is_dir()
    assert site.start(str(site.command), "--version").stdout == done.stdout

    removed = site.install("--uninstall")
    assert removed.returncode == 0, removed.stderr
    assert removed.stdout == "" and f"kept in {session}" in removed.stderr
    assert site.tree() == before
    assert site.install("--uninstall").returncode == 0


def test_the_second_start_goes_straight_to_the_wizard(installed: Site) -> None:
    before = installed.current
    durations = []
    for _ in range(3):
        start = time.monotonic()
        done = installed.install("--version")
        durations.append(time.monotonic() - start)
        assert (done.returncode, done.stderr) == (0, "")
    assert installed.current == before
    assert min(durations) < 1


def test_exit_codes_and_standard_output_are_the_wizard_s(installed: Site) -> None:
    refused = installed.install("no-such-command")
    assert refused.returncode == 2
    assert refused.stdout == "" and refused.stderr != ""
    estimate = installed.install("estimate", "--mau", "50000", "--json")
    assert estimate.returncode == 0, estimate.stderr
    assert estimate.stdout.lstrip().startswith("{") and estimate.stdout.rstrip().endswith("}")


@pytest.mark.parametrize("shell", ["dash", "busybox sh", "bash --posix"])
def test_every_posix_shell_will_do(site: Site, wheelhouse: Path, shell: str) -> None:
    words = shell.split()
    if not shutil.which(words[0]):
        pytest.skip(f"no {words[0]} here")
    done = site.install("--wheelhouse", str(wheelhouse), "--version", before=(*without_network(), *words))
    assert done.returncode == 0, done.stderr
    assert site.install("--version", before=tuple(words)).stderr == ""
    assert site.install("--uninstall", before=tuple(words)).returncode == 0
    assert site.tree() == []


def test_an_update_switches_at_once_and_needs_no_network_for_the_same_packages(
    site: Site, wheelhouse: Path
) -> None:
    site.install("--wheelhouse", str(wheelhouse), "--install-only")
    first = site.current
    source = site.checkout / "wizard/__init__.py"
    source.write_text(source.read_text().replace('"0.1.0"', '"0.1.1"'))
    done = site.install("--version", before=without_network())
    assert done.returncode == 0, done.stderr
    assert "0.1.1" in done.stdout and "Updating" in done.stderr
    assert site.current != first and first.is_dir()
    source.write_text(source.read_text().replace('"0.1.1"', '"0.1.2"'))
    assert "0.1.2" in site.install("--version").stdout
    assert not first.exists(), "two versions are kept, no more"


def test_a_broken_update_leaves_the_old_version_working(site: Site, wheelhouse: Path) -> None:
    site.install("--wheelhouse", str(wheelhouse), "--install-only")
    first = site.current
    pins = site.checkout / "requirements.txt"
    pins.write_text(pins.read_text().replace("sha256:", "sha256:0"))

    done = site.install("--wheelhouse", str(wheelhouse), "--version")
    assert done.returncode == 2 and done.stdout == ""
    assert "untouched" in done.stderr
    assert site.current == first
    assert [path.name for path in (site.prefix / "envs").iterdir()] == [first.name]
    assert site.start(str(site.command), "--version").returncode == 0


def test_names_with_spaces_and_quotes_and_a_closed_umask(site: Site, wheelhouse: Path) -> None:
    site.environment["COMETCHAT_WIZARD_PREFIX"] = str(site.home / "it's a place")
    done = site.install(
        "--wheelhouse", str(wheelhouse), "--install-only", before=("sh", "-c", 'umask 077; exec "$@"', "sh")
    )
    assert done.returncode == 0, done.stderr
    assert site.start(str(site.command), "--version").returncode == 0
    place = site.home / "it's a place"
    assert stat.S_IMODE(place.stat().st_mode) == 0o755
    assert (
        stat.S_IMODE(next(place.glob("envs/*/lib/python*/site-packages/wizard/__init__.py")).stat().st_mode)
        & 0o044
    )


def test_another_user_installs_at_home(wheelhouse: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root, to become somebody else")
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        site = Site(copy_checkout(place / "checkout"), place / "home")
        site.home.mkdir()
        shutil.copytree(wheelhouse, place / "wheels")
        for path in (place, site.home):
            os.chown(path, 65534, 65534)
        site.environment = {
            "PATH": "/usr/bin:/bin",
            "COMETCHAT_WIZARD_PREFIX": "",
            "COMETCHAT_WIZARD_BIN": "",
            "COMETCHAT_WIZARD_PYTHON": "",
        }
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        if site.start(*nobody, "/usr/bin/python3", "-c", PYTHON_FITS).returncode:
            pytest.skip("no Python of 3.10 or later in /usr/bin")
        done = site.install("--wheelhouse", str(place / "wheels"), "--version", before=nobody)
        assert done.returncode == 0, done.stderr
        assert "is not on your PATH" in done.stderr
        command = site.home / ".local/bin/cometchat-wizard"
        assert command.resolve().is_relative_to(site.home / ".local/share/cometchat-wizard")
        assert site.start(*nobody, str(command), "--version").returncode == 0
        removed = site.install("--uninstall", before=nobody)
        assert removed.returncode == 0 and f"{site.home}/.local/state/cometchat-wizard" in removed.stderr
        assert site.tree() == []


def test_asking_for_help_sets_nothing_up(site: Site) -> None:
    done = site.install("--help")
    assert done.returncode == 0 and done.stdout == ""
    assert "--wheelhouse DIR" in done.stderr and "--uninstall" in done.stderr
    assert site.tree() == []


def test_help_is_the_wizard_s_too_where_it_is_set_up(installed: Site) -> None:
    done = installed.install("--help")
    assert done.returncode == 0
    assert "--uninstall" in done.stderr and "estimate" in done.stdout + done.stderr
