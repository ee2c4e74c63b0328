"""What other users can change decides nothing that root does: attacks on install.sh and on its command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.site import Site, copy_checkout, mounts_of_its_own, without_network

KIM = 65534
SHELLS = ("dash", "busybox sh", "bash --posix")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it is about what root runs"),
]


@pytest.fixture
def kims(tmp_path: Path) -> Path:
    """A directory of another user's whose every program leaves a trace when it is run."""
    path = tmp_path / "home-kim"
    path.mkdir()
    names = "python3 python3.11 readlink ls id find sed stty apt-get env mktemp cksum head tr grep git getent"
    for name in names.split():
        program = path / name
        program.write_text(f'#!/bin/sh\necho {name} >>{tmp_path}/ran\nexec /usr/bin/{name} "$@"\n')
        program.chmod(0o755)
        os.chown(program, KIM, KIM)
    os.chown(path, KIM, KIM)
    return path


@pytest.fixture
def traps(tmp_path: Path) -> Iterator[None]:
    """Nothing of the other user's was run, whatever the test did."""
    yield
    assert not (tmp_path / "ran").exists(), (tmp_path / "ran").read_text()


@pytest.mark.parametrize("shell", SHELLS)
def test_piped_it_takes_nothing_from_the_directory_where_the_shell_stands(
    site: Site, tmp_path: Path, shell: str
) -> None:
    words = shell.split()
    if not shutil.which(words[0]):
        pytest.skip(f"no {words[0]} here")
    (site.checkout / "wizard/__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    for name in ("sh", "dash", "bash", "busybox"):  # so that $0 is a file
        shutil.copy2(site.checkout / "install.sh", site.checkout / name)
    done = subprocess.run(
        [*words, "-s", "--", "--install-only"],
        stdin=open(site.checkout / "install.sh"),  # noqa: SIM115
        env=site.variables(),
        cwd=site.checkout,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2 and "run ./install.sh in it" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert site.tree() == [] and not (tmp_path / "ran").exists()


def give_file(site: Site) -> None:
    os.chown(site.checkout / "wizard/cli/main.py", KIM, KIM)


def give_directory(site: Site) -> None:
    os.chown(site.checkout / "assets", KIM, KIM)


def give_all(site: Site) -> None:
    for path in (site.checkout, *site.checkout.rglob("*")):
        os.chown(path, KIM, KIM)


def open_file(site: Site) -> None:
    (site.checkout / "requirements.txt").chmod(0o666)


def open_directory(site: Site) -> None:
    (site.checkout / "wizard").chmod(0o777)


def open_group(site: Site) -> None:
    os.chown(site.checkout / "wizard/cli", 0, KIM)
    (site.checkout / "wizard/cli").chmod(0o775)


def lay_link(site: Site) -> None:
    (site.checkout / "wizard/planted.py").symlink_to("/etc/passwd")


def open_the_way(site: Site) -> None:
    site.checkout.chmod(0o777)


FOREIGN = (give_file, give_directory, give_all, open_file, open_directory, open_group, lay_link, open_the_way)


@pytest.mark.parametrize("attack", FOREIGN)
def test_root_installs_no_checkout_that_others_can_change(site: Site, attack: object) -> None:
    assert callable(attack)
    attack(site)
    done = site.install("--install-only")
    assert done.returncode == 2 and done.stdout == ""
    assert "another user could decide what root installs" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert site.tree() == []


def test_who_became_root_through_sudo_may_install_their_own_checkout(site: Site, wheelhouse: Path) -> None:
    give_all(site)
    site.environment["SUDO_UID"] = "1000"
    assert site.install("--install-only").returncode == 2
    site.environment["SUDO_UID"] = str(KIM)
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only", before=without_network())
    assert done.returncode == 0, done.stderr
    assert {path.lstat().st_uid for path in site.prefix.rglob("*")} == {0}, "the copy is root's"


@pytest.mark.usefixtures("traps")
def test_another_s_programs_on_the_path_are_never_run(site: Site, wheelhouse: Path, kims: Path) -> None:
    site.environment |= {
        "PATH": f"{kims}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(kims),
        "TMPDIR": str(kims),
    }
    site.environment |= {"PYTHONPATH": str(kims), "BASH_ENV": str(kims / "id"), "ENV": str(kims / "id")}
    site.environment |= {"PIP_CONFIG_FILE": str(kims / "pip.conf"), "LD_LIBRARY_PATH": str(kims)}
    (kims / "pip.conf").write_text(f"[global]\nlog = {kims}/log\ntarget = {kims}/target\n")
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only", before=without_network())
    assert done.returncode == 0, done.stderr
    assert site.start(str(site.command), "--version").returncode == 0
    assert site.start(str(site.command), "survey", "--json").returncode == 0
    assert site.install("--uninstall").returncode == 0
    assert {path.name for path in kims.iterdir()} & {"log", "target"} == set()
    assert not [path for path in kims.iterdir() if path.lstat().st_uid == 0 and path.name != "pip.conf"]


@pytest.mark.usefixtures("traps")
def test_functions_that_bash_hands_on_are_not_run_either(site: Site, tmp_path: Path) -> None:
    trap = f"() {{ echo it >>{tmp_path}/ran; }}"
    site.environment |= {
        f"BASH_FUNC_{name}%%": trap for name in ("id", "env", "ls", "sed", "readlink", "find")
    }
    site.install("--version", before=("bash", "--posix"))
    site.install("--uninstall", before=("bash",))


@pytest.mark.usefixtures("traps")
def test_a_python_that_others_can_change_is_named_and_not_run(site: Site, kims: Path, tmp_path: Path) -> None:
    site.environment["COMETCHAT_WIZARD_PYTHON"] = str(kims / "python3")
    done = site.install("--install-only")
    assert done.returncode == 2 and f"{kims} belongs to another user (nobody)" in done.stderr
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "python3").symlink_to(kims / "python3")
    site.environment |= {"COMETCHAT_WIZARD_PYTHON": "", "PATH": f"{ours}:{kims}"}
    done = site.install("--install-only")
    assert done.returncode == 2 and "No Python of 3.10" in done.stderr
    assert f" is not run as root, since {kims} belongs to another user" in done.stderr
    assert site.tree() == []


@pytest.mark.usefixtures("traps")
def test_a_python_whose_modules_others_can_change_is_not_run(site: Site, kims: Path, tmp_path: Path) -> None:
    """Its file is root's; pyvenv.cfg, or a directory of modules, is not."""
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    (modules,) = place.glob("lib/python3*/site-packages")
    (modules / "planted.pth").write_text(f"import os; open({str(tmp_path / 'ran')!r}, 'w')\n")
    site.environment["COMETCHAT_WIZARD_PYTHON"] = str(place / "bin/python3")
    for weak in (modules / "planted.pth", modules, place / "pyvenv.cfg"):
        os.chown(weak, KIM, KIM)
        done = site.install("--install-only")
        assert done.returncode == 2 and f"/{weak.name} belongs to another user" in done.stderr, done.stderr
        assert "is not run as root" in done.stderr
        os.chown(weak, 0, 0)
    assert site.tree() == []


def test_a_prefix_of_a_foreign_group_is_refused_and_one_of_an_empty_group_is_not(
    site: Site, wheelhouse: Path
) -> None:
    """As on Debian, where /usr/local may be root:staff 2775 and nobody is in staff."""
    site.prefix.parent.mkdir()
    site.prefix.parent.chmod(0o2775)
    os.chown(site.prefix.parent, 0, KIM)
    done = site.install("--install-only")
    assert done.returncode == 2 and "can be written by the group with the number 65534" in done.stderr
    staff = subprocess.run(["getent", "group", "staff"], capture_output=True, text=True).stdout.strip()
    if not staff.endswith(":"):
        pytest.skip("no empty group staff here")
    os.chown(site.prefix.parent, 0, int(staff.split(":")[2]))
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only", before=without_network())
    assert done.returncode == 0, done.stderr
    assert site.install("--version").returncode == 0


@pytest.mark.usefixtures("traps")
def test_an_installation_that_others_could_have_changed_is_not_started(
    site: Site, wheelhouse: Path, tmp_path: Path
) -> None:
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only", before=without_network())
    assert done.returncode == 0, done.stderr
    (module,) = site.current.glob("lib/python3*/site-packages/wizard/__init__.py")
    text = module.read_text()
    module.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n" + text)
    os.chown(module, KIM, KIM)
    done = site.install("--version")
    assert done.returncode == 2 and "is run as root" in done.stderr and str(module.name) in done.stderr
    assert site.install("--uninstall").returncode == 0, "removing runs nothing of it"


def test_packages_are_copied_before_they_are_looked_at_where_others_can_exchange_them(
    site: Site, wheelhouse: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(wheelhouse, theirs)
    os.chown(theirs, KIM, KIM)
    done = site.install("--wheelhouse", str(theirs), "--install-only", before=without_network())
    assert done.returncode == 0, done.stderr
    assert (site.current / "source").read_text() == f"{site.checkout}\n{theirs}\n"


def test_root_fills_no_wheelhouse_in_another_s_directory(site: Site, kims: Path) -> None:
    done = site.install("--make-wheelhouse", str(kims / "wheels"))
    assert done.returncode == 2 and "root writes nothing there" in done.stderr
    assert not list((kims / "wheels").iterdir())


# ------------------------------------------------------------------------------------------------ uninstalling


@pytest.fixture
def taken(site: Site, wheelhouse: Path) -> Site:
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only", before=without_network())
    assert done.returncode == 0, done.stderr
    site.home.chmod(0o755)
    for parent in (site.home.parent, site.home.parent.parent):
        parent.chmod(0o711)
    return site


SLEEP = "import ctypes, time; ctypes.CDLL(None).prctl(4, {}, 0, 0, 0); print(1, flush=True); time.sleep(60)"


def pretending(argv0: Path, program: str, uid: int, is_hidden: bool = False) -> subprocess.Popen[str]:
    """A process that has that name and sleeps. hidden: Linux gives its directory in /proc to root."""
    process = subprocess.Popen(
        [str(argv0), "-I", "-c", SLEEP.format(0 if is_hidden else 1)],
        executable=program,
        user=uid,
        group=uid,
        extra_groups=[],
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "1\n"
    return process


@pytest.mark.parametrize("is_hidden", [False, True])
def test_no_other_user_keeps_it_installed_by_a_process_that_is_called_like_ours(
    taken: Site, is_hidden: bool
) -> None:
    process = pretending(taken.current / "bin/python", "/usr/bin/python3", KIM, is_hidden)
    try:
        done = taken.install("--uninstall")
        assert done.returncode == 0, done.stderr
    finally:
        process.kill()
        process.wait()


def test_a_wizard_of_root_s_that_runs_keeps_it_installed(taken: Site) -> None:
    """And a program of root's that only has its name does not."""
    python = str(taken.current / "bin/python")
    process = pretending(Path(python), python, 0)
    try:
        done = taken.install("--uninstall")
        assert done.returncode == 7 and f"process {process.pid}" in done.stderr
    finally:
        process.kill()
        process.wait()
    other = subprocess.Popen([python, "60"], executable="/bin/sleep")
    try:
        assert taken.install("--uninstall").returncode == 0
    finally:
        other.kill()
        other.wait()


def test_a_wizard_in_a_container_does_not_keep_ours_installed(taken: Site, tmp_path: Path) -> None:
    """The same names, another root: as a lab's host looks from outside."""
    copy = tmp_path / "its-own"
    shutil.copytree(taken.prefix, copy, symlinks=True)
    python = taken.current / "bin/python"
    with mounts_of_its_own(f"mount --bind {copy} {taken.prefix}") as before:
        process = subprocess.Popen(
            [*before, str(python), "-I", "-c", SLEEP.format(1)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None and process.stdout.readline() == "1\n"
            done = taken.install("--uninstall")
            assert done.returncode == 0, done.stderr
        finally:
            process.kill()
            process.wait()


def test_the_checkout_of_a_release_is_copied_by_root_itself(tmp_path: Path) -> None:
    """The tests' own checkout has no weak spot: what passes above passes for that reason alone."""
    assert os.stat(copy_checkout(tmp_path / "checkout")).st_uid == 0
