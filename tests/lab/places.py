"""Where the lab keeps things, and whether this machine can have one."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

# Program, and the Debian package that brings it (the Makefile's `system-packages` installs them).
PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "apt-ftparchive": "apt-utils",
    "ip": "iproute2",
    "iptables": "iptables",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}

CHECKOUT = Path(__file__).resolve().parents[2]


def cache_directory() -> Path:
    """Roots and labs; not in the checkout, so that they outlive it."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "cometchat-wizard-lab"


def environment() -> dict[str, str]:
    """For the lab's own commands: C locale, the administrator's programs on the PATH, packages as configured here."""
    kept = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return {
        "HOME": os.path.expanduser("~"),
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        **kept,
    }


@cache
def missing() -> str | None:
    """Why there can be no lab here, as half a sentence; None where there can be one."""
    if os.geteuid() != 0:
        return "the lab needs root (mounts, namespaces)"
    absent = [name for name in PROGRAMS if not shutil.which(name, path=environment()["PATH"])]
    if absent:
        packages = " ".join(sorted({PROGRAMS[name] for name in absent}))
        return f"the lab needs {', '.join(absent)} (apt-get install {packages})"
    probe = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "true"]
    done = subprocess.run(probe, capture_output=True, text=True, env=environment())
    if done.returncode != 0:
        return f"no namespaces can be made here: {done.stderr.strip()}"
    return None
