"""The machines of the swarm: as listed, else the surveyed host alone."""

from __future__ import annotations

from wizard.model.answers import Answers, NodeAnswer, Role
from wizard.model.deployment import Node, Requirements
from wizard.model.facts import HostFacts
from wizard.model.origin import Origin
from wizard.model.plain import shown

_GIB = 2**30
_PRODUCTION_MANAGERS = 3


def nodes(
    answers: Answers, hosts: tuple[HostFacts, ...], requirements: Requirements | None, is_production: bool
) -> tuple[Node, ...]:
    """Every node with its machine (as surveyed, else as typed) and what it is held against."""
    surveyed = {host.name: host for host in hosts}
    if not answers.nodes:
        name = hosts[0].name if hosts else "local"
        return (_node(NodeAnswer(name), ("manager", "worker"), surveyed.get(name), requirements),)
    roles = _roles(answers.nodes, is_production)
    return tuple(
        _node(answer, role, surveyed.get(answer.name), requirements)
        for answer, role in zip(answers.nodes, roles, strict=True)
    )


def first_manager(listed: tuple[Node, ...]) -> Node:
    """The node where the swarm begins: the first manager, or the first node where none is one."""
    return next((node for node in listed if "manager" in node.roles), listed[0])


def _roles(listed: tuple[NodeAnswer, ...], is_production: bool) -> list[tuple[Role, ...]]:
    """Where none were typed: one manager for testing or few nodes, three (odd, for quorum) from three on."""
    if any("manager" in answer.roles for answer in listed):
        managers = 0
    else:
        managers = _PRODUCTION_MANAGERS if is_production and len(listed) >= _PRODUCTION_MANAGERS else 1
    free = [index for index, answer in enumerate(listed) if not answer.roles][:managers]
    return [
        answer.roles or (("manager", "worker") if index in free else ("worker",))
        for index, answer in enumerate(listed)
    ]


def _node(
    answer: NodeAnswer, roles: tuple[Role, ...], facts: HostFacts | None, requirements: Requirements | None
) -> Node:
    vcpus, memory_gib, origin = _machine(answer, facts)
    return Node(
        name=shown(answer.name),
        address=shown(answer.address),
        roles=roles,
        vcpus=vcpus,
        memory_gib=memory_gib,
        machine_origin=origin,
        requirements=requirements,
    )


def _machine(answer: NodeAnswer, facts: HostFacts | None) -> tuple[int | None, int | None, Origin | None]:
    if facts is not None:
        memory = None if facts.memory_bytes is None else round(facts.memory_bytes / _GIB)
        return facts.cpu.vcpus, memory, "detected"
    if answer.machine is not None:
        return answer.machine.vcpus, answer.machine.memory_gib, "typed"
    return None, None, None
