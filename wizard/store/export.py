"""The export directory: built whole first, then put in place; nothing of anybody else is replaced."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from wizard.machine.files import UnsafePath, read_in, sweep_temporary, write_in
from wizard.machine.walking import open_directory
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import shown
from wizard.store.manifest import LIMIT_BYTES, NAME, fingerprint, manifest_text, parse_manifest
from wizard.store.tree import DIRECTORY, Tree, is_there, refuse_open, remove_whole
from wizard.store.trouble import unusable

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,150}", re.ASCII)
_LARGEST = 64 << 20
_BUILDING = ".cometchat-wizard-building."


def write_export(
    directory: str, files: Mapping[str, str | Mapping[str, Any]], *, any_owner: bool = False
) -> tuple[str, ...]:
    """Write all files (relative path to text, or to plain data for `.yaml` and `.json`), 0600 in 0700.

    A directory that is there must be ours, and empty or an earlier export. Files of an earlier export are replaced, and
    removed where this one has none; one that was edited since is kept beside as `NAME.before-TIME`. Directories on the
    way that are missing are made (0700); nobody but root and us may be able to bend the way, and no link is followed
    that somebody else could have laid. any_owner: the directory and those on the way may be other users'.
    Returns the relative paths. Failure: code 2 for a directory with other things, code 7 for one that can't
    be written, or that is not ours alone.
    """
    contents = {_checked(path): _content(path, value) for path, value in files.items()}
    target = os.path.abspath(directory)
    try:
        inside = open_directory(os.path.dirname(target), make_mode=0o700, any_owner=any_owner)
        try:
            _put(inside, os.path.basename(target) or ".", target, contents, any_owner=any_owner)
        finally:
            os.close(inside)
    except UnsafePath as error:
        raise _not_ours(error, target) from None
    except OSError as error:
        raise unusable(error, target, option="") from None
    return tuple(files)


def _put(inside: int, name: str, target: str, contents: Mapping[str, bytes], *, any_owner: bool) -> None:
    """The export as `name` in an open directory."""
    if not is_there(inside, name):
        with _built(inside, contents) as built:
            os.rename(built, name, src_dir_fd=inside, dst_dir_fd=inside)
        return
    if stat.S_ISLNK(os.stat(name, dir_fd=inside, follow_symlinks=False).st_mode):
        raise UnsafePath("it is a symbolic link; name the directory itself", target)
    target_fd = os.open(name, DIRECTORY, dir_fd=inside)
    try:
        if not any_owner:
            _make_private(target_fd)
        _replace(target, Tree(target_fd, any_owner=any_owner), contents)
    finally:
        os.close(target_fd)


def _make_private(target_fd: int) -> None:
    """Raise UnsafePath for a directory that is not ours; an empty one is closed to all others."""
    found = os.fstat(target_fd)
    if found.st_uid == os.geteuid() and not os.listdir(target_fd):
        os.fchmod(target_fd, 0o700)
    refuse_open(os.fstat(target_fd), "it")


def _not_ours(error: UnsafePath, target: str) -> Failure:
    return Failure(
        f"Nothing is written to {shown(target)}: {shown(str(error.strerror))}.",
        why="Whoever can change that directory could lead this writing elsewhere, or change the config before it is "
        "deployed.",
        next_step="Name a new directory in one that is yours alone. Or, if it is meant: the command `export` writes "
        "there with --foreign-directory, the files being yours; a link is not followed even then.",
        code=ExitCode.SESSION_UNUSABLE,
    )


def _checked(path: str) -> str:
    parts = path.split("/")
    if not 1 <= len(parts) <= 5 or not all(_PART.fullmatch(part) for part in parts):
        raise ValueError("not a path for an export")
    return path


def _content(path: str, value: str | Mapping[str, Any]) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if path.endswith(".json"):
        return (_visible(json.dumps(value, indent=2, ensure_ascii=False)) + "\n").encode("utf-8", "replace")
    from wizard.store.yaml_text import dump_yaml

    return dump_yaml(value).encode("utf-8", "replace")


def _visible(text: str) -> str:
    """JSON with letters of every script as they are, and what a terminal obeys as the escapes that mean the same."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
        for character in text
    )


