"""What install.sh refuses: each one sentence with a next step, the right exit code, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from tests.install.site import Site, can_unshare, mounts_of_its_own, without_network

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
OLD_PYTHONS = sorted(PYENV.glob("versions/3.[6-9].*/bin/python3"))
TOOLS = "sh cat cksum cut date find grep head id ls mktemp readlink rm rmdir sed sort tail tr uname xargs"


def only_old_python(tmp_path: Path) -> str:
    """A PATH whose only Python is too old: a real one where there is one, else one that says so."""
    directory = tmp_path / "old"
    directory.mkdir()
    for tool in TOOLS.split():
        (directory / tool).symlink_to(shutil.which(tool) or "/bin/false")
    python = directory / "python3"
    if OLD_PYTHONS:
        python.symlink_to(OLD_PYTHONS[0])
    else:
        python.write_text('#!/bin/sh\n[ "$1" = -I ] && exit 1\necho 3.8\n')
        python.chmod(0o755)
    return str(directory)


@pytest.mark.parametrize(
    ("system", "version", "advice"),
    [
        ("ubuntu", "20.04", "Ubuntu 20.04 has none in its archive"),
        ("ubuntu", "22.04", "apt-get install python3)"),
        ("ubuntu", "24.04", "apt-get install python3)"),
        ("debian", "12", "apt-get install python3)"),
        ("rhel", "8.10", "dnf install python3.12)"),
        ("rhel", "9.4", "dnf install python3.12)"),
        ("rocky", "9.3", "dnf install python3.12)"),
        ("rhel", "10.0", "dnf install python3)"),
        ("arch", "", "from this system's packages"),
    ],
)
def test_with_old_pythons_only_one_sentence_names_the_package(
    site: Site, tmp_path: Path, system: str, version: str, advice: str
) -> None:
    release = tmp_path / "os-release"
    release.write_text(f'NAME="x"\nID="{system}"\nVERSION_ID="{version}"\n')
    site.environment |= {
        "PATH": only_old_python(tmp_path),
        "COMETCHAT_WIZARD_PYTHON": "",
        "COMETCHAT_WIZARD_OS_RELEASE": str(release),
    }
    done = site.install("check", "--json")
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and advice in done.stderr and "here is 3." in done.stderr
    assert site.tree() == []


def test_no_network_says_so_and_names_the_wheelhouse(site: Site) -> None:
    if not without_network():
        pytest.skip("needs root and network namespaces")
    done = site.install("check", "--json", before=without_network())
    assert done.returncode == 2 and done.stdout == ""
    assert "could not be fetched" in done.stderr and "--make-wheelhouse" in done.stderr
    assert site.tree() == []


def test_a_changed_wheel_is_not_installed(site: Site, wheelhouse: Path, tmp_path: Path) -> None:
    poisoned = tmp_path / "poisoned"
    shutil.copytree(wheelhouse, poisoned)
    with zipfile.ZipFile(next(poisoned.glob("distro-*.whl")), "a") as wheel:
        wheel.writestr("distro/more.py", "")
    done = site.install("--wheelhouse", str(poisoned), "check")
    assert done.returncode == 2 and "not the one that was pinned" in done.stderr
    assert site.tree() == []


def test_a_pip_that_is_not_the_pinned_one_is_never_run(site: Site, wheelhouse: Path, tmp_path: Path) -> None:
    poisoned = tmp_path / "poisoned"
    shutil.copytree(wheelhouse, poisoned)
    (pip,) = poisoned.glob("pip-*.whl")
    pip.unlink()
    with zipfile.ZipFile(pip, "w") as wheel:
        wheel.writestr("pip/__main__.py", f"open({str(tmp_path / 'ran')!r}, 'w')")
    done = site.install("--wheelhouse", str(poisoned), "--install-only")
    assert not (tmp_path / "ran").exists()
    assert done.returncode == 0, done.stderr  # the machine's own pip did it


def test_a_wheelhouse_that_lacks_something(site: Site, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = site.install("--wheelhouse", str(tmp_path / "empty"), "check")
    assert done.returncode == 2 and "lacks a package" in done.stderr
    assert site.install("--wheelhouse", str(tmp_path / "none"), "check").returncode == 2
    assert site.install("--wheelhouse").returncode == 2
    assert site.tree() == []


def test_another_s_command_or_directory_is_left_alone(site: Site, wheelhouse: Path) -> None:
    site.command.parent.mkdir()
    site.command.write_text("another's")
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only")
    assert done.returncode == 2 and "is not this installation's" in done.stderr
    site.command.unlink()
    site.prefix.mkdir(parents=True)
    (site.prefix / "letters").touch()
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only")
    assert done.returncode == 2 and "holds other files" in done.stderr
    assert site.install("--uninstall").returncode == 2
    assert site.tree() == ["bin", "opt", "opt/wizard", "opt/wizard/letters"]


def test_places_that_others_could_exchange_are_refused(site: Site, tmp_path: Path) -> None:
    site.prefix.parent.mkdir()
    site.prefix.symlink_to(tmp_path)
    assert "is a link" in site.install("--install-only").stderr
    site.prefix.unlink()
    site.prefix.parent.chmod(0o777)
    done = site.install("--install-only")
    assert done.returncode == 2 and "can be written by every user" in done.stderr
    site.prefix.parent.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(site.prefix.parent, 65534, 65534)
        done = site.install("--install-only")
        assert done.returncode == 2 and "belongs to another user" in done.stderr
        os.chown(site.prefix.parent, 0, 0)
        site.prefix.mkdir()
        os.chown(site.prefix, 65534, 65534)
        assert site.install("--version").returncode == 2
        assert site.install("--uninstall").returncode == 2


def test_a_second_one_at_the_same_time_is_told_who_is_at_work(site: Site) -> None:
    site.prefix.mkdir(parents=True)
    (site.prefix / ".cometchat-wizard").touch()
    with open(site.prefix / ".lock", "w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = site.install("--install-only")
    assert done.returncode == 7 and "process 4711" in done.stderr


def test_a_full_disk(site: Site, wheelhouse: Path) -> None:
    site.prefix.parent.mkdir()
    with mounts_of_its_own(f"mount -t tmpfs -o size=6m tmpfs {site.prefix.parent}") as before:
        done = site.install("--wheelhouse", str(wheelhouse), "check", before=before)
    assert done.returncode == 7 and done.stdout == ""
    assert "is full" in done.stderr and "df -h" in done.stderr


def test_a_read_only_place(site: Site, wheelhouse: Path) -> None:
    site.prefix.parent.mkdir()
    with mounts_of_its_own(f"mount -t tmpfs -o ro tmpfs {site.prefix.parent}") as before:
        done = site.install("--wheelhouse", str(wheelhouse), "check", before=before)
    assert done.returncode == 7 and "read-only" in done.stderr


def hidden_ensurepip(tmp_path: Path) -> Path:
    """This Python as Debian ships it without python3-venv: the same files, but no ensurepip and no pip."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    prefix = Path(sys.base_prefix)
    library = tmp_path / "bare/lib" / version
    library.mkdir(parents=True)
    for entry in (prefix / "lib" / version).iterdir():
        if entry.name not in ("ensurepip", "site-packages", "dist-packages", "__pycache__"):
            (library / entry.name).symlink_to(entry)
    for shared_library in (prefix / "lib").glob("libpython*"):
        (tmp_path / "bare/lib" / shared_library.name).symlink_to(shared_library)
    (library / "site-packages").mkdir()
    python = tmp_path / "bare/bin/python3"
    python.parent.mkdir()
    shutil.copy2(Path(sys.executable).resolve(), python)
    return python


