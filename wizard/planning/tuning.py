"""Settings of the host that the size asks for: only what is lower is raised."""

from __future__ import annotations

from wizard.model.facts import HostFacts
from wizard.model.formats import limits, unit
from wizard.model.formats.file import file_with
from wizard.model.formats.text import FileText, Line, hash_comment, line, text_of
from wizard.model.ownfiles import LOGINS_FILE, SERVICES_FILE, SYSCTL_FILE
from wizard.model.plan import Command, Step, WriteFile
from wizard.model.usage import Sizing
from wizard.sizing.host_settings import (
    ALL_SETTINGS,
    NOFILE,
    NR_OPEN,
    KernelSetting,
    LowSetting,
    is_enough,
    is_high_concurrency,
    limits_can_be_raised,
    logins_are_low,
    low_settings,
    services_are_low,
)

_SECONDS = 60
_WRITTEN = "Written by cometchat-wizard (step {}), which writes it anew: put your own settings elsewhere."


def host_tuning(facts: HostFacts, sizing: Sizing | None) -> tuple[Step, ...]:
    """The steps that raise what this size asks of the host; () where nothing is lower, or nothing can be raised."""
    kernel = _tune_kernel(facts, sizing)
    return (*kernel, *_tune_open_files(facts, sizing, kernel))


def _tune_kernel(facts: HostFacts, sizing: Sizing | None) -> tuple[Step, ...]:
    low = tuple(item for item in low_settings(facts, sizing) if item.settable)
    if not low:
        return ()
    back = tuple(_set(item.setting.key, item.live) for item in low)
    return (
        Step(
            id="tune-kernel",
            node=facts.name,
            title=f"Raise limits of the kernel: {', '.join(_short(item.setting.key) for item in low)}",
            why=_why(low, sizing),
            commands=(
                file_with(SYSCTL_FILE, _sysctl_text(facts, low)),
                Command(("sysctl", "-p", SYSCTL_FILE), timeout_seconds=_SECONDS),
            ),
            undo=(*back, Command(("rm", "-f", "--", SYSCTL_FILE), timeout_seconds=_SECONDS)),
            settles=tuple(f"kernel-queues/{item.setting.key}" for item in low),
            records=tuple(f"sysctl:{item.setting.key}" for item in low),
        ),
    )


def _tune_open_files(facts: HostFacts, sizing: Sizing | None, kernel: tuple[Step, ...]) -> tuple[Step, ...]:
    """A step is done once its files are there: what they say is true for logins and services after a reboot."""
    if not is_high_concurrency(sizing) or not limits_can_be_raised(facts, sizing):
        return ()
    tuning = facts.tuning
    nr_open = max(tuning.sysctl.get(NR_OPEN) or 0, NOFILE)
    logins = logins_are_low(facts, sizing) and not is_enough(tuning.nofile_logins_file, NOFILE)
    services = services_are_low(facts, sizing) and not is_enough(tuning.nofile_services_file, NOFILE)
    files: tuple[WriteFile, ...] = ()
    # Both parts before the first is written: see limits_can_be_raised.
    tries: dict[str, Command] = {}
    if logins:
        hard = _hard(facts.nofile, nr_open)
        tries[f"{NOFILE}:{hard}"] = _try(hard)
        files = (file_with(LOGINS_FILE, _logins_text(hard)),)
    if services:
        hard = _hard(tuning.nofile_services, nr_open)
        tries[f"{NOFILE}:{hard}"] = _try(hard)
        files = (*files, file_with(SERVICES_FILE, _services_text(hard)))
    if not files:
        return ()
    what = " and ".join(name for name, wanted in (("logins", logins), ("services", services)) if wanted)
    raises_nr_open = any(f"kernel-queues/{NR_OPEN}" in step.settles for step in kernel)
    return (
        Step(
            id="tune-open-files",
            node=facts.name,
            title=f"Allow {what} {NOFILE:,} open files",
            why="Every connection is an open file, and the vendor asks for this where many connect at once. It is tried"
            " first: a limit that can't be set makes su, sudo and cron fail on the RHEL family. No limit is lowered.",
            commands=(*tries.values(), *files),
            undo=tuple(
                Command(("rm", "-f", "--", file.write), timeout_seconds=_SECONDS) for file in reversed(files)
            ),
            requires=tuple(step.id for step in kernel) if raises_nr_open else (),
            settles=(*(("nofile-low/",) if logins else ()), *(("nofile-low/services",) if services else ())),
            # `systemctl daemon-reexec` would give it to services started later and to no login: a host that is half
            # one and half the other, for the price of a new process 1. A reboot also shows that it comes up so.
            needs_reboot=f"{what} that are there already keep their old limit of open files".capitalize()
            + ".",
        ),
    )


def _hard(limits: tuple[int, int] | None, nr_open: int) -> int:
    """The hard limit to set: never under the present one, never over what the kernel lets be set."""
    hard = 0 if limits is None else limits[1]
    return nr_open if hard < 0 else min(max(NOFILE, hard), nr_open)


def _try(hard: int) -> Command:
    return Command(("prlimit", f"--nofile={NOFILE}:{hard}", "true"), timeout_seconds=_SECONDS)


def _logins_text(hard: int) -> FileText:
    lines = [
        hash_comment(_WRITTEN.format("tune-open-files")),
        hash_comment("Counts from the next login on; see: ulimit -n"),
    ]
    for who in ("*", "root"):
        lines += [limits.nofile(who, "soft", NOFILE), limits.nofile(who, "hard", hard)]
    return text_of(lines)


def _services_text(hard: int) -> FileText:
    return text_of(
        (
            hash_comment(_WRITTEN.format("tune-open-files")),
            hash_comment("limits.conf does not reach services, this does, from the next boot on."),
            unit.section("Manager"),
            unit.limit("DefaultLimitNOFILE", NOFILE, hard),
        )
    )


def _set(key: str, value: int) -> Command:
    return Command(("sysctl", "-w", f"{key}={value}"), timeout_seconds=_SECONDS)


def _why(low: tuple[LowSetting, ...], sizing: Sizing | None) -> str:
    who = (
        "The vendor asks for longer queues where many connect at once, as at this size, and TiDB's own checker looks"
        " at every production host."
        if is_high_concurrency(sizing)
        else "TiDB's own checker asks this of every production host."
    )
    # A new network namespace starts with the kernel's default, whatever its host has.
    containers = (
        " A container's own somaxconn is set in the compose file (sysctls), not here."
        if any(item.setting.key == "net.core.somaxconn" for item in low)
        else ""
    )
    return f"{who} At once and at every boot; what is higher already stays.{containers}"


def _sysctl_text(facts: HostFacts, low: tuple[LowSetting, ...]) -> FileText:
    """The whole file: what is raised now, and what an earlier run raised, which would be lost with it."""
    raised = {item.setting.key for item in low}
    earlier = facts.tuning.sysctl_file or {}
    lines: list[Line] = [hash_comment(_WRITTEN.format("tune-kernel"))]
    for setting in ALL_SETTINGS:
        if setting.key in raised or setting.key in earlier:
            live = facts.tuning.sysctl.get(setting.key) or 0
            value = max(_least(setting, raised), earlier.get(setting.key, 0), live)
            why = hash_comment(f"{setting.why[:1].upper()}{setting.why[1:]}.")
            lines += [line(""), why, limits.sysctl(setting.key, value)]
    return text_of(lines)


def _least(setting: KernelSetting, raised: set[str]) -> int:
    return setting.value if setting.key in raised else 0


def _short(key: str) -> str:
    return key.rpartition(".")[2]
