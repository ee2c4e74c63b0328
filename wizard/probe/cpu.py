"""/proc/cpuinfo to CpuFacts."""

from __future__ import annotations

from wizard.model.facts import CpuFacts
from wizard.model.plain import shown

MATTERING_FLAGS = ("aes", "avx", "avx2", "hypervisor", "sse4_2")


def parse_cpu(cpuinfo: str | None, vcpus: int | None, architecture: str | None) -> CpuFacts:
    """vcpus and architecture come from the process's affinity and uname; flags None where cpuinfo names none."""
    model: str | None = None
    flags: tuple[str, ...] | None = None
    for line in (cpuinfo or "").splitlines():
        key, _, text = line.partition(":")
        key = key.strip()
        if key in ("model name", "Model", "cpu model") and model is None:
            model = shown(text.strip(), 200) or None
        if key in ("flags", "Features") and flags is None:
            words = set(text.split())
            flags = tuple(flag for flag in MATTERING_FLAGS if flag in words)
    return CpuFacts(
        vcpus=vcpus, architecture=shown(architecture, 50) if architecture else None, model=model, flags=flags
    )
