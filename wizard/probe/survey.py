"""The survey of one host: every command is started first, everything else is read while they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from wizard.machine.mounts import Mount, parse_mounts
from wizard.machine.readoutcome import Outcome, Reader
from wizard.machine.restarting import RESTARTING_COMMAND, parse_restarting
from wizard.model.facts import HostFacts, OsFacts, SoftwareFacts
from wizard.probe import docker, identity, memory, network, packages, versions
from wizard.probe.aptlog import APT_LOG_COMMAND, parse_lost
from wizard.probe.clock import CHRONY_COMMAND, parse_chrony, parse_clock
from wizard.probe.container import read_container, read_virtualisation
from wizard.probe.cpu import parse_cpu
from wizard.probe.directory import directory_commands, read_directory
from wizard.probe.disks import read_disks
from wizard.probe.docker_settings import read_docker_settings
from wizard.probe.firewall import read_firewall
from wizard.probe.kernel import read_kernel
from wizard.probe.limits import cgroup_version, read_limits
from wizard.probe.liverules import NAME, live_command, with_live
from wizard.probe.osrelease import parse_os
from wizard.probe.ports import parse_listening
from wizard.probe.privilege import SUDO_COMMAND, parse_privilege
from wizard.probe.proxies import APT_COMMAND, read_own_proxies, read_proxies
from wizard.probe.security import parse_selinux
from wizard.probe.ssh import read_ssh
from wizard.probe.tuning import SERVICES_COMMAND, read_tuning

COMMAND_TIMEOUT_SECONDS = 6.0
PartSeen = Callable[[str, object], None]


def survey(
    name: str, data_directory: str, reader: Reader | None = None, on_part: PartSeen | None = None
) -> HostFacts:
    """All facts of one host; changes nothing and raises for nothing that a host can hold.

    name: the node's name. data_directory: absolute path, may not exist yet. reader: a recorded host; None reads this
    one. on_part: told each part as it comes in, with the name of the HostFacts field and its value; called in this
    thread.
    """
    if reader is None:
        from wizard.machine.reading import LocalReader

        reader = LocalReader()
    return _Survey(reader, data_directory, on_part).host(name)


class _Survey:
    """One run: what is read once and needed by several parts."""

    def __init__(self, reader: Reader, data_directory: str, on_part: PartSeen | None) -> None:
        self.reader = reader
        self.path = data_directory
        self.on_part = on_part
        self.parts: dict[str, Any] = {}
        self.commands: dict[str, tuple[str, ...]] = {}
        self.mounts: tuple[Mount, ...] = ()

    def part(self, name: str, value: Any) -> Any:
        """Keep a part and tell it."""
        self.parts[name] = value
        if self.on_part is not None:
            self.on_part(name, value)
        return value

    def host(self, name: str) -> HostFacts:
        read_at = str(self.reader.value("time"))
        self.mounts = parse_mounts(self.reader.text("/proc/self/mountinfo", 4 << 20))
        self.start(_commands(self.reader, self.mounts, self.path))
        facts = self.machine()
        self.kernel()
        self.directory()
        self.sockets()
        self.settings()
        self.software(facts)
        return HostFacts(name=name, read_at=read_at, unread=self.unread(), **self.parts)

    def start(self, commands: Mapping[str, tuple[str, ...]]) -> None:
        self.commands.update(commands)
        self.reader.start(commands, COMMAND_TIMEOUT_SECONDS)

    def machine(self) -> OsFacts:
        """What is cheapest and shown first."""
        text, value = self.reader.text, self.reader.value
        cpu = self.part("cpu", parse_cpu(text("/proc/cpuinfo"), value("affinity"), value("architecture")))
        amount = memory.parse_memory(text("/proc/meminfo"))
        self.part("memory_bytes", amount.total_bytes)
        self.part("swap_bytes", amount.swap_bytes)
        self.part("limits", read_limits(text, text("/proc/self/cgroup"), self.mounts))
        self.part("cgroup_version", cgroup_version(self.mounts))
        self.part("disks", read_disks(self.reader))
        self.part("container", read_container(self.reader))
        self.part("virtualisation", read_virtualisation(self.reader, cpu.flags))
        facts = parse_os(text("/etc/os-release") or text("/usr/lib/os-release"))
        self.part("os", facts)
        return facts

    def kernel(self) -> None:
        text, value = self.reader.text, self.reader.value
        self.part("kernel", read_kernel(self.reader))
        self.part("huge_pages", memory.parse_huge_pages(text("/sys/kernel/mm/transparent_hugepage/enabled")))
        limits = value("nofile")
        self.part("nofile", (int(limits[0]), int(limits[1])) if limits else None)
        self.part("selinux", parse_selinux(text("/sys/fs/selinux/enforce"), text("/proc/filesystems")))
        self.part("hostname", identity.parse_hostname(text("/proc/sys/kernel/hostname")))
        self.part("machine_id", identity.parse_machine_id(text("/etc/machine-id")))
        has_systemd = self.reader.exists("/run/systemd/system")
        self.part("init", identity.parse_init(text("/proc/1/comm"), has_systemd))
        self.part("clock_synchronised", self.clock())

    def clock(self) -> bool | None:
        if self.reader.exists("/run/systemd/timesync/synchronized"):
            return True
        synchronised = parse_clock(self.reader.value("clock"))
        if synchronised is not True and self.reader.exists("/run/chrony/chronyd.pid"):
            self.start({"chronyc": CHRONY_COMMAND})
            said = parse_chrony(self.wait("chronyc"))
            return synchronised if said is None else said
        return synchronised

    def directory(self) -> None:
        outcomes = self.reader.wait(("stat", "xfs_info"))
        self.part("data_directory", read_directory(self.reader, self.path, self.mounts, outcomes))

    def sockets(self) -> None:
        rows: Sequence[Mapping[str, Any]] | None = self.reader.value("sockets")
        self.part("listening", parse_listening(rows))
        self.part("ssh", read_ssh(self.reader, rows))
        self.part("firewall", with_live(read_firewall(self.reader, self.start), self.wait(NAME)))

    def settings(self) -> None:
        text = self.reader.text
        routes = text("/proc/net/route", 1 << 20)
        self.part("routes", network.parse_routes(routes))
        rows = self.reader.value("interfaces")
        self.part("addresses", network.parse_addresses(rows, network.default_interface(routes)))
        resolved = "/run/systemd/resolve/resolv.conf"
        self.part("name_servers", network.parse_name_servers(text("/etc/resolv.conf"), text(resolved)))
        self.part("proxies", read_proxies(self.reader, self.wait("apt_config")))
        self.part("own_proxies", read_own_proxies(self.reader))

    def software(self, facts: OsFacts) -> None:
        """What the commands said, the quick ones first: Docker may take its time."""
        has = self.reader.find
        manager = packages.package_manager(facts, bool(has("apt-get")), bool(has("dnf")))
        self.part("package_manager", manager)
        said = self.wait("rpm" if manager == "dnf" else "dpkg")
        self.part("packages", packages.parse_packages(said))
        self.part("unfinished_packages", packages.parse_unfinished(said) if manager != "dnf" else ())
        self.part("unfinished_removals", packages.parse_removals(said) if manager != "dnf" else ())
        self.part("duplicate_packages", packages.parse_duplicates(said) if manager == "dnf" else ())
        self.part("broken_packages", packages.parse_reinstall(said) if manager != "dnf" else ())
        self.part("lost_packages", self.lost(said) if manager != "dnf" else ())
        self.part("dpkg_cut_off", packages.is_cut_off(self.reader.names(packages.UPDATES)))
        self.part("tuning", read_tuning(self.reader, self.wait("services")))
        self.part("reboot_required", _reboot_required(self.reader, manager, self.wait("restarting")))
        wizard = self.reader.value("roots_wizard")
        self.part("privilege", parse_privilege(self.reader.value("user"), self.wait("sudo"), wizard))
        tools = {
            tool: versions.parse_tool(tool, self.wait(tool))
            for tool in ("git", "openssl", "jq", "curl", "net_tools")
        }
        info = self.wait("docker_info")
        engine = docker.read_docker(self.reader, self.wait("docker"), info, self.wait("docker_unit"))
        self.part("docker_settings", read_docker_settings(self.reader))
        self.part("swarm", docker.parse_swarm(engine, info))
        compose = versions.parse_compose(self.wait("compose"))
        older = versions.parse_compose_v1(self.wait("compose_v1"))
        self.part("software", SoftwareFacts(docker=engine, compose=compose, compose_v1=older, **tools))

    def lost(self, said: Outcome | None) -> tuple[str, ...]:
        """What a cut off apt did not bring; nothing where dpkg did not tell what is there."""
        there = packages.parse_there(said)
        return parse_lost(self.wait("apt_log"), there, packages.parse_removed(said)) if there else ()

    def wait(self, name: str) -> Outcome | None:
        return self.reader.wait((name,)).get(name)

    def unread(self) -> tuple[str, ...]:
        """The commands that did not answer in time, without their options."""
        outcomes = self.reader.wait()
        late = [argv for name, argv in self.commands.items() if outcomes[name].state == "timed-out"]
        return tuple(" ".join(takewhile(lambda word: word[:1] not in "-{/", argv)) for argv in late)


def _commands(reader: Reader, mounts: tuple[Mount, ...], path: str) -> dict[str, tuple[str, ...]]:
    """Every command of the survey; the slowest are started first."""
    commands: dict[str, tuple[str, ...]] = {}
    if reader.find("docker"):
        commands["compose"] = docker.COMPOSE_COMMAND
        if any(reader.exists(socket) for socket in docker.SOCKETS):
            commands["docker_info"] = docker.INFO_COMMAND
        commands["docker"] = docker.VERSION_COMMAND
        if reader.exists("/run/systemd/system"):
            commands["docker_unit"] = docker.UNIT_COMMAND
    user = reader.value("user") or {}
    if user.get("euid") != 0:
        commands["sudo"] = SUDO_COMMAND
    if reader.find("dpkg-query"):
        commands["dpkg"] = packages.DPKG_COMMAND
        commands["apt_log"] = APT_LOG_COMMAND
    if reader.find("apt-config"):
        commands["apt_config"] = APT_COMMAND
    if reader.find("rpm"):
        commands["rpm"] = packages.RPM_COMMAND
    if reader.find("needs-restarting"):
        commands["restarting"] = RESTARTING_COMMAND
    if reader.exists("/run/systemd/system"):
        commands["services"] = SERVICES_COMMAND
    commands.update(live_command(reader))
    return {**commands, **versions.COMMANDS, **directory_commands(mounts, path)}


def _reboot_required(reader: Reader, manager: str | None, restarting: Outcome | None) -> bool | None:
    """Debian and Ubuntu leave a file; the RHEL family has a program that says so, where it is installed."""
    if reader.exists("/run/reboot-required"):
        return True
    if manager == "dnf":
        return None if restarting is None else parse_restarting(restarting.exit_code, restarting.stdout)
    return False if manager == "apt" else None
