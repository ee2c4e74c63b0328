"""A plan must not lock its operator out: SSH is allowed before a firewall is switched on or tightened."""

from __future__ import annotations

from wizard.checks.firewallcommands import closed_tcp_ports, forgets_rules, opened_tcp_ports, tightens
from wizard.checks.make import blocker
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding
from wizard.model.formats import shell
from wizard.model.plan import Command, Plan, Step

_USUAL_SSH_PORT = 22


def lockout(plan: Plan, hosts: tuple[HostFacts, ...]) -> Finding | None:
    """ssh-lockout for the first action that enables or tightens a firewall before SSH is allowed; else None.

    SSH is the live connection's port, or every known port of sshd where no live one is known, or 22.
    """
    by_name = {host.name: host for host in hosts}
    opened: dict[str, set[int]] = {}
    for step in plan.steps():
        host = by_name.get(step.node)
        needed = ssh_ports(host)
        ports = opened.setdefault(step.node, set())
        for action in step.commands:
            if not isinstance(action, Command):
                continue
            if needed & closed_tcp_ports(action.argv) or (tightens(action.argv) and not needed <= ports):
                return _refused(step, action, sorted(needed))
            if forgets_rules(action.argv):
                ports.clear()
            ports |= opened_tcp_ports(action.argv, host.ssh.client if host else None)
    return None


def ssh_ports(host: HostFacts | None) -> set[int]:
    """The ports that must stay open."""
    if host is None:
        return {_USUAL_SSH_PORT}
    if host.ssh.live_port is not None:
        return {host.ssh.live_port}
    return set(host.ssh.ports) or {_USUAL_SSH_PORT}


def _refused(step: Step, action: Command, ports: list[int]) -> Finding:
    listed = ", ".join(map(str, ports))
    return blocker(
        "ssh-lockout",
        subject=step.id,
        seen=f"The step {step.id} runs `{shell.words(action.argv)}` and port {listed}/tcp (SSH) would not be "
        "allowed then.",
        why="The connection that you work through would be cut, and nobody could log in again.",
        fix=f"Allow SSH first: the step firewall-ssh must come before {step.id}. Plan again without "
        "leaving it out.",
        source="field: archinstall#4616",
        node=step.node,
        acceptable=False,
    )
