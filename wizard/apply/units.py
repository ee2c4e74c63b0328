"""Services before a step and after it, as systemd says, and how to bring them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from wizard.machine.outcome import Machine
from wizard.model.plan import Command, Step

UNIT = "unit:"
_SECONDS = 300
# What `systemctl enable` has done, for this boot or for good.
_ENABLED = frozenset({"enabled", "enabled-runtime"})
_ACTIVE = frozenset({"active", "activating", "reloading"})


@dataclass(frozen=True, slots=True)
class KeptUnit:
    """A unit of systemd before a step and after it; the latter None until the step has ended."""

    name: str
    was_enabled: bool = False
    was_active: bool = False
    is_enabled: bool | None = None
    is_active: bool | None = None


def units_before(machine: Machine, step: Step) -> tuple[KeptUnit, ...]:
    """The units that a step names, as they are now. () where systemd does not say: the planned undo stands then."""
    found: list[KeptUnit] = []
    for name in (item.removeprefix(UNIT) for item in step.records if item.startswith(UNIT)):
        state = _state(machine, name)
        if state is None:
            return ()
        found.append(KeptUnit(name, *state))
    return tuple(found)


def units_after(machine: Machine, units: Sequence[KeptUnit]) -> tuple[KeptUnit, ...]:
    """The same units with how the step left them."""
    found: list[KeptUnit] = []
    for unit in units:
        enabled, active = _state(machine, unit.name) or (None, None)
        found.append(replace(unit, is_enabled=enabled, is_active=active))
    return tuple(found)


def merged(earlier: Sequence[KeptUnit], later: Sequence[KeptUnit]) -> tuple[KeptUnit, ...]:
    """As they were before the first of two runs, and as the second left them."""
    first = {unit.name: unit for unit in earlier}
    again = {
        unit.name: replace(unit, was_enabled=known.was_enabled, was_active=known.was_active)
        if (known := first.get(unit.name))
        else unit
        for unit in later
    }
    return tuple({**first, **again}.values())


def unit_commands(units: Sequence[KeptUnit], is_there: Callable[[str], bool]) -> tuple[Command, ...]:
    """What brings units back to how they were before the step, in their order; only what the step changed, or where its
    run was cut off whatever it may have changed.

    is_there: whether a unit is still there; one whose package is gone went with it.
    """
    return tuple(
        command for unit in units if (back := _back(unit)) and is_there(unit.name) for command in back
    )


def unit_is_there(machine: Machine, name: str) -> bool:
    """False where systemd knows no such unit; True also where it does not say."""
    lines: list[str] = []
    argv = ("systemctl", "show", "--property=LoadState", name)
    machine.run(Command(argv, root=False, timeout_seconds=60), lines.append)
    return "LoadState=not-found" not in lines


def _back(unit: KeptUnit) -> tuple[Command, ...]:
    words: list[tuple[str, ...]] = []
    if unit.is_enabled != unit.was_enabled:
        words.append(("enable" if unit.was_enabled else "disable",))
    if unit.is_active != unit.was_active:
        words.append(("start" if unit.was_active else "stop",))
    # 5: there is no such unit any more.
    return tuple(
        Command(("systemctl", *word, unit.name), timeout_seconds=_SECONDS, ok_codes=(0, 5)) for word in words
    )


def _state(machine: Machine, name: str) -> tuple[bool, bool] | None:
    """Whether a unit is enabled and whether it is active."""
    lines: list[str] = []
    argv = ("systemctl", "show", "--property=UnitFileState,ActiveState", name)
    if not machine.run(Command(argv, root=False, timeout_seconds=60), lines.append).is_done():
        return None
    said = dict(line.strip().partition("=")[::2] for line in lines)
    return said.get("UnitFileState") in _ENABLED, said.get("ActiveState") in _ACTIVE
