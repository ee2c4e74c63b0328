"""records.json: what each step of a run was about to replace, noted before it changes anything."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wizard.apply.journal import now
from wizard.apply.packages import CannotRecord, installed_packages, manager_of, package_changes
from wizard.apply.rules import KeptRule, rules_before
from wizard.apply.runfile import note_command
from wizard.apply.settings import KeptValue, kept_values, value_of
from wizard.apply.units import KeptUnit, units_after, units_before
from wizard.machine.files import read_small, write_atomic
from wizard.machine.outcome import Machine
from wizard.model.plain import plain
from wizard.model.plan import Command, Step
from wizard.model.rebuild import rebuild, rebuild_exactly

NAME = "records.json"
FILE_LIMIT_BYTES = 4 * 1024 * 1024
_RECORDS_LIMIT_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file before a step and after it.

    before, after: SHA-256 of the content, "" where there is no file; after is None until the step has ended.
    kept: the copy of the content before, a name inside the run's directory, None where there was no file.
    after_mode: its mode once the step has ended. missing: directories above it that were not there, the deepest first.
    """

    path: str
    before: str = ""
    kept: str | None = None
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    after: str | None = None
    after_mode: int | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """Name to version; changed: name to (old, new)."""

    installed: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """What one step found before it, and what it left.

    before: all packages, only until the step has ended. packages: the difference afterwards. begun: how many
    of its actions were begun; 0 means that it has changed nothing. left: commands of an undo that had to be left out.
    """

    step: str
    at: str
    manager: str | None = None
    before: Mapping[str, str] | None = None
    packages: PackageChanges | None = None
    files: tuple[KeptFile, ...] = ()
    units: tuple[KeptUnit, ...] = ()
    values: tuple[KeptValue, ...] = ()
    rules: tuple[KeptRule, ...] = ()
    begun: int = 0
    left: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a run, in the order of its steps."""

    steps: tuple[Record, ...] = ()


def read_records(directory: str) -> Records:
    """The records of a run; none where there are none yet. Raises OSError, ValueError for what is not exactly that."""
    try:
        content = read_small(os.path.join(directory, NAME), _RECORDS_LIMIT_BYTES)
    except FileNotFoundError:
        return Records()
    try:
        return rebuild_exactly(Records, json.loads(content))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class Recorder:
    """Keeps records.json of one run; each note is on disk before the next thing happens.

    Raises OSError where it can't be kept.
    """

    def __init__(self, directory: str, machine: Machine) -> None:
        self._directory = directory
        self._machine = machine
        self._records = Records()

    def before(self, step: Step) -> None:
        """Note what the step may change. Raises CannotRecord where that is not possible."""
        manager = manager_of(step) if "packages" in step.records else None
        record = Record(
            step=step.id,
            at=now(),
            manager=manager,
            before=None if manager is None else installed_packages(self._machine, manager),
            files=tuple(_keep_file(self._directory, path) for path in files_of(step)),
            units=units_before(self._machine, step),
            values=kept_values(step),
            rules=rules_before(self._machine, step),
        )
        self._save(Records((*self._records.steps, record)))

    def begin_action(self) -> None:
        """Note that the step's next action is about to begin."""
        last = self._records.steps[-1]
        self._replace_last(replace(last, begun=last.begun + 1))

    def leave(self, argv: tuple[str, ...]) -> None:
        """Note that a command which was begun is not done after all, so that a later undo comes back to it."""
        last = self._records.steps[-1]
        self._replace_last(replace(last, left=(*last.left, argv)))

    def command_started(self, words: str, pid: int) -> None:
        """Note the process of a command that waits to begin."""
        note_command(self._directory, words, pid)

    def after(self, step: Step) -> None:
        """Note what the step left: also after one that failed, since half of it may have happened."""
        last = self._records.steps[-1]
        before, packages = last.before, last.packages
        if before is not None:
            try:
                found = installed_packages(self._machine, manager_of(step))
                packages = rebuild(PackageChanges, package_changes(before, found))
                before = None
            except CannotRecord:
                pass  # the list from before stays, and undo compares it with what it then sees
        files = tuple(
            replace(item, after=digest_of(item.path), after_mode=mode_of(item.path)) for item in last.files
        )
        units = units_after(self._machine, last.units)
        values = tuple(replace(item, after=value_of(item.key)) for item in last.values)
        self._replace_last(
            replace(last, before=before, packages=packages, files=files, units=units, values=values)
        )

    def has_changed_files(self, step: Step) -> bool:
        """Whether the step that was done last left a file other than it was; True where that can't be told.

        False for a step that was refused before it was recorded.
        """
        return any(
            item.after is None or item.after != item.before
            for record in self._records.steps[-1:]
            if record.step == step.id
            for item in record.files
        )

    def _replace_last(self, record: Record) -> None:
        self._save(Records((*self._records.steps[:-1], record)))

    def _save(self, records: Records) -> None:
        write_atomic(os.path.join(self._directory, NAME), json.dumps(plain(records)) + "\n")
        self._records = records


def files_of(step: Step) -> tuple[str, ...]:
    """Every file that a step names or writes, each once."""
    named = [item.removeprefix("file:") for item in step.records if item.startswith("file:")]
    written = [action.write for action in step.commands if not isinstance(action, Command)]
    return tuple(dict.fromkeys(map(os.path.realpath, [*named, *written])))


def _keep_file(directory: str, path: str) -> KeptFile:
    """Copy a file as it is now. Raises CannotRecord: a file that can't be kept must not be changed."""
    try:
        found = os.lstat(path)
        content = read_small(path, FILE_LIMIT_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return KeptFile(path, missing=_missing_above(path))
    except OSError as error:
        raise CannotRecord(f"{path} can't be read to keep a copy of it ({error.strerror}).") from error
    digest = digest_of_content(content)
    name = f"kept-{digest[:16]}"
    write_atomic(os.path.join(directory, name), content)
    return KeptFile(path, digest, name, stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def _missing_above(path: str) -> tuple[str, ...]:
    found: list[str] = []
    above = os.path.dirname(path)
    while not os.path.lexists(above):
        found.append(above)
        above = os.path.dirname(above)
    return tuple(found)


def mode_of(path: str) -> int | None:
    """The mode of a file, without its type; None where there is none."""
    try:
        return stat.S_IMODE(os.lstat(path).st_mode)
    except OSError:
        return None


def digest_of(path: str) -> str:
    """SHA-256 of a file, "" where there is none or it can't be read."""
    return digest_of_content(content_of(path))


def digest_of_content(content: bytes | None) -> str:
    """SHA-256 in hex, "" where there is no file."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def content_of(path: str) -> bytes | None:
    """None where there is no file, or where it can't be read."""
    try:
        return read_small(path, FILE_LIMIT_BYTES)
    except OSError:
        return None
