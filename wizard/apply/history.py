"""What the runs of a session did, merged: per step what is still there to be undone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from wizard.apply.journal import read_events
from wizard.apply.journal import trouble as journal_trouble
from wizard.apply.ownership import is_as_left
from wizard.apply.packages import host_manager
from wizard.apply.planfile import UNDO, load_plan
from wizard.apply.records import KeptFile, Record, Records, read_records
from wizard.apply.rules import KeptRule, rule_words
from wizard.apply.rules import merged as merged_rules
from wizard.apply.runfile import run_file_trouble
from wizard.apply.settings import KeptValue
from wizard.apply.units import KeptUnit
from wizard.apply.units import merged as merged_units
from wizard.model.failure import Failure
from wizard.model.plan import Command, MergeFile, Plan, Step

NEWER = "it was done by a newer version of cometchat-wizard"
_TROUBLES = {"newer": NEWER, "damaged": "its run.json is damaged"}


@dataclass(frozen=True, slots=True)
class Done:
    """What one step changed, over all runs since it was last undone.

    installed, removed: names of packages that were not there before, or only before. upgraded: name to (old, new).
    files, units, values, rules: as they were before the first change, and as the last change left them; where somebody
    else changed them between two runs, as the last run found them. edited: paths of files for which that is so. merges:
    keys that were set in shared files, the earliest first. is_whole: False where a run was cut off in the middle of it.
    undo_begun: an undo of it was begun and did not end well.
    """

    step: Step
    manager: str
    installed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    upgraded: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    files: tuple[KeptFile, ...] = ()
    units: tuple[KeptUnit, ...] = ()
    values: tuple[KeptValue, ...] = ()
    rules: tuple[KeptRule, ...] = ()
    is_whole: bool = True
    merges: tuple[MergeFile, ...] = ()
    undo_begun: bool = False
    edited: frozenset[str] = frozenset()

    @property
    def knows_units(self) -> bool:
        """True where systemd said how its units were before."""
        return bool(self.units)


@dataclass(frozen=True, slots=True)
class RunHistory:
    """One run as read back: its steps as planned, its records, and the ids of steps that ended as done.

    stays: what an undo left alone. trouble: why that is not all of it, in a few words; "" where it is.
    """

    directory: str
    steps: Mapping[str, Step]
    records: tuple[Record, ...]
    done: frozenset[str]
    stays: frozenset[str] = frozenset()
    trouble: str = ""


def read_run(directory: str) -> RunHistory:
    """Read one run back, as far as it can be read; `trouble` says where that is not far enough to rest on it."""
    plan, records, trouble = Plan(), Records(), _TROUBLES.get(run_file_trouble(directory) or "", "")
    try:
        plan = load_plan(directory)
    except Failure:
        trouble = trouble or "its plan.json is damaged"
    try:
        records = read_records(directory)
    except (OSError, ValueError):
        trouble = trouble or "its records.json is damaged"
    journal = os.path.join(directory, "journal.jsonl")
    if journal_trouble(journal):
        trouble = trouble or "its journal can't be read"
    events = read_events(journal)
    done = frozenset(item.step for item in events if item.step and item.status == "done")
    if done - {record.step for record in records.steps}:
        trouble = trouble or "what its steps recorded is lost"
    if {record.step for record in records.steps} - {step.id for step in plan.steps()}:
        trouble = trouble or "its plan.json is not the one that was done"
    return RunHistory(
        directory,
        {step.id: step for step in plan.steps()},
        records.steps,
        done,
        frozenset(plan.stays),
        trouble,
    )


def still_done(runs: Sequence[RunHistory], installed: Mapping[str, str]) -> tuple[Done, ...]:
    """What is there to be undone, the latest step first.

    runs: newest first. installed: name to version.
    """
    found: dict[str, Done] = {}
    later = [record for run in reversed(runs) for record in run.records]
    for run in reversed(runs):
        for record in run.records:
            del later[0]
            step = run.steps.get(record.step)
            if step is None or not record.begun:
                continue
            if step.id.startswith(UNDO):
                name = step.id.removeprefix(UNDO)
                if step.id in run.done:
                    _take_back(found, name, run.stays, record.left)
                elif name in found:
                    found[name] = replace(found[name], undo_begun=True)
                continue
            earlier = found.pop(step.id, None)
            brought = _installed(record, later, installed)
            found[step.id] = _merged(earlier, _done(step, record, run.directory, brought, installed))
    return tuple(reversed(found.values()))


def _take_back(
    found: dict[str, Done], name: str, stays: frozenset[str], left: Sequence[tuple[str, ...]]
) -> None:
    """A step has been undone, but for what was left because somebody else changed or needed it, or SSH did.

    left: commands that were not done when their turn came.
    """
    done = found.pop(name, None)
    if done is None:
        return
    packages = tuple(package for package in done.installed if package in stays)
    files = tuple(item for item in done.files if item.path in stays)
    instead = {kept.withdraw: kept.back for kept in done.rules}
    commands = tuple(
        action
        for action in done.step.undo
        if isinstance(action, Command)
        and (argv := instead.get(action.argv, action.argv))
        and (argv in left or rule_words(argv) in stays)
    )
    if packages or files or commands:
        rules = tuple(kept for kept in done.rules if kept.withdraw in {item.argv for item in commands})
        step = replace(done.step, undo=commands)
        found[name] = Done(step, done.manager, packages, files=files, rules=rules)


def _done(
    step: Step, record: Record, directory: str, brought: tuple[str, ...], installed: Mapping[str, str]
) -> Done:
    return Done(
        step=step,
        manager=record.manager or host_manager(),
        installed=brought,
        removed=_removed(record, installed),
        upgraded=record.packages.changed if record.packages is not None else {},
        files=tuple(_with_directory(item, directory) for item in record.files),
        units=record.units,
        values=record.values,
        rules=record.rules,
        is_whole=record.before is None
        and all(item.after is not None for item in record.files)
        and all(unit.is_active is not None for unit in record.units),
        merges=tuple(action for action in step.commands if isinstance(action, MergeFile)),
    )


def _installed(record: Record, later: Sequence[Record], installed: Mapping[str, str]) -> tuple[str, ...]:
    """Packages that a step brought; where its run was cut off, those that are new from then until now, less what came
    with or after a later step: that one has it to undo.
    """
    if record.packages is not None:
        return tuple(record.packages.installed)
    if record.before is None:
        return ()
    new = installed.keys() - record.before.keys()
    for other in later:
        if other.before is not None:
            new &= other.before.keys()
        elif other.packages is not None:
            new -= other.packages.installed.keys()
    return tuple(sorted(new))


def _removed(record: Record, installed: Mapping[str, str]) -> tuple[str, ...]:
    if record.packages is not None:
        return tuple(record.packages.removed)
    return () if record.before is None else tuple(sorted(record.before.keys() - installed.keys()))


def _with_directory(item: KeptFile, directory: str) -> KeptFile:
    # Named relative to the run on disk, since a session may move to root's place.
    return (
        item
        if item.kept is None
        else replace(item, kept=os.path.join(directory, os.path.basename(item.kept)))
    )


def _merged(earlier: Done | None, later: Done) -> Done:
    if earlier is None:
        return later
    first = {item.path: item for item in earlier.files}
    edited = {
        item.path
        for item in later.files
        if item.path in first and not _goes_on(first[item.path], item, earlier)
    }
    files = {
        item.path: item
        if item.path not in first or item.path in edited
        else replace(first[item.path], after=item.after, after_mode=item.after_mode)
        for item in later.files
    }
    values = {item.key: item for item in earlier.values}
    values |= {item.key: _value_after(values.get(item.key), item) for item in later.values}
    return replace(
        later,
        installed=tuple(dict.fromkeys([*earlier.installed, *later.installed])),
        removed=tuple(dict.fromkeys([*earlier.removed, *later.removed])),
        upgraded={**later.upgraded, **_first_versions(earlier, later)},
        units=merged_units(earlier.units, later.units),
        files=tuple({**first, **files}.values()),
        values=tuple(values.values()),
        rules=merged_rules(earlier.rules, later.rules),
        is_whole=earlier.is_whole and later.is_whole,
        merges=(*earlier.merges, *later.merges),
        edited=earlier.edited | edited,
    )


def _goes_on(first: KeptFile, later: KeptFile, earlier: Done) -> bool:
    """Whether the later run found the file as it was before all, or as the earlier one left it."""
    return later.before == first.before or is_as_left(
        first, later.before, earlier.step.commands, earlier.merges
    )


def _value_after(first: KeptValue | None, later: KeptValue) -> KeptValue:
    """What somebody set between two runs is what there was before the last of them."""
    if first is None or first.after not in (None, later.before):
        return later
    return replace(first, after=later.after)


def _first_versions(earlier: Done, later: Done) -> dict[str, tuple[str, str]]:
    return {
        name: (old, later.upgraded[name][1] if name in later.upgraded else new)
        for name, (old, new) in earlier.upgraded.items()
    }
