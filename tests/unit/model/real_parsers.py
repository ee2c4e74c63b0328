"""What the programs that read our files make of them: systemd, apt, NGINX, bash, sysctl, a reader of Markdown."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

SYSTEMD = "/lib/systemd/systemd"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SYSCTL = shutil.which("sysctl") or shutil.which("sysctl", path="/usr/sbin")

has_systemd = pytest.mark.skipif(
    not os.path.exists(SYSTEMD) or shutil.which("setpriv") is None,
    reason="systemd or setpriv is not installed here",
)
has_apt = pytest.mark.skipif(shutil.which("apt-config") is None, reason="apt is not installed here")
has_nginx = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="nginx or openssl is not installed here"
)
has_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed here")
has_sysctl = pytest.mark.skipif(SYSCTL is None, reason="sysctl is not installed here")
_NOBODY = 65534


def _run(*argv: str, check: bool = True, **environ: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        argv,
        capture_output=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environ},
    )
    assert done.returncode == 0 or not check, done.stderr.decode(errors="replace")
    return done


def unit_as_systemd_reads_it(drop_in: str) -> list[str]:
    """The lines by which the drop-in changes a service, as systemd dumps it (`Environment: A=b`)."""
    # systemd refuses to test anything as root, so this is a place that anybody may read.
    with tempfile.TemporaryDirectory(prefix="cometchat-units-") as name:
        os.chmod(name, 0o755)
        plain = _dumped(Path(name, "plain"), None)
        changed = _dumped(Path(name, "changed"), drop_in)
    return [line for line in changed if line not in plain]


def _dumped(directory: Path, drop_in: str | None) -> list[str]:
    service = directory / "docker.service"
    (directory / "docker.service.d").mkdir(parents=True)
    service.write_text("[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/true\n")
    if drop_in is not None:
        (directory / "docker.service.d" / "05.conf").write_text(drop_in, encoding="utf-8")
    argv = [
        SYSTEMD,
        "--test",
        "--system",
        "--unit=docker.service",
        "--log-level=warning",
        "--log-target=console",
    ]
    if os.geteuid() == 0:
        argv = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *argv]
    done = _run(*argv, HOME=str(directory), SYSTEMD_UNIT_PATH=str(directory), XDG_RUNTIME_DIR=str(directory))
    told = [line for line in done.stderr.decode(errors="replace").splitlines() if "05.conf" in line]
    assert not told, told
    text = done.stdout.decode().replace(str(directory), "DIRECTORY")
    _, _, ours = text.partition("\t-> Unit docker.service:\n")
    lines = re.split(r"\n(?:\t-> Unit |-> By jobs)", ours)[0].splitlines()
    assert any("ExecStart" in line for line in lines)
    moving = ("Timestamp", "DropIn Path", "InvocationID", "CGroup", "-> Job", "Action:", "State:")
    return [line.strip() for line in lines if not any(word in line for word in moving)]


def apt_setting(directory: Path, text: str) -> dict[str, str]:
    """What a file adds to apt's own settings, key to value."""
    file = directory / "05test"
    file.write_text(text, encoding="utf-8")
    before, after = (
        _run("apt-config", "dump", APT_CONFIG=path).stdout.decode().splitlines() for path in ("", str(file))
    )
    found = {}
    for line in after:
        if line not in before and not line.startswith("APT::Config"):
            key, _, value = line.partition(" ")
            found[key] = value.removeprefix('"').removesuffix('";')
    return found


def apt_addresses(directory: Path, text: str) -> list[str]:
    """What apt would fetch first from these sources; nothing is fetched."""
    (directory / "docker.list").write_text(text, encoding="utf-8")
    options = (
        f"Dir::Etc::sourcelist={directory}/docker.list",
        "Dir::Etc::sourceparts=-",
        f"Dir::State::lists={directory}",
        "APT::Architecture=amd64",
        "Debug::NoLocking=1",
    )
    words = [part for option in options for part in ("-o", option)]
    done = _run("apt-get", "update", "--print-uris", *words)
    return [line.split("'")[1] for line in done.stdout.decode().splitlines() if line.startswith("'")]


def sysctl_settings(path: Path, text: str) -> list[str]:
    """What sysctl would set."""
    path.write_text(text, encoding="utf-8")
    assert SYSCTL
    return _run(SYSCTL, "--dry-run", "-e", "-p", str(path), check=False).stdout.decode().splitlines()


def words_of_bash(command: str) -> list[str]:
    """The words of a command as bash takes them."""
    shown = f"f() {{ printf '%s\\0' \"$@\"; }}; f {command}"
    done = subprocess.run(
        ["bash", "-c", shown],
        capture_output=True,
        timeout=60,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


def nginx_takes(directory: Path, blocks: Sequence[str]) -> str:
    """ "" where NGINX takes these blocks, else what it says."""
    assert NGINX
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in kinds)
    (directory / "nginx.conf").write_text(
        f"pid {directory}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}"
        + "\n".join(blocks)
        + "\n}\n",
        encoding="utf-8",
    )
    done = _run(NGINX, "-t", "-p", str(directory), "-c", str(directory / "nginx.conf"), check=False)
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace")


def certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate and its key, for a test."""
    crt, key = directory / "a.crt", directory / "a.key"
    _run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2",
        "-keyout", str(key), "-out", str(crt),
    )  # fmt: skip
    return crt, key


def variables_of_sh(path: Path, names: Sequence[str]) -> Mapping[str, str]:
    """What sh knows after it has read the file, and that it knows nothing else."""
    done = _run("sh", "-c", f"set -a; . {path}; env -0")
    found = dict(item.split("=", 1) for item in done.stdout.decode().split("\0") if item)
    more = set(found) - {*names, "PATH", "LC_ALL", "PWD", "_", "SHLVL", "OLDPWD"}
    assert not more
    return {name: found[name] for name in names}
