"""Files put back as they were: whole where nobody touched them since, else only the keys that are ours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from wizard.apply.history import Done
from wizard.apply.inplace import Rights, other_rights, rights_of, taken
from wizard.apply.ownership import is_as_left, unreadable
from wizard.apply.records import KeptFile, content_of, digest_of_content, kept_content
from wizard.machine.files import leftovers
from wizard.model.merging import CannotMerge, inverse, key_name, merged, still_ours
from wizard.model.plan import Action, Command, MergeFile

_SECONDS = 60
_LEFT = "{path} has been changed since by {who} and is left as it is."


class Files:
    """Files as they will be when the undo has come so far: two steps may have changed the same one.

    others: what is not undone now.
    """

    def __init__(self, others: Sequence[Done] = ()) -> None:
        self._later: dict[str, bytes | None] = {}
        self._rights: dict[str, Rights] = {}
        self._removed: set[str] = set()
        self._others = {(item.path, item.after): done.step.id for done in others for item in done.files}

    def content(self, path: str) -> bytes | None:
        """None where there is no file, or where it can't be read."""
        if path not in self._later:
            self._later[path] = content_of(path)
        return self._later[path]

    def put(self, path: str, content: bytes | None, rights: Rights | None = None) -> None:
        """What an action that has been planned will have made of it. rights: None: as they are."""
        self._later[path] = content
        (self._removed.add if content is None else self._removed.discard)(path)
        if rights is not None:
            self._rights[path] = rights

    def rights(self, path: str) -> Rights | None:
        """None where there is nothing."""
        return self._rights.get(path) or rights_of(path)

    def is_gone(self, path: str) -> bool:
        """True where nothing is there, or nothing will be: what can't be read is there."""
        return self.content(path) is None and (path in self._removed or not os.path.lexists(path))

    def changed_by(self, path: str) -> str:
        """Who left the file as it is, for a sentence: another step of ours, or somebody else."""
        step = self._others.get((path, digest_of_content(self.content(path))))
        return f"the step {step}, which is to be undone first," if step else "somebody else"


@dataclass
class FilesUndone:
    """What is to be done for the files of one step. guards: what must hold when its turn comes.

    stays: paths that are left, in part or whole, with a sentence each in notes.
    """

    actions: list[Action] = field(default_factory=list)
    guards: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)


def undo_files(done: Done, files: Files) -> FilesUndone:
    """Put each file back, or remove it; nothing where it is as it was, or where somebody changed it since.

    Of a file that keys were merged into and that somebody changed since, the keys alone are taken back.
    """
    found = FilesUndone()
    for item in done.files:
        _undo_file(done, item, files, found)
    found.actions += _without_directories(done.files, files)
    return found


def _undo_file(done: Done, item: KeptFile, files: Files, found: FilesUndone) -> None:
    content = files.content(item.path)
    current = digest_of_content(content)
    is_edited = item.path in done.edited
    trouble = taken(item.path) or ("" if content is not None else unreadable(item.path))
    # A run that was killed while it wrote the file left a part of it beside it.
    if not trouble and (left := leftovers(item.path)):
        found.actions.append(Command(("rm", "-f", "--", *left), timeout_seconds=_SECONDS))
    is_back = current == item.before and (content is not None or files.is_gone(item.path))
    if trouble and not is_back and (is_edited or item.after != item.before):
        _leave(item.path, trouble, found)
        return
    merges = tuple(file for file in done.merges if os.path.realpath(file.write) == item.path)
    if current == item.before and not (is_edited and merges):
        if is_edited:
            found.stays.append(item.path)
            found.notes.append(_LEFT.format(path=item.path, who=files.changed_by(item.path)))
        if not trouble and (mode_back := _mode_back(item, files)):
            found.guards.append(f"unchanged:{current}:{item.path}")
            found.actions += mode_back
        return
    if item.after == item.before and not is_edited:
        return  # The step might have changed it, and did not.
    other = other_rights(files.rights(item.path), item.left)
    # Between two runs somebody wrote into it what is now in it beside our keys: it can't go back whole.
    if (merges and (is_edited or other)) or not is_as_left(item, current, done.step.commands, merges):
        _take_keys_back(item.path, content, merges, files, found)
    elif other:
        _leave(item.path, other, found)
    else:
        _whole_back(item, current, files, found, is_edited=is_edited)


