"""Where Docker keeps its data, for when no daemon answers: from daemon.json and from how the daemon is started."""

from __future__ import annotations

import glob
import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator

from wizard.machine.files import read_small
from wizard.machine.outcome import Machine
from wizard.model.ownfiles import DAEMON_JSON
from wizard.model.plain import shown
from wizard.model.plan import Command

DEFAULT_ROOT = "/var/lib/docker"
PID_FILE = "/run/docker.pid"
_LIMIT_BYTES = 1 << 20
# `graph` and -g are what data-root was called before Docker 17.05; 23 no longer takes them.
_KEYS = ("data-root", "graph")
_FLAG = re.compile(r"(?:--data-root|--graph|-g)(?:=(.*))?", re.DOTALL)
_SHORT = re.compile(r"-g(/.*)", re.DOTALL)
_SETTING = re.compile(r"\s*(ExecStart|Environment|EnvironmentFile)\s*=(.*)")
_VARIABLE = re.compile(r"[A-Za-z_]\w*=(.*)", re.DOTALL)
# A line without any of these says nothing of the directory, whatever else is odd about it.
_MENTIONS = re.compile(r"--data-root|--graph|(?:^|[\s\"'=])-g")
# What systemd or a shell would still replace.
_REPLACED = re.compile(r"[$%\\`*?~]")


class CannotTell(ValueError):
    """Where Docker keeps its data is not known; the text says what was seen, as a clause."""


def data_roots(machine: Machine) -> tuple[str, ...]:
    """Every directory that is named for Docker's data; the usual one where none is. Raises CannotTell.

    All of them: one that is named both in daemon.json and on the command line keeps a daemon from starting, and then
    either may be where the data is.
    """
    named = [*_in_daemon_json(), *roots_in_words(daemon_words()), *_in_unit(machine)]
    return tuple(dict.fromkeys(named)) or (DEFAULT_ROOT,)


def daemon_words() -> list[str]:
    """The command line of the daemon that runs; [] where none runs, or where its number is another program's by now."""
    try:
        pid = int(read_small(PID_FILE, 20, follow=True).strip() or "0")
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = [os.fsdecode(word) for word in file.read(_LIMIT_BYTES).split(b"\0")]
    except (OSError, ValueError):
        return []
    return words if os.path.basename(words[0]) == "dockerd" else []


def roots_in_words(words: Iterable[str]) -> list[str]:
    """The data directories that dockerd's options name. Raises CannotTell for one that is no plain absolute path."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if short := _SHORT.fullmatch(word):
            found.append(_written_out(short.group(1)))
        elif flag := _FLAG.fullmatch(word):
            value = next(rest, "") if flag.group(1) is None else flag.group(1)
            found.append(_written_out(value))
    return found


def words_of_unit(text: str) -> list[str]:
    """What a systemd unit (as `systemctl cat` shows it) starts its program with, variables of its own included.

    Raises CannotTell where that can't be read.
    """
    words: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        setting = _SETTING.match(line)
        if setting is None:
            continue
        kind, value = setting.groups()
        if kind == "EnvironmentFile":
            words += _words_of_variables(_environment_lines(value.strip().removeprefix("-")))
        elif kind == "Environment":
            words += _words_of_variables([value])
        else:
            words += _split(value)
    return words


def _in_unit(machine: Machine) -> list[str]:
    lines: list[str] = []
    command = Command(("systemctl", "--no-pager", "cat", "docker.service"), root=False, timeout_seconds=30)
    outcome = machine.run(command, lines.append)
    if outcome.timed_out or outcome.stopped:
        raise CannotTell("systemd does not say how it is started")
    # Without systemd, or without such a unit, nothing is named there.
    return roots_in_words(words_of_unit("\n".join(lines))) if outcome.is_done() else []


def _in_daemon_json() -> list[str]:
    try:
        content = read_small(DAEMON_JSON, _LIMIT_BYTES, follow=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CannotTell(f"{DAEMON_JSON} can't be read ({_why(error)})") from error
    try:
        # dockerd takes a byte order mark, and an empty file.
        text = content.decode("utf-8-sig")
        document = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise CannotTell(f"{DAEMON_JSON} is not valid JSON ({where})") from error
    except (ValueError, RecursionError) as error:
        raise CannotTell(f"{DAEMON_JSON} is not valid JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise CannotTell(f"{DAEMON_JSON} is not an object in braces")
    return [_absolute(document[key], f"{key} in {DAEMON_JSON}") for key in _KEYS if key in document]


def _absolute(value: object, where: str) -> str:
    if isinstance(value, str) and os.path.isabs(value) and "\0" not in value:
        return os.path.normpath(value)
    raise CannotTell(f"{where} is {shown(json.dumps(value), 100)}, which is no absolute path")


def _written_out(value: str) -> str:
    if _REPLACED.search(value):
        raise CannotTell(
            f"the data directory on dockerd's command line is {shown(value, 100)}, not written out"
        )
    return _absolute(value, "the data directory on dockerd's command line")


def _environment_lines(pattern: str) -> Iterator[str]:
    """The lines of the files that systemd reads there; what is not there is nothing to it."""
    for path in sorted(glob.glob(pattern)) if os.path.isabs(pattern) else ():
        try:
            content = read_small(path, _LIMIT_BYTES, follow=True)
        except OSError as error:
            raise CannotTell(
                f"{shown(path, 100)}, which docker.service reads, can't be read ({_why(error)})"
            ) from error
        for line in os.fsdecode(content).replace("\\\n", " ").splitlines():
            if not line.lstrip().startswith(("#", ";")):
                yield line


def _words_of_variables(lines: Iterable[str]) -> list[str]:
    """The words of the values of `NAME="some words"`, where they may be options."""
    named = (_VARIABLE.fullmatch(word) for line in lines for word in _split(line))
    return [word for found in named if found for word in _split(found.group(1))]


def _split(text: str) -> list[str]:
    """The words of a line, and those of a word that is a command itself (`sh -c "dockerd -g /srv"`)."""
    if not _MENTIONS.search(text):
        return []
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise CannotTell(
            "a line by which docker.service starts dockerd has a quote that does not end"
        ) from error
    return [part for word in words for part in (_split(word) if _is_command(word) else [word])]


def _is_command(word: str) -> bool:
    is_option = _FLAG.fullmatch(word) or _SHORT.fullmatch(word) or _VARIABLE.fullmatch(word)
    return not is_option and " " in word and _MENTIONS.search(word) is not None


def _why(error: OSError) -> str:
    return error.strerror or "input/output error"
