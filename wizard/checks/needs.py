"""The tables `This host` and `Software`. Verdicts come from the findings: there is no second rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from wizard.checks import needtexts as text
from wizard.checks.accept import accept
from wizard.checks.capacity import check_capacity
from wizard.checks.check import check_host
from wizard.checks.docker import DOCKER_MINIMUM
from wizard.checks.nodes import Machine, machines
from wizard.checks.platform import os_text
from wizard.checks.software import COMPOSE_MINIMUM, OPENSSL_MINIMUM, TOOLS, tool_of
from wizard.checks.units import GB, GIB, gib_text
from wizard.model.answers import Answers
from wizard.model.deployment import Requirements
from wizard.model.facts import HostFacts, SoftwareFacts
from wizard.model.finding import Finding
from wizard.model.need import Need, NeedVerdict
from wizard.model.plain import shown
from wizard.model.usage import Sizing
from wizard.sizing.host_settings import nofile_need

_HAVE_LIMIT = 120
_MINIMUM = {"openssl": f"{OPENSSL_MINIMUM} or later"}
_LABELS = {"git": "Git", "openssl": "OpenSSL"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row before its verdict. ids: the findings that it sums up, as `id` or `id/subject`."""

    label: str
    need: str
    have: str | None
    ids: tuple[str, ...] = ()
    ratio: float | None = None


def needs(
    answers: Answers, facts: HostFacts, requirements: Requirements | None, sizing: Sizing | None = None
) -> tuple[Need, ...]:
    """The rows of one host, in the order of the page; `table` says which of the two a row belongs to.

    requirements: None where there is no size yet: then CPU, memory and room have the note usage-missing.
    sizing: for what depends on the table (open files, the storage estimate); may be left out.
    """
    machine = next(item for item in machines(answers, (facts,)) if item.name == facts.name)
    found = check_host(answers, facts, sizing, requirements)
    if requirements is not None:
        found += check_capacity(machine, requirements)
    accepted = accept(found, answers.accepted)
    host_rows = [*_size(facts, machine, requirements), *_disk(facts), *_system(facts, sizing)]
    host = [_need(row, accepted) for row in host_rows]
    return (*host, *(replace(_need(row, accepted), table="software") for row in _software(facts.software)))


def _need(row: _Row, findings: tuple[Finding, ...]) -> Need:
    verdict, id = _verdict(row, findings)
    have = "unknown" if row.have is None else shown(row.have, _HAVE_LIMIT)
    return Need(row.label, row.need, have, verdict, row.ratio, id)


def _verdict(row: _Row, findings: tuple[Finding, ...]) -> tuple[NeedVerdict, str | None]:
    named = [item for item in findings if item.id in row.ids or f"{item.id}/{item.subject}" in row.ids]
    for severity in ("blocker", "warning", "note"):
        for finding in named:
            if finding.severity == severity:
                return _of(finding), finding.id
    if "usage-missing" in row.ids:
        return "note", "usage-missing"
    return ("unknown", "facts-unknown") if row.have is None else ("ok", None)


def _of(finding: Finding) -> NeedVerdict:
    """What only stops `apply`, and what was accepted, is to be looked at, no more."""
    if finding.id == "facts-unknown":
        return "unknown"
    if finding.severity == "blocker" and (finding.accepted is not None or finding.apply_only):
        return "warning"
    return finding.severity


