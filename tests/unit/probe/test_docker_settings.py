"""daemon.json and the daemon's own command line."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import time
from typing import Any

import pytest

from wizard.machine.readoutcome import Outcome
from wizard.machine.readrecorded import RecordedReader
from wizard.machine.readvalues import VALUES
from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import DockerFacts
from wizard.model.ownfiles import APT_PROXY, DAEMON_JSON, DOCKER_PROXY
from wizard.probe.docker import read_docker
from wizard.probe.docker_settings import read_docker_settings, written_since
from wizard.probe.proxies import read_own_proxies, read_proxies

RUNNING = {"/run/docker.pid": "812", "/proc/812/cmdline": "/usr/bin/dockerd\0-H\0fd://\0"}


def read(daemon: Any = None, files: dict[str, str] | None = None, **more: Any) -> DockerSettings | None:
    text = daemon if isinstance(daemon, str) or daemon is None else json.dumps(daemon)
    found = {**({} if text is None else {DAEMON_JSON: text}), **(files or {})}
    return read_docker_settings(RecordedReader({"files": found, **more}))


def test_no_file_is_nothing_set() -> None:
    assert read() == DockerSettings(is_newer=False)
    assert read("") == DockerSettings(True, is_newer=False)


def test_a_file_that_can_not_be_read_is_not_known() -> None:
    assert read(exists=[DAEMON_JSON]) is None


def test_what_is_set_comes_back_and_nothing_private() -> None:
    found = read(
        {
            "log-driver": "json-file",
            "log-opts": {"max-size": "9m", "max-file": "2", "splunk-token": "canary"},
            "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1, "Hard": 2}},
            "proxies": {"http-proxy": "http://u:canary@p"},
        }
    )
    assert found == DockerSettings(True, None, "json-file", "9m", "2", (1, 2), is_newer=False)


@pytest.mark.parametrize("odd", [5, "x", {}, {"Soft": "1", "Hard": True}])
def test_an_odd_limit_is_set_all_the_same(odd: object) -> None:
    found = read({"default-ulimits": {"nofile": odd}})
    assert found is not None and found.nofile == (None, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1"),
        ("[]", "not an object"),
        ('{"log-opts": 5}', "not an object"),
        ('{"log-driver": 5}', "is no text"),
        ('{"log-opts": {"max-size": 5}}', "is no text"),
        ('{"a\\u001b[2J": 1, "a\\u001b[2J": 2}', "twice"),
        ("[" * 9999, "too deep"),
    ],
    ids=itertools.count(),
)
def test_what_docker_can_not_take_is_said(text: str, told: str) -> None:
    found = read(text)
    assert found is not None and told in (found.problem or "") and (found.problem or "").isprintable()


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ("--log-driver\0journald", ("log-driver",)),
        ("--log-opt=max-size=1m\0--default-ulimit=nofile=1:1", ("log-opt", "default-ulimit")),
        ("--log-driver-x\0--logs\0-l\0debug", ()),
    ],
)
def test_flags_of_the_running_daemon(arguments: str, flags: tuple[str, ...]) -> None:
    found = read(files={**RUNNING, "/proc/812/cmdline": f"/usr/bin/dockerd\0{arguments}\0"})
    assert found is not None and found.flags == flags


def test_flags_of_the_unit_where_none_runs() -> None:
    path = "/etc/systemd/system/docker.service.d"
    unit = (
        "[Service]\n# --log-opt\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// \\\n  --log-driver=local\n"
    )
    found = read(files={f"{path}/x.conf": unit}, directories={path: ["x.conf"]})
    assert found is not None and found.flags == ("log-driver",)
    options = 'Environment="DOCKER_OPTS=--default-ulimit nofile=9"\n'
    found = read(files={f"{path}/x.conf": options}, directories={path: ["x.conf"]})
    assert found is not None and found.flags == ("default-ulimit",)


@pytest.mark.parametrize(
    ("files", "written", "started", "expected"),
    [
        (RUNNING, 2, 1, True),
        (RUNNING, 1, 2, False),
        (RUNNING, None, 2, None),
        ({}, 2, 1, False),
        ({**RUNNING, "/proc/812/cmdline": "sshd"}, 2, 1, False),
        ({**RUNNING, "/run/docker.pid": "../1"}, 2, 1, False),
    ],
)
def test_whether_the_daemon_has_read_it(
    files: dict[str, str], written: int | None, started: int | None, expected: bool | None
) -> None:
    values = {f"modified {DAEMON_JSON}": written, "modified /run/docker.pid": started}
    found = read({"debug": True}, files, values=values)
    assert found is not None and found.is_newer is expected


def test_our_own_proxy_files_are_told_apart() -> None:
    files = {
        APT_PROXY: 'Acquire::http::Proxy "http://u:canary@p:1";\n',
        DOCKER_PROXY: '[Service]\nEnvironment="HTTP_PROXY=http://p%%20q:1"\n',
    }
    assert read_own_proxies(RecordedReader({"files": files})) == {
        "apt": "http://***@p:1",
        "docker": "http://p%20q:1",
    }
    assert read_own_proxies(RecordedReader({})) == {}


@pytest.mark.parametrize(
    ("written", "noted", "started", "now", "expected"),
    [
        # The clock went on as clocks do.
        (100, 90, 89, 200, True),
        (80, 90, 89, 200, False),
        (100, 90, None, None, True),
        # Set back by 50 since the daemon's start, the file written afterwards, or before in the old time.
        (60, 90, 40, 70, True),
        (30, 90, 40, 70, False),
        (95, 90, 40, 70, True),
        # Set back, and the daemon started since: a file of the old time was there.
        (120, 60, 59, 70, False),
        # Set forward by 50 since the start.
        (150, 90, 139, 160, True),
        (80, 90, 139, 160, False),
    ],
)
def test_a_clock_that_was_set_hides_no_later_file(
    written: int, noted: int, started: int | None, now: int | None, expected: bool
) -> None:
    second = 10**9
    given = [None if value is None else value * second for value in (started, now)]
    assert written_since(written * second, noted * second, *given) is expected


def test_the_start_of_a_real_process_is_told_by_the_clock_of_now() -> None:
    with subprocess.Popen(["sleep", "30"]) as process:
        assert abs(VALUES["started"](str(process.pid)) - time.time()) < 3
        process.kill()
    assert VALUES["started"](str(os.getpid())) < time.time()
    assert abs(VALUES["now"]("") / 1e9 - time.time()) < 1


@pytest.mark.parametrize(
    ("modified", "expected"), [((1, 1), False), ((1, 9), True), ((1, None), None), ((None, 9), True)]
)
def test_a_drop_in_that_is_newer_than_the_daemon(
    modified: tuple[int | None, int | None], expected: bool | None
) -> None:
    directory = "/etc/systemd/system/docker.service.d"
    paths = [f"{directory}/{name}.conf" for name in ("a", "b")]
    values = {
        "modified /run/docker.pid": 5,
        **{f"modified {p}": at for p, at in zip(paths, modified, strict=True)},
    }
    directories = {directory: ["a.conf", "b.conf", "README"]}
    found = read(files=RUNNING, directories=directories, values=values)
    assert found is not None and found.drop_in_is_newer is expected


@pytest.mark.parametrize(
    ("arguments", "is_other"),
    [
        ("--config-file\0/etc/docker/daemon.json", False),
        ("--config-file=/etc/docker/daemon.json\0-D", False),
        ("--config-file=/srv/daemon.json", True),
        ("--config-file\0/etc/docker/daemon.json.d", True),
    ],
)
def test_a_daemon_that_reads_another_file(arguments: str, is_other: bool) -> None:
    found = read(files={**RUNNING, "/proc/812/cmdline": f"/usr/bin/dockerd\0{arguments}\0"})
    assert found is not None and (("config-file" in found.flags) is is_other)


INFO = {
    "LoggingDriver": "local",
    "HttpProxy": "",
    "HttpsProxy": "http://bob:canary@p:1",
    "NoProxy": "a\x1b" + "x" * 9000,
}


def docker(info: Any, unit: str | None = None) -> DockerFacts:
    version = Outcome(
        "done", 0, json.dumps({"Client": {}, "Server": {"Version": "26.1"}}), "", "/usr/bin/docker"
    )
    said = Outcome("done", 0, json.dumps(info), "", "/usr/bin/docker")
    shown = None if unit is None else Outcome("done", 0, unit, "", "/usr/bin/systemctl")
    found = read_docker(RecordedReader({}), version, said, shown)
    assert found is not None
    return found


def test_what_the_daemon_says_that_it_uses_is_masked_and_bounded() -> None:
    found = docker(INFO, "NeedDaemonReload=yes\n")
    assert (found.log_driver, found.http_proxy, found.needs_reload) == ("local", "", True)
    assert found.https_proxy is not None and "canary" not in found.https_proxy
    assert found.no_proxy is not None and found.no_proxy.startswith("a?") and len(found.no_proxy) <= 300


@pytest.mark.parametrize("info", [{}, {"HttpProxy": 5, "LoggingDriver": None, "NoProxy": ["a"]}, [], "x"])
def test_what_it_does_not_say_is_not_known(info: Any) -> None:
    found = docker(info, "what?")
    assert (found.log_driver, found.http_proxy, found.https_proxy, found.no_proxy) == (None,) * 4
    assert found.needs_reload is None


def test_apt_itself_says_which_proxy_it_uses() -> None:
    """A block of settings in a later file is not seen by reading lines, and wins."""
    files = {APT_PROXY: 'Acquire::http::Proxy "http://ours:1";\n'}
    reader = RecordedReader(
        {"files": files, "directories": {"/etc/apt/apt.conf.d": [APT_PROXY.rpartition("/")[2]]}}
    )
    dumped = 'Acquire "";\nAcquire::http "";\nAcquire::http::Proxy "http://u:canary@theirs:2";\n'
    said = Outcome("done", 0, dumped, "", "/usr/bin/apt-config")
    assert read_proxies(reader, said)["apt http"] == "http://***@theirs:2"
    for silent in (None, Outcome("missing"), Outcome("done", 100, "", "E: broken"), Outcome("timed-out")):
        assert read_proxies(reader, silent)["apt http"] == "http://ours:1"
