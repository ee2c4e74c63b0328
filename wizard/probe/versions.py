"""What programs say of their own version."""

from __future__ import annotations

import errno
import re
import signal

from wizard.machine.readoutcome import Outcome
from wizard.model.facts import ToolFacts
from wizard.model.plain import shown

COMMANDS: dict[str, tuple[str, ...]] = {
    "git": ("git", "--version"),
    "openssl": ("openssl", "version"),
    "jq": ("jq", "--version"),
    "curl": ("curl", "--version"),
    "net_tools": ("netstat", "--version"),
    "compose_v1": ("docker-compose", "version", "--short"),
}

_PATTERNS = {
    "git": re.compile(r"git version (\d[0-9A-Za-z.+~-]*)"),
    "openssl": re.compile(r"OpenSSL (\d+\.[0-9A-Za-z.+~-]*)"),
    "jq": re.compile(r"jq-v?(\d+(?:\.[0-9A-Za-z]+)*)"),
    "curl": re.compile(r"curl (\d[0-9A-Za-z.+~-]*)"),
    "net_tools": re.compile(r"net-tools (\d[0-9A-Za-z.+~-]*)"),
    "compose": re.compile(r"(?:^|\s)v?(\d+\.[0-9A-Za-z.+~-]*)"),
}
_PATTERNS["compose_v1"] = _PATTERNS["compose"]


def parse_version(tool: str, text: str) -> str | None:
    """The version in what `tool` printed, None where it says none (LibreSSL and BusyBox are other programs)."""
    found = _PATTERNS[tool].search(text[:4000])
    return found.group(1)[:60].rstrip(".-") if found else None


# How a program ends that is there and can't be started: its file cut short, a library missing or cut short.
_CANNOT_START = (126, 127, -signal.SIGILL, -signal.SIGBUS, -signal.SIGSEGV)
# This machine had no process or no memory to spare just then: nothing is known of the program.
_BUSY = tuple(f"[Errno {number}]" for number in (errno.EAGAIN, errno.ENOMEM))


def does_not_start(outcome: Outcome) -> bool:
    """Whether a program is there and could not even be started."""
    is_known = outcome.state == "done" and not outcome.stderr.startswith(_BUSY)
    return is_known and outcome.exit_code in _CANNOT_START


def parse_tool(tool: str, outcome: Outcome | None) -> ToolFacts | None:
    """None: not installed, or not to be started. A version of None: there, but it would not say."""
    if outcome is None or outcome.state == "missing" or does_not_start(outcome):
        return None
    text = outcome.stdout + "\n" + (outcome.stderr if tool == "net_tools" else "")
    return ToolFacts(version=parse_version(tool, text), path=shown(outcome.path or ""))


def parse_compose_v1(outcome: Outcome | None) -> ToolFacts | None:
    """A `docker-compose` program of release 1; from release 2 on it is the plugin in another place."""
    found = parse_tool("compose_v1", outcome)
    return found if found and (found.version or "").startswith("1.") else None


def parse_compose(outcome: Outcome | None) -> ToolFacts | None:
    """The plugin, asked through docker: an exit code other than 0 means that docker does not know the command."""
    if outcome is None or not outcome.succeeded:
        return None
    version = parse_version("compose", outcome.stdout)
    return ToolFacts(version=version) if version else None