def _size(host: HostFacts, machine: Machine, requirements: Requirements | None) -> Iterator[_Row]:
    memory = machine.memory_bytes
    vcpus_have = None if machine.vcpus is None else str(machine.vcpus)
    memory_have = None if memory is None else gib_text(memory)
    yield _Row(
        "Platform",
        "Ubuntu, RHEL",
        os_text(host.os),
        ("platform-unsupported", "platform-rebuild"),
    )
    yield _Row("Architecture", "x86_64", host.cpu.architecture, ("architecture-unverified",))
    room = text.space_text(host.data_directory)
    free = host.data_directory.free_bytes
    if requirements is None:
        for label, have in (("vCPU", vcpus_have), ("Memory", memory_have), ("Disk space", room)):
            yield _Row(label, "usage first", have, ("usage-missing",))
    else:
        vcpus, gib, gb = requirements.vcpus, requirements.memory_gib, requirements.storage_gb
        yield _Row("vCPU", str(vcpus), vcpus_have, ("vcpus-short",), _ratio(machine.vcpus, vcpus))
        yield _Row("Memory", f"{gib} GiB", memory_have, ("memory-short",), _ratio(memory, gib * GIB))
        ids = ("storage-short", "storage-estimate")
        yield _Row("Disk space", f"{gb} GB free", room, ids, _ratio(free, gb * GB))
    yield _Row("Limits", "none below it", text.limits_text(host), ("limits-below-machine",))


def _disk(host: HostFacts) -> Iterator[_Row]:
    directory = host.data_directory
    used = None if directory.used_percent is None else f"{directory.used_percent} % used"
    yield _Row("Disk use", "75 % at most", used, ("disk-full",))
    yield _Row("Disk kind", "SSD or NVMe", text.disk_text(directory), ("disk-rotational",))
    file_system = text.filesystem_text(directory)
    ids = ("filesystem-ftype", "data-directory-missing")
    yield _Row("File system", "ext4 or XFS", file_system, ids)


def _system(host: HostFacts, sizing: Sizing | None) -> Iterator[_Row]:
    flags = host.cpu.flags
    avx = None if flags is None else "AVX" if "avx" in flags else "no AVX"
    nofile = text.nofile_text(host.nofile)
    cgroup = None if host.cgroup_version is None else f"version {host.cgroup_version}"
    kernel_ids = ("kernel-overlay", "kernel-vxlan", "kernel-esp", "kernel-ipvs", "facts-unknown/kernel")
    yield _Row("CPU features", "AVX", avx, ("cpu-avx",))
    yield _Row("Kernel", "Swarm features", text.kernel_text(host.kernel), kernel_ids)
    yield _Row("Control groups", "version 2", cgroup, ("cgroup-v1",))
    container = host.container or "none"
    yield _Row("Container", "none", container, ("container-guest", "container-nested"))
    yield _Row("Swap", "off", text.swap_text(host.swap_bytes), ("swap-active",))
    yield _Row("Huge pages", "not always", host.huge_pages, ("huge-pages",))
    yield _Row("Open files", f"{nofile_need(sizing):,}", nofile, ("nofile-low", "reboot-required/open-files"))
    clock = text.clock_text(host.clock_synchronised)
    yield _Row("Clock", "in step", clock, ("clock-unsynchronised",))
    yield _Row("SELinux", "may stay on", host.selinux, ("selinux-enforcing",))
    yield _Row("Privilege", "root, to apply", text.privilege_text(host), ("privilege-missing",))


def _software(software: SoftwareFacts) -> Iterator[_Row]:
    engine_ids = (
        "docker-stopped",
        "docker-podman",
        "docker-snap",
        "docker-unreachable",
        "facts-unknown/docker",
    )
    engine_have = text.docker_text(software.docker)
    yield _Row(
        "Docker Engine", f"{DOCKER_MINIMUM} or later", engine_have, (*_tool_ids("docker"), *engine_ids)
    )
    compose_have = text.compose_text(software.compose, software.compose_v1)
    yield _Row("Docker Compose", f"v{COMPOSE_MINIMUM} or later", compose_have, _tool_ids("compose"))
    for subject, _why in TOOLS:
        have = text.tool_text(tool_of(software, subject))
        label = _LABELS.get(subject, subject)
        yield _Row(label, _MINIMUM.get(subject, "any version"), have, _tool_ids(subject))


def _tool_ids(subject: str) -> tuple[str, ...]:
    return (f"software-missing/{subject}", f"software-old/{subject}", f"facts-unknown/{subject}")


def _ratio(have: int | None, need: int) -> float | None:
    return None if have is None or need <= 0 else round(have / need, 2)
