from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import replace

import pytest

from tests.unit.planning.made import ALL, FIREWALLD, SSH, UFW, answered, argvs, host, ids, planned
from wizard.model.answers import NetworkAnswers, NodeAnswer
from wizard.model.facts import FirewallFacts, SshFacts
from wizard.model.plan import Command
from wizard.planning.firewall import docker_user_rules, firewall_rules

NODES = (
    NodeAnswer("local", roles=("manager",)),
    NodeAnswer("b", "root@10.0.0.2:2222", ("worker",)),
    NodeAnswer("c", "2001:db8::3", ("worker",)),
    NodeAnswer("d", "deploy@d.example", ("worker",)),
)
TWO_NETWORKS = NetworkAnswers(allow_from=("10.1.0.0/16", "2001:db8::/32"))


def _texts(commands) -> list[str]:
    return [shlex.join(command.argv) for command in commands]


def test_ufw_lets_in_the_web_and_ssh_first():
    made = planned(host(software=ALL, firewall=UFW, ssh=SSH))
    assert ids(made) == ["firewall-ssh", "firewall-http", "firewall-https"]
    assert _texts(made.steps()[0].commands) == [
        "ufw allow proto tcp from 203.0.113.9 to any port 22 comment 'cometchat-wizard ssh'"
    ]
    assert _texts(made.steps()[2].commands) == [
        "ufw allow proto tcp from any to any port 443 comment 'cometchat-wizard https'"
    ]
    assert [step.requires for step in made.steps()] == [(), ("firewall-ssh",), ("firewall-ssh",)]
    assert _texts(made.steps()[1].undo) == ["ufw delete allow proto tcp from any to any port 80"]


def test_firewalld_changes_runtime_and_permanent_and_never_reloads():
    network = NetworkAnswers(allow_from=("10.1.0.0/16",))
    made = planned(host("rhel-9", software=ALL, firewall=FIREWALLD, ssh=SSH), answered(network=network))
    rule = (
        '--add-rich-rule=rule family="ipv4" source address="10.1.0.0/16" port port="80" protocol="tcp" accept'
    )
    assert argvs(made, "firewall-http") == [("firewall-cmd", rule), ("firewall-cmd", "--permanent", rule)]
    assert not any(
        "reload" in word for step in made.steps() for argv in argvs(made, step.id) for word in argv
    )
    everyone = planned(host("rhel-9", software=ALL, firewall=FIREWALLD))
    assert argvs(everyone, "firewall-http")[1] == ("firewall-cmd", "--permanent", "--add-port=80/tcp")
    assert "firewall-ssh" not in ids(everyone)


def test_a_rule_for_one_source_that_is_there_already_drops_out():
    """Else an installation with allow_from would never be done."""
    there = ("10.1.0.0/16 tcp/80", "2001:db8::/32 tcp/80", "10.1.0.0/16 tcp/443", "2001:db8:: tcp/443")
    made = planned(
        host(software=ALL, firewall=replace(UFW, allowed_tcp=(22,), allowed_from=there)),
        answered(network=TWO_NETWORKS),
    )
    assert ids(made) == ["firewall-https"]
    assert _texts(made.steps()[0].commands) == [
        "ufw allow proto tcp from 2001:db8::/32 to any port 443 comment 'cometchat-wizard https'"
    ]


def test_what_is_allowed_already_drops_out():
    firewall = replace(UFW, allowed_tcp=(22, 80))
    assert ids(planned(host(software=ALL, firewall=firewall, ssh=SSH))) == ["firewall-https"]
    satisfied = replace(UFW, allowed_tcp=(22, 80, 443))
    assert planned(host(software=ALL, firewall=satisfied, ssh=SSH)).stages == ()
    # SSH alone is no reason to touch a firewall.
    assert planned(host(software=ALL, firewall=replace(UFW, allowed_tcp=(80, 443)), ssh=SSH)).stages == ()


