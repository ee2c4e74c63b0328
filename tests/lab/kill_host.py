"""What a lab host is, and how it is put back. Runs on the host for `kill_driver.py`; no part of the product."""

import contextlib
import hashlib
import os
import shutil
import stat
import subprocess

SESSION = "/var/lib/cometchat-wizard"
COPIES = "/root/lab-kill"
# What is no part of the host's state: the kernel's, the lab's, logs, and the wizard's own (which is dealt with apart).
ELSEWHERE = (
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/tmp",
    "/srv",
    "/root",
    "/opt",
    "/var/log",
    "/var/lib/docker",
    SESSION,
)
SYSTEMD = "/run/systemd/system"
SERVICES = ("docker.socket", "docker.service", "containerd.service")
LARGE_BYTES = 1 << 20
KERNEL = ("fs/file-max", "fs/nr_open")


def snapshot():
    """What this host is, by name."""
    found = {f"kernel {name}": value for name, value in kernel().items()}
    form = "${binary:Package}\\t${db:Status-Abbrev} ${Version}\\n"
    for line in said("dpkg-query", "-W", "-f", form):
        name, _, state = line.partition("\t")
        found[f"package {name}"] = state
    for directory, directories, names in os.walk("/etc"):
        for path in (os.path.join(directory, name) for name in (*directories, *names)):
            found[f"file {path}"] = state_of(path)
    for program in ("iptables", "ip6tables"):
        for line in said(f"{program}-save"):
            if line.startswith("-A ") and "ufw" in line:
                name = f"{program} {line}"
                found[name] = found.get(name, 0) + 1
    if os.path.isdir(SYSTEMD):
        for name in SERVICES:
            for word in ("is-enabled", "is-active"):
                found[f"service {name} {word}"] = " ".join(said("systemctl", word, name))
    return found


def state_of(path):
    found = os.lstat(path)
    content = ""
    if stat.S_ISLNK(found.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(found.st_mode):
        with open(path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
    return f"{found.st_mode:o} {found.st_uid}:{found.st_gid} {content}"


def kernel():
    """The settings that steps may raise; those of the network are this host's alone."""
    names = [*KERNEL, *(f"net/core/{name}" for name in os.listdir("/proc/sys/net/core"))]
    found = {}
    for name in names:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/sys/{name}", encoding="ascii") as file:
            found[name] = file.read(200)
    return found


def tree():
    """Every path of the host's own, and what tells that it has changed."""
    found = {}
    waiting = ["/"]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.path in ELSEWHERE:
                    continue
                state = entry.stat(follow_symlinks=False)
                is_directory = entry.is_dir(follow_symlinks=False)
                if is_directory:
                    waiting.append(entry.path)
                time_ns = 0 if is_directory else state.st_mtime_ns
                size = 0 if is_directory else state.st_size
                found[entry.path] = (state.st_mode, state.st_uid, state.st_gid, size, time_ns)
    return found


def said(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=60).stdout.splitlines()
    except OSError:
        return []


def differences(before, after):
    """What is not the same, by name: (before, after)."""
    names = before.keys() | after.keys()
    return {n: (before.get(n), after.get(n)) for n in sorted(names) if before.get(n) != after.get(n)}


class Files:
    """Files of the host that an installation changes, as they are at this moment; rules, settings, services."""

    def __init__(self, name, paths):
        self.paths = sorted(paths)
        self.copies = f"{COPIES}/{name}"
        self.kernel = kernel()
        self.rules = {program: said(f"{program}-save") for program in ("iptables", "ip6tables")}
        self.running = running()
        for path in self.paths:
            if os.path.lexists(path):
                self._copy(path, self.copies + path)

    def put_back(self):
        if running():
            subprocess.run(["systemctl", "stop", *SERVICES], capture_output=True)
        for path in reversed(self.paths):
            if os.path.lexists(path) and not os.path.lexists(self.copies + path):
                (shutil.rmtree if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)
        for path in self.paths:
            if os.path.lexists(self.copies + path):
                self._copy(self.copies + path, path)
        for program, lines in self.rules.items():
            text = "".join(f"{line}\n" for line in lines)
            subprocess.run([f"{program}-restore"], input=text, text=True, check=True)
        for name, value in kernel().items():
            if value != self.kernel[name]:
                with open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
                    file.write(self.kernel[name])
        if os.path.isdir(SYSTEMD):
            subprocess.run(["systemctl", "daemon-reload"], check=True)
            subprocess.run(["systemctl", "reset-failed"], check=True)
        if self.running:
            subprocess.run(["systemctl", "start", *self.running], check=True)

    def _copy(self, source, target):
        found = os.lstat(source)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if stat.S_ISDIR(found.st_mode):
            os.makedirs(target, exist_ok=True)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(target)
            if found.st_size > LARGE_BYTES:
                # A program: nobody writes into it, it is replaced.
                os.link(source, target)
                return
            # Not the times: apt trusts its cache by them.
            shutil.copyfile(source, target, follow_symlinks=False)
        os.chown(target, found.st_uid, found.st_gid, follow_symlinks=False)
        if not stat.S_ISLNK(found.st_mode):
            os.chmod(target, stat.S_IMODE(found.st_mode))


def running():
    """Those of SERVICES that are at work."""
    if not os.path.isdir(SYSTEMD):
        return []
    return [name for name in SERVICES if said("systemctl", "is-active", name) == ["active"]]
