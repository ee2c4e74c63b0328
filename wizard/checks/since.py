"""What changed on a host between two looks at it, in words: only what findings and plans rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.checks.ports import PUBLIC_PORTS, is_dockers_own
from wizard.checks.storage import FULL_PERCENT
from wizard.checks.units import GB, GIB, gb_text
from wizard.model.facts import DockerFacts, HostFacts, ListeningPort, ToolFacts

# A virtual machine's memory moves by some MiB from boot to boot.
_MEMORY_BYTES = GIB // 2
# Free space moves by itself: only what is a tenth of the disk, and not little, is worth a word.
_FREE_SHARE = 10
_FREE_BYTES = 5 * GB
_PORTS = (
    *((port, "tcp") for port in PUBLIC_PORTS),
    (2377, "tcp"),
    (7946, "tcp"),
    (7946, "udp"),
    (4789, "udp"),
)
_TOOLS = {
    "compose": "Docker Compose",
    "git": "git",
    "openssl": "OpenSSL",
    "jq": "jq",
    "curl": "curl",
    "net_tools": "net-tools",
}


def changed_since(before: HostFacts, now: HostFacts) -> tuple[str, ...]:
    """Clauses without a full stop (`port 80 was taken by apache2`); () where nothing of weight changed.

    What was not knowable at one of the two looks is no change.
    """
    if None not in (before.machine_id, now.machine_id) and before.machine_id != now.machine_id:
        return (f"this is another machine ({_called(before)} then, {_called(now)} now)",)
    parts: tuple[Callable[[HostFacts, HostFacts], Iterator[str]], ...] = (
        _system,
        _size,
        _disk,
        _docker,
        _tools,
        _ports,
        _firewall,
        _packages,
    )
    return tuple(clause for part in parts for clause in part(before, now))


def _called(host: HostFacts) -> str:
    return host.hostname or host.name


def _system(before: HostFacts, now: HostFacts) -> Iterator[str]:
    if _differ(before.os.version, now.os.version) or _differ(before.os.id, now.os.id):
        yield f"the system became {_system_words(now)} (was {_system_words(before)})"
    if _differ(before.reboot_required, now.reboot_required):
        yield "a restart became necessary" if now.reboot_required else "the restart that was needed was done"
    if _differ(bool(before.swap_bytes), bool(now.swap_bytes)) and None not in (
        before.swap_bytes,
        now.swap_bytes,
    ):
        yield "swap was turned on" if now.swap_bytes else "swap was turned off"
    if before.addresses and now.addresses and set(before.addresses) != set(now.addresses):
        yield f"its address became {', '.join(now.addresses)} (was {', '.join(before.addresses)})"


def _system_words(host: HostFacts) -> str:
    return host.os.name or f"{host.os.id or 'unknown'} {host.os.version or ''}".strip()


def _size(before: HostFacts, now: HostFacts) -> Iterator[str]:
    if before.cpu.vcpus and now.cpu.vcpus and before.cpu.vcpus != now.cpu.vcpus:
        yield _more_or_less(now.cpu.vcpus - before.cpu.vcpus, "vCPU")
    if before.memory_bytes and now.memory_bytes:
        difference = now.memory_bytes - before.memory_bytes
        if abs(difference) >= _MEMORY_BYTES:
            amount = f"{abs(difference) / GIB:.1f}".removesuffix(".0")
            yield f"{amount} GiB of memory were {'added' if difference > 0 else 'taken away'}"
    if before.limits != now.limits:
        yield "the limits of the container or service that this runs in became others"


def _more_or_less(difference: int, name: str) -> str:
    amount = abs(difference)
    words = f"{amount} {name}{' was' if amount == 1 else 's were'}"
    return f"{words} {'added' if difference > 0 else 'taken away'}"


def _disk(before: HostFacts, now: HostFacts) -> Iterator[str]:
    then, here = before.data_directory, now.data_directory
    if then.path != here.path:
        return
    if _differ(then.mount_point, here.mount_point):
        yield f"{here.path} came to lie on {here.mount_point} (was on {then.mount_point})"
        return
    if then.size_bytes and here.size_bytes and abs(here.size_bytes - then.size_bytes) >= GB:
        grew = here.size_bytes > then.size_bytes
        size = gb_text(abs(here.size_bytes - then.size_bytes))
        yield f"the file system of {here.path} became {size} {'larger' if grew else 'smaller'}"
        return
    if then.used_percent is not None and here.used_percent is not None:
        was_full, is_full = then.used_percent > FULL_PERCENT, here.used_percent > FULL_PERCENT
        if was_full != is_full:
            how = "filled up to" if is_full else "was emptied to"
            yield f"the file system of {here.path} {how} {here.used_percent} %"
            return
    if then.free_bytes is not None and here.free_bytes is not None:
        difference = here.free_bytes - then.free_bytes
        if abs(difference) >= max(_FREE_BYTES, (here.size_bytes or 0) // _FREE_SHARE):
            verb = "became free" if difference > 0 else "were filled"
            yield f"{gb_text(abs(difference))} {verb} under {here.path}"


def _docker(before: HostFacts, now: HostFacts) -> Iterator[str]:
    then, here = before.software.docker, now.software.docker
    if then is None or here is None:
        if then is not None:
            yield "Docker was removed"
        elif here is not None:
            yield f"{_docker_words(here)} was installed"
        return
    if then.kind != here.kind:
        yield f"`docker` became {_docker_words(here)} (was {_docker_words(then)})"
        return
    if _differ(then.client, here.client):
        yield f"Docker became {here.client} (was {then.client})"
    if then.state != here.state and "unreachable" not in (then.state, here.state):
        yield "Docker's daemon was started" if here.state == "running" else "Docker's daemon stopped"
    if _differ(before.swarm.state, now.swarm.state):
        joined = now.swarm.state == "active"
        yield "this host became part of a swarm" if joined else f"its swarm state became {now.swarm.state}"


def _docker_words(docker: DockerFacts) -> str:
    names = {"docker": "Docker", "podman": "Podman's docker", "snap": "snap's Docker"}
    version = docker.client or docker.version
    return f"{names[docker.kind]} {version}" if version else names[docker.kind]


def _tools(before: HostFacts, now: HostFacts) -> Iterator[str]:
    for field, name in _TOOLS.items():
        then: ToolFacts | None = getattr(before.software, field)
        here: ToolFacts | None = getattr(now.software, field)
        if then is None and here is not None:
            yield f"{name} {here.version} was installed" if here.version else f"{name} was installed"
        elif then is not None and here is None:
            yield f"{name} was removed"
        elif then is not None and here is not None and _differ(then.version, here.version):
            yield f"{name} became {here.version} (was {then.version})"


def _ports(before: HostFacts, now: HostFacts) -> Iterator[str]:
    for port, protocol in _PORTS:
        then, here = _holders(before, port, protocol), _holders(now, port, protocol)
        name = f"port {port}" if protocol == "tcp" else f"port {port}/udp"
        if here and not then:
            yield f"{name} was taken by {_who(here)}"
        elif then and not here:
            yield f"{name} was freed ({_who(then)} held it)"
        elif then and here and _differ(then[0].process, here[0].process):
            yield f"{name} went from {_who(then)} to {_who(here)}"


def _holders(host: HostFacts, port: int, protocol: str) -> list[ListeningPort]:
    """Who holds it, but for Docker itself: after a deployment these are ours."""
    return [
        item
        for item in host.listening
        if item.port == port and item.protocol == protocol and not is_dockers_own(item)
    ]


def _who(held: list[ListeningPort]) -> str:
    return held[0].process or "a process that only root can see"


def _firewall(before: HostFacts, now: HostFacts) -> Iterator[str]:
    then, here = before.firewall, now.firewall
    if _differ(then.backend, here.backend):
        yield f"the firewall became {here.backend} (was {then.backend})"
    elif _differ(then.active, here.active):
        yield "the firewall was turned on" if here.active else "the firewall was turned off"
    elif then.allowed_tcp is not None and here.allowed_tcp is not None and here.active:
        # What matters is what CometChat's users come in by, and what you came in by.
        for port in (*PUBLIC_PORTS, *now.ssh.ports):
            if (port in then.allowed_tcp) != (port in here.allowed_tcp):
                is_open = port in here.allowed_tcp
                yield f"the firewall {'lets port' if is_open else 'no longer lets port'} {port} in"


def _packages(before: HostFacts, now: HostFacts) -> Iterator[str]:
    then, here = set(before.unfinished_packages), set(now.unfinished_packages)
    if here - then:
        yield f"the installation of {', '.join(sorted(here - then)[:3])} was begun and not finished"
    elif (then and not here) or (before.dpkg_cut_off and not now.dpkg_cut_off):
        yield "what the package manager had left unfinished was finished"
    removals = set(now.unfinished_removals) - set(before.unfinished_removals)
    if removals:
        yield f"the removal of {', '.join(sorted(removals)[:3])} was begun and not finished"
    if now.dpkg_cut_off and not before.dpkg_cut_off:
        yield "the package manager (dpkg) was cut off in the middle of its work"


def _differ(then: object, here: object) -> bool:
    return then is not None and here is not None and then != here
