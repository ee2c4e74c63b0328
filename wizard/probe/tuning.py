"""Settings of the kernel that this wizard may raise, live and in its own files."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.machine.readoutcome import Outcome, Reader
from wizard.model.facts import TuningFacts
from wizard.model.ownfiles import LOGINS_FILE, SERVICES_FILE, SYSCTL_FILE
from wizard.sizing.host_settings import ALL_SETTINGS

SYSCTL_KEYS = tuple(setting.key for setting in ALL_SETTINGS)
SERVICES_COMMAND = (
    "systemctl",
    "show",
    "--property=DefaultLimitNOFILE",
    "--property=DefaultLimitNOFILESoft",
)
_UNLIMITED = 2**63 - 1
_CAP_SYS_RESOURCE = 24


def read_tuning(reader: Reader, services: Outcome | None = None) -> TuningFacts:
    """Live values, and what the wizard's own files say. services: what SERVICES_COMMAND said, None where not asked."""
    own = reader.text(SYSCTL_FILE)
    live = {key: parse_number(reader.text(sysctl_path(key))) for key in SYSCTL_KEYS}
    fixed = tuple(
        key
        for key, value in live.items()
        if value is not None and reader.value("settable", sysctl_path(key)) is False
    )
    return TuningFacts(
        sysctl=live,
        sysctl_fixed=fixed,
        sysctl_file=None if own is None else parse_sysctl(own),
        nofile_services=parse_services(services),
        nofile_logins_file=parse_logins_file(reader.text(LOGINS_FILE)),
        nofile_services_file=parse_services_file(reader.text(SERVICES_FILE)),
        nofile_files_count=_files_count(reader),
        may_raise_limits=parse_may_raise(reader.text("/proc/self/status"), reader.text("/proc/self/uid_map")),
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


def parse_services(outcome: Outcome | None) -> tuple[int, int] | None:
    """Soft and hard limit that systemd gives to services; None where it did not say both."""
    if outcome is None or outcome.state != "done" or outcome.exit_code != 0:
        return None
    said = dict(line.partition("=")[::2] for line in outcome.stdout.splitlines())
    return _pair(said.get("DefaultLimitNOFILESoft"), said.get("DefaultLimitNOFILE"))


def parse_logins_file(text: str | None) -> tuple[int, int] | None:
    """Root's soft and hard limit in the wizard's own file, None where it does not have both."""
    if text is None:
        return None
    found: dict[str, str] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) == 4 and words[0] == "root" and words[2] == "nofile":
            found.update({"soft": words[3], "hard": words[3]} if words[1] == "-" else {words[1]: words[3]})
    return _pair(found.get("soft"), found.get("hard"))


def parse_services_file(text: str | None) -> tuple[int, int] | None:
    """The same in the wizard's own file for systemd: `DefaultLimitNOFILE=SOFT:HARD`."""
    for line in reversed((text or "").splitlines()):
        key, _, value = line.partition("=")
        if key.strip() == "DefaultLimitNOFILE":
            soft, _, hard = value.strip().partition(":")
            return _pair(soft, hard or soft)
    return None


def _pair(soft: str | None, hard: str | None) -> tuple[int, int] | None:
    limits = tuple(_UNLIMITED if text == "infinity" else parse_number(text) for text in (soft, hard))
    return None if limits[0] is None or limits[1] is None else (limits[0], limits[1])


def parse_may_raise(status: str | None, uid_map: str | None) -> bool | None:
    """Whether root here may raise a hard limit: CAP_SYS_RESOURCE is not taken away, in the first user namespace."""
    if status is None or uid_map is None:
        return None
    bounds = next((line.split()[1:] for line in status.splitlines() if line.startswith("CapBnd:")), [])
    try:
        may = bool(int(bounds[0], 16) >> _CAP_SYS_RESOURCE & 1)
    except (ValueError, IndexError):
        return None
    return may and uid_map.split() == ["0", "0", "4294967295"]


def _files_count(reader: Reader) -> bool | None:
    """Whether this boot began after the wizard's own files of limits were written."""
    written = [
        when for path in (LOGINS_FILE, SERVICES_FILE) if (when := reader.value("written", path)) is not None
    ]
    booted = reader.value("booted")
    return None if not written or booted is None else bool(booted > max(written))
