"""Settings of the kernel that this wizard may raise, live and in its own files."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.machine.readoutcome import Reader
from wizard.model.facts import TuningFacts
from wizard.sizing.host_settings import ALL_SETTINGS, SYSCTL_FILE

SYSCTL_KEYS = tuple(setting.key for setting in ALL_SETTINGS)


def read_tuning(reader: Reader) -> TuningFacts:
    """Live values from /proc/sys, and what the wizard's own files say."""
    own = reader.text(SYSCTL_FILE)
    live = {key: parse_number(reader.text(sysctl_path(key))) for key in SYSCTL_KEYS}
    fixed = tuple(
        key
        for key, value in live.items()
        if value is not None and reader.value("settable", sysctl_path(key)) is False
    )
    return TuningFacts(
        sysctl=live, sysctl_fixed=fixed, sysctl_file=None if own is None else parse_sysctl(own)
    )


def sysctl_path(key: str) -> str:
    """`net.core.somaxconn` to its file under /proc/sys."""
    return f"/proc/sys/{key.replace('.', '/')}"


def parse_number(text: str | None) -> int | None:
    """One decimal number, None for anything else."""
    word = (text or "").strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) < 25 else None


def parse_sysctl(text: str) -> Mapping[str, int]:
    """The keys that are looked at, as a sysctl file has them; the last one counts, as for sysctl."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        number = parse_number(value)
        name = key.strip().lstrip("-").replace("/", ".")
        if equals and name in SYSCTL_KEYS and number is not None:
            found[name] = number
    return found
