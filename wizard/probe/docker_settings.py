"""What is set for Docker's daemon: daemon.json, and the command line it was started with."""

from __future__ import annotations

import os
import re
from typing import Any

from wizard.machine.readoutcome import Reader
from wizard.model.docker_settings import DockerSettings
from wizard.model.merging import CannotMerge
from wizard.model.mergingjson import JsonText
from wizard.model.ownfiles import DAEMON_JSON
from wizard.model.plain import shown
from wizard.sizing.docker_settings import OTHER_FILE

PID_FILE = "/run/docker.pid"
DROP_INS = "/etc/systemd/system/docker.service.d"
UNITS = ("/etc/systemd/system/docker.service", "/usr/lib/systemd/system/docker.service")
LIMIT_BYTES = 1 << 20
# dockerd refuses to start where one of these is given both here and there.
FLAGS = ("log-driver", "log-opt", "default-ulimit")
_SECOND = 1_000_000_000
# A daemon notes its start a moment after it; by less than this the clock was not set.
_SET_BACK = 5 * _SECOND
_OTHER_FILE = re.compile(
    r"(?:^|[\s\0\"'=])--config-file[\s\0=\"']+(?!/etc/docker/daemon\.json(?:[\s\0\"']|$))"
)
_FLAG = re.compile(r"(?:^|[\s\0\"'=])--(log-driver|log-opt|default-ulimit)(?=[\s\0=\"']|$)")


def read_docker_settings(reader: Reader) -> DockerSettings | None:
    """None where daemon.json is there and this user may not read it."""
    text = reader.text(DAEMON_JSON, LIMIT_BYTES)
    exists = text is not None or reader.exists(DAEMON_JSON)
    if text is None and exists:
        return None
    pid = _pid(reader)
    flags = _flags(reader, pid)
    try:
        found = _parsed(text)
    except CannotMerge as error:
        return DockerSettings(exists, shown(str(error)), flags=flags)
    return DockerSettings(
        exists,
        flags=flags,
        is_newer=_is_newer(reader, pid, DAEMON_JSON) if exists else False,
        drop_in_is_newer=_newest(reader, pid),
        **found,
    )


def _parsed(text: str | None) -> dict[str, Any]:
    document = JsonText(DAEMON_JSON, None if text is None else text.encode("utf-8", "surrogateescape"))
    words = {
        "log_driver": ("log-driver",),
        "log_max_size": ("log-opts", "max-size"),
        "log_max_file": ("log-opts", "max-file"),
    }
    found = {name: _word(document, path) for name, path in words.items()}
    limit = document.value(("default-ulimits", "nofile"))
    if limit is None:
        return found
    both = limit if isinstance(limit, dict) else {}
    return {**found, "nofile": (_number(both.get("Soft")), _number(both.get("Hard")))}


def _word(document: JsonText, path: tuple[str, ...]) -> str | None:
    value = document.value(path)
    if value is None or isinstance(value, str):
        return None if value is None else shown(value, 100)
    raise CannotMerge(
        f"{' '.join(path)} in {DAEMON_JSON} is no text, and Docker takes only text there. Mend it there, then plan "
        "again."
    )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _pid(reader: Reader) -> str | None:
    """The running daemon's process; None where none runs, or where its number is another program's by now."""
    pid = (reader.text(PID_FILE) or "").strip()
    if not (pid.isascii() and pid.isdigit() and len(pid) < 10):
        return None
    program = (reader.text(f"/proc/{pid}/cmdline") or "").partition("\0")[0]
    return pid if os.path.basename(program) == "dockerd" else None


def _flags(reader: Reader, pid: str | None) -> tuple[str, ...]:
    """Of the daemon that runs, else of how systemd would start it."""
    if pid is not None:
        texts = [reader.text(f"/proc/{pid}/cmdline")]
    else:
        drop_ins = [f"{DROP_INS}/{name}" for name in (reader.names(DROP_INS) or ())[:200]]
        texts = [_starts(reader.text(path)) for path in (*UNITS, *drop_ins)]
    said = {flag for text in texts for flag in _FLAG.findall(text or "")}
    other = (OTHER_FILE,) if any(_OTHER_FILE.search(text or "") for text in texts) else ()
    return (*(flag for flag in FLAGS if flag in said), *other)


def _starts(unit: str | None) -> str:
    """The lines of a unit that start something, with those that go on."""
    lines = (unit or "").replace("\\\n", " ").splitlines()
    return "\n".join(line for line in lines if line.lstrip().startswith(("ExecStart", "Environment")))


def _newest(reader: Reader, pid: str | None) -> bool | None:
    """Whether one of the unit's drop-ins is newer than the daemon."""
    names = [name for name in reader.names(DROP_INS) or () if name.endswith(".conf")][:200]
    found = {_is_newer(reader, pid, f"{DROP_INS}/{name}") for name in names}
    return True if True in found else None if None in found or not found else False


def _is_newer(reader: Reader, pid: str | None, path: str) -> bool | None:
    if pid is None:
        return False
    written, noted = reader.value("modified", path), reader.value("modified", PID_FILE)
    if written is None or noted is None:
        return None
    since, now = reader.value("started", pid), reader.value("now")
    return written_since(written, noted, None if since is None else int(since * _SECOND), now)


def written_since(written: int, noted: int, started: int | None, now: int | None) -> bool:
    """Whether a file was written after a daemon's start, although the clock may have been set back. All ns since 1970.

    noted: the daemon's start by the clock of then. started: the same by the clock of now, None where not knowable.
    Where the clock was set back since, what was written in the time that came twice counts as written after it: one
    restart too many at the most.
    """
    if started is not None and started < noted - _SET_BACK:
        return written > started
    if now is not None and written > now + _SECOND:
        return False  # Written before the clock was set back, and the daemon has been started since.
    return written > noted
