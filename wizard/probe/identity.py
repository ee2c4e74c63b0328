"""What tells one machine from its clones."""

from __future__ import annotations

import re

from wizard.model.plain import shown


def parse_machine_id(text: str | None) -> str | None:
    """32 hexadecimal digits; None where there is none yet (`uninitialized`) or it is something else."""
    word = (text or "").strip()
    return word if re.fullmatch(r"[0-9a-f]{32}", word) else None


def parse_hostname(text: str | None) -> str | None:
    """The kernel's name of this host."""
    return shown((text or "").strip(), 255) or None


def parse_init(comm: str | None, has_systemd: bool) -> str | None:
    """The first process's name; systemd where it runs the host whatever it calls itself."""
    return "systemd" if has_systemd else shown((comm or "").strip(), 60) or None
