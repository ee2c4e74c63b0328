"""What host names resolve to from here."""

from __future__ import annotations

import queue
import socket
import threading
import time

from wizard.model.facts import DnsFacts

_NO_SUCH_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
THREADS_LIMIT = 16


def resolve(names: tuple[str, ...], timeout_seconds: float = 5) -> DnsFacts:
    """Each name's addresses, sorted; () for 'no such name', None where no answer came in time.

    The system's own resolver is asked, so what another network sees may differ. Returns after `timeout_seconds` at
    the latest; threads that still wait for a dead name server are left behind and never keep the process alive.
    """
    wanted = tuple(dict.fromkeys(names))
    todo: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[str, tuple[str, ...] | None]] = queue.SimpleQueue()
    for name in wanted:
        todo.put(name)
    for _ in range(min(THREADS_LIMIT, len(wanted))):
        threading.Thread(target=_work, args=(todo, answers), daemon=True).start()
    resolved: dict[str, tuple[str, ...] | None] = dict.fromkeys(wanted)
    deadline = time.monotonic() + timeout_seconds
    for _ in wanted:
        try:
            name, addresses = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        resolved[name] = addresses
    return DnsFacts(resolved)


def _work(
    todo: queue.SimpleQueue[str], answers: queue.SimpleQueue[tuple[str, tuple[str, ...] | None]]
) -> None:
    while True:
        try:
            name = todo.get_nowait()
        except queue.Empty:
            return
        answers.put((name, lookup(name)))


def lookup(name: str) -> tuple[str, ...] | None:
    """One name, waiting as long as the resolver does; an address with a scope (`fe80::1%eth0`) loses it."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return () if error.errno in _NO_SUCH_NAME else None
    except (OSError, UnicodeError, ValueError):
        # A name that can't be asked for (a label over 63 characters, a NUL).
        return ()
    addresses = {str(entry[4][0]).partition("%")[0] for entry in found}
    return tuple(sorted(addresses, key=lambda address: (":" in address, address)))[:32]
