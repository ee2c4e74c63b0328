"""Files in an undo: put back as they were, or taken away; what somebody else changed since is left."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from wizard.apply.records import KeptFile, digest_of, mode_of
from wizard.model.plan import Command

_SECONDS = 60


class Files:
    """Files as they will be once the steps that were asked about before are undone."""

    def __init__(self) -> None:
        self._after: dict[str, str] = {}

    def digest(self, path: str) -> str:
        """SHA-256 of its content then, "" where there will be no file."""
        return self._after[path] if path in self._after else digest_of(path)

    def is_theirs(self, item: KeptFile) -> bool:
        """True where a file that a step changed is neither as it was before it nor as it left it."""
        if item.after is None or not _is_changed(item):
            return False
        return self.digest(item.path) not in (item.before, item.after)

    def mine(self, files: Iterable[KeptFile]) -> tuple[KeptFile, ...]:
        """Those that the step changed and nobody else since."""
        return tuple(item for item in files if _is_changed(item) and not self.is_theirs(item))

    def commands(self, files: Sequence[KeptFile]) -> tuple[Command, ...]:
        """What brings these back; () for those that are as they were."""
        back = (command for item in files for command in self._back(item))
        return (*back, *_without_directories(files))

    def guards(self, files: Sequence[KeptFile]) -> tuple[str, ...]:
        """Each file that is put back must be as it is expected when its turn comes."""
        return tuple(f"unchanged:{self.digest(item.path)}:{item.path}" for item in files if self._back(item))

    def undone(self, files: Iterable[KeptFile]) -> None:
        """From here on these are as they were before the step."""
        self._after.update({item.path: item.before for item in files})

    def _back(self, item: KeptFile) -> tuple[Command, ...]:
        if self.digest(item.path) == item.before:
            return _mode_back(item)
        if item.kept is None:
            return (_command("rm", "-f", "--", item.path),)
        # From the run's own copy, so that the content, which may be private, is in no plan. First beside it, then in
        # its place: a file that is half there would pass for somebody else's.
        beside = os.path.join(os.path.dirname(item.path), f".{os.path.basename(item.path)}.undo")
        owner = ("-o", str(item.uid), "-g", str(item.gid))
        return (
            _command("install", "-m", f"{item.mode:o}", *owner, "--", item.kept, beside),
            _command("mv", "-f", "-T", "--", beside, item.path),
        )


def _is_changed(item: KeptFile) -> bool:
    return item.after != item.before or (item.before != "" and item.after_mode not in (None, item.mode))


def _mode_back(item: KeptFile) -> tuple[Command, ...]:
    """Where the step changed nothing but the mode."""
    if item.before == "" or item.after_mode in (None, item.mode) or mode_of(item.path) != item.after_mode:
        return ()
    return (_command("chmod", f"{item.mode:o}", "--", item.path),)


def _without_directories(files: Sequence[KeptFile]) -> tuple[Command, ...]:
    """Directories that the step made, where nothing else lies in them. 1: they are gone already."""
    made = {name for item in files if not item.before for name in item.missing if os.path.isdir(name)}
    return tuple(
        Command(
            ("rmdir", "--ignore-fail-on-non-empty", "--", name), timeout_seconds=_SECONDS, ok_codes=(0, 1)
        )
        for name in sorted(made, key=len, reverse=True)
    )


def _command(*argv: str) -> Command:
    return Command(argv, timeout_seconds=_SECONDS)
