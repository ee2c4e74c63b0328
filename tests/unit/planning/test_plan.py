from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.planning.made import (
    ALL,
    CATALOGUE,
    FIREWALLD,
    ROOT,
    SET,
    SSH,
    SYSTEMS,
    TOOL,
    UFW,
    answered,
    argvs,
    host,
    ids,
    planned,
)
from wizard.model.answers import Answers, NetworkAnswers, NodeAnswer
from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import (
    DockerFacts,
    FirewallFacts,
    HostFacts,
    SoftwareFacts,
    ToolFacts,
)
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import plain
from wizard.model.plan import Action, Command, Plan, WriteFile
from wizard.planning.choose import STEP_IDS, select, without
from wizard.planning.plan import plan
from wizard.planning.show import lines

GOLDEN = ROOT / "tests/golden/plans"
SHELLS = {"sh", "bash", "dash", "-c", "eval", "sudo", "xargs"}
FIRST_OF = {
    "tuning": "tune-kernel",
    "prepare": "refresh-packages",
    "docker": "install-docker",
    "tools": "install-git",
    "firewall": "firewall-ssh",
}
STARTS = [STEP_IDS.index(name) for name in FIRST_OF.values()]
STAGE_OF = {
    stage: STEP_IDS[start:end]
    for stage, start, end in zip(FIRST_OF, STARTS, [*STARTS[1:], len(STEP_IDS)], strict=True)
}
# Which of these two comes first depends on what is removed.
EITHER_WAY = ("remove-conflicts", "docker-repository")
NODES = (NodeAnswer("local"), NodeAnswer("b", "10.0.0.2"), NodeAnswer("c", "2001:db8::3"))

tools = st.sampled_from([None, TOOL, ToolFacts("1.0.2"), ToolFacts(None)])
dockers = st.one_of(
    st.none(),
    st.builds(
        DockerFacts,
        version=st.sampled_from([None, "20.10.24", "24.0.7", "29.1"]),
        client=st.sampled_from([None, "20.10.24", "29.1"]),
        state=st.sampled_from(["running", "stopped", "unreachable"]),
        kind=st.sampled_from(["docker", "podman", "snap"]),
        live_restore=st.sampled_from([None, True, False]),
        running=st.sampled_from([None, 0, 1, 3]),
    ),
)
software = st.builds(
    SoftwareFacts,
    docker=dockers,
    compose=tools,
    git=tools,
    openssl=tools,
    jq=tools,
    curl=tools,
    net_tools=tools,
)
known_names = sorted(
    {
        name
        for family in CATALOGUE["families"].values()
        for known in family["engines"].values()
        for name in known["conflicts"]
    }
)
firewalls = st.builds(
    FirewallFacts,
    backend=st.sampled_from(["ufw", "firewalld", "nftables", "iptables", "none", None]),
    active=st.sampled_from([True, False, None]),
    allowed_tcp=st.sampled_from([None, (), (22,), (80, 443)]),
)
hosts = st.builds(
    host,
    st.sampled_from(sorted(SYSTEMS)),
    software=software,
    firewall=firewalls,
    packages=st.dictionaries(st.sampled_from(known_names), st.just("1"), max_size=4),
    init=st.sampled_from(["systemd", "tini", None]),
    docker_settings=st.none()
    | st.builds(
        DockerSettings,
        exists=st.booleans(),
        problem=st.sampled_from([None, "daemon.json is broken."]),
        log_driver=st.sampled_from([None, "json-file", "journald"]),
        log_max_size=st.sampled_from([None, "1g"]),
        nofile=st.sampled_from([None, (1024, None)]),
        flags=st.sampled_from([(), ("log-opt",)]),
        is_newer=st.sampled_from([True, False, None]),
    ),
    proxies=st.sampled_from([{}, {"apt http": "http://other:1"}, {"dnf proxy": "http://proxy:3128"}]),
    ssh=st.just(SSH),
    unfinished_packages=st.sampled_from([(), ("jq",), ("operators-own", "jq")]),
    unfinished_removals=st.sampled_from([(), ("docker.io",), ("operators-own",)]),
    duplicate_packages=st.sampled_from([(), ("docker-ce",)]),
    dpkg_cut_off=st.booleans(),
    broken_packages=st.sampled_from([(), ("jq",), ("operators-own:amd64",)]),
    lost_packages=st.sampled_from([(), ("docker-cli",)]),
)
answers_of = st.builds(
    answered,
    source=st.sampled_from([None, "docker-repository", "distribution", "offline"]),
    remove=st.lists(st.sampled_from(known_names), max_size=4).map(tuple),
    network=st.builds(
        NetworkAnswers,
        firewall=st.sampled_from([None, "manage", "leave"]),
        allow_from=st.lists(st.sampled_from(["10.0.0.0/8", "::1", "; rm -rf /", "$(id)"]), max_size=3).map(
            tuple
        ),
        proxy=st.sampled_from([None, "http://proxy:3128", "socks5://***@proxy", 'http://a"b@proxy/']),
    ),
    nodes=st.sampled_from([(), NODES[:1], NODES]),
)


