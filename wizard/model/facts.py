"""What a machine is, as read at `read_at`. None means 'could not be known', never a guess.

Memory and disk are bytes, times are UTC ISO 8601 text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from wizard.model.docker_settings import DockerSettings


@dataclass(frozen=True, slots=True)
class OsFacts:
    """From os-release through the distro library; `like` is ID_LIKE split, `codename` for apt repositories."""

    id: str | None = None
    version: str | None = None
    name: str | None = None
    like: tuple[str, ...] = ()
    codename: str | None = None


@dataclass(frozen=True, slots=True)
class CpuFacts:
    """vcpus: this process's affinity, counted once. flags: only those that matter (avx, aes, hypervisor, ...)."""

    vcpus: int | None = None
    architecture: str | None = None
    model: str | None = None
    flags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """The cgroup's limits along its parents; None where there is none."""

    vcpus: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """One whole disk (not a partition)."""

    name: str
    size_bytes: int | None = None
    rotational: bool | None = None


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """The file system that holds `path` (its nearest existing parent where it is not there yet).

    free_bytes is what an unprivileged writer gets (f_bavail). ftype: XFS's, None elsewhere. disks: kernel names
    beneath, through partitions, dm and md.
    """

    path: str
    exists: bool | None = None
    mount_point: str | None = None
    filesystem: str | None = None
    size_bytes: int | None = None
    free_bytes: int | None = None
    used_percent: int | None = None
    free_inodes: int | None = None
    rotational: bool | None = None
    ftype: bool | None = None
    disks: tuple[str, ...] = ()


DockerState = Literal["running", "stopped", "unreachable"]
DockerKind = Literal["docker", "podman", "snap"]


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """One program of the list. version None: there, but it would not say (or for docker: the daemon does not run)."""

    version: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class DockerFacts:
    """version: the daemon's. client: the client's. kind tells podman and snap posing as docker apart.

    state `unreachable`: a daemon may run but this user may not ask it. running: how many containers run.
    log_driver, http_proxy, https_proxy, no_proxy: what the daemon that runs uses, as it says itself, "" for none.
    needs_reload: systemd has not read the unit's files as they are now.
    """

    version: str | None = None
    client: str | None = None
    state: DockerState = "stopped"
    kind: DockerKind = "docker"
    path: str | None = None
    live_restore: bool | None = None
    firewall_backend: str | None = None
    root_directory: str | None = None
    running: int | None = None
    log_driver: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    needs_reload: bool | None = None


@dataclass(frozen=True, slots=True)
class SoftwareFacts:
    """The required software; None: not installed. compose is the plugin; compose_v1 a found `docker-compose` 1.x."""

    docker: DockerFacts | None = None
    compose: ToolFacts | None = None
    git: ToolFacts | None = None
    openssl: ToolFacts | None = None
    jq: ToolFacts | None = None
    curl: ToolFacts | None = None
    net_tools: ToolFacts | None = None
    compose_v1: ToolFacts | None = None


@dataclass(frozen=True, slots=True)
class ListeningPort:
    """One listening socket; process and pid are None without the right to see them."""

    port: int
    protocol: Literal["tcp", "udp"]
    address: str
    process: str | None = None
    pid: int | None = None


FirewallBackend = Literal["ufw", "firewalld", "nftables", "iptables", "none"]


@dataclass(frozen=True, slots=True)
class FirewallFacts:
    """backend: which one manages this host, None if not knowable.

    allowed_tcp: ports that it lets in from anywhere, None if not readable. restricted_tcp: further ports that it lets
    in from some sources only. allowed_from: rules that let in one source, each as `source_rule` words it.
    These are what its files say. in_force: whether the kernel has rules of it, None if not readable. waiting_tcp,
    waiting_from: those of allowed_tcp and allowed_from (for TCP) that the kernel does not have.
    """

    backend: FirewallBackend | None = None
    active: bool | None = None
    allowed_tcp: tuple[int, ...] | None = None
    restricted_tcp: tuple[int, ...] | None = None
    allowed_from: tuple[str, ...] | None = None
    in_force: bool | None = None
    waiting_tcp: tuple[int, ...] | None = None
    waiting_from: tuple[str, ...] | None = None


def source_rule(source: str, protocol: str, port: int | None) -> str:
    """`203.0.113.0/24 tcp/443`, `10.0.0.5 esp`. source: a network, or a single address without a length."""
    return f"{source} {protocol}{'' if port is None else f'/{port}'}"


