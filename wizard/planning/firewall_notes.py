"""Why a firewall is left alone, and what its rules can't do."""

from __future__ import annotations

from wizard.model.answers import Answers
from wizard.model.facts import FirewallFacts, HostFacts
from wizard.planning.firewall_rules import WEB, network, peers

# Both find a rule's place and keep it over a restart. Hand-written nftables or iptables rules have an order
# and a file of their own that can't be known from here.
_KEEPS_RULES = ("ufw", "firewalld")


def left_alone(answers: Answers, facts: HostFacts) -> str | None:
    """Why no rule is applied on this host, as a sentence; None where the plan adds rules."""
    firewall = facts.firewall
    if answers.network.firewall == "leave":
        return "Firewall: it is yours. Nothing is changed; the rules that are needed are exported."
    if firewall.backend == "none":
        return "Firewall: none was found and none is set up. The rules are exported all the same."
    if firewall.backend is None or firewall.active is None:
        return "Firewall: whether one is active can't be seen without root. The rules are only exported."
    if not firewall.active:
        return (
            f"Firewall: {firewall.backend} is there but not active. It is left alone; its rules are exported."
        )
    return _not_to_be_changed(firewall)


def _not_to_be_changed(firewall: FirewallFacts) -> str | None:
    if firewall.in_force is False:
        return (
            f"Firewall: {firewall.backend} is enabled, but the kernel has none of its rules: nothing is filtered by it."
            " `ufw reload` loads them; before that, see that they let in SSH. The rules are exported until then."
        )
    if firewall.backend not in _KEEPS_RULES:
        return (
            f"Firewall: {firewall.backend} is active with rules of its own. Where a rule belongs among them"
            " can't be known from here, so the rules are exported and not applied."
        )
    return None


def open_notes(answers: Answers, facts: HostFacts) -> tuple[str, ...]:
    """What the operator should know about the rules whether they are applied or not."""
    notes = [*_allow_from_notes(answers, facts), *_waiting_notes(answers, facts)]
    unknown = peers(answers, facts).unknown
    if unknown:
        names = ", ".join(unknown)
        notes.append(f"Firewall: {names} has no known IP address, and a rule can't be made from a name.")
    return tuple(notes)


def _waiting_notes(answers: Answers, facts: HostFacts) -> tuple[str, ...]:
    """ufw says that it skips an existing rule, and does not load it."""
    firewall = facts.firewall
    if firewall.backend != "ufw" or answers.network.firewall == "leave":
        return ()
    waiting = [str(port) for _purpose, port in WEB if port in (firewall.waiting_tcp or ())]
    waiting += [rule for rule in firewall.waiting_from or () if rule.rpartition("/")[2] in ("80", "443")]
    if not waiting:
        return ()
    return (
        f"Firewall: ufw's files let in {', '.join(waiting)}, but the kernel does not have these rules: somebody flushed"
        " them, or the files were edited. `ufw reload` loads all that stands there; see first that it lets in SSH.",
    )


def _allow_from_notes(answers: Answers, facts: HostFacts) -> tuple[str, ...]:
    given = answers.network.allow_from
    if not given:
        return ()
    notes = [
        "Firewall: ports that Docker publishes pass by the host's firewall (moby#4737). The restriction to"
        " network.allow_from belongs in Docker's DOCKER-USER chain as well.",
    ]
    unread = sum(network(text) is None for text in given)
    if unread:
        notes.append(f"Firewall: {unread} of network.allow_from can't be read as networks; they get no rule.")
    open_already = [str(port) for _purpose, port in WEB if port in (facts.firewall.allowed_tcp or ())]
    if open_already and facts.firewall.active:
        notes.append(
            f"Firewall: {' and '.join(open_already)} may be open to everyone already. To restrict it, take"
            " that rule away yourself: no rule of yours is removed from here."
        )
    return tuple(notes)
