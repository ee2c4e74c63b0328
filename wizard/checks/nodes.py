"""What is known of each node: its facts, else the machine that was typed for it."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.checks.units import GIB
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts


@dataclass(frozen=True, slots=True)
class Machine:
    """vcpus and memory_bytes as surveyed, else as typed, else None. is_surveyed: there are its facts."""

    name: str
    vcpus: int | None
    memory_bytes: int | None
    is_surveyed: bool


def machines(answers: Answers, hosts: tuple[HostFacts, ...]) -> tuple[Machine, ...]:
    """One machine for each node of the answers, and one for each surveyed host that they do not name."""
    facts = {host.name: host for host in hosts}
    typed = {node.name: node.machine for node in answers.nodes}
    names = list(dict.fromkeys([*typed, *facts]))
    found = []
    for name in names:
        host, machine = facts.get(name), typed.get(name)
        vcpus = host.cpu.vcpus if host else None
        memory = host.memory_bytes if host else None
        if machine and vcpus is None:
            vcpus = machine.vcpus
        if machine and memory is None and machine.memory_gib is not None:
            memory = machine.memory_gib * GIB
        found.append(Machine(name, vcpus, memory, host is not None))
    return tuple(found)
