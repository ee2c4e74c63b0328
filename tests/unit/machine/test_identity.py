"""This machine's mark: systemd's own way of making one, and nothing where nothing is known."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from wizard.machine import identity
from wizard.machine.identity import this_machine
from wizard.model.machine import MachineMark

ID = "3d1219c7c4c5404aaa1f6d2a48adfda4"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose files are the test's own."""
    monkeypatch.setattr(identity, "_ID_FILE", str(tmp_path / "machine-id"))
    monkeypatch.setattr(identity, "_HARDWARE_FILE", str(tmp_path / "product_uuid"))
    monkeypatch.setattr(identity, "_CONTAINER_FILES", (str(tmp_path / "container"),))
    (tmp_path / "machine-id").write_text(ID + "\n")
    (tmp_path / "product_uuid").write_text("4C4C4544-0043-3010-8052-B4C04F4E3732\n")
    return tmp_path


@pytest.mark.skipif(shutil.which("systemd-id128") is None, reason="systemd's own program is not here")
def test_it_is_what_systemd_makes_of_the_machine_id() -> None:
    said = subprocess.run(
        ["systemd-id128", "machine-id", f"--app-specific={identity.APPLICATION.hex()}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert this_machine().id == said.stdout.strip()


def test_neither_number_is_in_it(here: Path) -> None:
    mark = this_machine()
    assert len(mark.id) == len(mark.hardware) == 32 and mark.id != mark.hardware
    assert ID not in repr(mark) and "b4c04f4e" not in repr(mark).lower()
    assert mark == this_machine()


@pytest.mark.parametrize(
    "text", ["", "\n", "uninitialized\n", "0" * 32, "f" * 32, ID[:-1], "ü" * 32, "x" * 99]
)
def test_what_is_no_number_is_not_known(here: Path, text: str) -> None:
    (here / "machine-id").write_text(text)
    (here / "product_uuid").write_text(text)
    assert this_machine() == MachineMark()


def test_without_the_files_nothing_is_known(here: Path) -> None:
    (here / "machine-id").unlink()
    (here / "product_uuid").unlink()
    assert this_machine() == MachineMark()


def test_a_container_has_no_hardware_of_its_own(here: Path) -> None:
    (here / "container").write_text("lxc")
    assert this_machine().hardware == "" and this_machine().id


def test_what_is_not_known_claims_nothing() -> None:
    one, clone, user = MachineMark("a", "x"), MachineMark("a", "y"), MachineMark("a")
    assert one.is_other(clone) and one.is_other(MachineMark("b", "x"))
    for other in (one, user, MachineMark(), MachineMark("", "x")):
        assert not one.is_other(other) and not other.is_other(one)
    assert user.filled(one) == one and one.filled(clone) == one
