"""Packages and repositories that are wrong.

Real: apt, dpkg, their files and exit codes, HTTP over a network, a disk that is full, ssh. Borrowed: the name Ubuntu,
and the small packages that are made to fail.
"""

from __future__ import annotations

import json

from tests.journeys.terminal import ENTER
from tests.journeys.walking import install, to_software
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.kinds import SMALL_ROOT
from tests.lab.lab import Lab
from tests.lab.wrong import (
    BRIDGE,
    DOCKER,
    SESSION,
    apply,
    is_there,
    log,
    mute_server,
    need_done,
    need_failure,
    pack,
    packages,
    put_answers,
    take_sources,
    web_server,
)

BROKEN = "#!/bin/sh\necho 'jq: the licence server did not answer' >&2\nexit 1\n"
JQ = "#!/bin/sh\necho jq-99.0\n"
NO_SPACE = "No space left on device"


def test_a_repository_that_is_down(lab: Lab, make_host: MakeHost) -> None:
    """A real HTTP server that is not there yet, then there, then gone again."""
    host, port = make_host(), 8101
    put_answers(host)
    take_sources(host, f"http://{BRIDGE}:{port}/")
    bare = packages(host)

    message = need_failure(host, apply(host, "install-jq"), "install-jq")
    assert "E: Unable to locate package jq" in message
    assert f"http://{BRIDGE}:{port}" in message and "did not answer" in message
    assert packages(host) == bare

    with web_server(lab.room, lab.roots.packages, port):
        need_done(host, apply(host, "install-jq"), "jq")
    before = packages(host)

    message = need_failure(host, apply(host, "install-net-tools"), "install-net-tools")
    assert f"Failed to fetch http://{BRIDGE}:{port}/" in message and "did not answer" in message
    assert packages(host) == before

    with web_server(lab.room, lab.roots.packages, port):
        need_done(host, apply(host, "install-net-tools"), "jq", "net-tools")


def test_a_repository_that_never_answers(lab: Lab, make_host: MakeHost) -> None:
    """A real server that takes the connection and says nothing; apt's own timeout, set to 2 s, ends it."""
    host, port = make_host(), 8102
    put_answers(host)
    take_sources(host, f"http://{BRIDGE}:{port}/")
    with web_server(lab.room, lab.roots.packages, port):
        need_done(host, apply(host, "install-jq"), "jq")
    before = packages(host)
    with mute_server(lab.room, port):
        message = need_failure(host, apply(host, "install-net-tools", seconds=60), "install-net-tools")
    assert "Connection failed" in message and "did not answer" in message
    assert packages(host) == before
    with web_server(lab.room, lab.roots.packages, port):
        need_done(host, apply(host, "install-net-tools"), "net-tools")


def test_a_package_that_no_repository_has(lab: Lab, make_host: MakeHost) -> None:
    """A repository without jq; what comes after jq is not begun."""
    host = make_host()
    put_answers(host)
    less = host.inside("/srv/less")
    less.mkdir()
    paragraphs = (lab.roots.packages / "Packages").read_text().split("\n\n")
    kept = [text for text in paragraphs if not text.startswith("Package: jq\n")]
    assert len(kept) == len(paragraphs) - 1
    (less / "Packages").write_text("\n\n".join(kept))
    host.run("ln -s /srv/packages/*.deb /srv/less/")
    take_sources(host, "file:/srv/less")
    before = packages(host)

    message = need_failure(host, apply(host, "install-jq", "install-net-tools"), "install-jq")
    assert "E: Unable to locate package jq" in message and "No repository of this host has that" in message
    assert packages(host) == before

    take_sources(host, "file:/srv/packages")
    need_done(host, apply(host, "install-jq", "install-net-tools"), "jq", "net-tools")


def test_a_package_that_fails_while_it_is_set_up(make_host: MakeHost) -> None:
    """dpkg is left half-configured: the next start says so, and a mended package lets it go on; undo takes it back."""
    host = make_host()
    put_answers(host)
    pack(host, "jq", "99.0", BROKEN, JQ)
    bare = packages(host)

    message = need_failure(host, apply(host, "install-jq", "install-net-tools"), "install-jq")
    for words in ("the licence server did not answer", "post-installation script", "could not be set up"):
        assert words in message
    broken = packages(host)
    assert broken.pop("jq") == "iF  99.0" and broken == bare

    _expect_unfinished(host, "jq")
    message = need_failure(host, apply(host, "install-jq", "install-net-tools"), "finish-packages")
    assert "the licence server did not answer" in message
    assert packages(host) == {**bare, "jq": "iF  99.0"}

    pack(host, "jq", "99.1", program=JQ)
    need_done(host, apply(host, "install-jq", "install-net-tools"), "jq", "net-tools")
    undone = host.try_run("cometchat-wizard undo --all --yes")
    assert undone.returncode == 0, undone.stderr
    assert {name for name, state in packages(host).items() if state.startswith("i")} == set(bare)


def test_the_same_on_the_wizards_screens(make_host: MakeHost) -> None:
    """A real pseudo-terminal over ssh: what the package said stands on the screen, and Retry goes on."""
    host = make_host()
    put_answers(
        host, skipped=("docker-settings", *DOCKER, "install-git", "install-curl", "install-net-tools")
    )
    pack(host, "jq", "99.0", BROKEN, JQ)
    terminal = host.open("cometchat-wizard", "--answers", "/srv/answers.yaml")
    to_software(terminal)
    install(terminal, "2")
    terminal.wait_for("Installing stopped", 60)
    terminal.wait_until(
        lambda text: "licence server did not answer" in " ".join(text.split()), "what jq said"
    )
    assert packages(host)["jq"] == "iF  99.0"

    pack(host, "jq", "99.1", program=JQ)
    terminal.wait_match(r"▸? *Retry")
    terminal.send(ENTER)
    terminal.wait_match(r"\[ Do .* now \]")
    terminal.send(ENTER)
    terminal.wait_for("Installed", 60)
    assert packages(host)["jq"] == "ii  99.1"


def test_a_disk_that_is_full_in_the_middle(make_host: MakeHost) -> None:
    """A real file system of 400 MiB, filled but for 60: git needs twice that. The session lies on the same disk."""
    host = make_host(SMALL_ROOT)
    put_answers(host)
    host.run(
        "apt-get update -qq && fallocate -l $(($(df --output=avail -B1 / | tail -1) - 62914560)) /filler"
    )
    # 7 where the journal itself found no room for a line: nothing of it is lost, but less is told.
    message = need_failure(host, apply(host, "install-git", "install-net-tools"), "install-git", (6, 7))
    assert NO_SPACE in message and "The disk is full" in message
    assert not is_there(host, "git") and not is_there(host, "net-tools")
    answers = json.loads(host.inside(f"{SESSION}/session.json").read_text())["answers"]
    assert answers["software"] == {"docker_from": "distribution"}
    assert "install-git failed" in log(host)

    host.run("rm /filler")
    _expect_unfinished(host)
    need_done(host, apply(host, "install-git", "install-net-tools"), "git", "net-tools")


def _expect_unfinished(host: Host, package: str = "") -> None:
    """The next look says that an installation was not finished, and the plan finishes it."""
    findings = json.loads(host.run("cometchat-wizard check --json", check=False))["findings"]
    (found,) = [item for item in findings if item["id"] == "package-unfinished"]
    assert package in found["seen"]
    stages = json.loads(host.run("cometchat-wizard plan --json"))["stages"]
    assert "finish-packages" in [step["id"] for stage in stages for step in stage["steps"]]
