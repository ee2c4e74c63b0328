"""Whether a Docker that does not answer keeps anything: where it looks, and what it does where it can't tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.apply.plans import machine, step
from wizard.apply import dockerroot
from wizard.apply.dockerroot import CannotTell, data_roots, roots_in_words, words_of_unit
from wizard.apply.guards import docker_leftovers, guard_problem

STEP = step("undo-docker", guards=("docker-unused",))
NO_UNIT = "echo 'No files found for docker.service.' >&2; exit 1"


class Host:
    """What the guard sees of a host whose daemon is silent."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.daemon_json = directory / "daemon.json"
        self.root = directory / "srv"
        self.usual = directory / "usual"
        for root in (self.root, self.usual):
            (root / "containers").mkdir(parents=True)
        self.unit("")

    def program(self, name: str, script: str) -> None:
        (self.directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.directory / name).chmod(0o755)

    def unit(self, text: str) -> None:
        (self.directory / "unit").write_text(text)
        self.program("systemctl", f"cat '{self.directory}/unit'" if text else NO_UNIT)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    found = Host(tmp_path)
    found.program("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(dockerroot, "DAEMON_JSON", str(found.daemon_json))
    monkeypatch.setattr(dockerroot, "PID_FILE", str(tmp_path / "docker.pid"))
    monkeypatch.setattr(dockerroot, "DEFAULT_ROOT", str(found.usual))
    return found


def container_in(root: Path) -> None:
    (root / "containers" / "0123").mkdir(parents=True)


def test_without_any_word_it_is_the_usual_place(host: Host) -> None:
    assert guard_problem(STEP, machine()) == ""
    container_in(host.usual)
    assert "still has containers" in guard_problem(STEP, machine())


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("key", ["data-root", "graph"])
def test_daemon_json_names_another(host: Host, mark: bytes, key: str) -> None:
    host.daemon_json.write_bytes(mark + json.dumps({key: str(host.root)}).encode())
    assert guard_problem(STEP, machine()) == ""
    container_in(host.root)
    assert "still has containers" in guard_problem(STEP, machine())


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b'{"debug": true}'])
def test_a_daemon_json_that_names_none(host: Host, content: bytes) -> None:
    host.daemon_json.write_bytes(content)
    assert data_roots(machine()) == (str(host.usual),)


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b'{"data-root": "/srv",}', "not valid JSON (line 1, column "),
        (b'{"data-root": "caf\xe9"}', "not valid JSON in UTF-8"),
        ('{"data-root": "/srv"}'.encode("utf-16"), "not valid JSON in UTF-8"),
        (b"[" * 100_000, "not valid JSON in UTF-8"),
        (b'["/srv"]', "not an object in braces"),
        (b'{"data-root": "srv"}', 'is "srv", which is no absolute path'),
        (b'{"data-root": ""}', 'is "", which is no absolute path'),
        (b'{"data-root": null}', "is null, which is no absolute path"),
        (b'{"data-root": ["/srv"]}', 'is ["/srv"], which is no absolute path'),
    ],
)
def test_where_it_can_not_be_told_docker_stays(host: Host, content: bytes, seen: str) -> None:
    host.daemon_json.write_bytes(content)
    problem = guard_problem(STEP, machine())
    assert problem.startswith("Docker was left alone: no daemon answers, and ")
    assert f"{host.daemon_json} " in problem and seen in problem
    assert "Mend that, or start Docker, then undo again" in problem


def test_a_daemon_json_that_can_not_be_read(host: Host) -> None:
    host.daemon_json.mkdir()
    assert f"{host.daemon_json} can't be read" in guard_problem(STEP, machine())


def test_where_users_are_mapped(tmp_path: Path) -> None:
    for name in ("100000.100000", "image", "1.x"):
        (tmp_path / name / "volumes" / "db").mkdir(parents=True)
    assert docker_leftovers(str(tmp_path / "image")) != ""
    (tmp_path / "containers").mkdir()
    assert "still has volumes." in docker_leftovers(str(tmp_path))
    (tmp_path / "100000.100000" / "volumes" / "db").rmdir()
    assert docker_leftovers(str(tmp_path)) == "", "image and 1.x are no such directories"


