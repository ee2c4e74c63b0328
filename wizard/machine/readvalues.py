"""What is neither a file nor a command: each a function of an argument, its value plain JSON or None."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

STAT_KEYS = ("f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_favail")
PROXY_KEYS = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


def affinity(_argument: str) -> int:
    """How many CPUs this process may run on."""
    return len(os.sched_getaffinity(0))


def architecture(_argument: str) -> str:
    """As uname says it (`x86_64`)."""
    return os.uname().machine


def nofile(_argument: str) -> list[int]:
    """Soft and hard limit of open files; unlimited reads as 2^63 - 1."""
    import resource

    unlimited = resource.RLIM_INFINITY
    return [
        2**63 - 1 if limit == unlimited else limit for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    ]


def modified(path: str) -> int:
    """When a file was written last, ns since 1970."""
    return os.stat(path).st_mtime_ns


def settable(path: str) -> bool | None:
    """Whether a setting under /proc/sys may be changed: False on a read-only mount and where root lacks the right;
    None for others than root, who can't tell.
    """
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    return os.access(path, os.W_OK) if os.geteuid() == 0 else None


def user(_argument: str) -> dict[str, Any]:
    """{euid, name}; name None for a number without an account."""
    import pwd

    euid = os.geteuid()
    try:
        return {"euid": euid, "name": pwd.getpwuid(euid).pw_name}
    except KeyError:
        return {"euid": euid, "name": None}


def nearest(path: str) -> dict[str, Any]:
    """{path, exists}: the real path of the nearest parent that is there; `exists` for the path itself."""
    exists = True
    current = path
    while not os.path.lexists(current) and current not in ("/", ""):
        exists = False
        current = os.path.dirname(current.rstrip("/"))
    return {"path": os.path.realpath(current or "/"), "exists": exists}


def statvfs(path: str) -> dict[str, int] | None:
    """The numbers of statvfs(2), f_bavail being what an unprivileged writer gets."""
    numbers = os.statvfs(path)
    return {key: getattr(numbers, key) for key in STAT_KEYS}


def proxies(_argument: str) -> dict[str, str]:
    """The proxy settings of this process's environment, users and passwords already masked."""
    from wizard.model.plain import without_userinfo

    found: dict[str, str] = {}
    for key in PROXY_KEYS:
        for spelled in (key, key.upper()):
            if text := os.environ.get(spelled):
                found[spelled] = without_userinfo(text)
    return found


def sessions(_argument: str) -> list[dict[str, Any]]:
    """This process and its parents, nearest first: [{process, ssh_connection}].

    sudo drops SSH_CONNECTION and tmux keeps a stale one, so every parent that we may look at is asked.
    """
    chain: list[dict[str, Any]] = []
    pid = os.getpid()
    while pid > 0 and len(chain) < 64:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                before, _, after = file.read(4096).rpartition(b")")
        except OSError:
            break
        process = before.partition(b"(")[2].decode("utf-8", "replace")
        chain.append({"process": process, "ssh_connection": _ssh_connection(pid)})
        fields = after.split()
        pid = int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0
    return chain


def _ssh_connection(pid: int) -> str | None:
    if pid == os.getpid():
        return os.environ.get("SSH_CONNECTION")
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            content = file.read(1 << 20)
    except OSError:
        return None
    for entry in content.split(b"\0"):
        if entry.startswith(b"SSH_CONNECTION="):
            return entry.partition(b"=")[2].decode("utf-8", "replace")
    return None


def clock(_argument: str) -> dict[str, int] | None:
    """{state, status} of adjtimex(2), read only; state 5 or status 0x40 is a clock that nothing keeps in step."""
    import ctypes

    buffer = ctypes.create_string_buffer(512)
    try:
        state = int(ctypes.CDLL(None).adjtimex(buffer))
    except (OSError, AttributeError):
        return None
    # struct timex: int modes; long offset, freq, maxerror, esterror; int status.
    long_size = ctypes.sizeof(ctypes.c_long)
    at = long_size * 5
    status = int.from_bytes(buffer.raw[at : at + 4], byteorder=_byte_order())
    return None if state < 0 else {"state": state, "status": status}


