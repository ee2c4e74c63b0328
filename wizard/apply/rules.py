"""A firewall's rules before a step: undo takes away only what was not there, and puts back what was replaced."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.apply.packages import CannotRecord
from wizard.machine.files import read_small
from wizard.machine.outcome import Machine
from wizard.model.plan import Command, Step

UFW_FILES = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")
_LIMIT_BYTES = 4 << 20
_SECONDS = 60
_ANYWHERE = frozenset({"any", "0.0.0.0/0", "::/0"})


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
    lines: list[str] | None = None
    for action in step.undo:
        argv = action.argv if isinstance(action, Command) else ()
        if argv[:2] == ("ufw", "delete"):
            lines = _ufw_rules() if lines is None else lines
            kept.append(KeptRule(argv, ufw_back(argv, lines)))
        elif argv[:1] == ("firewall-cmd",):
            kept.append(KeptRule(argv, () if _is_in_firewalld(machine, argv) else argv))
    return tuple(kept)


def merged(earlier: Sequence[KeptRule], later: Sequence[KeptRule]) -> tuple[KeptRule, ...]:
    """Of two runs: what the first one brought stays its own; what was there before it may have been the second's."""
    found = {kept.withdraw: kept for kept in later}
    return tuple({**found, **{kept.withdraw: kept for kept in earlier if kept.back}}.values())


def ufw_back(argv: tuple[str, ...], lines: Sequence[str]) -> tuple[str, ...]:
    """What brings back what ufw had in place of a rule. argv: what takes the rule away (`ufw delete allow proto tcp
    from any to any port 443`). lines: of its rules files.

    ufw knows one rule for a protocol, a source and a port: adding another one replaces action, log and comment.
    """
    _ufw, _delete, _allow, *words = argv
    asked = dict(zip(words[::2], words[1::2], strict=False))
    for line in lines if {"proto", "from"} <= asked.keys() else ():
        action, comment = _ufw_rule(line, asked)
        if action:
            kind, _, log = action.partition("_")
            is_same = action == "allow" and comment.startswith("cometchat-wizard ")
            return () if is_same else ("ufw", kind, *((log,) if log else ()), *words, "comment", comment)
    return argv


def _ufw_rule(line: str, asked: dict[str, str]) -> tuple[str, str]:
    """Action and comment of a rule for what is asked; ("", "") where the line is none.

    `### tuple ### allow_log tcp 443 0.0.0.0/0 any 203.0.113.0/24 in comment=782079`
    """
    fields = line.split()
    if fields[:3] != ["###", "tuple", "###"] or len(fields) < 10:
        return "", ""
    action, protocol, port, destination, source_port, source, direction = fields[3:10]
    is_asked = (
        (protocol, port) == (asked["proto"], asked.get("port", "any"))
        and (direction, source_port) == ("in", "any")
        and destination in _ANYWHERE
        and _same_source(source, asked["from"])
    )
    if not is_asked:
        return "", ""
    comment = next((word[len("comment=") :] for word in fields[10:] if word.startswith("comment=")), "")
    try:
        return action, bytes.fromhex(comment).decode()
    except ValueError:
        return action, ""


def _same_source(one: str, other: str) -> bool:
    if one in _ANYWHERE or other in _ANYWHERE:
        return one in _ANYWHERE and other in _ANYWHERE
    try:
        return ipaddress.ip_network(one, strict=False) == ipaddress.ip_network(other, strict=False)
    except ValueError:
        return one == other


def _ufw_rules() -> list[str]:
    lines: list[str] = []
    for path in UFW_FILES:
        try:
            lines += read_small(path, _LIMIT_BYTES).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CannotRecord(f"ufw's rules in {path} can't be read ({error.strerror}).") from error
    return lines


def _is_in_firewalld(machine: Machine, argv: tuple[str, ...]) -> bool:
    query = tuple(
        word.replace("--remove-", "--query-", 1) if word.startswith("--remove-") else word for word in argv
    )
    outcome = machine.run(Command(query, root=False, timeout_seconds=_SECONDS), lambda _line: None)
    if outcome.problem or outcome.exit_code not in (0, 1):
        raise CannotRecord(f"Whether firewalld has the rule already can't be told (`{' '.join(query)}`).")
    return outcome.exit_code == 0
