"""A firewall's rules before a step: undo takes away only what was not there, and puts back what was replaced."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.apply.packages import CannotRecord
from wizard.machine.files import read_small
from wizard.machine.outcome import Machine
from wizard.model.formats import shell
from wizard.model.plan import Command, Step
from wizard.model.ufwrules import ANYWHERE, UfwRule, parse_ufw

OUR_COMMENT = "cometchat-wizard "
UFW_FILES = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")
_LIMIT_BYTES = 4 << 20
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class KeptRule:
    """withdraw: the planned command that takes a rule away. back: what brings back what there was: the same command
    where there was no such rule, () where the very rule was there, else the one that sets the rule that was replaced.
    """

    withdraw: tuple[str, ...]
    back: tuple[str, ...]


def rules_before(machine: Machine, step: Step) -> tuple[KeptRule, ...]:
    """What there was of each rule that a step's undo takes away. Raises CannotRecord where that can't be told."""
    kept: list[KeptRule] = []
    there: list[UfwRule] | None = None
    for action in step.undo:
        argv = action.argv if isinstance(action, Command) else ()
        if argv[:2] == ("ufw", "delete"):
            there = list(ufw_rules()) if there is None else there
            kept.append(KeptRule(argv, ufw_back(argv, there)))
        elif argv[:1] == ("firewall-cmd",):
            kept.append(KeptRule(argv, () if _is_in_firewalld(machine, argv) else argv))
    return tuple(kept)


def merged(earlier: Sequence[KeptRule], later: Sequence[KeptRule]) -> tuple[KeptRule, ...]:
    """Of two runs: what the first one brought stays its own; what was there before it may have been the second's."""
    found = {kept.withdraw: kept for kept in later}
    return tuple({**found, **{kept.withdraw: kept for kept in earlier if kept.back}}.values())


def ufw_back(argv: tuple[str, ...], there: Sequence[UfwRule]) -> tuple[str, ...]:
    """What brings back what ufw had in place of a rule. argv: what takes the rule away (`ufw delete allow proto tcp
    from any to any port 443`). there: its rules.

    ufw knows one rule for a protocol, a source and a port: adding another one replaces action, log and comment.
    """
    _ufw, _delete, _allow, *words = argv
    rule = next(iter(rules_for(argv, there)), None)
    if rule is None:
        return argv
    if rule.action == "allow" and rule.comment.startswith(OUR_COMMENT):
        return ()
    kind, _, log = rule.action.partition("_")
    return ("ufw", kind, *((log,) if log else ()), *words, "comment", rule.comment)


def rules_for(argv: Sequence[str], there: Sequence[UfwRule]) -> tuple[UfwRule, ...]:
    """Those of ufw's rules that a command is about (one for each version of IP), whatever they do; () where it does not
    name one as we do: `ufw ... proto tcp from any to any port 443`.
    """
    words = argv[argv.index("proto") :] if "proto" in argv else ()
    asked = dict(zip(words[::2], words[1::2], strict=False))
    return tuple(rule for rule in there if "from" in asked and _is_for(rule, asked))


def rule_words(argv: tuple[str, ...]) -> str:
    """A rule as it stands in `stays`: `ufw allow proto tcp from any to any port 443`."""
    words = [word for word in argv if word != "delete"]
    return " ".join(words[: words.index("comment")] if "comment" in words else words)


def _is_for(rule: UfwRule, asked: dict[str, str]) -> bool:
    return (
        (rule.protocol, rule.port) == (asked["proto"], asked.get("port", "any"))
        and (rule.direction, rule.source_port, rule.applications) == ("in", "any", ())
        and rule.destination in ANYWHERE
        and _same_source(rule.source, asked["from"])
    )


def _same_source(one: str, other: str) -> bool:
    anywhere = ("any", *ANYWHERE)
    if one in anywhere or other in anywhere:
        return one in anywhere and other in anywhere
    try:
        return ipaddress.ip_network(one, strict=False) == ipaddress.ip_network(other, strict=False)
    except ValueError:
        return one == other


def ufw_rules() -> tuple[UfwRule, ...]:
    """The rules in ufw's files, in their order. Raises CannotRecord where one can't be read."""
    found: list[UfwRule] = []
    for path in UFW_FILES:
        try:
            found += parse_ufw(read_small(path, _LIMIT_BYTES).decode("utf-8", "replace"))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CannotRecord(f"ufw's rules in {path} can't be read ({error.strerror}).") from error
    return tuple(found)


def _is_in_firewalld(machine: Machine, argv: tuple[str, ...]) -> bool:
    query = tuple(
        word.replace("--remove-", "--query-", 1) if word.startswith("--remove-") else word for word in argv
    )
    outcome = machine.run(Command(query, root=False, timeout_seconds=_SECONDS), lambda _line: None)
    if outcome.problem or outcome.exit_code not in (0, 1):
        raise CannotRecord(f"Whether firewalld has the rule already can't be told (`{shell.words(query)}`).")
    return outcome.exit_code == 0
