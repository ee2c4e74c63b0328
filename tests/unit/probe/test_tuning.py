"""Settings of the kernel and the wizard's own files as a survey reads them."""

from __future__ import annotations

import pytest

from wizard.machine.readrecorded import RecordedReader
from wizard.machine.readvalues import settable
from wizard.probe.tuning import parse_number, parse_sysctl, read_tuning
from wizard.sizing.host_settings import SYSCTL_FILE

SOMAXCONN = "/proc/sys/net/core/somaxconn"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4096\n", 4096), ("0", 0), (None, None), ("", None), ("-1", None), ("4096\t5", None), ("9" * 30, None)],
)
def test_numbers(text, expected):
    assert parse_number(text) == expected


def test_nothing_there_is_none_everywhere_and_no_file_is_no_file():
    found = read_tuning(RecordedReader({}))
    assert set(found.sysctl.values()) == {None} and len(found.sysctl) == 4
    assert found.sysctl_fixed == () and found.sysctl_file is None


def test_what_can_not_be_set_from_here_is_named():
    files = {SOMAXCONN: "128\n", "/proc/sys/fs/file-max": "77\n", SYSCTL_FILE: "net.core.somaxconn = 200\n"}
    values = {f"settable {SOMAXCONN}": False, "settable /proc/sys/fs/nr_open": False}
    found = read_tuning(RecordedReader({"files": files, "values": values}))
    assert found.sysctl["net.core.somaxconn"] == 128 and found.sysctl["fs.file-max"] == 77
    assert found.sysctl_fixed == ("net.core.somaxconn",), "what can't be read is not fixed, it is unknown"
    assert found.sysctl_file == {"net.core.somaxconn": 200}


def test_a_sysctl_file_as_sysctl_reads_it():
    text = (
        "# net.core.somaxconn = 1\n; fs.nr_open=2\n\nnet/core/somaxconn=3\n-fs.file-max = 4 \n"
        "net.core.somaxconn= 5\nvm.swappiness = 10\nfs.nr_open = many\nnonsense\n"
    )
    assert parse_sysctl(text) == {"net.core.somaxconn": 5, "fs.file-max": 4}
    assert parse_sysctl("") == {}


def test_settable_never_writes_and_says_no_on_what_is_read_only(tmp_path):
    import os

    plain = tmp_path / "setting"
    plain.write_text("5")
    assert settable(str(plain)) is (True if os.geteuid() == 0 else None)
    assert plain.read_text() == "5"
