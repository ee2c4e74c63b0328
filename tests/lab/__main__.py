"""python -m tests.lab build | up [N | KIND...] | down | list: hosts by hand."""

from __future__ import annotations

import sys

from tests.lab import kinds
from tests.lab.building import drop_older_roots, roots
from tests.lab.lab import Lab
from tests.lab.places import missing
from tests.lab.room import is_ours, is_over, is_owned, standing, take_down


def main(words: list[str]) -> int:
    """The exit code; what is said goes to standard output."""
    match words:
        case ["build"]:
            return _build()
        case ["up", *wanted]:
            return _up(wanted or ["3"])
        case ["down"]:
            return _down()
        case ["list"]:
            return _list()
    print(__doc__, file=sys.stderr)
    return 2


def _build() -> int:
    why = missing()
    if why is not None:
        print(f"lab: none here: {why}", file=sys.stderr)
        return 0
    roots()
    if not standing():
        drop_older_roots()
    return 0


def _up(wanted: list[str]) -> int:
    why = missing()
    if why is not None:
        print(f"lab: none here: {why}", file=sys.stderr)
        return 2
    names = ["ubuntu"] * int(wanted[0]) if wanted[0].isdigit() else wanted
    unknown = [name for name in names if name not in kinds.ALL]
    if unknown:
        print(f"lab: no such kind: {', '.join(unknown)}. There are: {', '.join(kinds.ALL)}", file=sys.stderr)
        return 2
    lab = Lab(roots(), stays=True)
    config = lab.room.directory / "ssh_config"
    for name in names:
        host = lab.host(kinds.ALL[name])
        print(f"ssh -F {config} {host.name}    # {name}, {host.address}, as {host.made.user}", flush=True)
    print("They can reach each other and nobody else. Take them down with: make lab-down")
    return 0


def _down() -> int:
    for directory, lease in standing():
        if is_owned(lease):
            print(f"lab: {directory.name} is left: tests that are running hold it (process {lease['owner']})")
        elif not is_ours(lease) and not is_over(lease):
            print(
                f"lab: {directory.name} is left: it is of another checkout, {lease.get('checkout', 'not said')}"
            )
        else:
            take_down(directory, lease)
            print(f"lab: {directory.name} is gone")
    return 0


def _list() -> int:
    for directory, lease in standing():
        state = "tests hold it" if is_owned(lease) else "left by a crash" if is_over(lease) else "stays"
        state += "" if is_ours(lease) else f", of another checkout ({lease.get('checkout', 'not said')})"
        print(f"{directory.name}: {state}; ssh -F {directory}/ssh_config chat-1")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