@dataclass(frozen=True, slots=True)
class SwarmFacts:
    """state as Docker says it: inactive, pending, active, error, locked; None without a daemon."""

    state: str | None = None
    is_manager: bool | None = None
    node_count: int | None = None


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """True: loaded, built in or loadable; False: neither; None: not knowable."""

    release: str | None = None
    overlay: bool | None = None
    vxlan: bool | None = None
    ipvs: bool | None = None
    esp: bool | None = None


@dataclass(frozen=True, slots=True)
class TuningFacts:
    """Settings that this wizard may raise: as they are, and as its own files will have them.

    sysctl: the kernel's settings by key, None where one could not be read. sysctl_fixed: keys that can't be set from
    here (a container's read-only ones). sysctl_file: what the wizard's own file of them says, None without one.
    Open files, as (soft, hard): nofile_services is what systemd gives to services, nofile_logins_file and
    nofile_services_file what the wizard's own files say, None without one. nofile_files_count: whether this boot is
    younger than those files, so that what they say should be true by now; None without one, or where not knowable.
    may_raise_limits: whether root may go above a present hard limit here.
    """

    sysctl: Mapping[str, int | None] = field(default_factory=dict)
    sysctl_fixed: tuple[str, ...] = ()
    sysctl_file: Mapping[str, int] | None = None
    nofile_services: tuple[int, int] | None = None
    nofile_logins_file: tuple[int, int] | None = None
    nofile_services_file: tuple[int, int] | None = None
    nofile_files_count: bool | None = None
    may_raise_limits: bool | None = None


@dataclass(frozen=True, slots=True)
class SshFacts:
    """ports: every port by which SSH reaches this host, the live connection's first. client: its peer's address."""

    ports: tuple[int, ...] = ()
    live_port: int | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class PrivilegeFacts:
    """sudo: `passwordless`, `password` (there, asks) or None (not there, or not for this user)."""

    is_root: bool = False
    user: str | None = None
    sudo: Literal["passwordless", "password"] | None = None


@dataclass(frozen=True, slots=True)
class HostFacts:
    """One host. Keys and shapes are the survey's JSON (docs/interface.md), so fields may be added, never renamed."""

    name: str
    read_at: str
    os: OsFacts = OsFacts()
    cpu: CpuFacts = CpuFacts()
    memory_bytes: int | None = None
    limits: LimitFacts = LimitFacts()
    disks: tuple[DiskFacts, ...] = ()
    data_directory: DirectoryFacts = DirectoryFacts(path="/var/lib/docker")
    software: SoftwareFacts = SoftwareFacts()
    docker_settings: DockerSettings | None = None
    listening: tuple[ListeningPort, ...] = ()
    firewall: FirewallFacts = FirewallFacts()
    swarm: SwarmFacts = SwarmFacts()
    container: str | None = None
    hostname: str | None = None
    machine_id: str | None = None
    virtualisation: str | None = None
    kernel: KernelFacts = KernelFacts()
    cgroup_version: int | None = None
    swap_bytes: int | None = None
    huge_pages: str | None = None
    nofile: tuple[int, int] | None = None
    tuning: TuningFacts = TuningFacts()
    clock_synchronised: bool | None = None
    selinux: str | None = None
    init: str | None = None
    package_manager: Literal["apt", "dnf"] | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    # Names whose installation or removal dpkg has begun and not finished; dpkg_cut_off: its last run ended in the
    # middle. duplicate_packages: names that rpm has in two versions, since an upgrade was cut off.
    unfinished_packages: tuple[str, ...] = ()
    unfinished_removals: tuple[str, ...] = ()
    duplicate_packages: tuple[str, ...] = ()
    dpkg_cut_off: bool = False
    privilege: PrivilegeFacts = PrivilegeFacts()
    ssh: SshFacts = SshFacts()
    routes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    name_servers: tuple[str, ...] = ()
    # "": the setting is there and empty, which sets none.
    proxies: Mapping[str, str] = field(default_factory=dict)
    # What stands in this wizard's own files: `apt`, `docker`.
    own_proxies: Mapping[str, str] = field(default_factory=dict)
    reboot_required: bool | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What openssl said about the certificate and key. problem: why it could not be read, None if it could.

    names: DNS names of the certificate (subjectAltName; the common name only where there is none).
    """

    certificate: str
    key: str | None
    problem: str | None = None
    key_problem: str | None = None
    key_encrypted: bool | None = None
    matches: bool | None = None
    names: tuple[str, ...] = ()
    not_before: str | None = None
    not_after: str | None = None
    expires_in_days: int | None = None


@dataclass(frozen=True, slots=True)
class DnsFacts:
    """What each host name resolves to from here: () for 'no such name', None where the resolver did not answer."""

    resolved: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
