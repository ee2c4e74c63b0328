"""What Docker's daemon is told by daemon.json and by its command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DockerSettings:
    """What /etc/docker/daemon.json and the daemon's own command line say; None: not set there.

    problem: why the file can't be taken as settings, as a sentence. nofile: soft and hard number of open files that
    containers get, a number None where it is none. flags: of the command line, those that the file must not set as
    well, and `config-file` where the daemon reads another file. is_newer: the file was written after the daemon that
    runs had started. drop_in_is_newer: the same of a drop-in of its unit; None where there is none.
    """

    exists: bool = False
    problem: str | None = None
    log_driver: str | None = None
    log_max_size: str | None = None
    log_max_file: str | None = None
    nofile: tuple[int | None, int | None] | None = None
    flags: tuple[str, ...] = ()
    is_newer: bool | None = None
    drop_in_is_newer: bool | None = None
