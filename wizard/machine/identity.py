"""Which machine this is: marks made of its machine-id and its firmware's number, which don't give those away."""

from __future__ import annotations

import os

from wizard.model.machine import MachineMark

# This program's own, as systemd wants it: the machine-id itself is confidential (machine-id(5)).
APPLICATION = bytes.fromhex("3b80ba714dfa43e3872680966708bcaf")
_ID_FILE = "/etc/machine-id"
_HARDWARE_FILE = "/sys/class/dmi/id/product_uuid"
# A container sees the firmware of whatever host it happens to be on.
_CONTAINER_FILES = ("/run/systemd/container", "/run/.containerenv", "/.dockerenv")


def this_machine() -> MachineMark:
    """This machine's mark. Not known: the id without /etc/machine-id (first boot, an image), the hardware in a
    container, without DMI, and to all but root.
    """
    return MachineMark(_application_specific(_hex_of(_ID_FILE)), _application_specific(_hardware()))


def _hardware() -> bytes:
    return b"" if any(map(os.path.exists, _CONTAINER_FILES)) else _hex_of(_HARDWARE_FILE)


def _hex_of(path: str) -> bytes:
    """The 16 bytes that a file holds in hex; b"" where it doesn't, and where they are all alike (no number at all)."""
    try:
        with open(path, "rb") as file:
            words = file.read(64).split()
        found = bytes.fromhex(words[0].decode("ascii").replace("-", "")) if words else b""
    except (OSError, ValueError):
        return b""
    return found if len(found) == 16 and len(set(found)) > 1 else b""


def _application_specific(key: bytes) -> str:
    """As sd_id128_get_machine_app_specific() makes it; "" for b""."""
    if not key:
        return ""
    import hmac

    digest = bytearray(hmac.digest(key, APPLICATION, "sha256")[:16])
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    return digest.hex()
