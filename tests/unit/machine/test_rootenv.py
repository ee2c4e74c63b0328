"""What root takes over from the shell that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.machine.local import LocalMachine
from wizard.machine.reading import LocalReader
from wizard.machine.rootenv import keep_to_own, own_directories
from wizard.model.plan import Command

OTHER = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="what root does")
ROOT = Path(__file__).resolve().parents[3]

# What `sudo -E`, `sudo env` or `su` can hand over, and what each would do.
DANGEROUS = """
LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV IFS SHELLOPTS PS4 CDPATH BASH_FUNC_git%% PYTHONPATH PYTHONHOME
PYTHONSTARTUP PYTHONINSPECT GIT_DIR GIT_EXEC_PATH GIT_CONFIG_GLOBAL GIT_SSH_COMMAND DOCKER_HOST DOCKER_CONFIG
DOCKER_CONTEXT DOCKER_CLI_PLUGIN_EXTRA_DIRS LESSOPEN LESSCLOSE PAGER EDITOR VISUAL SUDO_ASKPASS SSH_ASKPASS
PERL5LIB PERL5OPT RUBYOPT NODE_OPTIONS APT_CONFIG DPKG_ROOT RPM_CONFIGDIR GNUPGHOME OPENSSL_CONF SSL_CERT_FILE
CURL_HOME XDG_CONFIG_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR TERMINFO LOCPATH NLSPATH GCONV_PATH HOSTALIASES
RES_OPTIONS MALLOC_TRACE SYSTEMD_PAGER SYSTEMD_UNIT_PATH DBUS_SYSTEM_BUS_ADDRESS DBUS_SESSION_BUS_ADDRESS
TEXTUAL_LOG PIP_CONFIG_FILE NEEDRESTART_MODE http_proxy_of_mine
"""


@pytest.fixture
def kims(tmp_path: Path) -> Path:
    """A directory of another user with a git of theirs."""
    path = tmp_path / "home-kim/bin"
    path.mkdir(parents=True)
    (path / "git").write_text(f"#!/bin/sh\nid -u >>{tmp_path}/ran\necho git version 9.9\n")
    (path / "git").chmod(0o755)
    os.chown(path.parent, OTHER, OTHER)
    os.chown(path, OTHER, OTHER)
    return path


def test_root_takes_over_nothing_that_decides_what_runs_or_is_read(kims: Path) -> None:
    given = {name: str(kims) for name in DANGEROUS.split()}
    given |= {"PATH": f"{kims}:relative:/tmp:/usr/bin", "HOME": str(kims), "TMPDIR": str(kims)}
    given |= {"XDG_STATE_HOME": str(kims), "LANG": "/home/kim/locale", "LC_ALL": "%n", "TERM": "../../x"}
    given |= {"TZ": ":/home/kim/zone"}
    keep_to_own(given)
    assert set(given) == {"PATH", "HOME"}
    assert given["HOME"] == "/root" and str(kims) not in given["PATH"]
    assert not {"relative", "/tmp", ""} & set(given["PATH"].split(":")) and "/usr/bin" in given["PATH"]


def test_root_keeps_terminal_login_proxy_and_our_own_settings(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    ours = {
        "TERM": "xterm",
        "LANG": "de_DE.UTF-8",
        "LC_CTYPE": "C",
        "TZ": "Europe/Berlin",
        "SUDO_UID": "1000",
    }
    ours |= {
        "https_proxy": "http://p:3128",
        "NO_PROXY": "a",
        "SSH_CONNECTION": "1 2 3 4",
        "TMUX": "/tmp/x,1,2",
    }
    ours |= {"COMETCHAT_WIZARD_SESSION": "/s", "COMETCHAT_WIZARD_LOCK_WAIT": "3", "HOME": str(tmp_path)}
    given = {**ours, "PATH": str(tmp_path / "bin")}
    keep_to_own(given)
    assert {name: given[name] for name in ours} == ours
    assert given["PATH"].split(":")[0] == str(tmp_path / "bin"), "a directory of root's own stays first"


def test_every_directory_is_one_that_root_alone_can_add_to(kims: Path, tmp_path: Path) -> None:
    open_one = tmp_path / "open"
    open_one.mkdir()
    open_one.chmod(0o1777)
    link = tmp_path / "link"
    link.symlink_to(kims)
    found = own_directories(f"{kims}:{open_one}:{link}:.::/nonexistent")
    assert found and set(found) <= {
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
        "/snap/bin",
    }


def test_neither_the_survey_nor_a_step_runs_another_s_program(
    kims: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "git").symlink_to(kims / "git")
    (own / "planted").write_text("#!/bin/sh\necho >>" + str(tmp_path / "ran"))
    (own / "planted").chmod(0o755)
    os.chown(own / "planted", OTHER, OTHER)
    monkeypatch.setenv("PATH", f"{kims}:{own}:{os.environ['PATH']}")
    assert LocalReader().find("git") not in (str(kims / "git"), str(own / "git"))
    assert LocalReader().find("planted") is None
    machine = LocalMachine()
    machine.run(Command(argv=("git", "--version"), root=True), print)
    assert machine.run(Command(argv=("planted",), root=True), print).problem == "command not found: planted"
    outcome = machine.run(Command(argv=(str(kims / "git"), "--version"), root=True), print)
    assert f"is not run as root, since {kims.parent} belongs to the user nobody" in outcome.problem
    assert not (tmp_path / "ran").exists()


def test_the_whole_program_started_with_a_user_s_environment_runs_nothing_of_theirs(
    kims: Path, tmp_path: Path
) -> None:
    """`sudo env PATH=...` and `sudo -E`, as root's process sees them."""
    for name in ("docker", "openssl", "ip", "lsb_release", "dpkg-query", "systemctl", "ss", "ufw", "apt-get"):
        (kims / name).symlink_to("git")
    environ = {"PATH": f"{kims}:/usr/bin:/bin", "HOME": str(kims), "SUDO_UID": str(OTHER), "TERM": "dumb"}
    environ |= {"LD_LIBRARY_PATH": str(kims), "BASH_ENV": str(kims / "git"), "GIT_EXEC_PATH": str(kims)}
    argv = [sys.executable, "-m", "wizard", "--session", str(tmp_path / "s"), "survey", "--json"]
    done = subprocess.run(argv, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "9.9" not in done.stdout and not (tmp_path / "ran").exists()
    assert "belongs to" not in done.stderr


def test_code_that_a_third_one_can_change_is_not_run_as_root(tmp_path: Path) -> None:
    place = tmp_path / "checkout"
    place.mkdir()
    for name in ("wizard", "assets"):
        (place / name).symlink_to(ROOT / name)
    subprocess.run(["cp", "-RL", str(place / "wizard"), str(place / "copy")], check=True)
    (place / "wizard").unlink()
    (place / "copy").rename(place / "wizard")
    os.chown(place, OTHER, OTHER)

    def start(**environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "wizard", "--version"],
            env={"PATH": os.environ["PATH"], **environ},
            cwd=place,
            capture_output=True,
            text=True,
            timeout=60,
        )

    done = start()
    assert done.returncode == 2 and done.stdout == ""
    assert f"since {place} belongs to the user nobody" in done.stderr and "./install.sh" in done.stderr
    assert start(SUDO_UID="1000").returncode == 2
    assert start(SUDO_UID=str(OTHER)).returncode == 0, "who became root through sudo runs what is theirs"
    place.chmod(0o777)
    assert start(SUDO_UID=str(OTHER)).returncode == 2
