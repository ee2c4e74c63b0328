"""The export directory: built whole first, then put in place; nothing of anybody else is replaced."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from wizard.machine.files import UnsafePath, read_in, sweep_temporary, write_in
from wizard.model.failure import Failure
from wizard.model.plain import shown
from wizard.store.manifest import LIMIT_BYTES, NAME, fingerprint, manifest_text, parse_manifest
from wizard.store.trouble import unusable

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,150}", re.ASCII)
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LARGEST = 64 << 20
_BUILDING = ".cometchat-wizard-building."


def write_export(directory: str, files: Mapping[str, str | Mapping[str, Any]]) -> tuple[str, ...]:
    """Write all files (relative path to text, or to plain data for `.yaml` and `.json`), 0600 in 0700.

    A directory that is there must be empty or an earlier export. Files of an earlier export are replaced, and
    removed where this one has none; one that was edited since is kept beside as `NAME.before-TIME`.
    Returns the relative paths. Failure: code 2 for a directory with other things, code 7 for one that can't
    be written.
    """
    contents = {_checked(path): _content(path, value) for path, value in files.items()}
    target = os.path.abspath(directory)
    try:
        if os.path.islink(target):
            raise UnsafePath("it is a symbolic link; name the directory itself", target)
        if os.path.lexists(target):
            _replace(target, contents)
        else:
            os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
            with _built(os.path.dirname(target), contents) as built:
                os.rename(built, target)
    except OSError as error:
        raise unusable(error, target, option="") from None
    return tuple(files)


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
def _built(inside: str, contents: Mapping[str, bytes]) -> Iterator[str]:
    """The whole export in a directory of its own on that file system; gone at the end unless renamed."""
    _sweep(inside)
    built = os.path.join(inside, f"{_BUILDING}{os.getpid()}.{os.urandom(5).hex()}.tmp")
    os.mkdir(built, 0o700)
    try:
        with _open(built) as built_fd:
            for path, content in contents.items():
                _write(built_fd, path, content)
            write_in(built_fd, NAME, manifest_text(contents))
        yield built
    finally:
        shutil.rmtree(built, ignore_errors=True)


def _sweep(inside: str) -> None:
    """Remove what exports that were killed left half-built."""
    for name in os.listdir(inside):
        pid = name.removeprefix(_BUILDING).partition(".")[0]
        if name.startswith(_BUILDING) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(os.path.join(inside, name), ignore_errors=True)


def _replace(target: str, contents: Mapping[str, bytes]) -> None:
    with _open(target) as target_fd:
        ours = _ours(target, target_fd)
        sweep_temporary(target)
        _refuse_collisions(target, target_fd, contents, ours)
        with _built(target, contents) as built, _open(built) as built_fd:
            # First the note that old and new content are both ours: a run killed here can be repeated.
            write_in(target_fd, NAME, manifest_text(contents, ours))
            for path in contents:
                _keep_edited(target_fd, path, ours)
                with _parent(built_fd, path) as source, _parent(target_fd, path) as place:
                    os.rename(source[1], place[1], src_dir_fd=source[0], dst_dir_fd=place[0])
            for path in ours:
                if path not in contents:
                    _keep_edited(target_fd, path, ours)
                    _remove(target_fd, path)
            write_in(target_fd, NAME, manifest_text(contents))


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
    target: str, target_fd: int, contents: Mapping[str, bytes], ours: Mapping[str, tuple[str, ...]]
) -> None:
    for path in contents:
        if path not in ours and _there(target_fd, path):
            raise Failure(
                f"{shown(target)}/{path} is there already, and no export wrote it.",
                why="An export replaces only its own files.",
                next_step="Move that file away, or name a new directory.",
            )


def _there(root_fd: int, path: str) -> bool:
    try:
        with _parent(root_fd, path, make=False) as (directory_fd, name):
            os.stat(name, dir_fd=directory_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _keep_edited(root_fd: int, path: str, ours: Mapping[str, tuple[str, ...]]) -> None:
    from wizard.store.damaged import stamp

    try:
        with _parent(root_fd, path, make=False) as (directory_fd, name):
            content = read_in(directory_fd, name, _LARGEST)
            if fingerprint(content) not in ours.get(path, ()):
                os.rename(name, f"{name}.before-{stamp()}", src_dir_fd=directory_fd, dst_dir_fd=directory_fd)
    except FileNotFoundError:
        return


def _remove(root_fd: int, path: str) -> None:
    try:
        with _parent(root_fd, path, make=False) as (directory_fd, name):
            os.unlink(name, dir_fd=directory_fd)
        if "/" in path:
            os.rmdir(os.path.dirname(path), dir_fd=root_fd)
    except OSError:
        # Gone already, or its directory holds more: both are fine.
        return


def _write(root_fd: int, path: str, content: bytes) -> None:
    with _parent(root_fd, path) as (directory_fd, name):
        write_in(directory_fd, name, content)


@contextmanager
def _open(directory: str) -> Iterator[int]:
    directory_fd = os.open(directory, _DIRECTORY)
    try:
        yield directory_fd
    finally:
        os.close(directory_fd)


@contextmanager
def _parent(root_fd: int, path: str, make: bool = True) -> Iterator[tuple[int, str]]:
    """The open directory that holds `path`, reached without following any link, and the last name."""
    *parts, name = path.split("/")
    current = os.dup(root_fd)
    try:
        for part in parts:
            if make:
                try:
                    os.mkdir(part, 0o700, dir_fd=current)
                except FileExistsError:
                    pass
            inner = os.open(part, _DIRECTORY, dir_fd=current)
            os.close(current)
            current = inner
        yield current, name
    finally:
        os.close(current)
