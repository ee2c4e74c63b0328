"""Which rule each answer keeps, by its path; lists read `nodes[]`, maps `domain.hosts.*`."""

from __future__ import annotations

import re
from typing import Final

from wizard.store import names, networks
from wizard.store.refused import Refused
from wizard.store.rule import Rule, whole, whole_text

LARGEST_MAU = 10**9

# The keys of assets/services.json (a test holds the two together): parsing answers reads no other file.
SERVICE_KEYS: Final = (
    "chat-api",
    "client-api",
    "management-api",
    "websocket",
    "notifications",
    "webhooks",
    "moderation",
    "dashboard",
    "tidb",
)


def peak(value: int | str) -> int | str:
    """Peak concurrent connections: a number, or per cent of MAU like `7.5%`. Raises Refused."""
    if isinstance(value, int):
        if not 1 <= value <= LARGEST_MAU:
            raise Refused(f"must be a whole number from 1 to {LARGEST_MAU:,}, or per cent of MAU like 7.5%")
        return value
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%", value.strip(), re.ASCII)
    if found is None:
        raise Refused("must be a whole number like 2500, or per cent of MAU like 7.5%")
    if not 0 < float(found[1]) <= 100:
        raise Refused("must be above 0% and at most 100%")
    return f"{found[1]}%"


_PEAK_TEXT = (
    r"(?!0+(?:\.0+)? ?%)(?:[0-9]{1,2}(?:\.[0-9]{1,6})?|0[0-9]{2}(?:\.[0-9]{1,6})?|100(?:\.0{1,6})?) ?%"
)

RULES: Final[dict[str, Rule]] = {
    "usage.mau": whole(1, LARGEST_MAU),
    "usage.pcc": Rule(
        peak,
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LARGEST_MAU},
                {"type": "string", "pattern": whole_text(_PEAK_TEXT)},
            ]
        },
    ),
    "usage.retention_months": whole(0, 120),
    "usage.log_retention_days": whole(0, 3650),
    "usage.growth_buffer_percent": whole(0, 500),
    "nodes[].name": names.NODE,
    "nodes[].address": names.ADDRESS,
    "nodes[].machine.vcpus": whole(1, 4096),
    "nodes[].machine.memory_gib": whole(1, 65536),
    "software.remove[]": names.PACKAGE,
    "storage.data_directory": names.PATH,
    "storage.backup_directory": names.PATH,
    "network.allow_from[]": networks.NETWORK,
    "network.advertise_address": networks.ADVERTISE,
    "network.address_pool": networks.POOL,
    "network.proxy": networks.PROXY,
    "domain.primary": names.DOMAIN,
    "domain.hosts.*": names.DOMAIN,
    "domain.extra_allowed[]": names.ORIGIN,
    "tls.certificate": names.PATH,
    "tls.key": names.PATH,
    "accepted[].id": names.FINDING,
    "accepted[].node": names.NODE_NAMED,
    "accepted[].reason": names.REASON,
    "skipped[].step": names.STEP,
    "skipped[].reason": names.REASON,
}
