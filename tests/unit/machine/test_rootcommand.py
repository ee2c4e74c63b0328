"""What root runs when a user's wizard needs root, and what is typed for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from wizard import __version__
from wizard.machine import rootcommand
from wizard.workflow.root import refusal, sudo_command

KIM = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make an installation of root's")


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prefix as install.sh leaves it; nothing else is an installation of root's. No program in it is run here."""
    prefix = tmp_path / "roots"
    environment = prefix / "envs/1"
    package = environment / "lib/python3.11/site-packages/wizard"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f'"""Words."""\n\n__version__ = "{__version__}"\n')
    (environment / "bin").mkdir()
    (environment / "bin/python").symlink_to("/bin/sh")
    (environment / "bin/cometchat-wizard").write_text("#!/bin/sh\n")
    (prefix / "current").symlink_to("envs/1")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/cometchat-wizard"
    command.symlink_to(prefix / "current/bin/cometchat-wizard")
    monkeypatch.setattr(rootcommand, "USUAL", (str(command), str(tmp_path / "none")))
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/sudo")
    return prefix


@pytest.fixture
def in_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This program as one that lies in a user's home, installed from a release that is still there."""
    home = tmp_path / "home kim"
    (home / "release").mkdir(parents=True)
    (home / "release/install.sh").touch()
    (home / "wheels").mkdir()
    environment = home / "wizard/envs/1"
    environment.mkdir(parents=True)
    (environment / "source").write_text(f"{home}/release\n{home}/wheels\n")
    monkeypatch.setattr(sys, "prefix", str(environment))
    monkeypatch.setattr(rootcommand, "_PACKAGE", str(home / "wizard/envs/1/wizard"))
    (environment / "wizard").mkdir()
    os.chown(home, KIM, KIM)
    return home


def module(roots: Path) -> Path:
    return roots / "current/lib/python3.11/site-packages/wizard/__init__.py"


def test_a_program_that_is_root_s_alone_goes_on_itself(roots: Path) -> None:
    command = sudo_command("/nowhere", ["apply"])
    assert command is not None and command[:3] == ["/usr/bin/sudo", "--", sys.executable]
    assert refusal() == ""


def test_from_a_user_s_home_root_s_own_installation_goes_on(
    roots: Path, in_a_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "session").mkdir()
    session = tmp_path / "session/session.json"
    session.touch()
    along = ["--adopt", str(session.parent)]
    expected = ["/usr/bin/sudo", "--", str(tmp_path / "bin/cometchat-wizard"), *along, "apply", "--yes"]
    assert sudo_command(str(session.parent), ["apply", "--yes"]) == expected
    assert refusal() == ""


@pytest.mark.parametrize("weak", ["nothing", "older", "module", "python", "prefix", "command", "group"])
def test_where_root_has_none_that_will_do_nothing_is_run_and_it_is_said_how_to_get_one(
    roots: Path, in_a_home: Path, tmp_path: Path, weak: str
) -> None:
    environment = roots / "envs/1"
    match weak:
        case "nothing":
            (tmp_path / "bin/cometchat-wizard").unlink()
        case "older":
            module(roots).write_text('__version__ = "0.0.9"\n')
        case "module":
            os.chown(module(roots).parent, KIM, KIM)
        case "python":
            (environment / "bin/python").unlink()
            (environment / "bin/python").symlink_to(in_a_home / "python3")
        case "prefix":
            roots.chmod(0o777)
        case "command":
            os.chown(environment / "bin/cometchat-wizard", KIM, KIM)
        case "group":
            os.chown(environment, 0, KIM)
            environment.chmod(0o775)
    assert sudo_command("/nowhere", ["apply"]) is None
    assert f"{in_a_home} belongs to the user nobody" in refusal()
    how = f"'{in_a_home}/release/install.sh' --wheelhouse '{in_a_home}/wheels'"
    assert f"`sudo {how} --install-only`" in refusal()
    assert rootcommand.typed() == how


def test_a_newer_one_of_root_s_will_do(roots: Path, in_a_home: Path) -> None:
    module(roots).write_text('__version__ = "10.0.0"\n')
    assert sudo_command("/nowhere", []) is not None


def test_no_variable_names_another_program_for_root(
    roots: Path, in_a_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin/cometchat-wizard").unlink()
    for name in ("PREFIX", "BIN", "PYTHON", "SESSION"):
        monkeypatch.setenv(f"COMETCHAT_WIZARD_{name}", str(roots))
    assert sudo_command("/nowhere", ["apply"]) is None


def test_a_release_that_is_gone_is_not_named(roots: Path, in_a_home: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/cometchat-wizard").unlink()
    (in_a_home / "release/install.sh").unlink()
    assert rootcommand.typed() == "./install.sh"


def test_the_name_alone_is_typed_where_sudo_finds_it(
    roots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = str(tmp_path / "bin/cometchat-wizard")
    exists = os.path.exists
    for is_debian, expected in ((True, "cometchat-wizard"), (False, command)):
        monkeypatch.setattr(
            os.path, "exists", lambda path, so=is_debian: so if "debian" in path else exists(path)
        )
        assert rootcommand.typed() == expected
