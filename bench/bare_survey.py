"""What `survey` is held against: psutil, distro and the same version commands in parallel, no more."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess

import distro
import psutil

COMMANDS = (
    ("docker", "compose", "version", "--short"),
    ("docker", "version", "--format", "{{json .}}"),
    ("git", "--version"),
    ("openssl", "version"),
    ("jq", "--version"),
    ("curl", "--version"),
    ("netstat", "--version"),
)


def main() -> None:
    """Starts the commands, reads the host while they run, prints one document."""
    running = [
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for argv in COMMANDS
        if shutil.which(argv[0])
    ]
    facts = {
        "os": [distro.id(), distro.version(), distro.name(pretty=True)],
        "cpu": [len(os.sched_getaffinity(0)), platform.machine()],
        "memory_bytes": psutil.virtual_memory().total,
        "swap": psutil.swap_memory().total,
        "disks": [part._asdict() for part in psutil.disk_partitions()],
        "usage": psutil.disk_usage("/")._asdict(),
        "listening": [
            [connection.laddr.port, connection.pid]
            for connection in psutil.net_connections("inet")
            if connection.laddr and connection.status == psutil.CONN_LISTEN
        ],
        "interfaces": {name: [a.address for a in rows] for name, rows in psutil.net_if_addrs().items()},
    }
    facts["versions"] = [program.communicate()[0].decode(errors="replace") for program in running]
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
