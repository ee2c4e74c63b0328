"""What openssl prints of a certificate, as facts."""

from __future__ import annotations

import calendar
import re
import time
from typing import Any

from wizard.model.plain import shown

NAMES_LIMIT = 500
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_certificate(dates: str, subject: str, names: str, now: float) -> dict[str, Any]:
    """Fields of TlsFacts. now: seconds since 1970. expires_in_days is rounded down, negative once expired."""
    not_before = parse_date(_line(dates, "notBefore="))
    not_after = parse_date(_line(dates, "notAfter="))
    found = parse_names(names)
    common = parse_common_name(subject)
    return {
        "names": found or ((common,) if common else ()),
        "not_before": _iso(not_before),
        "not_after": _iso(not_after),
        "expires_in_days": None if not_after is None else int((not_after - now) // 86400),
    }


def _line(text: str, key: str) -> str:
    for line in text.splitlines():
        if line.startswith(key):
            return line[len(key) :]
    return ""


def parse_date(text: str) -> int | None:
    """`Nov 24 03:53:00 2026 GMT` as seconds since 1970; the month's name is English in every locale."""
    found = re.fullmatch(r"([A-Z][a-z]{2})\s+(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{1,4}) GMT\s*", text)
    if found is None or found.group(1) not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(found.group(number)) for number in (2, 3, 4, 5, 6))
    try:
        return calendar.timegm((year, _MONTHS.index(found.group(1)) + 1, day, hour, minute, second))
    except (ValueError, OverflowError):
        return None


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def parse_names(text: str) -> tuple[str, ...]:
    """The DNS names of subjectAltName, lower case, in order, each once."""
    found = re.findall(r"(?:^|[\s,])DNS:([^\s,]+)", text)
    return tuple(dict.fromkeys(shown(name.lower(), 253) for name in found))[:NAMES_LIMIT]


def parse_common_name(subject: str) -> str | None:
    """`CN=` of a subject printed one part a line."""
    for line in subject.splitlines():
        key, _, name = line.strip().partition("=")
        if key.strip() in ("CN", "commonName") and name.strip():
            return shown(name.strip().lower(), 253)
    return None