def test_without_ensurepip_the_wheelhouse_s_pip_does(site: Site, wheelhouse: Path, tmp_path: Path) -> None:
    site.environment["COMETCHAT_WIZARD_PYTHON"] = str(hidden_ensurepip(tmp_path))
    done = site.install("--wheelhouse", str(wheelhouse), "--version", before=without_network())
    assert done.returncode == 0, done.stderr


def test_without_any_pip_debian_s_is_unpacked_and_nothing_installed(site: Site, tmp_path: Path) -> None:
    if not shutil.which("apt-get") or not can_unshare("-m"):
        pytest.skip("needs Debian's apt-get, root and mount namespaces")
    (tmp_path / "nothing").mkdir()
    site.environment["COMETCHAT_WIZARD_PYTHON"] = str(hidden_ensurepip(tmp_path))
    hide = f"mkdir -p /usr/share/python-wheels; mount --bind {tmp_path / 'nothing'} /usr/share/python-wheels"
    status = ("dpkg-query", "-W", "python3-pip-whl", "python3-venv", "python3-pip")
    packages = site.start(*status).stdout
    with mounts_of_its_own(hide) as before:
        done = site.install("--version", before=before)
    assert done.returncode == 0, done.stderr
    assert "python3-pip-whl" in done.stderr
    assert site.start(*status).stdout == packages