def _commands(made: Plan) -> list[Command]:
    return [
        action
        for step in made.steps()
        for action in (*step.commands, *step.undo)
        if isinstance(action, Command)
    ]


@settings(max_examples=150, deadline=None)
@given(hosts, answers_of)
def test_every_plan_is_well_formed(facts: HostFacts, answers: Answers):
    made = planned(facts, answers)
    assert made == planned(facts, answers)
    order = [STEP_IDS.index(step.id) for step in made.steps() if step.id not in EITHER_WAY]
    assert order == sorted(order)
    assert len(set(ids(made))) == len(made.steps())
    seen: set[str] = set()
    for stage in made.stages:
        assert stage.steps
        assert {step.id for step in stage.steps} <= set(STAGE_OF[stage.name])
        for step in stage.steps:
            assert set(step.requires) <= seen, "a step comes after all that it requires"
            seen.add(step.id)
            assert step.why.endswith(".") and step.title and step.commands


@settings(max_examples=150, deadline=None)
@given(hosts, answers_of)
def test_no_plan_needs_a_shell_or_removes_unasked_or_touches_a_firewalls_state(
    facts: HostFacts, answers: Answers
):
    made = planned(facts, answers)
    for command in _commands(made):
        assert not SHELLS & set(command.argv)
        text = " ".join(command.argv)
        assert not any(sign in text for sign in ("; rm", "$(", "`", "&&", "|", ">"))
        assert 0 < command.timeout_seconds <= 1800
        assert not {"purge", "autoremove", "--allowerasing", "--reload", "enable-firewall"} & set(
            command.argv
        )
        if command.argv[0] in ("ufw", "firewall-cmd"):
            assert not {"enable", "default", "deny", "reject", "reset", "--set-default-zone"} & set(
                command.argv
            )
        if "apt-get" in command.argv and "install" in command.argv:
            assert "--no-remove" in command.argv
        if command.waits_for is None:
            assert not {"apt-get", "dpkg", "dnf", "rpm"} & set(command.argv)
    # What somebody had begun to remove already is no removal of ours.
    assert set(made.removes) <= {*answers.software.remove, "snap:docker", *facts.unfinished_removals}


@settings(max_examples=100, deadline=None)
@given(hosts, answers_of)
def test_where_all_is_there_a_plan_is_empty(facts: HostFacts, answers: Answers):
    firewall = FirewallFacts("ufw", True, (22, 80, 443))
    whole = replace(
        facts,
        unfinished_packages=(),
        unfinished_removals=(),
        duplicate_packages=(),
        dpkg_cut_off=False,
        broken_packages=(),
        lost_packages=(),
    )
    satisfied = replace(
        whole, software=ALL, firewall=firewall, packages={"docker-ce": "29"}, docker_settings=SET
    )
    network = replace(answers.network, proxy=None)
    made = planned(satisfied, replace(answers, nodes=NODES[:1], network=network))
    assert (made.stages, made.removes) == ((), ())


