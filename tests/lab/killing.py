"""Killing the wizard at every point of its record keeping: the spy and the driver on hosts, and what must then hold."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.journeys.packages import ACCEPTED
from tests.lab.host import Host
from tests.lab.places import environment

HERE = Path(__file__).parent
SPY = HERE / "kill_spy.py"
# A product that is broken altogether need not be tried at every point.
ENOUGH_FAILED = 12
# What is done again by every run that installs anything: reading the package lists has no effect that could come twice.
REPEATED = {"refresh-packages"}

Do = Literal["apply", "give_up", "undo"]
Result = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One point. apply: of an installation that is then gone on with, and undone; undo_point: killed there meanwhile.
    give_up: of one that is then undone as it is. undo: of an undoing that is then gone on with.
    """

    do: Do
    point: str
    undo_point: str = ""

    def __str__(self) -> str:
        also = f", and undo at {self.undo_point}" if self.undo_point else ""
        return f"{self.do.replace('_', ' ')} at {self.point}{also}"

    def asked(self) -> dict[str, object]:
        return {"point": self.point, "undo": True, "undo_point": self.undo_point}


@dataclass
class Matrix:
    """What became of every point. problems: where something did not hold, and what."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    problems: dict[str, list[str]] = field(default_factory=dict)

    def take(self, task: Task, result: Result) -> None:
        """Count the points at which something was killed."""
        self.counts[task.do] += result["was_killed"]
        if task.undo_point:
            self.counts["undo"] += result["undoing"]["was_killed"]

    def __str__(self) -> str:
        killed = ", ".join(f"{do.replace('_', ' ')} at {number} points" for do, number in self.counts.items())
        all_of_them = "all held" if not self.problems else f"{len(self.problems)} did not hold"
        said = [f"Kill matrix: killed {killed}: {all_of_them}; {self.seconds / 60:.1f} min."]
        said += [f"  {name}: {'; '.join(what)}" for name, what in self.problems.items()]
        return "\n".join(said)


def put_answers(host: Host, skipped: Sequence[str]) -> None:
    """/srv/answers.yaml: a production size (its kernel settings are a step), and every step but `skipped`."""
    lines = [
        "apiVersion: cometchat-wizard/v1",
        "kind: Answers",
        "usage: {environment: production, mau: 1000}",
    ]
    lines += ["software: {docker_from: distribution}", "accepted:"]
    lines += [f"  - {{id: {ident}, reason: a lab host}}" for ident in ACCEPTED]
    lines += ["skipped:", *(f"  - {{step: {step}, reason: not here}}" for step in skipped)]
    host.inside("/srv/answers.yaml").write_text("\n".join(lines) + "\n")


class Worker:
    """A host with the spy in the wizard's environment and the driver listening over one login."""

    def __init__(self, host: Host) -> None:
        self.host = host
        places = host.run("ls -d /opt/cometchat-wizard/current/lib/python3*/site-packages").split()
        for place in places:
            _put(host, f"{place}/lab_kill.py", SPY.read_text())
            _put(host, f"{place}/lab_kill.pth", "import lab_kill\n")
            for name in ("kill_driver.py", "kill_host.py"):
                _put(host, f"{place}/tests/lab/{name}", (HERE / name).read_text())
        python = f"{places[0].split('/lib/')[0]}/bin/python"
        self._log = host.directory / "driver.log"
        with open(self._log, "w") as log:
            self._process = subprocess.Popen(
                host.ssh(python, "-I", "-m", "tests.lab.kill_driver", user="root"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment(),
            )

    def ask(self, do: str, **more: object) -> Result:
        """Do one task there. RuntimeError with what the driver said where it ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"the driver ended: {self._log.read_text()[-2000:]}")
        found: Result = json.loads(line)
        return found

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def _put(host: Host, path: str, text: str) -> None:
    done = host.try_run(f"mkdir -p $(dirname {path}) && cat > {path}", user="root", text=text)
    assert done.returncode == 0, done.stderr


class Crew:
    """Hosts that share the points among them. make: brings up one that is ready to be applied to."""

    def __init__(self, make: Callable[[], Host]) -> None:
        self._make = make
        self._making = threading.Lock()
        self._workers: list[Worker] = []
        self.counted: list[Result] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_exception: object) -> None:
        for worker in self._workers:
            worker.close()

    def grow(self, number: int) -> None:
        made = [self._worker() for _ in range(number)]
        with ThreadPoolExecutor(number) as pool:
            self.counted = list(pool.map(self._count, made))
        self._workers = made

    def do_all(self, tasks: Sequence[Task], holds: Callable[[Task, Result], list[str]]) -> Matrix:
        """Every task on the first host that is free; one that a task left as it should not be is replaced."""
        began = time.monotonic()
        found = Matrix()
        waiting = deque(tasks)

        def work(index: int) -> None:
            while waiting and len(found.problems) < ENOUGH_FAILED:
                try:
                    task = waiting.popleft()
                except IndexError:
                    return
                try:
                    result = self._workers[index].ask(task.do, **task.asked())
                    problems = holds(task, result)
                    found.take(task, result)
                    if task.undo_point and not result["undoing"]["was_killed"]:
                        # What the second run did is undone as well, so its points may be others.
                        waiting.append(Task("undo", task.undo_point))
                except RuntimeError as error:
                    problems = [str(error)]
                if problems:
                    found.problems[str(task)] = problems
                    print(f"{task}: {'; '.join(problems)}", flush=True)
                    self._workers[index].close()
                    self._workers[index] = self._worker()
                    self._count(self._workers[index])

        with ThreadPoolExecutor(len(self._workers)) as pool:
            list(pool.map(work, range(len(self._workers))))
        found.seconds = time.monotonic() - began
        if waiting:
            found.problems["the rest"] = [f"{len(waiting)} were not tried: {ENOUGH_FAILED} had failed"]
        return found

    def _worker(self) -> Worker:
        with self._making:
            return Worker(self._make())

    def _count(self, worker: Worker) -> Result:
        return worker.ask("count")


def what_does_not_hold(task: Task, result: Result, *, systemd: bool) -> list[str]:
    """In words; [] where all is as without the kill."""
    found = [] if result["was_killed"] else ["nothing was killed there"]
    found += _said_after(task, result, systemd)
    if task.undo_point and result["undoing"]["was_killed"]:
        found += _said_after(Task("undo", task.undo_point), result["undoing"], systemd)
    for name in ("again", "undo"):
        done = result.get(name)
        if done is not None and done["code"] != 0:
            found.append(f"{name} ended with {done['code']}: {_tail(done)}")
    if "Traceback" in json.dumps(result):
        found.append("a traceback was shown")
    found += [f"{step} was done twice" for step in _twice(result["steps"])]
    for name, what in (("differs", "after the second run"), ("left", "after undo")):
        if result.get(name):
            found.append(f"{what} the host differs: {json.dumps(result[name])[:600]}")
    if result["answers_differ"]:
        found.append("the session's answers differ")
    return found


def _said_after(task: Task, result: Result, systemd: bool) -> list[str]:
    """Of the command that was killed, or whose runner was, and of `status` and the journal after it."""
    found = []
    state, code = _expected(task, systemd)
    first, status = result["first"], result["status"]["state"]
    if status != state:
        found.append(f"status says {status}, not {state}")
    if first["code"] != code:
        found.append(f"the first one ended with {first['code']}, not {code}: {_tail(first)}")
    if result["unreadable"]:
        found.append(f"{result['unreadable']} lines of the journal can't be read")
    return found


def _tail(done: Result) -> str:
    return " | ".join((done["out"] + done["err"]).splitlines()[-4:])


def _twice(runs: list[dict[str, str | None]]) -> list[str]:
    """Steps that a run had done and a later one did again."""
    return [
        step
        for index, run in enumerate(runs)
        for step, status in run.items()
        if status == "done" and step not in REPEATED and any(step in later for later in runs[index + 1 :])
    ]


def _expected(task: Task, systemd: bool) -> tuple[str, int]:
    """What status must say after the kill, and how the command ends whose process, or whose runner, was killed."""
    who, _, rest = task.point.partition(": ")
    record, _, stage = rest.rpartition(", ")
    before = "done" if task.do == "undo" else "answering"
    is_over = stage == "after"
    if who == "starter":
        if record.startswith("session.json"):
            return ("answering" if is_over else "empty"), -9
        return ("interrupted" if record == "run.json created" and is_over else before), -9
    if record == "run.json claimed" and not is_over:
        # Under systemd it is tried once more, without a scope of its own.
        return ("done", 0) if systemd else ("interrupted", 1)
    if record.startswith("journal run-finished") or (record == "run.json ended" and is_over):
        return "done", 0
    return "interrupted", 6