def _whole_back(item: KeptFile, current: str, files: Files, found: FilesUndone, *, is_edited: bool) -> None:
    """As it was before the step. current: its digest now."""
    kept = None if item.kept is None else kept_content(item.kept)
    if item.kept is not None and digest_of_content(kept) != item.before:
        found.stays.append(item.path)
        found.notes.append(
            f"The copy of {item.path} that was kept is damaged or gone, so the file is left as it is."
        )
        return
    if is_edited:
        found.notes.append(
            f"{item.path} was changed by somebody else between two runs: it goes back to how it was before the last."
        )
    # Somebody may change it between this plan and its turn.
    found.guards.append(f"unchanged:{current}:{item.path}")
    if (rights := files.rights(item.path)) is not None and current:
        found.guards.append(f"rights:{rights}:{item.path}")
    files.put(item.path, kept, Rights(item.mode, item.uid, item.gid))
    found.actions += _put_back(item)


def _put_back(item: KeptFile) -> tuple[Command, ...]:
    if item.kept is None:
        return (_command("rm", "-f", "--", item.path),)
    # From the run's own copy, so that the content, which may be private, is in no plan. First beside it, then in its
    # place: a file that is half there would pass for somebody else's.
    beside = os.path.join(os.path.dirname(item.path), f".{os.path.basename(item.path)}.undo")
    owner = ("-o", str(item.uid), "-g", str(item.gid))
    return (
        _command("install", "-m", f"{item.mode:o}", *owner, "--", item.kept, beside),
        _command("mv", "-f", "-T", "--", beside, item.path),
    )


def _mode_back(item: KeptFile, files: Files) -> tuple[Command, ...]:
    """Where the step changed nothing but the mode."""
    found = files.rights(item.path)
    if item.before == "" or item.after_mode in (None, item.mode) or found is None:
        return ()
    if found.mode != item.after_mode:
        return ()
    return (_command("chmod", f"{item.mode:o}", "--", item.path),)


def _without_directories(kept: Sequence[KeptFile], files: Files) -> tuple[Command, ...]:
    """Directories that the step made, where nothing else lies in them. 1: they are gone already."""
    gone = [item for item in kept if not item.before and files.is_gone(item.path)]
    made = {name for item in gone for name in item.missing if os.path.isdir(name)}
    return tuple(
        Command(
            ("rmdir", "--ignore-fail-on-non-empty", "--", name), timeout_seconds=_SECONDS, ok_codes=(0, 1)
        )
        for name in sorted(made, key=len, reverse=True)
    )


def _take_keys_back(
    path: str, content: bytes | None, merges: tuple[MergeFile, ...], files: Files, found: FilesUndone
) -> None:
    who = files.changed_by(path)
    action = _keys_back(path, content, merges, files) if merges else None
    if action is None:
        found.stays.append(path)
        found.notes.append(_LEFT.format(path=path, who=who))
        return
    ours = action.changes
    found.guards.append(f"plain:{path}")
    found.actions.append(action)
    names = ", ".join(map(key_name, ours))
    found.notes.append(f"{path} has been changed since by {who}: only {names} there is put back.")
    back = inverse(merges, like=merges[-1])
    left = [change for change in back.changes if change not in ours and change.old != change.new]
    if left:
        found.stays.append(path)
        found.notes.append(
            f"{', '.join(map(key_name, left))} in {path} has another value by now and is left as it is."
        )


def _keys_back(
    path: str, content: bytes | None, merges: tuple[MergeFile, ...], files: Files
) -> MergeFile | None:
    back = inverse(merges, like=merges[-1])
    try:
        ours = still_ours(back, content)
        action = MergeFile(path, back.format, ours, back.mode, back.root)
        files.put(path, merged(action, content))
    except CannotMerge:
        return None
    return action if ours else None


def _leave(path: str, trouble: str, found: FilesUndone) -> None:
    found.stays.append(path)
    found.notes.append(f"{path} {trouble}, so what was set in it can't be taken back: see to it yourself.")


def _command(*argv: str) -> Command:
    return Command(argv, timeout_seconds=_SECONDS)
