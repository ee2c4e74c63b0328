"""Settings of the kernel before and after a step, so that undo can put them back."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.apply.packages import CannotRecord
from wizard.model.plan import Step

PROC_SYS = "/proc/sys"
_LIMIT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class KeptValue:
    """One setting (`net.core.somaxconn`). after: None until the step has ended."""

    key: str
    before: str
    after: str | None = None


def kept_values(step: Step) -> tuple[KeptValue, ...]:
    """The settings that a step names, as they are now. Raises CannotRecord where one can't be read."""
    found: list[KeptValue] = []
    for name in step.records:
        kind, _, key = name.partition(":")
        if kind == "sysctl":
            value = value_of(key)
            if value is None:
                raise CannotRecord(f"The kernel's setting {key} can't be read to note it.")
            found.append(KeptValue(key, value))
    return tuple(found)


def value_of(key: str) -> str | None:
    """A setting as it is now, None where it can't be read."""
    try:
        with open(f"{PROC_SYS}/{key.replace('.', '/')}", encoding="ascii") as file:
            return " ".join(file.read(_LIMIT_BYTES).split())
    except (OSError, ValueError):
        return None
