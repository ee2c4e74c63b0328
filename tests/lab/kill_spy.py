"""The lab's own: kills the wizard's processes at a named point of their record keeping. No part of the product.

A `.pth` file (on a lab host) or a `sitecustomize` (on this machine) imports it into every Python of the environment; it
does nothing unless the control directory is there. `count` in it: each point that is passed is added to `points`.
`kill`: the name of the point at which the process ends by SIGKILL, once (`killed` is its place then).

A record is what the wizard keeps of its own work: lines of the journal but for `step-output`, and the files in PLACES.
Besides records there are the files of the host that the runner writes, and the commands that it starts.
"""

import collections
import json
import os
import re
import signal

PLACE = "COMETCHAT_LAB_KILL"
PLACES = re.compile(r"(run\.json|plan\.json|records\.json|kept-[0-9a-f]+|session\.json)\Z")
TEMPORARY = re.compile(r"\.(.+)\.\d+\.[0-9a-f]{10}\.tmp\Z")
SAID = {b"Unpacking ": "unpacking", b"Setting up ": "setting-up", b"Removing ": "removing"}


class Spy:
    """Stands before a few functions of `os`; knows which open file is which record."""

    def __init__(self, control, who):
        self.control = control
        self.who = who
        self.counted: collections.Counter[str] = collections.Counter()
        self.begun = {}
        self.step = ""
        self.files = {}  # descriptor: directory and name of the file that it will be
        self.labels = {}  # descriptor or temporary name: the record that is written through it
        self.synced = {}  # a directory's descriptor: the record that was renamed into it
        self.due = None  # the command that the next child does
        self.speaking = None  # the command that may still say something of SAID
        self.said = {}
        self.heard = b""  # the end of what was read before: a word may come in two parts
        self.real = {
            name: getattr(os, name) for name in ("open", "write", "fsync", "rename", "close", "read")
        }
        for name in self.real:
            setattr(os, name, getattr(self, name))
        import _posixsubprocess

        self.fork_exec = _posixsubprocess.fork_exec
        _posixsubprocess.fork_exec = self.start

    # ------------------------------------------------------------------------------------- what stands before os

    def open(self, path, flags, mode=0o777, *, dir_fd=None):
        descriptor = self.real["open"](path, flags, mode, dir_fd=dir_fd)
        name = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        if name.endswith("/journal.jsonl") and flags & os.O_APPEND:
            self.files[descriptor] = ("", name)
        elif flags & os.O_EXCL and dir_fd is not None and TEMPORARY.match(name):
            self.files[descriptor] = (os.readlink(f"/proc/self/fd/{dir_fd}"), name)
        return descriptor

    def write(self, descriptor, data):
        where = self.files.get(descriptor)
        if where is None or descriptor in self.labels:
            return self.real["write"](descriptor, data)
        label = self.label(where[0], where[1], bytes(data))
        if label is None:
            return self.real["write"](descriptor, data)
        self.keep(label, bytes(data))
        self.reach(label, "before")
        if where[1].endswith("/journal.jsonl"):
            if self.is_wanted(label, "torn"):
                self.real["write"](descriptor, bytes(data)[: len(data) // 2])
            self.reach(label, "torn")
            self.labels[descriptor] = label
        else:
            self.labels[descriptor] = self.labels[where[1]] = label
        return self.real["write"](descriptor, data)

    def fsync(self, descriptor):
        self.real["fsync"](descriptor)
        if self.files.get(descriptor, ("", ""))[1].endswith("/journal.jsonl"):
            label = self.labels.pop(descriptor, None)
        else:
            label = self.synced.pop(descriptor, None)
        if label is not None:
            self.reach(label, "after")

    def rename(self, old, new, *, src_dir_fd=None, dst_dir_fd=None):
        temporary = os.path.basename(os.fsdecode(old))
        label = self.labels.pop(temporary, None)
        if label is not None:
            self.reach(label, "torn")
            self.synced[dst_dir_fd] = label
        backup = temporary.startswith(".session.json.bak.") and label is None
        if backup:
            label = self.count("session.json.bak")
            self.reach(label, "before")
        self.real["rename"](old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        if backup:
            self.reach(label, "after")

    def close(self, descriptor):
        self.files.pop(descriptor, None)
        self.labels.pop(descriptor, None)
        self.synced.pop(descriptor, None)
        self.real["close"](descriptor)

    def read(self, descriptor, size):
        data = self.real["read"](descriptor, size)
        if self.speaking is not None:
            heard, self.heard = self.heard + data, data[-20:]
            for words, stage in list(self.said.items()):
                if words in heard:
                    del self.said[words]
                    self.reach(self.speaking, stage)
        return data

    def start(self, *arguments):
        child = self.fork_exec(*arguments)
        if self.due is not None:
            self.speaking, self.said, self.due = self.due, dict(SAID), None
            self.heard = b""
            self.reach(self.speaking, "started")
        return child

    # ------------------------------------------------------------------------------------- which record it is

    def label(self, directory, name, data):
        if name.endswith("/journal.jsonl"):
            event = json.loads(data)
            if event["event"] == "step-output":
                return None
            self.due = self.speaking = None
            self.step = event["step"] or ""
            return " ".join(filter(None, ("journal", event["event"], event["step"], event["status"])))
        target = TEMPORARY.sub(r"\1", name)
        found = PLACES.match(target)
        if found is None or not self.is_ours(directory):
            return self.count(f"file {directory}/{target}") if self.who == "runner" else None
        if target == "records.json":
            self.due = self.speaking = None
            last = json.loads(data)["steps"][-1]
            if last["begun"] != self.begun.get(last["step"], 0):
                self.begun[last["step"]] = last["begun"]
                self.due = f"command {last['step']} {last['begun']}"
            return self.count(f"records {last['step']}")
        if target == "run.json":
            found = json.loads(data)
            if found["exit_code"] is not None:
                return "run.json ended"
            if found.get("command"):
                return self.count("run.json command")
            return "run.json created" if found["process"] is None else "run.json claimed"
        if target.startswith("kept-"):
            return self.count(f"kept {self.step}")
        return target if target == "plan.json" else self.count(target)

    def is_ours(self, directory):
        return os.path.basename(os.path.dirname(directory)) == "runs" or os.path.exists(directory + "/lock")

    def count(self, label):
        self.counted[label] += 1
        return f"{label} {self.counted[label]}"

    # ------------------------------------------------------------------------------------- what is done there

    def is_wanted(self, label, stage):
        try:
            with open(self.control + "/kill", encoding="utf-8") as file:
                return file.read() == f"{self.who}: {label}, {stage}"
        except OSError:
            return False

    def keep(self, label, data):
        """While points are counted: what each save of a session was to hold."""
        if label.startswith("session.json ") and os.path.exists(self.control + "/count"):
            with open(f"{self.control}/{label}", "wb") as file:
                file.write(data)

    def reach(self, label, stage):
        if os.path.exists(self.control + "/count"):
            with open(self.control + "/points", "a", encoding="utf-8") as file:
                file.write(f"{self.who}: {label}, {stage}\n")
        if self.is_wanted(label, stage):
            self.real["rename"](self.control + "/kill", self.control + "/killed")
            os.kill(os.getpid(), signal.SIGKILL)


def watch():
    control = os.environ.get(PLACE) or "/run/lab-kill"
    if not os.path.isdir(control):
        return
    with open("/proc/self/cmdline", "rb") as file:
        words = file.read().split(b"\0")
    if b"run-plan" in words:
        Spy(control, "runner")
    elif any(b"wizard" in word for word in words) and b"status" not in words:
        Spy(control, "wizard" if os.isatty(0) else "starter")


watch()
