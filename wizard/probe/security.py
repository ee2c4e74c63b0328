"""SELinux's mode."""

from __future__ import annotations


def parse_selinux(enforce: str | None, filesystems: str | None) -> str | None:
    """`enforcing`, `permissive` or `disabled`; None where the kernel has it but this container can't see its state."""
    word = (enforce or "").strip()
    if word in ("0", "1"):
        return "enforcing" if word == "1" else "permissive"
    if not filesystems:
        return None
    return None if "selinuxfs" in filesystems.split() else "disabled"
