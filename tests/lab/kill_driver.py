"""Runs on a lab host with the wizard's own Python: one task a line in, one result a line out. No part of the product.

Over one connection, because a login for each command would double the time of a matrix of some hundred points. What
the wizard does is done by its own processes; read back is by its own functions.
"""

import contextlib
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time

from wizard.apply.journal import parse_line
from wizard.apply.runs import all_runs
from wizard.model.plain import plain
from wizard.workflow.standing import status

CONTROL = "/run/lab-kill"
SESSION = "/var/lib/cometchat-wizard"
APPLY = ("cometchat-wizard", "apply", "--yes", "--answers", "/srv/answers.yaml")
UNDO = ("cometchat-wizard", "undo", "--all", "--yes")
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


def main():
    host = Host()
    for line in sys.stdin:
        task = json.loads(line)
        began, used = time.monotonic(), os.times()
        result = getattr(host, task.pop("do"))(**task)
        result["seconds"] = time.monotonic() - began
        # Without the runners: their parent is init.
        result["cpu_seconds"] = sum(os.times()[:4]) - sum(used[:4])
        print(json.dumps(result), flush=True)


class Host:
    """This host. start, applied: what it is before, and after an installation without a kill."""

    def __init__(self):
        self.start = self.applied = self.answers = None
        self.files = {}

    def count(self):
        """An installation and its undoing without a kill: what points there are, and what the host then is."""
        bare = snapshot()
        found = {"first": [ran(APPLY), ran(UNDO)]}
        self.start = snapshot()
        found["kept"] = differences(bare, self.start)
        tree_before = tree()
        shutil.rmtree(SESSION)
        with control("count"):
            found["apply"] = ran(APPLY)
            found["points"] = listed("points")
        found["steps"] = done_steps()
        self.applied, self.answers = snapshot(), answers()
        found["changed"] = differences(self.start, self.applied)
        shutil.copytree(SESSION, f"{COPIES}/session")
        changed = differences(tree_before, tree())
        self.files["applied"] = Files("applied", changed)
        with control("count"):
            found["undo"] = ran(UNDO)
            found["undo_points"] = listed("points")
        found["left"] = differences(self.start, snapshot())
        self.files["start"] = Files("start", changed)
        return found

    def apply(self, point, undo):
        """Killed at the point while it installs, then applied again; undo: then undone."""
        self.put_back("start")
        with control("kill", point):
            result = self.look(ran(APPLY))
        result["again"] = ran(APPLY)
        result["steps"] = done_steps()
        result["differs"] = differences(self.applied, snapshot())
        result["answers_differ"] = answers() != self.answers
        if undo:
            result["undo"] = ran(UNDO)
            result["left"] = differences(self.start, snapshot())
        return result

    def give_up(self, point, undo):
        """Killed at the point while it installs, then undone at once."""
        self.put_back("start")
        with control("kill", point):
            result = self.look(ran(APPLY))
        return self._undone_again(result)

    def undo(self, point, undo):
        """Applied, killed at the point while it is undone, then undone again."""
        self.put_back("applied")
        with control("kill", point):
            result = self.look(ran(UNDO))
        return self._undone_again(result)

    def _undone_again(self, result):
        result["again"] = ran(UNDO)
        result["steps"] = done_steps()
        result["answers_differ"] = os.path.exists(f"{SESSION}/session.json") and answers() != self.answers
        result["left"] = differences(self.start, snapshot())
        return result

    def put_back(self, name):
        """The host as it was, and the session with it. Faster than by the wizard; that it is so is looked at."""
        shutil.rmtree(SESSION, ignore_errors=True)
        self.files[name].put_back()
        if name == "applied":
            shutil.copytree(f"{COPIES}/session", SESSION)
        wanted = {"start": self.start, "applied": self.applied}[name]
        assert not differences(wanted, snapshot()), differences(wanted, snapshot())

    def look(self, first):
        was_killed = os.path.exists(CONTROL + "/killed")
        wait_for_runners()
        try:
            said = plain(status(SESSION))
        except Exception as error:  # noqa: BLE001 - told as what status said
            said = {"state": f"status failed: {error!r}"}
        return {"first": first, "was_killed": was_killed, "status": said, "unreadable": unreadable()}


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


class control:
    """The spy's directory, there inside the block."""

    def __init__(self, name, text=""):
        self.name, self.text = name, text

    def __enter__(self):
        shutil.rmtree(CONTROL, ignore_errors=True)
        os.mkdir(CONTROL)
        with open(f"{CONTROL}/{self.name}", "w", encoding="utf-8") as file:
            file.write(self.text)

    def __exit__(self, *_exception):
        shutil.rmtree(CONTROL, ignore_errors=True)


def listed(name):
    with open(f"{CONTROL}/{name}", encoding="utf-8") as file:
        return file.read().splitlines()


def ran(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def wait_for_runners():
    """A runner that outlives its starter does its work to the end."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and any(run.pid is not None for run in all_runs(SESSION)):
        time.sleep(0.02)


def done_steps():
    """For each run, the oldest first: its steps and how they ended (None: they did not)."""
    found = []
    for run in reversed(all_runs(SESSION)):
        steps: dict[str, str | None] = {}
        for event in map(parse_line, lines(run.journal)):
            if event is not None and event.step is not None:
                steps[event.step] = event.status or steps.get(event.step)
        found.append(steps)
    return found


def lines(path):
    try:
        with open(path, "rb") as file:
            return [line for line in file.read().split(b"\n") if line]
    except FileNotFoundError:
        return []


def unreadable():
    """Journal lines of the last run that are no events, but for a torn last one."""
    runs = all_runs(SESSION)
    found = [parse_line(line) for line in lines(runs[0].journal)] if runs else []
    return sum(event is None for event in found[:-1])


def answers():
    with open(f"{SESSION}/session.json", encoding="utf-8") as file:
        return json.load(file)["answers"]


# ------------------------------------------------------------------------------------------ what the host is


def snapshot():
    """What this host is, by name."""
    found = {f"kernel {name}": value for name, value in kernel().items()}
    form = "${binary:Package}\\t${db:Status-Abbrev} ${Version}\\n"
    for line in said("dpkg-query", "-W", "-f", form):
        name, _, state = line.partition("\t")
        found[f"package {name}"] = state
    for directory, _, names in os.walk("/etc"):
        for path in (directory, *(os.path.join(directory, name) for name in names)):
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


if __name__ == "__main__":
    main()
