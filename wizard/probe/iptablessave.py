"""The tables of iptables-save, as rules that can be followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from wizard.probe import matches
from wizard.probe.ruleset import Rule, Verdict

_TARGETS: dict[str, Verdict] = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return"}
_PASSING = frozenset(
    (
        *(
            "LOG",
            "NFLOG",
            "ULOG",
            "MARK",
            "CONNMARK",
            "CT",
            "NOTRACK",
            "TRACE",
            "TCPMSS",
            "CHECKSUM",
            "AUDIT",
        ),
        *("SECMARK", "CONNSECMARK", "CLASSIFY", "DSCP", "TOS", "TTL", "HL", "SET", "RATEEST"),
    )
)
_FLAGS = frozenset(("FIN", "SYN", "RST", "PSH", "ACK", "URG"))
_BY_TEXT: dict[str, Callable[[str, bool], Rule]] = {
    "-s": matches.source,
    "--src-range": matches.source,
    "-d": matches.destination,
    "-i": matches.interface,
    "--dst-type": matches.address_type,
    "--ctdir": lambda given, negated: matches.ANY if (given == "ORIGINAL") != negated else matches.NEVER,
}
_BY_NAMES: dict[str, Callable[[tuple[str, ...], bool], Rule]] = {
    "-p": matches.protocol,
    "--ctstate": matches.states,
    "--state": matches.states,
}


@dataclass(slots=True)
class Table:
    """One table: the policies of its base chains, and every chain's rules."""

    policies: dict[str, str] = field(default_factory=dict)
    chains: dict[str, list[Rule]] = field(default_factory=dict)


def parse_save(text: str) -> dict[str, Table]:
    """Tables by name; a line that is no rule is left out, one that can't be followed is a rule with a doubt."""
    tables: dict[str, Table] = {}
    table = Table()
    for line in text.splitlines():
        if line.startswith("*"):
            table = tables.setdefault(line[1:].strip(), Table())
        elif line.startswith(":"):
            words = [*line[1:].split(), "", ""]
            table.chains.setdefault(words[0], [])
            if words[1] in ("ACCEPT", "DROP"):
                table.policies[words[0]] = words[1].lower()
        elif line.startswith("-A "):
            chain, rule = _rule(line)
            table.chains.setdefault(chain, []).append(rule)
    return tables


def _rule(line: str) -> tuple[str, Rule]:
    import shlex

    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    verdict, target = _target(words[2:])
    rule = Rule(verdict=verdict, target=target)
    for condition in _conditions(words[2:]):
        rule = rule.narrowed(condition)
    return words[1], rule


def _target(words: list[str]) -> tuple[Verdict, str]:
    for at, word in enumerate(words[:-1]):
        if word in ("-j", "-g"):
            name = words[at + 1]
            if word == "-j" and (name in _TARGETS or name in _PASSING):
                return _TARGETS.get(name, "none"), ""
            if name.isupper() and name in ("QUEUE", "NFQUEUE", "TARPIT", "STEAL", "SYNPROXY"):
                return "other", ""
            return ("jump" if word == "-j" else "goto"), name
    return "none", ""


def _conditions(words: list[str]) -> Iterator[Rule]:
    left = iter(words)
    negated = False
    for word in left:
        if word in ("-j", "-g"):
            return
        if word == "!":
            negated = True
            continue
        if word == "--syn":
            yield matches.NEVER if negated else matches.ANY
        elif word == "--tcp-flags":
            yield _flags(next(left, ""), next(left, ""), negated)
        elif word in ("-m", "--comment"):
            next(left, "")
        elif word == "--match-set":
            name, of = next(left, ""), next(left, "")
            yield matches.source(name, negated) if of == "src" else Rule(bound=(matches.BY_SET,))
        elif word.startswith("-"):
            yield _condition(word, next(left, ""), negated)
        negated = False


def _condition(word: str, given: str, negated: bool) -> Rule:
    names = tuple(given.split(","))
    if word in _BY_TEXT:
        return _BY_TEXT[word](given, negated)
    if word in _BY_NAMES:
        return _BY_NAMES[word](names, negated)
    if word in ("--dport", "--dports", "--ctorigdstport"):
        return matches.ports(_ranges(names), negated)
    return Rule(bound=(f"conditions like {word}",))


def _ranges(names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for name in names:
        low, colon, high = name.partition(":")
        first, last = low or "0", (high or "65535") if colon else low
        if first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6:
            found.append((int(first), int(last)))
    return tuple(found)


def _flags(mask: str, wanted: str, negated: bool) -> Rule:
    """The first packet of a connection has SYN set and nothing else."""
    asked, needed = (_FLAGS if text == "ALL" else set(text.split(",")) & _FLAGS for text in (mask, wanted))
    is_met = needed == {"SYN"} & set(asked)
    return matches.ANY if is_met != negated else matches.NEVER


def without_dockers(table: Table) -> Table:
    """The table without what Docker keeps others from: its containers' own addresses (`-d ADDRESS ! -i docker0`)."""
    kept = {
        name: [rule for rule in rules if not (name == "PREROUTING" and _is_dockers(rule))]
        for name, rules in table.chains.items()
    }
    return replace(table, chains=kept)


def _is_dockers(rule: Rule) -> bool:
    return rule.verdict == "drop" and rule.bound == (matches.BY_DESTINATION,)
