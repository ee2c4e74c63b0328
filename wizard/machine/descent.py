"""The process groups that a program has made below itself: apt gives dpkg a terminal and a session of its own."""

from __future__ import annotations

import os

from wizard.machine.marks import stat_fields


def groups_below(pid: int) -> frozenset[int]:
    """The process groups that are led by this process or by one that it started, however far down.

    A daemon that has left for good (its parent is process 1) is not among them.
    """
    children: dict[int, list[int]] = {}
    groups: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            one = int(name)
            parent, group = _parent_and_group(one)
            children.setdefault(parent, []).append(one)
            groups[one] = group
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children.get(one, [])
    return frozenset(group for one in found if (group := groups.get(one, 0)) in found)


def _parent_and_group(pid: int) -> tuple[int, int]:
    """(0, 0) for one that has just gone."""
    try:
        fields = stat_fields(pid)
        return int(fields[1]), int(fields[2])
    except (OSError, IndexError, ValueError):
        return 0, 0