@contextmanager
def _built(inside: int, contents: Mapping[str, bytes]) -> Iterator[str]:
    """The whole export in a directory of its own beside its place; its name there; gone at the end unless renamed."""
    _sweep(inside)
    built = f"{_BUILDING}{os.getpid()}.{os.urandom(5).hex()}.tmp"
    os.mkdir(built, 0o700, dir_fd=inside)
    try:
        built_fd = os.open(built, DIRECTORY, dir_fd=inside)
        try:
            refuse_open(os.fstat(built_fd), "what was just made in it")
            tree = Tree(built_fd)
            for path, content in contents.items():
                tree.write(path, content)
            write_in(built_fd, NAME, manifest_text(contents))
        finally:
            os.close(built_fd)
        yield built
    finally:
        remove_whole(inside, built)


def _sweep(inside: int) -> None:
    """Remove what exports that were killed left half-built."""
    for name in os.listdir(inside):
        pid = name.removeprefix(_BUILDING).partition(".")[0]
        if name.startswith(_BUILDING) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            remove_whole(inside, name)


def _replace(target: str, there: Tree, contents: Mapping[str, bytes]) -> None:
    ours = _ours(target, there.fd)
    sweep_temporary(there.fd)
    _refuse_collisions(target, there, contents, ours)
    with _built(there.fd, contents) as name:
        built = Tree(os.open(name, DIRECTORY, dir_fd=there.fd))
        try:
            # First the note that old and new content are both ours: a run killed here can be repeated.
            write_in(there.fd, NAME, manifest_text(contents, ours))
            for path in contents:
                _keep_edited(there, path, ours)
                there.take(built, path)
            for path in ours:
                if path not in contents:
                    _keep_edited(there, path, ours)
                    there.remove(path)
            write_in(there.fd, NAME, manifest_text(contents))
        finally:
            os.close(built.fd)


def _ours(target: str, target_fd: int) -> dict[str, tuple[str, ...]]:
    """What an earlier export wrote. Failure where the directory holds things and is no export."""
    try:
        ours = parse_manifest(read_in(target_fd, NAME, LIMIT_BYTES))
    except FileNotFoundError:
        # What a killed export left half-built is ours as well.
        others = [name for name in os.listdir(target_fd) if not name.startswith((_BUILDING, f".{NAME}."))]
        ours = None if others else {}
    if ours is None:
        raise Failure(
            f"The directory {shown(target)} holds other files, and no earlier export.",
            why="An export replaces what is in its directory.",
            next_step="Name a new directory, or an empty one.",
        )
    return {path: prints for path, prints in ours.items() if _is_path(path)}


def _is_path(path: str) -> bool:
    return all(_PART.fullmatch(part) for part in path.split("/"))


def _refuse_collisions(
    target: str, there: Tree, contents: Mapping[str, bytes], ours: Mapping[str, tuple[str, ...]]
) -> None:
    for path in contents:
        if path not in ours and there.has(path):
            raise Failure(
                f"{shown(target)}/{path} is there already, and no export wrote it.",
                why="An export replaces only its own files.",
                next_step="Move that file away, or name a new directory.",
            )


def _keep_edited(there: Tree, path: str, ours: Mapping[str, tuple[str, ...]]) -> None:
    from wizard.store.damaged import stamp

    try:
        with there.parent(path, make=False) as (directory_fd, name):
            content = read_in(directory_fd, name, _LARGEST)
            if fingerprint(content) not in ours.get(path, ()):
                os.rename(name, f"{name}.before-{stamp()}", src_dir_fd=directory_fd, dst_dir_fd=directory_fd)
    except FileNotFoundError:
        return
