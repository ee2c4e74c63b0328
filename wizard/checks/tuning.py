"""Settings of the host that databases and many connections ask for."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checks.make import note, unknown, warning
from wizard.checks.units import gib_text
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding
from wizard.model.ownfiles import LOGINS_FILE, SERVICES_FILE
from wizard.model.usage import Sizing
from wizard.sizing.host_settings import (
    NOFILE,
    is_enough,
    is_high_concurrency,
    kernel_settings,
    limits_can_be_raised,
    logins_are_low,
    low_settings,
    nofile_need,
    services_are_low,
)

_NOFILE_SOURCE = "vendor: production deployment, host tuning for high concurrency"


def check_tuning(host: HostFacts, sizing: Sizing | None) -> Iterator[Finding]:
    """cpu-avx, swap-active, huge-pages, nofile-low, kernel-queues, clock-unsynchronised; notes.

    sizing: None where there is no size yet; it decides how many open files and how long queues are asked for.
    """
    yield from _avx(host)
    yield from _memory(host)
    yield from _nofile(host, sizing)
    yield from _kernel_settings(host, sizing)
    if host.clock_synchronised is False:
        yield warning(
            "clock-unsynchronised",
            seen="The clock is not synchronised.",
            why="Nodes refuse each other's certificates when clocks are seconds apart, and TiDB wants "
            "under 500 ms.",
            fix="Switch it on: sudo timedatectl set-ntp true (or install chrony), then look: timedatectl",
            source="field: clocks apart break the swarm's TLS",
            node=host.name,
        )
    yield from _system(host)
    readings = {
        "the CPU's flags": host.cpu.flags,
        "swap": host.swap_bytes,
        "huge pages": host.huge_pages,
        "the limit of open files": host.nofile,
        "whether the clock is synchronised": host.clock_synchronised,
        **{item.key: host.tuning.sysctl.get(item.key) for item in kernel_settings(sizing)},
    }
    if (host.selinux is None) and host.package_manager == "dnf":
        readings["SELinux"] = None
    if is_high_concurrency(sizing) and host.init == "systemd":
        readings["systemd's limit of open files"] = host.tuning.nofile_services
    missing = [name for name, value in readings.items() if value is None]
    yield from unknown("tuning", missing, host.name)


def _avx(host: HostFacts) -> Iterator[Finding]:
    is_x86 = host.cpu.architecture in (None, "x86_64", "amd64")
    if is_x86 and host.cpu.flags is not None and "avx" not in host.cpu.flags:
        yield warning(
            "cpu-avx",
            seen="The CPU does not offer AVX.",
            why="MongoDB 5 and later stop at once without it (illegal instruction).",
            fix="In the hypervisor, set the virtual CPU's type to host (or one with AVX); else use another "
            "machine.",
            source="field: MongoDB 5 and later need AVX",
            node=host.name,
        )


def _memory(host: HostFacts) -> Iterator[Finding]:
    if host.swap_bytes:
        yield warning(
            "swap-active",
            seen=f"{gib_text(host.swap_bytes)} of swap are switched on.",
            why="A database that is swapped out stalls for seconds; TiDB's own checker asks for no swap.",
            fix="sudo swapoff -a, and comment out the swap line in /etc/fstab so that it stays off.",
            source="field: TiDB's checker",
            node=host.name,
        )
    if host.huge_pages == "always":
        yield warning(
            "huge-pages",
            seen="Transparent huge pages are set to always.",
            why="They cause pauses in TiKV, Redis and MongoDB; TiDB's own checker asks for them to be off.",
            fix="echo never | sudo tee /sys/kernel/mm/transparent_hugepage/enabled, and "
            "transparent_hugepage=never on the kernel's command line to keep it.",
            source="field: TiDB's checker",
            node=host.name,
        )


def _nofile(host: HostFacts, sizing: Sizing | None) -> Iterator[Finding]:
    need, tuning = nofile_need(sizing), host.tuning
    waits: list[str] = []
    for subject, who, is_low, limits, file, name in (
        ("", "logins", logins_are_low(host, sizing), host.nofile, tuning.nofile_logins_file, LOGINS_FILE),
        (
            "services",
            "services",
            services_are_low(host, sizing),
            tuning.nofile_services,
            tuning.nofile_services_file,
            SERVICES_FILE,
        ),
    ):
        if not is_low or limits is None:
            continue
        if is_enough(file, need) and not tuning.nofile_files_count:
            waits.append(who)
        else:
            yield _nofile_low(host, sizing, subject, limits, name if is_enough(file, need) else None)
    if waits:
        yield note(
            "reboot-required",
            seen=f"The higher limit of open files for {' and '.join(waits)} is written and counts after a reboot.",
            why="Logins and services that are there already keep the old one.",
            fix="Reboot before you deploy: sudo systemctl reboot",
            source=_NOFILE_SOURCE,
            node=host.name,
            subject="open-files",
        )


def _nofile_low(
    host: HostFacts, sizing: Sizing | None, subject: str, limits: tuple[int, int], file: str | None
) -> Finding:
    """file: the wizard's own file that asks for enough and did not bring it, None where there is none."""
    need = nofile_need(sizing)
    soft, hard = limits
    whose = " for services" if subject else ""
    fix = (
        f"Set nofile {need} soft and hard in /etc/security/limits.conf and DefaultLimitNOFILE={need} in "
        "/etc/systemd/system.conf, then log in again or reboot."
    )
    if file is not None:
        fix = f"{file} asks for enough, since before this boot. See what sets less: " + (
            "grep -r LimitNOFILE /etc/systemd"
            if subject
            else "grep -r nofile /etc/security, and UsePAM yes in sshd's configuration (sshd -T)"
        )
    elif need == NOFILE and not limits_can_be_raised(host, sizing):
        fix = (
            f"It can't be raised from within this container (or that is not knowable): start the container itself with "
            f"nofile {need}, on the machine beneath. Don't write it into limits.conf here: a limit that can't be set "
            "makes su, sudo and cron fail on the RHEL family."
        )
    return warning(
        "nofile-low",
        seen=f"The limit of open files{whose} is {soft:,} (soft) and {hard:,} (hard); {need:,} are asked for.",
        why="Every connection is an open file: at the limit new ones are refused.",
        fix=fix,
        source=_NOFILE_SOURCE,
        node=host.name,
        subject=subject,
    )