@pytest.mark.parametrize(
    ("firewall", "words"),
    [
        (FirewallFacts("ufw", False, ()), "not active"),
        (FirewallFacts("firewalld", False, None), "not active"),
        (FirewallFacts("none", False, None), "none was found"),
        (FirewallFacts("none", None, None), "none was found"),
        (FirewallFacts(None, None, None), "without root"),
        (FirewallFacts("ufw", None, None), "without root"),
        (FirewallFacts("nftables", True, ()), "rules of its own"),
        (FirewallFacts("iptables", True, None), "rules of its own"),
    ],
)
@pytest.mark.parametrize("nodes", [(), NODES])
def test_any_other_firewall_is_left_alone_and_said_so(firewall, words, nodes):
    facts = host(software=ALL, firewall=firewall, ssh=SSH)
    made = planned(facts, answered(nodes=nodes))
    assert made.stages == ()
    assert sum(words in note for note in made.notes) == 1
    exported = _texts(firewall_rules(answered(nodes=nodes), facts))
    assert re.search(r"\b22\b", exported[0])
    assert "203.0.113.9" not in exported[0]
    assert any("443" in text for text in exported)


def test_a_firewall_of_the_operators_own_gets_no_steps_but_exported_rules():
    leave = answered(network=NetworkAnswers(firewall="leave"))
    facts = host(software=ALL, firewall=UFW, ssh=SSH)
    assert planned(facts, leave).stages == ()
    assert _texts(firewall_rules(leave, facts)) == [
        "ufw allow proto tcp from any to any port 22 comment 'cometchat-wizard ssh'",
        "ufw allow proto tcp from any to any port 80 comment 'cometchat-wizard http'",
        "ufw allow proto tcp from any to any port 443 comment 'cometchat-wizard https'",
    ]


def test_exported_rules_are_the_plans_where_the_plan_adds_them():
    facts = host(software=ALL, firewall=UFW, ssh=SSH)
    made = planned(facts, answered(nodes=NODES, network=TWO_NETWORKS))
    commands = [action for step in made.steps() for action in step.commands]
    assert commands == list(firewall_rules(answered(nodes=NODES, network=TWO_NETWORKS), facts))


def test_swarm_ports_only_from_each_peer():
    made = planned(host(software=ALL, firewall=UFW, ssh=SSH), answered(nodes=NODES))
    texts = [shlex.join(argv[:-2]) for argv in argvs(made, "firewall-swarm")]
    assert texts == [
        f"ufw allow proto {what}"
        for peer in ("10.0.0.2", "2001:db8::3")
        for what in (
            f"tcp from {peer} to any port 2377",
            f"tcp from {peer} to any port 7946",
            f"udp from {peer} to any port 7946",
            f"udp from {peer} to any port 4789",
            f"esp from {peer} to any",
        )
    ]
    assert any("d has no known IP address" in note for note in made.notes)
    assert not any(
        "firewall-swarm" in ids(planned(host(firewall=UFW), answered(nodes=nodes)))
        for nodes in ((), NODES[:1])
    )


def test_a_worker_opens_no_management_and_a_plain_overlay_no_esp():
    nodes = (NodeAnswer("a", "10.0.0.1", ("manager",)), NodeAnswer("local", roles=("worker",)))
    network = NetworkAnswers(encrypted_overlay=False)
    made = planned(host(firewall=UFW), answered(nodes=nodes, network=network))
    texts = " ".join(shlex.join(argv) for argv in argvs(made, "firewall-swarm"))
    assert "2377" not in texts
    assert "esp" not in texts
    assert "10.0.0.1" in texts


def test_a_list_of_networks_that_can_not_be_read_never_opens_to_everyone():
    network = NetworkAnswers(allow_from=("--from any", "10.0.0.0/99"))
    made = planned(host(software=ALL, firewall=UFW, ssh=SSH), answered(network=network))
    assert made.stages == ()
    assert any("2 of network.allow_from" in note for note in made.notes)


