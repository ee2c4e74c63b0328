"""SIGKILL at every point at which the wizard keeps a record of its work; then it goes on, and all is as without it.

A point lies before a record's first byte, with half of it written (a journal's line torn, a file not yet in its place),
and after it is on the disk. Besides the records: each file of the host that the runner writes, and each command right
after its start and while dpkg unpacks, sets up or removes. All of them, of an installation and of its undoing.
"""

from __future__ import annotations

from itertools import zip_longest

import pytest

from tests.lab.conftest import MakeHost
from tests.lab.host import Host, Made
from tests.lab.killing import Crew, Result, Task, put_answers, what_does_not_hold
from tests.lab.kinds import UBUNTU, UBUNTU_PLAIN

DOCKER = ("install-docker", "install-compose", "start-docker")
TOOLS = ("install-git", "install-jq", "install-curl", "install-net-tools")
WORKERS = 2
PREPARE = """\
echo 'APT::Install-Recommends "0";' >/etc/apt/apt.conf.d/lab
ufw allow 22/tcp && ufw --force enable && apt-get update
"""


@pytest.mark.timeout(1200)
def test_every_point_of_an_installation_and_of_its_undoing(make_host: MakeHost) -> None:
    """A step of each kind: a setting of the kernel, a file that is shared with others, small packages, a rule of ufw.
    How many points there were is in the output.
    """
    steps = ["tune-kernel", "docker-settings", "refresh-packages", "install-jq", "firewall-http"]
    skipped = (*DOCKER, "install-git", "install-curl", "install-net-tools", "firewall-https")
    need_all_hold(make_host, UBUNTU_PLAIN, steps, skipped)


@pytest.mark.kill_matrix
@pytest.mark.timeout(4 * 3600)
def test_every_point_with_docker(make_host: MakeHost) -> None:
    """Docker and Compose under systemd; `make kill-matrix` prints what became of it. Without what packages only
    recommend: criu, perl and 40 more would double its time.
    """
    steps = [
        "tune-kernel",
        "docker-settings",
        "refresh-packages",
        "install-docker",
        "install-compose",
        "start-docker",
        "firewall-http",
    ]
    need_all_hold(make_host, UBUNTU, steps, (*TOOLS, "firewall-https"))


def all_points(counted: Result) -> list[Task]:
    """Every point. Each installation that went on is undone, and killed meanwhile at a point of its undoing, as long as
    there are such; where a file or a command was under way it is also given up.
    """
    points, undoing = counted["points"], counted["undo_points"]
    pairs = zip_longest(points, undoing[: len(points)], fillvalue="")
    given_up = [point for point in points if point.startswith(("runner: command", "runner: file"))]
    return [
        *(Task("apply", point, undo_point) for point, undo_point in pairs),
        *(Task("give_up", point) for point in given_up),
        *(Task("undo", point) for point in undoing[len(points) :]),
    ]


def need_all_hold(
    make_host: MakeHost,
    made: Made,
    steps: list[str],
    skipped: tuple[str, ...],
) -> None:
    def make() -> Host:
        host = make_host(made)
        host.run(PREPARE)
        put_answers(host, skipped)
        return host

    with Crew(make) as crew:
        crew.grow(WORKERS)
        counted = crew.counted[0]
        need_whole(counted, steps)
        for other in crew.counted[1:]:
            assert (other["points"], other["undo_points"]) == (counted["points"], counted["undo_points"])
        matrix = crew.do_all(
            all_points(counted), lambda task, result: what_does_not_hold(task, result, systemd=made.systemd)
        )
    print(f"\n{matrix}")
    if not matrix.problems:
        assert matrix.counts["apply"] == len(counted["points"])
        assert matrix.counts["undo"] == len(counted["undo_points"])
    assert not matrix.problems, str(matrix)


def need_whole(counted: Result, steps: list[str]) -> None:
    """The installation without a kill did what it was to do, and undo took it back."""
    assert counted["apply"]["code"] == counted["undo"]["code"] == 0, counted
    assert list(counted["steps"][0]) == steps, counted["steps"]
    assert counted["changed"] and not counted["left"], counted["left"]
    for points in (counted["points"], counted["undo_points"]):
        assert len(set(points)) == len(points)
