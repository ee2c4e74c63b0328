"""What a firewall command does, read from its arguments alone; in doubt, the dangerous kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network

_UNITS = {"ufw", "firewalld", "nftables", "iptables", "ip6tables", "netfilter-persistent"}
_UNIT_VERBS = {"start", "restart", "try-restart", "enable", "reenable", "reload", "reload-or-restart"}
_WRAPPERS = ("sudo", "env", "nice", "timeout")
_SHELLS = ("sh", "bash", "dash")
_IPTABLES = ("iptables", "ip6tables", "iptables-nft", "iptables-legacy")
_FIREWALLD = ("firewall-cmd", "firewall-offline-cmd")
_SHELL_SUSPECTS = ("ufw", "firewall", "nft", "iptables", "ip6tables")
# Traffic that passes through the host to containers: SSH to the host itself never goes by these chains.
_FORWARD_CHAINS = {"DOCKER-USER", "FORWARD"}


def tightens(argv: Sequence[str]) -> bool:
    """True for a command that enables a firewall or lets less through than before."""
    program, arguments = _program(argv)
    words = [word.lower() for word in arguments]
    given = set(words)
    tightening = {
        "ufw": bool({"enable", "reload", "reset", "deny", "reject", "delete"} & given),
        "systemctl": _starts_firewall(given),
        "service": _starts_firewall(given),
        "nft": bool({"flush", "delete", "drop", "reject", "policy"} & given) or _reads_file(words),
        "iptables-restore": True,
        "ip6tables-restore": True,
    }
    if program in _FIREWALLD:
        return any(_firewalld_tightens(word) for word in words)
    if program in _IPTABLES:
        return _iptables_tightens(arguments)
    if program in _SHELLS:
        return any(suspect in word for word in words for suspect in _SHELL_SUSPECTS)
    return tightening.get(program, False)


def opened_tcp_ports(argv: Sequence[str], client: str | None) -> set[int]:
    """TCP ports that a command lets in; a rule for some sources counts only if the client is one."""
    program, arguments = _program(argv)
    words = [word.lower() for word in arguments]
    if program == "ufw":
        return _ufw_opens(words, client)
    if program in _FIREWALLD:
        return _rich_opens(words, client) | _ports(
            word.partition("=")[2] for word in words if _is_option(word, "--add-port", "--add-service")
        )
    if program in _IPTABLES and "accept" in words and "INPUT" in arguments and {"-I", "-A"} & set(arguments):
        return _ports(_after(words, "--dport")) if _covers(_after(words, "-s", "--source"), client) else set()
    return set()


def closed_tcp_ports(argv: Sequence[str]) -> set[int]:
    """TCP ports that a command shuts by name: `ufw delete allow 22`, `firewall-cmd --remove-service=ssh`."""
    program, arguments = _program(argv)
    words = [word.lower() for word in arguments]
    if program == "ufw" and {"delete", "deny", "reject"} & set(words):
        return _ports(_before_comment(words))
    if program in _FIREWALLD:
        removed = (word for word in words if _is_option(word, "--remove-port", "--remove-service"))
        return _ports(word.partition("=")[2] for word in removed)
    return set()


def forgets_rules(argv: Sequence[str]) -> bool:
    """True where what was allowed before no longer holds: a reset, a flush, a rule set read from a file."""
    program, arguments = _program(argv)
    words = [word.lower() for word in arguments]
    if program == "ufw":
        return "reset" in words
    if program == "nft":
        return "flush" in words or _reads_file(words)
    if program in _IPTABLES:
        return bool({"-F", "--flush"} & set(arguments)) and not _FORWARD_CHAINS & set(arguments)
    return program.endswith("tables-restore")


def _program(argv: Sequence[str]) -> tuple[str, list[str]]:
    """The program's bare name and its arguments, past sudo, env and the like and their settings."""
    rest = list(argv)
    while rest and rest[0].rpartition("/")[2] in _WRAPPERS:
        rest.pop(0)
        while rest and (rest[0].startswith("-") or "=" in rest[0] or rest[0].isdigit()):
            rest.pop(0)
    return (rest[0].rpartition("/")[2], rest[1:]) if rest else ("", [])


def _starts_firewall(words: set[str]) -> bool:
    return bool({word.removesuffix(".service") for word in words} & _UNITS and words & _UNIT_VERBS)


def _firewalld_tightens(word: str) -> bool:
    if word.startswith("--add-rich-rule"):
        return "drop" in word or "reject" in word
    return word.startswith(("--set-default-zone", "--set-target", "--remove-", "--panic-on"))


def _iptables_tightens(arguments: list[str]) -> bool:
    given = set(arguments)
    if _FORWARD_CHAINS & given:
        return False
    return bool(given & {"-F", "--flush", "-D", "--delete", "-R", "--replace", "DROP", "REJECT"})


def _reads_file(words: list[str]) -> bool:
    return any(word.startswith(("-f", "--file")) for word in words)


def _ufw_opens(words: list[str], client: str | None) -> set[int]:
    words = _before_comment(words)
    if not {"allow", "limit"} & set(words) or {"delete", "out", "on", "udp"} & set(words):
        return set()
    return _ports(words) if _covers(_after(words, "from"), client) else set()


def _rich_opens(words: list[str], client: str | None) -> set[int]:
    ports: set[int] = set()
    for word in words:
        port = re.search(r'port port="?([0-9]{1,5})"? protocol="?tcp', word)
        if port and word.startswith("--add-rich-rule") and "accept" in word:
            sources = re.findall(r'source (?:not )?address="?([^"\s]+)', word)
            if "not address" not in word and _covers(sources, client):
                ports.add(int(port.group(1)))
    return ports


def _before_comment(words: list[str]) -> list[str]:
    return words[: words.index("comment")] if "comment" in words else words


def _is_option(word: str, *names: str) -> bool:
    return word.partition("=")[0] in names


def _after(words: list[str], *names: str) -> list[str]:
    return [words[at + 1] for at, word in enumerate(words[:-1]) if word in names]


def _covers(sources: list[str], client: str | None) -> bool:
    """No source or `any`: everybody. Else the client's address must lie in it; an unknown one does not."""
    for source in sources:
        if source == "any":
            continue
        try:
            if client is None or ip_address(client) not in ip_network(source, strict=False):
                return False
        except ValueError:
            return False
    return True


def _ports(words: Iterable[str]) -> set[int]:
    """Port numbers of `22`, `22/tcp`, `80,443/tcp`, `ssh`, `openssh`; ranges and UDP are left out."""
    ports: set[int] = set()
    for word in words:
        numbers, _, protocol = word.partition("/")
        if word in ("ssh", "openssh"):
            ports.add(22)
        elif protocol in ("", "tcp"):
            parts = numbers.split(",")
            ports |= {int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= 5}
    return ports