def _byte_order() -> Any:
    import sys

    return sys.byteorder


def time_now(_argument: str) -> str:
    """UTC, ISO 8601, to the second."""
    import time

    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def sockets(_argument: str) -> list[dict[str, Any]] | None:
    """Internet sockets through psutil: [{protocol, status, address, port, peer, peer_port, pid, process}].

    Listening TCP, bound UDP, and established TCP (to find the live SSH connection); pid and process None without the
    right to see them.
    """
    import psutil

    try:
        connections = psutil.net_connections("inet")
    except (psutil.Error, OSError, RuntimeError, ValueError):
        return None
    named: dict[int, str | None] = {}
    rows: list[dict[str, Any]] = []
    for connection in connections:
        row = _socket(connection)
        if row is None:
            continue
        pid = connection.pid
        if pid is not None and pid not in named:
            named[pid] = _process_name(pid)
        rows.append({**row, "pid": pid, "process": None if pid is None else named[pid]})
    return rows


def _socket(connection: Any) -> dict[str, Any] | None:
    if not connection.laddr:
        return None
    protocol = "tcp" if int(connection.type) == 1 else "udp"
    status = str(connection.status)
    peer = connection.raddr
    if protocol == "tcp" and status not in ("LISTEN", "ESTABLISHED"):
        return None
    if protocol == "udp" and peer:
        return None
    return {
        "protocol": protocol,
        "status": status,
        "address": connection.laddr.ip,
        "port": connection.laddr.port,
        "peer": peer.ip if peer else None,
        "peer_port": peer.port if peer else None,
    }


def _process_name(pid: int) -> str | None:
    import psutil

    try:
        return str(psutil.Process(pid).name())
    except (psutil.Error, OSError, ValueError):
        return None


def interfaces(_argument: str) -> list[list[str]] | None:
    """Addresses of this host through psutil: [[interface, address]], loopback and link-local included."""
    import psutil

    try:
        found = psutil.net_if_addrs()
    except (psutil.Error, OSError, RuntimeError, ValueError):
        return None
    rows: list[list[str]] = []
    for name, entries in found.items():
        for entry in entries:
            if int(entry.family) in (2, 10) and entry.address:
                rows.append([name, str(entry.address)])
    return sorted(rows)


def written(path: str) -> float | None:
    """When a file was last written, in seconds since 1970; None where there is none."""
    return os.stat(path).st_mtime


def now(_argument: str) -> int:
    """The clock, ns since 1970."""
    import time

    return time.time_ns()


def booted(_argument: str) -> float | None:
    """When process 1 started, in seconds since 1970: the boot, also of a container."""
    return started("1")


def started(pid: str) -> float | None:
    """When a process started, in seconds since 1970 by the clock as it is set now; a second more or less."""
    from wizard.machine.marks import start_ticks

    ticks = start_ticks(int(pid))
    with open("/proc/stat", encoding="ascii") as file:
        since = next((line.split()[1] for line in file if line.startswith("btime ")), None)
    return None if ticks is None or since is None else int(since) + ticks / os.sysconf("SC_CLK_TCK")


VALUES: dict[str, Callable[[str], Any]] = {
    "affinity": affinity,
    "architecture": architecture,
    "booted": booted,
    "clock": clock,
    "interfaces": interfaces,
    "modified": modified,
    "nearest": nearest,
    "nofile": nofile,
    "now": now,
    "proxies": proxies,
    "sessions": sessions,
    "settable": settable,
    "sockets": sockets,
    "started": started,
    "statvfs": statvfs,
    "time": time_now,
    "user": user,
    "written": written,
}
