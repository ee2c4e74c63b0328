"""Settings of the host that the size asks for: only what is lower is raised."""

from __future__ import annotations

from wizard.model.facts import HostFacts
from wizard.model.plan import Command, Step, WriteFile
from wizard.model.usage import Sizing
from wizard.sizing.host_settings import (
    ALL_SETTINGS,
    SYSCTL_FILE,
    KernelSetting,
    LowSetting,
    is_high_concurrency,
    low_settings,
)

_SECONDS = 60


def host_tuning(facts: HostFacts, sizing: Sizing | None) -> tuple[Step, ...]:
    """The steps that raise what this size asks of the host; () where nothing is lower, or nothing can be raised."""
    return _tune_kernel(facts, sizing)


def _tune_kernel(facts: HostFacts, sizing: Sizing | None) -> tuple[Step, ...]:
    low = tuple(item for item in low_settings(facts, sizing) if item.settable)
    if not low:
        return ()
    back = tuple(_set(item.setting.key, item.live) for item in low)
    return (
        Step(
            id="tune-kernel",
            node=facts.name,
            title=f"Raise {_listed([item.setting.key for item in low])}",
            why=_why(low, sizing),
            commands=(
                WriteFile(SYSCTL_FILE, _sysctl_text(facts, low)),
                Command(("sysctl", "-p", SYSCTL_FILE), timeout_seconds=_SECONDS),
            ),
            undo=(*back, Command(("rm", "-f", "--", SYSCTL_FILE), timeout_seconds=_SECONDS)),
            settles=tuple(f"kernel-queues/{item.setting.key}" for item in low),
            records=tuple(f"sysctl:{item.setting.key}" for item in low),
        ),
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


def _sysctl_text(facts: HostFacts, low: tuple[LowSetting, ...]) -> str:
    """The whole file: what is raised now, and what an earlier run raised, which would be lost with it."""
    raised = {item.setting.key for item in low}
    earlier = facts.tuning.sysctl_file or {}
    lines = [
        "# Written by cometchat-wizard (step tune-kernel), which writes it anew: put your own settings elsewhere."
    ]
    for setting in ALL_SETTINGS:
        if setting.key in raised or setting.key in earlier:
            live = facts.tuning.sysctl.get(setting.key) or 0
            value = max(_least(setting, raised), earlier.get(setting.key, 0), live)
            lines += ["", f"# {setting.why[:1].upper()}{setting.why[1:]}.", f"{setting.key} = {value}"]
    return "\n".join(lines) + "\n"


def _least(setting: KernelSetting, raised: set[str]) -> int:
    return setting.value if setting.key in raised else 0


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
