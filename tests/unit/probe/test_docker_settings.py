"""daemon.json and the daemon's own command line."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from wizard.machine.readrecorded import RecordedReader
from wizard.model.docker_settings import DockerSettings
from wizard.model.ownfiles import APT_PROXY, DAEMON_JSON, DOCKER_PROXY
from wizard.probe.docker_settings import read_docker_settings
from wizard.probe.proxies import read_own_proxies

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
