"""The firewall's part of a plan: rules for an active firewall. Nothing here enables or tightens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.model.answers import Answers
from wizard.model.facts import HostFacts, source_rule
from wizard.model.plan import Command, Step
from wizard.planning.firewall_commands import Backend, Rule, allow, withdraw
from wizard.planning.firewall_notes import left_alone, open_notes
from wizard.planning.firewall_rules import WEB, network, ssh_rules, swarm_rules, web_rules

_WORDS = {
    "ssh": ("Keep SSH open", "The connection that you work on must stay open whatever else changes."),
    "http": ("Let in HTTP (80)", "The vendor asks for 80 and 443 to NGINX; 80 only redirects to HTTPS."),
    "https": ("Let in HTTPS (443)", "The vendor asks for 80 and 443 to NGINX, for all traffic from outside."),
    "swarm": (
        "Let in the other nodes",
        "Docker Swarm's nodes must reach each other: 2377 (managers), 7946, 4789 and, encrypted, ESP.",
    ),
}


@dataclass(frozen=True, slots=True)
class FirewallWork:
    """The steps, and what the operator should read before them."""

    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


def firewall_work(answers: Answers, facts: HostFacts) -> FirewallWork:
    """Steps where ufw or firewalld is active and is to be managed; else a note that says why not."""
    notes = open_notes(answers, facts)
    reason = left_alone(answers, facts)
    if reason:
        return FirewallWork(notes=(reason, *notes))
    backend = _backend(facts)
    wanted = _wanted(answers, facts)
    ssh = wanted.pop("ssh", ())
    before = ("firewall-ssh",) if ssh and wanted else ()
    steps = [_step(facts, backend, "ssh", ssh, ())] if before else []
    steps += [_step(facts, backend, purpose, rules, before) for purpose, rules in wanted.items()]
    return FirewallWork(tuple(steps), notes)


def firewall_rules(answers: Answers, facts: HostFacts) -> tuple[Command, ...]:
    """Every rule that this host needs as exact commands, SSH first, for whoever manages the firewall.

    In the syntax of the firewall that is there; where none is, of the one that the distribution ships.
    () where nothing has to be let in any more.
    """
    backend = _backend(facts)
    wanted = _wanted(answers, facts)
    if wanted.keys() <= {"ssh"}:
        return ()
    return tuple(command for rules in wanted.values() for rule in rules for command in allow(backend, rule))


def docker_user_rules(answers: Answers) -> tuple[Command, ...]:
    """The restriction of 80 and 443 once more, for Docker's published ports: they pass by ufw (moby#4737).

    To be exported, never applied from here. () without allow_from. Each goes on top, so the drop comes first.
    """
    networks = [found for text in answers.network.allow_from if (found := network(text))]
    commands: list[tuple[str, ...]] = []
    for program, version in (("iptables", 4), ("ip6tables", 6)):
        for _purpose, port in WEB if networks else ():
            to_port = ("-p", "tcp", "-m", "conntrack", "--ctorigdstport", str(port), "--ctdir", "ORIGINAL")
            chain = (program, "-I", "DOCKER-USER")
            sources = [address for address, of_version in networks if of_version == version]
            commands.append((*chain, *to_port, "-j", "DROP"))
            commands += [(*chain, "-s", source, *to_port, "-j", "RETURN") for source in sources]
    return tuple(Command(argv, timeout_seconds=60) for argv in commands)


def _wanted(answers: Answers, facts: HostFacts) -> dict[str, tuple[Rule, ...]]:
    """Rules by purpose, in the order in which they are added; what an active firewall lets in drops out."""
    applied = left_alone(answers, facts) is None
    known, exact = _let_in(facts)
    wanted = {
        "ssh": ssh_rules(facts, for_anyone=not applied),
        **{purpose: web_rules(answers, purpose, port) for purpose, port in WEB},
        "swarm": swarm_rules(answers, facts),
    }
    missing = {
        purpose: tuple(rule for rule in rules if not _is_let_in(rule, known, exact))
        for purpose, rules in wanted.items()
    }
    return {purpose: rules for purpose, rules in missing.items() if rules}


def _let_in(facts: HostFacts) -> tuple[Sequence[int], Sequence[str]]:
    """What an active firewall lets in: TCP ports from anywhere, and single sources.

    firewalld's files are no proof: what is not in force is added again. ufw would skip what stands in its files.
    """
    firewall = facts.firewall
    if not firewall.active:
        return (), ()
    known, exact = firewall.allowed_tcp or (), firewall.allowed_from or ()
    if firewall.backend == "firewalld":
        known = tuple(port for port in known if port not in (firewall.waiting_tcp or ()))
        exact = tuple(rule for rule in exact if rule not in (firewall.waiting_from or ()))
    return known, exact


def _is_let_in(rule: Rule, open_tcp: Sequence[int], exact: Sequence[str]) -> bool:
    if rule.protocol == "tcp" and rule.port in open_tcp:
        return True
    return rule.source is not None and source_rule(rule.source, rule.protocol, rule.port) in exact


def _step(
    facts: HostFacts, backend: Backend, purpose: str, rules: tuple[Rule, ...], before: tuple[str, ...]
) -> Step:
    title, why = _WORDS[purpose]
    return Step(
        id=f"firewall-{purpose}",
        node=facts.name,
        title=f"{title} through {backend}",
        why=why,
        commands=tuple(command for rule in rules for command in allow(backend, rule)),
        undo=tuple(command for rule in reversed(rules) for command in withdraw(backend, rule)),
        requires=before,
    )


def _backend(facts: HostFacts) -> Backend:
    found = facts.firewall.backend
    if found is not None and found != "none":
        return found
    if facts.package_manager is None:
        return "iptables"
    return "firewalld" if facts.package_manager == "dnf" else "ufw"