def _kernel_settings(host: HostFacts, sizing: Sizing | None) -> Iterator[Finding]:
    found = low_settings(host, sizing)
    for low in found:
        key, value = low.setting.key, low.setting.value
        alike = " ".join(
            f"{item.setting.key}={item.setting.value}" for item in found if item.settable == low.settable
        )
        in_file = (host.tuning.sysctl_file or {}).get(key, 0) >= value
        yield warning(
            "kernel-queues",
            seen=f"{key} is {low.live:,}; {value:,} are asked for."
            + (" This wizard's own file says so, but something else sets it lower." if in_file else ""),
            why=f"{low.setting.why[:1].upper()}{low.setting.why[1:]}.",
            fix=f"sudo sysctl -w {alike}, and the same in a file under /etc/sysctl.d so that it stays."
            if low.settable
            else f"It can't be changed from within this container. On the machine beneath: sudo sysctl -w {alike}",
            source=low.setting.source,
            node=host.name,
            subject=key,
        )


def _system(host: HostFacts) -> Iterator[Finding]:
    if (host.selinux or "").lower() == "enforcing":
        yield note(
            "selinux-enforcing",
            seen="SELinux is enforcing.",
            why="That is as it should be: Docker works with it. Only directories that containers are given "
            "need a label.",
            fix="Keep it on. If a container may not read a directory: ausearch -m avc -ts recent",
            source="field: keep SELinux on",
            node=host.name,
        )
    if host.reboot_required:
        yield note(
            "reboot-required",
            seen="The system says that it wants a reboot.",
            why="An updated kernel or library is not in use yet; a reboot later would be an outage.",
            fix="Reboot before you deploy: sudo systemctl reboot",
            source="field: reboot pending",
            node=host.name,
        )
