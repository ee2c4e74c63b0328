"""The answered proxy, for apt, dnf and Docker."""

from __future__ import annotations

import configparser
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.planning.made import ALL, RUNNING, SET, argvs, host, ids, planned, writes
from wizard.model.answers import Answers, NetworkAnswers, NodeAnswer, SoftwareAnswers
from wizard.model.facts import HostFacts, SoftwareFacts
from wizard.model.merging import merged
from wizard.model.ownfiles import APT_PROXY, DOCKER_PROXY
from wizard.model.plan import KeyChange, MergeFile
from wizard.planning.choose import select, without
from wizard.planning.proxies import no_proxy
from wizard.probe.proxies import parse_apt, parse_assignments, parse_dnf

PROXY = "http://proxy:3128"
DOCKERS = {"docker HTTP_PROXY": PROXY, "docker HTTPS_PROXY": PROXY}
APTS = {"apt http": PROXY, "apt https": PROXY}


def answers(proxy: str | None = PROXY, **software: Any) -> Answers:
    return Answers(network=NetworkAnswers(proxy=proxy), software=SoftwareAnswers(**software))


def ready(system: str = "ubuntu-22.04", **parts: Any) -> HostFacts:
    return host(system, software=ALL, **parts)


def test_without_an_answer_nothing_is_planned() -> None:
    assert ids(planned(host(), Answers()))[0] == "refresh-packages"


@pytest.mark.parametrize(("system", "step"), [("ubuntu-22.04", "proxy-apt"), ("rhel-9", "proxy-dnf")])
def test_it_comes_before_the_first_download_and_is_required_by_it(system: str, step: str) -> None:
    made = planned(host(system), answers())
    assert ids(made)[:3] == [step, "proxy-docker", "refresh-packages"]
    refresh = next(item for item in made.steps() if item.id == "refresh-packages")
    assert refresh.requires == (step,)
    assert step in ids(select(made, ("install-jq",)))
    assert "proxy-docker" not in ids(select(made, ("install-jq",)))
    assert step not in ids(without(made, {step}))


def test_what_apt_reads() -> None:
    content = writes(planned(ready(), answers()), "proxy-apt")[APT_PROXY]
    assert parse_apt(content) == APTS
    content = writes(planned(ready(), answers("socks5://[2001:db8::1]:1080/")), "proxy-apt")[APT_PROXY]
    assert parse_apt(content)["apt https"] == "socks5h://[2001:db8::1]:1080"


def test_what_dnf_reads() -> None:
    step = next(item for item in planned(ready("rhel-9"), answers()).steps() if item.id == "proxy-dnf")
    assert step.commands == (MergeFile("/etc/dnf/dnf.conf", "ini", (KeyChange(("main", "proxy"), PROXY),)),)