def test_dockers_bypass_is_said_and_its_rules_are_ready():
    made = planned(
        host(software=ALL, firewall=replace(UFW, allowed_tcp=(80,))), answered(network=TWO_NETWORKS)
    )
    assert any("moby#4737" in note for note in made.notes)
    assert any("80 may be open to everyone" in note for note in made.notes)
    texts = _texts(docker_user_rules(answered(network=TWO_NETWORKS)))
    assert len(texts) == 8
    to_80 = "-p tcp -m conntrack --ctorigdstport 80 --ctdir ORIGINAL"
    assert texts[:2] == [
        f"iptables -I DOCKER-USER {to_80} -j DROP",
        f"iptables -I DOCKER-USER -s 10.1.0.0/16 {to_80} -j RETURN",
    ]
    assert docker_user_rules(answered()) == ()


def test_without_a_live_connection_every_port_of_ssh_is_kept():
    made = planned(host(software=ALL, firewall=UFW, ssh=SshFacts((22, 2222))))
    assert [argv[9] for argv in argvs(made, "firewall-ssh")] == ["22", "2222"]


def test_ssh_that_is_let_in_from_some_networks_is_not_opened_further():
    made = planned(host(software=ALL, firewall=replace(UFW, restricted_tcp=(22,)), ssh=SSH))
    assert ids(made) == ["firewall-http", "firewall-https"]


def _can_run_ufw() -> bool:
    return os.geteuid() == 0 and shutil.which("ufw") is not None


@pytest.mark.skipif(not _can_run_ufw(), reason="needs root and ufw")
def test_the_real_ufw_takes_every_rule_and_its_inverse():
    made = planned(host(firewall=UFW, ssh=SSH), answered(nodes=NODES, network=TWO_NETWORKS))
    stage = next(stage for stage in made.stages if stage.name == "firewall")
    actions = [action for step in stage.steps for action in (*step.commands, *step.undo)]
    assert len(actions) == 2 * (1 + 2 + 2 + 10)
    for action in actions:
        assert isinstance(action, Command)
        done = subprocess.run(
            ["ufw", "--dry-run", *action.argv[1:]],
            capture_output=True,
            text=True,
            timeout=30,
            env={"LC_ALL": "C", **os.environ},
        )
        assert (done.returncode, "ERROR" in done.stdout + done.stderr) == (0, False), (action.argv, done)


def test_a_rule_of_firewalld_that_is_not_in_force_is_added_again():
    """It stands in the zone's file since somebody forgot the reload: the port is shut all the same."""
    waiting = FirewallFacts(
        "firewalld", True, (22, 80, 443), (), (), in_force=True, waiting_tcp=(443,), waiting_from=()
    )
    made = planned(host(software=ALL, firewall=waiting, ssh=SSH))
    assert [name for name in ids(made) if name.startswith("firewall-")] == ["firewall-https"]
    assert argvs(made, "firewall-https")[0] == ("firewall-cmd", "--add-port=443/tcp")
    unknown = replace(waiting, waiting_tcp=None, in_force=None)
    assert not [name for name in ids(planned(host(software=ALL, firewall=unknown))) if "firewall" in name]


def test_rules_of_ufw_that_are_not_in_force_are_said():
    """`ufw allow` skips what stands in its files, so no step of ours would load it."""
    waiting = FirewallFacts("ufw", True, (22, 80, 443), (), (), True, (443,), ("10.0.0.5 tcp/80",))
    made = planned(host(software=ALL, firewall=waiting))
    assert not [name for name in ids(made) if name.startswith("firewall-")]
    (note,) = [text for text in made.notes if "ufw reload" in text]
    assert "443, 10.0.0.5 tcp/80" in note and "SSH" in note
    left = planned(host(software=ALL, firewall=waiting), answered(network=NetworkAnswers(firewall="leave")))
    assert not [text for text in left.notes if "ufw reload" in text]


def test_a_ufw_whose_rules_the_kernel_does_not_have_gets_none_of_ours():
    """There `ufw allow` fails; the rules are exported."""
    flushed = FirewallFacts("ufw", True, (22,), (), (), in_force=False)
    made = planned(host(software=ALL, firewall=flushed))
    assert not [name for name in ids(made) if name.startswith("firewall-")]
    assert any("the kernel has none of its rules" in note for note in made.notes)
    assert firewall_rules(answered(), host(firewall=flushed))
