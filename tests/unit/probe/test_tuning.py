"""Settings of the kernel and the wizard's own files as a survey reads them."""

from __future__ import annotations

import pytest

from wizard.machine.readoutcome import Outcome
from wizard.machine.readrecorded import RecordedReader
from wizard.machine.readvalues import booted, settable, written
from wizard.machine.restarting import parse_restarting
from wizard.model.ownfiles import LOGINS_FILE, SERVICES_FILE, SYSCTL_FILE
from wizard.probe.tuning import (
    parse_logins_file,
    parse_may_raise,
    parse_number,
    parse_services,
    parse_services_file,
    parse_sysctl,
    read_tuning,
)

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


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("DefaultLimitNOFILE=524288\nDefaultLimitNOFILESoft=1024\n", (1024, 524_288)),
        ("DefaultLimitNOFILESoft=1024\nDefaultLimitNOFILE=infinity\n", (1024, 2**63 - 1)),
        ("DefaultLimitNOFILE=18446744073709551615\nDefaultLimitNOFILESoft=1\n", (1, 2**64 - 1)),
        ("DefaultLimitNOFILE=524288\n", None),
        ("DefaultLimitNOFILE=many\nDefaultLimitNOFILESoft=few\n", None),
        ("", None),
    ],
)
def test_what_systemd_gives_to_services(said, expected):
    assert parse_services(Outcome("done", 0, said)) == expected
    assert parse_services(Outcome("done", 1, said)) is None
    assert parse_services(Outcome("timed-out", None, said)) is None
    assert parse_services(None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* soft nofile 5\n* hard nofile 6\nroot soft nofile 7\nroot hard nofile 8 # yes\n", (7, 8)),
        ("root - nofile 9\n", (9, 9)),
        ("#root - nofile 9\n", None),
        ("root soft nofile 7\nroot hard nproc 8\n", None),
        ("root soft nofile unlimited\nroot hard nofile 8\n", None),
        ("", None),
        (None, None),
    ],
)
def test_the_file_of_logins(text, expected):
    assert parse_logins_file(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Manager]\nDefaultLimitNOFILE=5:6\n", (5, 6)),
        ("[Manager]\nDefaultLimitNOFILE=5\nDefaultLimitNOFILE = 7\n", (7, 7)),
        ("[Manager]\n#DefaultLimitNOFILE=5:6\n", None),
        ("DefaultLimitNOFILE=:", None),
        (None, None),
    ],
)
def test_the_file_of_services(text, expected):
    assert parse_services_file(text) == expected


ALL = "         0          0 4294967295\n"


@pytest.mark.parametrize(
    ("status", "uid_map", "expected"),
    [
        ("Name:\tx\nCapBnd:\t000001ffffffffff\n", ALL, True),
        ("CapBnd:\t000001fffeffffff\n", ALL, False),
        ("CapBnd:\t000001ffffffffff\n", "0 100000 65536\n", False),
        ("CapBnd:\t\n", ALL, None),
        ("CapBnd:\tzz\n", ALL, None),
        ("CapEff:\t000001ffffffffff\n", ALL, None),
        (None, ALL, None),
        ("CapBnd:\t000001ffffffffff\n", None, None),
    ],
)
def test_who_may_raise_limits(status, uid_map, expected):
    assert parse_may_raise(status, uid_map) is expected


@pytest.mark.parametrize(("boot", "expected"), [(99.0, False), (101.0, False), (201.0, True), (None, None)])
def test_files_count_from_the_boot_after_the_younger_of_them(boot, expected):
    values = {f"written {LOGINS_FILE}": 100.0, f"written {SERVICES_FILE}": 200.0, "booted": boot}
    assert read_tuning(RecordedReader({"values": values})).nofile_files_count is expected
    assert read_tuning(RecordedReader({"values": {"booted": 5.0}})).nofile_files_count is None


def test_the_boot_of_this_machine_lies_in_the_past(tmp_path):
    import time

    (tmp_path / "file").write_text("x")
    since = booted("")
    assert since is not None and 0 < since < time.time()
    when = written(str(tmp_path / "file"))
    assert when is not None and when > since


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (1, "  * kernel\n\nReboot is required to fully utilize these updates.\n", True),
        (0, "Reboot should not be necessary.\n", False),
        (1, "Error: Failed to download metadata\n", None),
        (127, "Reboot is required\n", None),
        (None, "", None),
    ],
)
def test_what_needs_restarting_says(code, said, expected):
    assert parse_restarting(code, said) is expected
