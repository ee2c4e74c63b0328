"""What is asked of paths that an operator gave, and asked in a process of its own where a file system may not answer.

Run as a program (a name and a path), it prints the value as JSON. It imports nothing of ours.
"""

from __future__ import annotations

import os
import stat
from typing import Any

TIMEOUT_SECONDS = 3.0
STAT_KEYS = ("f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_favail")


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


def file(path: str) -> dict[str, Any]:
    """{kind, readable}; kind: `file`, `directory`, `other`, `missing`, `denied` or `lost`. Nothing is opened."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return {"kind": "missing", "readable": False}
    except PermissionError:
        return {"kind": "denied", "readable": False}
    except (OSError, ValueError):
        return {"kind": "lost", "readable": False}
    kind = "directory" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
    return {"kind": kind, "readable": os.access(path, os.R_OK)}


VALUES = {"nearest": nearest, "statvfs": statvfs, "file": file}


def _main() -> None:
    import json
    import sys

    try:
        found = VALUES[sys.argv[1]](sys.argv[2])
    except (OSError, ValueError):
        found = None
    print(json.dumps(found))


if __name__ == "__main__":
    _main()
