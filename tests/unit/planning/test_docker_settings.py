"""docker-settings: what is missing in daemon.json, and whether Docker may be restarted for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.planning.made import ALL, RUNNING, SET, argvs, host, ids, planned
from wizard.model.answers import Acceptance, Answers, Skip, SoftwareAnswers
from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import DockerFacts, HostFacts, PrivilegeFacts, SwarmFacts, TuningFacts
from wizard.model.plan import Command, KeyChange, MergeFile, Plan, Step
from wizard.planning.docker_restart import ended_by_restart

NOFILE = {"Name": "nofile", "Hard": 500_000, "Soft": 500_000}
RESTART = ("systemctl", "restart", "docker")
ALLOWED = Answers(software=SoftwareAnswers(restart_docker=True))


NONE_SET = DockerSettings()


def with_docker(settings: DockerSettings | None = NONE_SET, **docker: Any) -> HostFacts:
    software = replace(ALL, docker=replace(RUNNING, **docker))
    return host(docker_settings=settings, software=software)


def step_of(made: Plan, name: str = "docker-settings") -> Step:
    (found,) = [step for step in made.steps() if step.id == name]
    return found


def changes(made: Plan) -> dict[str, Any]:
    (file,) = [action for action in step_of(made).commands if isinstance(action, MergeFile)]
    assert file.write == "/etc/docker/daemon.json"
    assert all(change.old is None for change in file.changes), "nothing that is set is overwritten"
    return {" ".join(change.path): change.new for change in file.changes}


def test_everything_is_set_where_nothing_is() -> None:
    assert changes(planned(with_docker())) == {
        "log-driver": "json-file",
        "log-opts max-size": "50m",
        "log-opts max-file": "5",
        "default-ulimits nofile": NOFILE,
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (SET, None),
        (replace(SET, nofile=None), ["default-ulimits nofile"]),
        (DockerSettings(True, log_driver="journald"), ["default-ulimits nofile"]),
        (DockerSettings(True, log_driver="local", nofile=(1, 1)), None),
        (
            DockerSettings(True, log_driver="json-file", nofile=(1, 1)),
            ["log-opts max-size", "log-opts max-file"],
        ),
        (DockerSettings(True, log_max_file="9", nofile=(1, 1)), ["log-driver", "log-opts max-size"]),
        (DockerSettings(True, log_max_size="1g", nofile=(1, 1)), None),
        (DockerSettings(flags=("log-driver",)), ["default-ulimits nofile"]),
        (DockerSettings(flags=("log-opt", "default-ulimit")), None),
        (DockerSettings(True, "daemon.json is broken."), None),
        (None, None),
    ],
)
def test_what_an_operator_set_stays(settings: DockerSettings | None, expected: list[str] | None) -> None:
    made = planned(with_docker(settings))
    if expected is None:
        assert "docker-settings" not in ids(made)
    else:
        assert list(changes(made)) == expected


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (None, "can't be read by this user"),
        (DockerSettings(True, "daemon.json is broken."), "daemon.json is broken."),
        (replace(SET, nofile=(64_000, 64_000)), "Containers get 64,000 open files"),
        (DockerSettings(flags=("log-opt",)), "log settings are given on its command line"),
        (DockerSettings(flags=("default-ulimit",)), "default-ulimit is given on its command line"),
    ],
)
def test_what_is_left_is_said(settings: DockerSettings | None, told: str) -> None:
    assert any(told in note for note in planned(with_docker(settings)).notes)


@pytest.mark.parametrize(
    ("parts", "is_set"),
    [
        ({"tuning": TuningFacts({"fs.nr_open": 65_536})}, False),
        ({"tuning": TuningFacts({"fs.nr_open": 1_048_576})}, True),
        ({"container": "lxc", "nofile": (1024, 524_288)}, True),
        ({"container": "lxc", "nofile": (1024, 4096)}, False),
        ({"container": "lxc", "nofile": None}, False),
        ({"container": "lxc", "tuning": TuningFacts(may_raise_limits=True)}, True),
        ({"nofile": (1024, 4096), "tuning": TuningFacts(may_raise_limits=False)}, False),
    ],
)
def test_more_open_files_than_the_host_allows_would_keep_containers_from_starting(
    parts: dict[str, Any], is_set: bool
) -> None:
    made = planned(replace(with_docker(), **parts))
    assert ("default-ulimits nofile" in changes(made)) == is_set
    assert any("none would start" in note for note in made.notes) != is_set


def test_it_comes_first_and_asks_for_no_restart_where_no_docker_is() -> None:
    made = planned(host(docker_settings=DockerSettings()))
    assert (made.stages[0].name, made.stages[0].title) == ("tuning", "Settings of this host")
    assert ids(made)[0] == "docker-settings"
    assert argvs(made, "docker-settings") == []
    assert step_of(made).guards == ()
    assert step_of(made).undo_guards == ("docker-idle",), "by the time of an undo, a daemon may run"


def test_an_idle_docker_is_restarted_and_looked_at_first() -> None:
    made = planned(with_docker())
    assert argvs(made, "docker-settings") == [
        ("dockerd", "--validate", "--config-file", "/etc/docker/daemon.json"),
        ("systemctl", "reset-failed", "docker"),
        RESTART,
    ]
    assert step_of(made).guards == ("docker-idle",)
    assert "docker-stopped/" in step_of(made).settles, "it must be back afterwards"
    assert any("No container runs." in note for note in made.notes)


def test_docker_is_asked_about_the_file_only_where_it_is_there_at_that_moment() -> None:
    """dockerd refuses a --config-file that is missing, which is how most hosts are and how an undo leaves them."""
    step = step_of(planned(with_docker()))
    for actions in (step.commands, step.undo):
        (validate,) = [item for item in actions if isinstance(item, Command) and item.argv[0] == "dockerd"]
        assert validate.only_where == "/etc/docker/daemon.json"


def test_an_old_docker_can_not_validate() -> None:
    assert argvs(planned(with_docker(version="20.10.24", state="stopped")), "docker-settings") == []
    old = with_docker(version="22.0")
    skipped = Answers(skipped=(Skip("install-docker", "later"),))
    assert argvs(planned(old, skipped), "docker-settings")[0] == ("systemctl", "reset-failed", "docker")


def test_an_upgrade_restarts_by_itself() -> None:
    made = planned(with_docker(version="20.10.24", running=3))
    assert "install-docker" in ids(made)
    assert argvs(made, "docker-settings") == []


@pytest.mark.parametrize(("running", "words"), [(1, "1 container is"), (3, "3 containers are")])
def test_with_containers_it_waits_for_a_word(running: int, words: str) -> None:
    made = planned(with_docker(running=running))
    assert "docker-settings" not in ids(made)
    (note,) = [note for note in made.notes if "daemon.json" in note]
    assert f"{words} running" in note and "software.restart_docker: true" in note and "max-size" in note
    allowed = planned(with_docker(running=running), ALLOWED)
    assert RESTART in argvs(allowed, "docker-settings")
    assert step_of(allowed).guards == ()
    assert any(f"{words} running: the restart ends them" in note for note in allowed.notes)


def test_live_restore_keeps_them_running() -> None:
    made = planned(with_docker(running=3, live_restore=True))
    assert RESTART in argvs(made, "docker-settings")
    assert step_of(made).guards == ("docker-idle",)
    assert any("keep running meanwhile" in note and "made anew" in note for note in made.notes)


def test_what_can_not_be_counted_is_no_zero() -> None:
    root = replace(
        with_docker(running=None, state="unreachable", version=None), privilege=PrivilegeFacts(True, "root")
    )
    assert "docker-settings" not in ids(planned(root))
    assert any("does not say how many" in note for note in planned(root).notes)
    user = replace(root, privilege=PrivilegeFacts(False, "bob", "password"))
    made = planned(user)
    assert step_of(made).guards == ("docker-idle",), "the runner is root and looks"
    assert any("only done while no container runs" in note for note in made.notes)


def test_in_a_swarm_one_after_the_other() -> None:
    facts = replace(with_docker(), swarm=SwarmFacts("active"))
    assert any("one node after the other" in note for note in planned(facts).notes)


@pytest.mark.parametrize("is_newer", [True, False, None])
def test_a_docker_that_has_not_read_it_yet_is_restarted(is_newer: bool | None) -> None:
    made = planned(with_docker(replace(SET, is_newer=is_newer)))
    assert ("docker-settings" in ids(made)) == (is_newer is True)
    if is_newer:
        assert argvs(made, "docker-settings")[-1] == RESTART
        assert step_of(made).records == ("file:/etc/docker/daemon.json",)
        assert any("what else was changed" in note for note in made.notes)
        busy = planned(with_docker(replace(SET, is_newer=True), running=2))
        assert "docker-settings" not in ids(busy)
        assert any("was changed after Docker started" in note for note in busy.notes)


def test_its_undo_takes_the_keys_back_and_then_restarts() -> None:
    step = step_of(planned(with_docker()))
    file = step.undo[0]
    assert isinstance(file, MergeFile)
    assert KeyChange(("log-driver",), None, old="json-file") in file.changes
    assert [getattr(action, "argv", ())[1:2] for action in step.undo[1:]] == [
        ("--validate",),
        ("reset-failed",),
        ("try-restart",),
    ]


def test_without_systemd() -> None:
    made = planned(replace(with_docker(), init="tini"))
    assert argvs(made, "docker-settings") == [("service", "docker", "restart")]


def test_anothers_docker_that_was_accepted_is_left_alone() -> None:
    facts = with_docker(kind="podman")
    accepted = Answers(accepted=(Acceptance("docker-podman", "we know"),))
    assert "docker-settings" not in ids(planned(facts, accepted))
    snap = host(
        docker_settings=DockerSettings(), software=replace(ALL, docker=DockerFacts("27", kind="snap"))
    )
    assert argvs(planned(snap), "docker-settings") == [], "it is no daemon of the file's"


@pytest.mark.parametrize(
    ("docker", "is_allowed", "ended"),
    [
        (None, True, None),
        (DockerFacts("29.0.0", state="stopped", running=3), False, None),
        (DockerFacts("29.0.0", state="running", running=3, live_restore=True), False, None),
        (DockerFacts("29.0.0", state="running", running=0), False, None),
        (DockerFacts("29.0.0", state="running", running=0), True, "0 containers"),
        (DockerFacts("29.0.0", state="running", running=1), False, "1 container"),
        (DockerFacts("29.0.0", state="running", running=3), True, "3 containers"),
        (DockerFacts("29.0.0", state="running", running=None), False, "an unknown number of containers"),
    ],
)
def test_the_operator_is_asked_where_a_restart_ends_something(docker, is_allowed, ended):
    assert ended_by_restart(docker, is_allowed=is_allowed) == ended


def test_a_daemon_that_says_otherwise_is_restarted_whatever_the_file_s_time() -> None:
    """A file that was moved there keeps the time at which it was written elsewhere."""
    assert "docker-settings" not in ids(planned(with_docker(SET, log_driver="json-file")))
    assert "docker-settings" not in ids(planned(with_docker(SET, log_driver=None)))
    made = planned(with_docker(SET, log_driver="local"))
    assert not [action for action in step_of(made).commands if isinstance(action, MergeFile)]
    assert argvs(made, "docker-settings")[-1] == RESTART
    assert "docker-restart-due/daemon.json" in step_of(made).settles
    flagged = replace(SET, flags=("log-driver",))
    assert "docker-settings" not in ids(planned(with_docker(flagged, log_driver="local")))


def test_a_file_that_the_daemon_does_not_read_is_not_written() -> None:
    made = planned(with_docker(replace(NONE_SET, flags=("config-file",), is_newer=True)))
    assert "docker-settings" not in ids(made)
    assert any("another settings file (--config-file)" in note for note in made.notes)


def test_what_systemd_has_not_read_yet_is_read_before_the_start() -> None:
    for needs_reload in (True, False, None):
        made = planned(with_docker(SET, state="stopped", version=None, needs_reload=needs_reload))
        reload = [("systemctl", "daemon-reload")] if needs_reload else []
        assert argvs(made, "start-docker") == [*reload, ("systemctl", "enable", "--now", "docker")]