@pytest.mark.parametrize("line", ["proxy=", "proxy = ", "proxy =\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_an_empty_one_of_dnf_is_none_and_comes_back_so(line: str, ending: str) -> None:
    text = ending.join(("[main]", "gpgcheck=1", line, "best=True", ""))
    facts = ready("rhel-9", proxies=parse_dnf(text))
    made = planned(facts, answers())
    (step,) = [item for item in made.steps() if item.id == "proxy-dnf"]
    assert not [note for note in made.notes if "dnf" in note]
    ((do,), (back,)) = step.commands, step.undo
    assert isinstance(do, MergeFile) and isinstance(back, MergeFile)
    done = merged(do, text.encode())
    assert done == text.replace(line, f"proxy={PROXY}").encode()
    assert parse_dnf(done.decode()) == {"dnf proxy": PROXY}
    assert merged(back, done) == text.replace(line, "proxy=").encode()


def test_what_is_planned_for_dnf_holds_for_the_file_that_was_read() -> None:
    """The survey and the step must see the same value, else the step is refused at every apply."""
    for text in (
        "",
        "[main]\n",
        "[main]\nproxy=\n",
        "[other]\nproxy=\n",
        "[other]\nproxy=http://x\n[main]\n",
    ):
        made = planned(ready("rhel-9", proxies=parse_dnf(text)), answers())
        (step,) = [item for item in made.steps() if item.id == "proxy-dnf"]
        (do,) = step.commands
        assert isinstance(do, MergeFile)
        assert f"proxy={PROXY}" in merged(do, text.encode()).decode()


@pytest.mark.parametrize("word", ["_none_", "_None_"])
def test_that_dnf_is_to_use_none_is_somebody_s_choice(word: str) -> None:
    made = planned(ready("rhel-9", proxies=parse_dnf(f"[main]\nproxy = {word}\n")), answers())
    assert "proxy-dnf" not in ids(made)
    (note,) = [note for note in made.notes if note.startswith("dnf")]
    assert f"proxy={word} in /etc/dnf/dnf.conf" in note and PROXY in note and "plan again" in note


def test_what_docker_reads() -> None:
    made = planned(ready(), answers())
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    content = writes(made, "proxy-docker")[DOCKER_PROXY]
    unit.read_string(content)
    assert unit.sections() == ["Service"]
    assert parse_assignments(content)["HTTPS_PROXY"] == PROXY
    assert "localhost" in parse_assignments(content)["NO_PROXY"]
    assert argvs(made, "proxy-docker")[0] == ("systemctl", "daemon-reload")
    assert argvs(made, "proxy-docker")[-1] == ("systemctl", "restart", "docker")


@pytest.mark.parametrize("system", ["ubuntu-22.04", "rhel-9"])
def test_what_is_set_to_the_same_is_not_planned(system: str) -> None:
    facts = ready(system, proxies={**APTS, **DOCKERS, "dnf proxy": PROXY + "/"})
    made = planned(facts, answers())
    assert not [name for name in ids(made) if name.startswith("proxy-")]
    assert not [note for note in made.notes if "proxy" in note]


def test_half_of_it_is_not_all() -> None:
    made = planned(ready(proxies={"apt http": PROXY, "docker http_proxy": PROXY}), answers())
    assert [name for name in ids(made) if name.startswith("proxy-")] == ["proxy-apt", "proxy-docker"]


@pytest.mark.parametrize(
    ("system", "key", "step", "name"),
    [
        ("ubuntu-22.04", "apt https", "proxy-apt", "apt"),
        ("rhel-9", "dnf proxy", "proxy-dnf", "dnf"),
        ("rhel-9", "docker https_proxy", "proxy-docker", "Docker"),
    ],
)
def test_another_one_stays_and_is_said(system: str, key: str, step: str, name: str) -> None:
    made = planned(ready(system, proxies={key: "http://theirs:8080"}), answers())
    assert step not in ids(made)
    (note,) = [note for note in made.notes if note.startswith(f"{name} uses another proxy")]
    assert "http://theirs:8080" in note and PROXY in note


def test_our_own_older_one_is_replaced() -> None:
    old = "http://old:1"
    proxies = {"apt http": old, "apt https": old, "docker HTTP_PROXY": old, "docker HTTPS_PROXY": old}
    made = planned(ready(proxies=proxies, own_proxies={"apt": old, "docker": old}), answers())
    assert [name for name in ids(made) if name.startswith("proxy-")] == ["proxy-apt", "proxy-docker"]


@pytest.mark.parametrize("userinfo", ["***", "bob:***", "bob", "ghp-canary:", ":canary"])
def test_a_login_is_never_written_and_its_absence_is_said(userinfo: str) -> None:
    """`bob:***` is what sessions of earlier versions hold."""
    given = answers(f"http://{userinfo}@proxy:3128")
    made = planned(ready(), given)
    assert not [name for name in ids(made) if name.startswith("proxy-")]
    assert len([note for note in made.notes if "asks for a user or a password" in note]) == 2
    for there in ("http://***@proxy:3128", "http://bob:***@proxy:3128"):
        set_so = planned(ready(proxies=dict.fromkeys((*APTS, *DOCKERS), there)), given)
        assert not [note for note in set_so.notes if "proxy" in note]
    assert "canary" not in str(made) and "bob" not in str(made)


def test_a_scope_of_a_node_does_not_cost_the_list() -> None:
    given = replace(answers(), nodes=(NodeAnswer("a"), NodeAnswer("b", "root@fe80::1%eth0")))
    content = writes(planned(ready(), given), "proxy-docker")[DOCKER_PROXY]
    assert parse_assignments(content)["NO_PROXY"].endswith(",192.168.0.0/16,fe80::1")


def test_containers_are_not_ended_for_it() -> None:
    busy = host(software=replace(ALL, docker=replace(RUNNING, running=2)))
    made = planned(busy, answers())
    assert "proxy-docker" not in ids(made)
    assert any("Docker does not use the proxy" in note and "2 containers" in note for note in made.notes)
    assert "proxy-docker" in ids(planned(busy, answers(restart_docker=True)))


def test_a_docker_that_is_not_there_yet_needs_no_restart() -> None:
    made = planned(host(software=SoftwareFacts()), answers())
    assert argvs(made, "proxy-docker") == []
    stopped = host(software=replace(ALL, docker=replace(RUNNING, state="stopped", version=None)))
    assert argvs(planned(stopped, answers()), "proxy-docker") == [("systemctl", "daemon-reload")]


def test_without_systemd_it_is_said() -> None:
    made = planned(ready(init="tini"), answers())
    assert "proxy-docker" not in ids(made)
    assert any("not started by systemd" in note for note in made.notes)


@pytest.mark.parametrize(
    ("address", "host_name"),
    [
        ("10.9.0.2", "10.9.0.2"),
        ("root@chat-2:2222", "chat-2"),
        ("ssh://bob@203.0.113.7", "203.0.113.7"),
        ("ssh://root@[2001:db8::5]:22", "2001:db8::5"),
        ("2001:db8::3", "2001:db8::3"),
    ],
)
def test_the_nodes_are_reached_without_it(address: str, host_name: str) -> None:
    given = Answers(
        nodes=(NodeAnswer("a"), NodeAnswer("b", address)),
        network=NetworkAnswers(advertise_address="10.0.0.5"),
    )
    assert no_proxy(given)[-2:] == ("10.0.0.5", host_name)
    assert "local" not in no_proxy(given)


def running(newer: bool | None = True, **docker: Any) -> HostFacts:
    """The proxy is set in Docker's files; the daemon says what is given."""
    used: dict[str, Any] = {"http_proxy": PROXY, "https_proxy": PROXY, **docker}
    return host(
        software=replace(ALL, docker=replace(RUNNING, **used)),
        proxies={**APTS, **DOCKERS},
        own_proxies={"docker": PROXY},
        docker_settings=replace(SET, drop_in_is_newer=newer),
    )


@pytest.mark.parametrize(
    ("newer", "docker", "is_due"),
    [
        (True, {}, False),
        (True, {"http_proxy": "", "https_proxy": ""}, True),
        (True, {"https_proxy": "http://old:1"}, True),
        (True, {"https_proxy": PROXY + "/"}, False),
        (True, {"http_proxy": None, "https_proxy": None}, False),
        (False, {"https_proxy": ""}, False),
        (None, {"https_proxy": ""}, False),
        (False, {"https_proxy": "", "needs_reload": True}, True),
        (None, {"https_proxy": "", "needs_reload": False}, False),
    ],
)
def test_a_proxy_that_docker_does_not_use_yet_is_due(
    newer: bool | None, docker: dict[str, Any], is_due: bool
) -> None:
    made = planned(running(newer, **docker), answers())
    assert ("proxy-docker" in ids(made)) is is_due
    if is_due:
        assert writes(made, "proxy-docker") == {}, "it is written already"
        assert argvs(made, "proxy-docker")[0] == ("systemctl", "daemon-reload")
        assert argvs(made, "proxy-docker")[-1] == ("systemctl", "restart", "docker")
        (step,) = [item for item in made.steps() if item.id == "proxy-docker"]
        assert "docker-restart-due/proxy" in step.settles
        busy = planned(running(newer, running=2, **docker), answers())
        assert "proxy-docker" not in ids(busy)
        assert any("Docker does not use the proxy" in note for note in busy.notes)


def test_one_that_something_else_sets_is_said_and_not_restarted_for_ever() -> None:
    made = planned(running(False, https_proxy="http://theirs:1"), answers())
    assert "proxy-docker" not in ids(made)
    (note,) = [text for text in made.notes if text.startswith("Docker says")]
    assert "http://theirs:1" in note and "systemctl cat docker" in note


def test_the_user_of_a_proxy_is_not_what_docker_tells() -> None:
    with_user = "http://bob@proxy:3128"
    files = dict.fromkeys((*APTS, *DOCKERS), with_user)
    facts = replace(running(https_proxy="http://xxxxx:xxxxx@proxy:3128"), proxies=files, own_proxies={})
    assert "proxy-docker" not in ids(planned(facts, answers(with_user)))
