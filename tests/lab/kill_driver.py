"""Runs on a lab host with the wizard's own Python: one task a line in, one result a line out. No part of the product.

Over one connection, because a login for each command would double the time of a matrix of some hundred points. What
the wizard does is done by its own processes; read back is by its own functions.
"""

import json
import os
import shutil
import subprocess
import sys
import time

from tests.lab.kill_host import COPIES, SESSION, Files, differences, snapshot, tree
from wizard.apply.journal import parse_line
from wizard.apply.runs import all_runs
from wizard.model.plain import plain
from wizard.workflow.standing import status

CONTROL = "/run/lab-kill"
APPLY = ("cometchat-wizard", "apply", "--yes", "--answers", "/srv/answers.yaml")
UNDO = ("cometchat-wizard", "undo", "--all", "--yes")


def main():
    host = Host()
    for line in sys.stdin:
        task = json.loads(line)
        began = time.monotonic()
        result = getattr(host, task.pop("do"))(**task)
        result["seconds"] = time.monotonic() - began
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

    def apply(self, point, undo, undo_point=""):
        """Killed at the point while it installs, then applied again; undo: then undone, killed at undo_point first."""
        self.put_back("start")
        with control("kill", point):
            result = self.look(ran(APPLY))
        result["again"] = ran(APPLY)
        result["steps"] = done_steps()
        result["differs"] = differences(self.applied, snapshot())
        result["answers_differ"] = answers() != self.answers
        if undo_point:
            with control("kill", undo_point):
                result["undoing"] = self.look(ran(UNDO))
        if undo:
            result["undo"] = ran(UNDO)
            result["steps"] = done_steps()
            result["left"] = differences(self.start, snapshot())
        return result

    def give_up(self, point, **_more):
        """Killed at the point while it installs, then undone at once."""
        self.put_back("start")
        with control("kill", point):
            result = self.look(ran(APPLY))
        return self._undone_again(result)

    def undo(self, point, **_more):
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
        wanted = {"start": self.start, "applied": self.applied}[name]
        if differences(wanted, snapshot()):
            self.files[name].put_back()
            assert not differences(wanted, snapshot()), differences(wanted, snapshot())
        if name == "applied":
            shutil.copytree(f"{COPIES}/session", SESSION)

    def look(self, first):
        was_killed = os.path.exists(CONTROL + "/killed")
        wait_for_runners()
        try:
            said = plain(status(SESSION))
        except Exception as error:  # noqa: BLE001 - told as what status said
            said = {"state": f"status failed: {error!r}"}
        return {"first": first, "was_killed": was_killed, "status": said, "unreadable": unreadable()}


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


if __name__ == "__main__":
    main()
