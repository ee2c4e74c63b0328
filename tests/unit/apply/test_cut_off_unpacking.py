"""A package that the real dpkg was cut off at while it unpacked it, in a root of dpkg's own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.apply.plans import machine
from tests.unit.apply.test_undo_parts import put_program
from wizard.apply.advice import advice
from wizard.apply.packages import package_states, unfinished_words
from wizard.apply.undopackages import needed_elsewhere, removal
from wizard.machine.readoutcome import Outcome
from wizard.model.plan import Command
from wizard.planning import packages as commands
from wizard.probe import packages

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dpkg-deb") is None, reason="needs dpkg, and root for what it unpacks"
)
BIG_BYTES = 96 << 20


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """dpkg's root, with `big` cut off in the middle by SIGKILL, and apt's archive of this root (empty)."""
    place = tmp_path / "root"
    for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates"):
        (place / name).mkdir(parents=True)
    for name in ("status", "available"):
        (place / "var/lib/dpkg" / name).touch()
    # Programs before the real ones that lead every command into this root, and none to the machine's own packages.
    admin = f"{place}/var/lib/dpkg"
    for name, option in (("dpkg", f"--root={place}"), ("dpkg-query", f"--admindir={admin}")):
        put_program(tmp_path, monkeypatch, name, f'#!/bin/sh\nexec {shutil.which(name)} {option} "$@"\n')
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin:/sbin")
    monkeypatch.setattr(commands, "ARCHIVES", str(tmp_path / "archives"))
    (tmp_path / "archives").mkdir()
    deb = made(tmp_path, "big", "1:2~x-1", BIG_BYTES)
    process = subprocess.Popen(["dpkg", "--unpack", str(deb)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not list(place.glob("usr/share/big/*.dpkg-new")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert packages.parse_reinstall(said_by_dpkg()) == ("big",), (
        "this is about a root of its own, with big cut off"
    )
    return place


def made(tmp_path: Path, name: str, version: str, size: int, depends: str = "") -> Path:
    """A real package of one file."""
    tree, deb = tmp_path / f"tree-{name}", tmp_path / f"{name}.deb"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / f"usr/share/{name}").mkdir(parents=True)
    with open(tree / f"usr/share/{name}/content", "wb") as file:
        for _ in range(max(1, size >> 20)):
            file.write(os.urandom(min(size, 1 << 20)))
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: t <t@localhost>\nDescription: t\n"
    (tree / "DEBIAN/control").write_text(control + (f"Depends: {depends}\n" if depends else ""))
    subprocess.run(["dpkg-deb", "-Znone", "--build", str(tree), str(deb)], check=True, capture_output=True)
    shutil.rmtree(tree)
    return deb


def dpkg(*words: str) -> int:
    return subprocess.run(["dpkg", *words], capture_output=True).returncode


def said_by_dpkg() -> Outcome:
    done = subprocess.run(packages.DPKG_COMMAND, capture_output=True, text=True, check=True)
    return Outcome("done", 0, done.stdout)


def do(actions: tuple[Command, ...]) -> None:
    lines: list[str] = []
    for command in actions:
        outcome = machine().run(command, lines.append)
        assert outcome.is_done(command.ok_codes), lines


def test_it_is_known_and_neither_set_up_nor_removed_by_what_dpkg_offers(root: Path) -> None:
    assert packages.parse_reinstall(said_by_dpkg()) == ("big",)
    assert packages.parse_unfinished(said_by_dpkg()) == ("big",)
    state = package_states(machine(), "apt").unfinished["big"]
    assert (state.version, state.architecture, state.is_broken) == ("1:2~x-1", "all", True)
    dpkg("--configure", "-a")
    assert dpkg("--remove", "big") == 1
    # A removal that was refused marks it, and it is still no removal that could be finished.
    assert packages.parse_removals(said_by_dpkg()) == ()
    assert packages.parse_reinstall(said_by_dpkg()) == packages.parse_unfinished(said_by_dpkg()) == ("big",)


@pytest.mark.parametrize("is_kept", [True, False], ids=["its archive is there", "its archive is gone"])
def test_an_undo_takes_it_away_with_or_without_its_archive(root: Path, tmp_path: Path, is_kept: bool) -> None:
    if is_kept:
        shutil.copy(tmp_path / "big.deb", tmp_path / "archives/big_1%3a2~x-1_all.deb")
    found = package_states(machine(), "apt")
    assert needed_elsewhere(machine(), "apt", ["big"]) == frozenset()
    do(removal("apt", ("big",), unfinished=found.unfinished))
    after = package_states(machine(), "apt")
    assert (after.installed, after.unfinished) == ({}, {})
    left = [path for path in root.glob("usr/**/*") if path.is_file()]
    assert bool(left) is not is_kept, "its files go by its list, and a cut leaves none"


def test_what_others_need_is_not_forced_away(root: Path, tmp_path: Path) -> None:
    needy = made(tmp_path, "needy", "1", 1, depends="big")
    assert dpkg("--force-depends", "--install", str(needy)) == 0
    assert needed_elsewhere(machine(), "apt", ["big"]) == frozenset({"big"})
    with pytest.raises(AssertionError):
        do(removal("apt", ("big",), unfinished=package_states(machine(), "apt").unfinished))
    assert "big" in package_states(machine(), "apt").installed


@pytest.mark.parametrize("words", ["apt", "undo"])
def test_the_advice_for_a_package_without_an_archive_works(root: Path, words: str) -> None:
    """The command is taken from the sentence that is shown, and run as it stands there."""
    told = (
        advice("E: The package big needs to be reinstalled, but I can't find an archive for it.")
        if words == "apt"
        else unfinished_words(package_states(machine(), "apt").unfinished)
    )
    (shown,) = re.findall(r"`sudo (dpkg --remove [^`]*)`", told)
    assert subprocess.run(shlex.split(shown), capture_output=True).returncode == 0
    assert unfinished_words(package_states(machine(), "apt").unfinished) == ""


def test_the_advice_to_install_its_file_works(root: Path, tmp_path: Path) -> None:
    told = advice("E: The package big needs to be reinstalled, but I can't find an archive for it.")
    assert "sudo dpkg -i FILE.deb" in told
    assert dpkg("-i", str(tmp_path / "big.deb")) == 0
    assert package_states(machine(), "apt").unfinished == {}