def test_a_host_without_a_known_package_manager_gets_a_note():
    made = planned(host(package_manager=None))
    assert made.stages == ()
    assert "Neither apt nor dnf" in made.notes[0]


def test_several_hosts_are_planned_together_and_named():
    first, second = host(software=ALL), host("rhel-9", name="b", firewall=FIREWALLD)
    made = plan(answered(nodes=NODES), (first, second), CATALOGUE)
    assert {step.node for step in made.steps()} == {"b"}
    assert made.notes[-1] == "c is not surveyed yet, so nothing is planned for it."
    assert any(note.startswith("local: ") for note in made.notes)
    assert any("install-jq on" in line for line in lines(plan(Answers(), (host(), second), CATALOGUE)))


def test_select_brings_what_is_required_and_only_that():
    made = planned(host(firewall=UFW, ssh=SSH))
    assert ids(select(made, ("install-jq",))) == ["refresh-packages", "install-jq"]
    assert ids(select(made, ("start-docker",))) == [
        "refresh-packages",
        "docker-repository",
        "install-docker",
        "start-docker",
    ]
    assert ids(select(made, ("firewall-https", "install-jq"))) == [
        "refresh-packages",
        "install-jq",
        "firewall-ssh",
        "firewall-https",
    ]
    idle = select(planned(host(software=ALL)), ("install-jq",))
    assert idle.stages == ()
    assert "install-jq: nothing to do" in idle.notes[-1]


def test_what_dpkg_has_begun_is_finished_before_anything_is_installed():
    """Only what a plan may name itself is brought to a newer version; the operator's own is set up as it is."""
    facts = host(software=ALL, unfinished_packages=("jq", "operators-own"))
    made = planned(facts)
    assert ids(made) == ["refresh-packages", "finish-packages", "install-jq"]
    step = made.steps()[1]
    first, then = step.commands
    assert isinstance(first, Command) and isinstance(then, Command)
    assert (first.argv[-2:], first.ok_codes) == (("--configure", "-a"), (0, 1))
    assert then.argv[-5:] == ("install", "-y", "--no-remove", "--fix-broken", "jq")
    assert step.requires == ("refresh-packages",)
    assert ids(select(made, ("install-jq",))) == ["refresh-packages", "finish-packages", "install-jq"]
    assert ids(planned(host(software=ALL, dpkg_cut_off=True))) == ["refresh-packages", "finish-packages"]
    bare = planned(host(dpkg_cut_off=True))
    needy = [step for step in bare.steps() if "refresh-packages" in step.requires and step.id[:4] != "fini"]
    assert needy and all("finish-packages" in step.requires for step in needy)


def test_what_dpkg_was_cut_off_at_while_it_unpacked_is_installed_once_more_before_all_else():
    """apt refuses everything until then; whoever's it is, and whatever is wanted of it."""
    facts = host(software=ALL, unfinished_packages=("jq", "theirs"), broken_packages=("theirs:i386",))
    first, again, then = argvs(planned(facts), "finish-packages")
    assert first[-2:] == ("--configure", "-a")
    assert again[-6:] == ("install", "-y", "--no-remove", "--fix-broken", "--reinstall", "theirs:i386")
    assert then[-2:] == ("--fix-broken", "jq")


def test_what_a_cut_off_installation_did_not_bring_along_comes_later_as_brought_along():
    made = planned(host(software=ALL, lost_packages=("docker-cli", "libsasl2-modules")))
    assert ids(made) == ["refresh-packages", "finish-packages"]
    along = made.steps()[1].commands[-1]
    assert isinstance(along, Command) and along.argv[-2:] == ("docker-cli", "libsasl2-modules")
    assert "APT::Get::Mark-Auto=true" in along.argv and "--no-remove" in along.argv
    assert along.ok_codes == (0, 100), "a repository that has one of them no longer stops nothing"


