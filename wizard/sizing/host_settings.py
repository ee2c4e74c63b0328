"""What a size asks of the host's own settings, and which of them are lower on a host."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.facts import HostFacts
from wizard.model.usage import Sizing

NOFILE = 500_000
USUAL_NOFILE = 1024
NR_OPEN = "fs.nr_open"

_TIDB = "field: TiDB's checker"
_VENDOR = "vendor: scaling page, host tuning for high concurrency"


@dataclass(frozen=True, slots=True)
class KernelSetting:
    """A setting of the kernel (`net.core.somaxconn`) and the least that is asked. why: a sentence without its end."""

    key: str
    value: int
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class LowSetting:
    """A setting that is lower than asked. live: its value now. settable: False where this host can't change it."""

    setting: KernelSetting
    live: int
    settable: bool


_PRODUCTION = (
    KernelSetting(
        "net.core.somaxconn",
        32_768,
        "connections that wait to be accepted; where the queue is full, the next client is turned away",
        _TIDB,
    ),
    KernelSetting(
        "fs.file-max", 1_000_000, "open files of the whole machine; at the limit nothing more opens", _TIDB
    ),
)
_HIGH_CONCURRENCY = (
    # The vendor gives no figure. At 10 Gbit/s of full packets the kernel's 1,000 are full after 1.2 ms, these after 20.
    KernelSetting(
        "net.core.netdev_max_backlog",
        16_384,
        "packets that wait for a busy CPU; the kernel's 1,000 are full after a millisecond of a fast line. The "
        "vendor asks to raise it and gives no figure, this one is ours",
        _VENDOR,
    ),
    # The kernel's own default: a limit of open files above it can't be set.
    KernelSetting(
        NR_OPEN,
        1_048_576,
        "the most open files that one program may be allowed",
        "rule: the kernel's default",
    ),
)
# Every setting that is looked at, whatever the size.
ALL_SETTINGS = (*_PRODUCTION, *_HIGH_CONCURRENCY)


def is_high_concurrency(sizing: Sizing | None) -> bool:
    """True for a size from the high-concurrency table: the vendor's host tuning is for it."""
    return sizing is not None and sizing.table == "high-concurrency"


def nofile_need(sizing: Sizing | None) -> int:
    """Open files: 500,000 for high concurrency (vendor), else what every supported system starts with."""
    return NOFILE if is_high_concurrency(sizing) else USUAL_NOFILE


def kernel_settings(sizing: Sizing | None) -> tuple[KernelSetting, ...]:
    """What this size asks of the kernel, with the reason for each.

    TiDB's checker looks at every production host; the vendor's host tuning is for high concurrency; a testing host,
    and one beyond Docker Swarm's range, is left as it is.
    """
    if sizing is None or sizing.table in (None, "testing"):
        return ()
    return ALL_SETTINGS if is_high_concurrency(sizing) else _PRODUCTION


def low_settings(host: HostFacts, sizing: Sizing | None) -> tuple[LowSetting, ...]:
    """The settings that are lower than asked; one that could not be read is not among them."""
    found: list[LowSetting] = []
    for setting in kernel_settings(sizing):
        live = host.tuning.sysctl.get(setting.key)
        if live is not None and live < setting.value:
            found.append(LowSetting(setting, live, setting.key not in host.tuning.sysctl_fixed))
    return tuple(found)


def is_enough(limits: tuple[int, int] | None, need: int) -> bool:
    """True where soft and hard limit are known and high enough; a negative one is none at all."""
    return limits is not None and all(limit < 0 or limit >= need for limit in limits)


def logins_are_low(host: HostFacts, sizing: Sizing | None) -> bool:
    """True where a login may open fewer files than asked; what could not be read is not low."""
    return host.nofile is not None and not is_enough(host.nofile, nofile_need(sizing))


def services_are_low(host: HostFacts, sizing: Sizing | None) -> bool:
    """The same for services, which limits.conf does not reach; asked for high concurrency alone."""
    limits = host.tuning.nofile_services
    return is_high_concurrency(sizing) and limits is not None and not is_enough(limits, NOFILE)


def limits_can_be_raised(host: HostFacts, sizing: Sizing | None) -> bool:
    """True where a session can be given the limit of this size.

    Where pam_limits can't set one it refuses the session (su, sudo, cron; measured on Debian 12 and 13: there it goes
    on with what it had, by a patch of theirs). So what is not known counts as no.
    """
    nr_open = host.tuning.sysctl.get(NR_OPEN)
    if nr_open is None or NR_OPEN in {
        item.setting.key for item in low_settings(host, sizing) if not item.settable
    }:
        return False
    need_not_raise = host.nofile is not None and is_enough(
        (host.nofile[1], host.nofile[1]), nofile_need(sizing)
    )
    return host.tuning.may_raise_limits is True or need_not_raise
