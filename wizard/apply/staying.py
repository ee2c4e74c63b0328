"""Rules of a firewall that must stay when an undo comes to them: somebody else's by now, or SSH comes in by them.

Asked right before the command: sshd may have been moved, and rules changed, after the plan was made.
"""

from __future__ import annotations

from wizard.apply.packages import CannotRecord
from wizard.apply.rules import OUR_COMMENT, rule_words, rules_for, ufw_back, ufw_rules
from wizard.apply.sshnow import ssh_now
from wizard.checks.closing import Closing, Needed, closing, needed, ports_of
from wizard.checks.ways import firewalld_lets_in, ufw_lets_in
from wizard.machine.files import read_small
from wizard.machine.outcome import Machine
from wizard.model.formats import shell
from wizard.model.plain import shown
from wizard.model.plan import Command

UFW_CONF, UFW_DEFAULTS = "/etc/ufw/ufw.conf", "/etc/default/ufw"
_SECONDS = 60
_UNDO_AGAIN = "Once SSH has another way in, undo again, or take the rule away yourself."
_APPLY_AGAIN = "Give SSH another way in first, then apply again."


def why_it_stays(command: Command, machine: Machine) -> str:
    """Why a command that takes a rule away, or puts one back that refuses, must not be run; "" where it may."""
    return theirs_by_now(command.argv) or _why_ssh_needs_it(command.argv, machine, _UNDO_AGAIN)


def why_it_locks_out(command: Command, machine: Machine) -> str:
    """Why a command of an installation must not be run, since it would shut SSH out; "" where it may."""
    return _why_ssh_needs_it(command.argv, machine, _APPLY_AGAIN)


def theirs_by_now(argv: tuple[str, ...]) -> str:
    """ufw has one rule for a protocol, a source and a port: whoever adds an equal one takes it over, and its comment.

    firewalld keeps nothing by which equal ones could be told apart, nor who asked for one. "" also where ufw's rules
    can't be read.
    """
    if argv[:1] != ("ufw",):
        return ""
    try:
        there = ufw_rules()
    except CannotRecord:
        return ""
    theirs = [rule for rule in rules_for(argv, there) if not rule.comment.startswith(OUR_COMMENT)]
    words = rule_words(argv)
    named = words[words.index("proto") :] if theirs else ""
    # Where it is what would be put back, there is nothing to leave.
    if not theirs or ufw_back(("ufw", "delete", "allow", *named.split()), there) == argv:
        return ""
    how = (
        f"its comment is \u201c{shown(theirs[0].comment, 200)}\u201d"
        if theirs[0].comment
        else "without a comment"
    )
    return (
        f"`{words}`: the rule was set again by somebody else since ({how}) and is left as it is. Take it away yourself "
        f"if nobody needs it: `ufw delete {theirs[0].action.partition('_')[0]} {named}`."
    )


def _why_ssh_needs_it(argv: tuple[str, ...], machine: Machine, then: str) -> str:
    """Whether the SSH connections of this moment, or sshd's ports, rest on what a command shuts, in sentences.

    then: what to do about it.
    """
    shut = closing(argv)
    if shut is None or not shut.ports or (argv[0] == "ufw" and not _ufw_is_on()):
        return ""
    resting = [
        need
        for need in needed(shut, ssh_now(machine))
        if shut.denies or not _has_another_way(need, argv, machine)
    ]
    return f"{_words(argv, shut, resting[0])} {then}" if resting else ""


def _words(argv: tuple[str, ...], shut: Closing, need: Needed) -> str:
    client = shown(need.clients[0], 60) if need.clients else ""
    who = f"the SSH connection from {client} comes in" if client else "SSH is reached"
    if shut.denies:
        return f"`{shell.words(argv)}` was not done: {who} by port {need.port}, and would be shut out by it."
    return f"`{shell.words(argv)}` was not done, the rule stays: {who} by it (port {need.port})."


def _has_another_way(need: Needed, argv: tuple[str, ...], machine: Machine) -> bool:
    if argv[0] == "ufw":
        try:
            there = ufw_rules()
        except CannotRecord:
            return False
        going = rules_for(argv, there)
        left = [rule for rule in there if rule not in going]
        return ufw_lets_in(
            need, left, accepts_by_default=_setting(UFW_DEFAULTS, "DEFAULT_INPUT_POLICY") == "accept"
        )
    if argv[0] == "firewall-cmd":
        part = ("--permanent",) if "--permanent" in argv else ()
        zone = _said(machine, "firewall-cmd", *part, "--list-all")

        def ports(service: str) -> frozenset[int]:
            lines = _said(machine, "firewall-cmd", *part, f"--info-service={service}").splitlines()
            words = [word for line in lines if line.strip().startswith("ports:") for word in line.split()[1:]]
            return ports_of(word.partition("/")[0] for word in words if word.endswith("/tcp"))

        return firewalld_lets_in(need, zone, argv[-1], ports)
    return False


def _said(machine: Machine, *argv: str) -> str:
    lines: list[str] = []
    done = machine.run(Command(argv, root=False, timeout_seconds=_SECONDS), lines.append)
    return "\n".join(lines) if done.is_done() else ""


def _ufw_is_on() -> bool:
    """Where that can't be told, it is: then what SSH may need stays."""
    return _setting(UFW_CONF, "ENABLED") != "no"


def _setting(path: str, key: str) -> str:
    """The last `KEY=value`, in small letters; "" where there is none."""
    try:
        lines = read_small(path, 1 << 20, follow=True).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    values = [line.partition("=")[2] for line in lines if line.partition("=")[0].strip() == key]
    return values[-1].strip().strip("\"'").lower() if values else ""