@pytest.mark.parametrize("system", ["ubuntu-24.04", "rocky-9"])
def test_what_is_installed_and_does_not_run_is_installed_once_more(system: str):
    """A power cut can leave a package whole in the package manager's books, and its files empty."""
    facts = host(system, software=replace(ALL, jq=None), packages={"jq": "1.7"})
    verb = "--reinstall" if facts.package_manager == "apt" else "reinstall"
    step = next(item for item in planned(facts).steps() if item.id == "install-jq")
    assert [argv[-2:] for argv in argvs(planned(facts), "install-jq")][-1] == (verb, "jq")
    assert step.undo == (), "it was there before"
    bare = host(system, software=replace(ALL, jq=None))
    assert not any(verb in argv for argv in argvs(planned(bare), "install-jq"))


def test_a_docker_without_its_client_gets_the_client_again_and_the_daemon_is_left_alone():
    software = replace(ALL, docker=None)
    packages = {"docker-ce": "29", "docker-ce-cli": "29", "containerd.io": "2", "docker-buildx-plugin": "1"}
    made = planned(host(software=software, packages=packages))
    assert argvs(made, "install-docker")[-1][-2:] == ("--reinstall", "docker-ce-cli")
    # Ubuntu's own has both in one package: its daemon restarts, so only while no container runs.
    answers = answered("distribution")
    one = planned(host(software=software, packages={"docker.io": "28"}), answers)
    assert argvs(one, "install-docker")[-1][-2:] == ("--reinstall", "docker.io")
    step = next(item for item in one.steps() if item.id == "install-docker")
    assert "docker-idle" in step.guards
    trixie = planned(host("debian-13", software=software, packages={"docker.io": "26"}), answers)
    assert [argv[-2:] for argv in argvs(trixie, "install-docker")] == [("docker.io", "docker-cli")]


def test_a_removal_that_was_cut_off_is_finished_before_apt_could_set_it_up_again():
    facts = host(software=ALL, unfinished_removals=("docker.io", "runc"))
    made = planned(facts)
    assert ids(made) == ["finish-removals"] and made.removes == ("docker.io", "runc")
    (command,) = made.steps()[0].commands
    assert isinstance(command, Command) and command.argv[-4:] == ("dpkg", "--remove", "docker.io", "runc")
    assert "purge" not in command.argv and command.waits_for == "apt"
    both = planned(host(unfinished_removals=("docker.io",), unfinished_packages=("jq",)))
    assert ids(both)[:3] == ["refresh-packages", "finish-removals", "finish-packages"]
    assert "finish-removals" in both.steps()[2].requires
    needy = [step for step in both.steps() if "refresh-packages" in step.requires and step.id[:4] != "fini"]
    assert needy and all({"finish-removals", "finish-packages"} <= set(step.requires) for step in needy)


def test_what_is_there_twice_is_mended_before_anything_is_installed():
    facts = host(package_manager="dnf", duplicate_packages=("docker-ce",))
    made = planned(facts)
    assert ids(made)[:2] == ["refresh-packages", "remove-duplicates"]
    (command,) = made.steps()[1].commands
    assert isinstance(command, Command) and command.argv[2:] == (
        "dnf", "-y", "--noautoremove", "remove", "--duplicates"
    )  # fmt: skip
    assert command.waits_for == "dnf" and "docker-ce" in made.steps()[1].why
    needy = [step for step in made.steps()[2:] if "refresh-packages" in step.requires]
    assert needy and all("remove-duplicates" in step.requires for step in needy)


