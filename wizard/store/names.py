"""Rules for names: domains and hosts, nodes and how ssh reaches them, packages, steps, findings, paths."""

from __future__ import annotations

import re

from wizard.store.refused import Refused
from wizard.store.rule import END, UNPRINTABLE, Rule, matching, one_line, whole_text

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# The last label holds a letter: what ends in digits alone is an address, not a name.
_DOMAIN = rf"(?:{_LABEL}\.)+(?=[0-9-]*[A-Za-z]){_LABEL}"
_WHOLE_DOMAIN = re.compile(_DOMAIN, re.ASCII)
_ORIGIN = re.compile(rf"(\*\.)?({_DOMAIN})(:[0-9]{{1,5}})?", re.ASCII)
_SSH_USER = r"(?:[A-Za-z0-9._+~][A-Za-z0-9._+~-]*@)?"
_SSH_HOST = r"(?:[A-Za-z0-9_][A-Za-z0-9._:%-]*|\[[0-9A-Fa-f:.%]+\])"
_SSH = re.compile(rf"(?:ssh://)?{_SSH_USER}{_SSH_HOST}(?::[0-9]{{1,5}})?", re.ASCII)


_MISTAKES = (
    (
        r"[^\x00-\x7f]",
        "must be in its ASCII form: names with other letters are written with xn-- "
        "(your registrar shows that form, and `idn2 NAME` prints it)",
    ),
    (r"/", "must be the bare name, without https:// and without a path"),
    (r":", "must be the bare name, without a port"),
    (r"_", "must not hold underscores: host names have letters, digits and hyphens"),
    (r"\.$", "must not end in a dot"),
    (r"^[0-9.]+$", "must be a name, not an IP address: certificates and services go by name"),
    (r"^[^.]+$", "must have at least two parts, like example.com"),
)


def _explain_domain(value: str) -> str:
    """Why this is no domain name, from the commonest mistake to the rarest."""
    for pattern, explanation in _MISTAKES:
        if re.search(pattern, value):
            return explanation
    return "must be a domain name like chat.example.com: letters, digits and hyphens between dots"


def domain_name(value: str) -> str:
    """A full DNS name (RFC 1123, at least two labels), lower-cased. Raises Refused."""
    if len(value) > 253 or not _WHOLE_DOMAIN.fullmatch(value):
        raise Refused(_explain_domain(value))
    return value.lower()


def allowed_origin(value: str) -> str:
    """A domain name that may have `*.` before it and a port behind it, lower-cased. Raises Refused."""
    if len(value) > 260 or not _ORIGIN.fullmatch(value):
        raise Refused(_explain_domain(value.removeprefix("*.")))
    return value.lower()


def ssh_address(value: str) -> str:
    """`local`, or a destination as ssh takes it: user@name, or ssh://user@name:port. Raises Refused."""
    if value.startswith("-") or "@-" in value:
        raise Refused("must not start with a hyphen: ssh would take it for an option")
    if any(character.isspace() or not character.isprintable() for character in value):
        raise Refused("must not hold blanks or control characters")
    user, at, _host = value.removeprefix("ssh://").rpartition("@")
    if at and ":" in user:
        raise Refused("must not hold a password: ssh logs in with keys")
    if len(value) > 255 or not _SSH.fullmatch(value):
        raise Refused("must be `local`, or an address as ssh takes it, like root@10.0.0.5")
    return value


def absolute_path(value: str) -> str:
    """An absolute path without `..` and control characters. Raises Refused."""
    if not value.startswith("/"):
        raise Refused("must be an absolute path, starting with /")
    if ".." in value.split("/"):
        raise Refused("must not hold `..`: write the path out")
    if not value.isprintable():
        raise Refused("must not hold control characters")
    if len(value) > 4096:
        raise Refused("must be 4,096 characters or less")
    return value


DOMAIN = Rule(domain_name, {"pattern": whole_text(_DOMAIN), "maxLength": 253})
ORIGIN = Rule(allowed_origin, {"pattern": whole_text(_ORIGIN.pattern), "maxLength": 260})
ADDRESS = Rule(ssh_address, {"pattern": whole_text(_SSH.pattern), "maxLength": 255})
PATH = Rule(
    absolute_path,
    {"pattern": whole_text(rf"/(?!(?:.*/)?\.\.(?:/|{END}))[^{UNPRINTABLE}]*"), "maxLength": 4096},
)
REASON = Rule(
    one_line,
    {"pattern": whole_text(r"(?=[\s\S]*\S)[^\u0000-\u0008\u000e-\u001b\u007f]*"), "maxLength": 500},
)
NODE = matching(_LABEL, "must be a host name's first part: letters, digits and hyphens, at most 63", 63)
NODE_NAMED = matching(r"[A-Za-z0-9][A-Za-z0-9._-]*", "must be the name of a node", 253)
PACKAGE = matching(
    r"[A-Za-z0-9](?:[A-Za-z0-9+._-]*[A-Za-z0-9+])?", "must be a package's name, like docker.io", 128
)
FINDING = matching(r"[a-z0-9]+(?:-[a-z0-9]+)*", "must be a finding's id, like memory-short", 100)
STEP = matching(r"[a-z0-9]+(?:[-/.][a-z0-9]+)*", "must be a step's id, like install-jq", 100)