def test_what_is_found_in_several_places_is_said_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        container_in(tmp_path / name)
    said = docker_leftovers(str(tmp_path / "one"), str(tmp_path / "two"))
    assert "still has containers." in said


UNIT = """\
# /usr/lib/systemd/system/docker.service
[Unit]
Description=Docker's engine -g
[Service]
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
ExecReload=/bin/kill -s HUP $MAINPID
"""


@pytest.mark.parametrize(
    "lines",
    [
        "ExecStart=\nExecStart=/usr/bin/dockerd --data-root=ROOT -H fd://",
        "ExecStart=/usr/bin/dockerd \\\n  --data-root ROOT \\\n  -H fd://",
        'ExecStart=-/usr/bin/dockerd "--data-root=ROOT"',
        "ExecStart=/usr/bin/dockerd -g ROOT",
        "ExecStart=/usr/bin/dockerd -gROOT",
        "ExecStart=/usr/bin/dockerd --graph=ROOT $DOCKER_OPTS",
        "ExecStart=/bin/sh -c 'exec dockerd -g ROOT'",
        'Environment="MOTTO=fine" "DOCKER_OPTS=--debug --data-root ROOT"',
        "EnvironmentFile=-FILE",
    ],
)
def test_the_command_line_names_another(host: Host, lines: str) -> None:
    (host.directory / "options").write_text(f"# it's ours\nMOTTO=it's\nOPTIONS='--data-root={host.root}'\n")
    named = lines.replace("ROOT", str(host.root)).replace("FILE", str(host.directory / "options"))
    host.unit(UNIT + named)
    assert data_roots(machine()) == (str(host.root),)
    container_in(host.root)
    assert "still has containers" in guard_problem(STEP, machine())


@pytest.mark.parametrize("unit", [UNIT, f"{UNIT}EnvironmentFile=-/nowhere/docker\nEnvironment=MOTTO=it's\n"])
def test_a_unit_that_names_none(host: Host, unit: str) -> None:
    host.unit(unit)
    assert data_roots(machine()) == (str(host.usual),)


def test_all_places_that_are_named_are_looked_into(host: Host) -> None:
    """dockerd does not start where it is named twice, so either may be where the data is."""
    host.daemon_json.write_text(json.dumps({"data-root": str(host.root)}))
    host.unit(f"ExecStart=/usr/bin/dockerd --data-root={host.usual}\n")
    assert data_roots(machine()) == (str(host.root), str(host.usual))


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("ExecStart=/usr/bin/dockerd --data-root=${ROOT}", "${ROOT}, not written out"),
        ("ExecStart=/usr/bin/dockerd --data-root", 'is "", which is no absolute path'),
        ("ExecStart=/usr/bin/dockerd --data-root=srv", 'is "srv", which is no absolute path'),
        ("ExecStart=/usr/bin/dockerd --data-root='/srv", "a quote that does not end"),
    ],
)
def test_a_command_line_that_can_not_be_told(host: Host, line: str, seen: str) -> None:
    host.unit(f"{UNIT}{line}\n")
    problem = guard_problem(STEP, machine())
    assert seen in problem and "Docker was left alone" in problem


def test_a_file_of_the_unit_that_can_not_be_read(host: Host) -> None:
    with pytest.raises(CannotTell, match=r"which docker\.service reads, can't be read"):
        words_of_unit(f"EnvironmentFile={host.directory}\n")


def test_the_options_of_a_daemon_that_runs_and_does_not_answer() -> None:
    assert roots_in_words(["/usr/bin/dockerd", "-G", "docker", "--data-root", "/srv/docker/", "-g=/old"]) == [
        "/srv/docker",
        "/old",
    ]