def test_removals_are_named_with_the_step_that_does_them():
    facts = host(
        software=SoftwareFacts(docker=DockerFacts("20.10")),
        packages={"docker.io": "20.10"},
        unfinished_removals=("runc",),
    )
    made = planned(facts, answered(remove=("docker.io",)))
    assert made.removes == ("runc", "docker.io")
    assert select(made, ("finish-removals",)).removes == ("runc",)
    assert select(made, ("install-docker",)).removes == ("runc", "docker.io")
    assert without(made, {"finish-removals"}).removes == ("docker.io",)
    assert without(made, {"remove-conflicts"}).removes == ("runc",)
    assert without(made, {"finish-removals", "remove-conflicts"}).removes == ()


def test_select_names_removals_only_with_the_step_that_removes():
    facts = host(software=SoftwareFacts(docker=DockerFacts("20.10")), packages={"docker.io": "20.10"})
    made = planned(facts, answered(remove=("docker.io",)))
    assert select(made, ("install-jq",)).removes == ()
    assert select(made, ("install-docker",)).removes == ("docker.io",)


def test_select_refuses_unknown_steps_all_at_once():
    with pytest.raises(Failure) as refused:
        select(planned(host()), ("install-jq", "install-vim", "\x1b[31m"))
    assert refused.value.code is ExitCode.BAD_INPUT
    assert len(refused.value.problems) == 2
    assert "install-vim" in refused.value.seen
    assert "\x1b" not in refused.value.seen
    assert "install-net-tools" in refused.value.next_step


def test_lines_show_the_exact_commands_and_removals_first():
    facts = host(software=SoftwareFacts(docker=DockerFacts("20.10")), packages={"docker.io": "20.10"})
    text = lines(planned(facts, answered(remove=("docker.io",))))
    assert text[0] == "Will be removed: docker.io"
    assert "    write /etc/apt/sources.list.d/docker.list (0644)" in text
    assert any(line.endswith("install -y --no-remove jq") for line in text)
    assert lines(planned(host(software=ALL)))[-1] == "Nothing to do."


GOLDENS = {
    "unit-ubuntu-24.04-bare": (host("ubuntu-24.04", firewall=UFW, ssh=SSH), answered(nodes=NODES)),
    "unit-ubuntu-20.04-distribution": (host("ubuntu-20.04"), answered("distribution")),
    "unit-rhel-9-podman-docker": (
        host(
            "rhel-9",
            software=replace(ALL, docker=DockerFacts("4.9", state="stopped", kind="podman"), jq=None),
            packages={"podman": "4.9", "podman-docker": "4.9"},
            firewall=FIREWALLD,
        ),
        answered(remove=("podman-docker",)),
    ),
    "unit-debian-12-old-docker": (
        host(
            "debian-12",
            software=replace(ALL, docker=DockerFacts("20.10.24", state="running"), compose=None),
            packages={"docker.io": "20.10.24", "containerd": "1.6", "runc": "1.1"},
            init="tini",
        ),
        answered(remove=("docker.io", "containerd", "runc")),
    ),
}


@pytest.mark.parametrize("name", GOLDENS)
def test_golden_plans(name):
    facts, answers = GOLDENS[name]
    text = json.dumps(_reviewable(planned(facts, answers)), indent=2) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text


def _reviewable(made: Plan) -> object:
    """Long contents (the signing keys) as their hash: the keys have a test of their own. Less what undo alone has."""
    stages = tuple(
        replace(
            stage,
            steps=tuple(replace(step, commands=tuple(map(_short, step.commands))) for step in stage.steps),
        )
        for stage in made.stages
    )
    document = plain(replace(made, stages=stages))
    return {key: value for key, value in document.items() if key not in ("stays", "later")}


def _short(action: Action) -> Action:
    if not isinstance(action, WriteFile) or len(action.content) < 1000:
        return action
    return replace(action, content=f"sha256:{hashlib.sha256(action.content.encode()).hexdigest()}")
