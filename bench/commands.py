"""Whole commands, timed by turns so that a busy moment of the machine hits all of them alike."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.table import Row

ROOT = Path(__file__).resolve().parents[1]
WIZARD = (sys.executable, "-m", "wizard")
NOTHING = (sys.executable, "-I", "-c", "pass")
BARE_SURVEY = (sys.executable, str(ROOT / "bench/bare_survey.py"))


def environment(directory: str) -> dict[str, str]:
    """The caller's, with a home and a session of its own; .pyc files may be written, as in an installation."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONUTF8") if name in os.environ}
    return kept | {
        "HOME": directory,
        "COMETCHAT_WIZARD_SESSION": f"{directory}/session",
        "TERM": "xterm-256color",
    }


def seconds(argv: tuple[str, ...], variables: dict[str, str]) -> float:
    """Wall time of one run. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    subprocess.run(
        argv, env=variables, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
    )
    return time.perf_counter() - start


def medians(commands: dict[str, tuple[str, ...]], runs: int) -> dict[str, float]:
    """Milliseconds by name, after one run each that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as directory:
        variables = environment(directory)
        for turn in range(runs + 1):
            for name, argv in commands.items():
                taken = seconds(argv, variables)
                if turn:
                    times[name].append(taken * 1000)
    return {name: median(values) for name, values in times.items()}


def measure_commands(runs: int) -> list[Row]:
    """`estimate` against the bare interpreter, `survey` against a bare script."""
    fast = medians({"nothing": NOTHING, "estimate": (*WIZARD, "estimate", "--mau", "50000")}, runs)
    slow = medians({"bare": BARE_SURVEY, "survey": (*WIZARD, "survey", "--json")}, runs)
    return [
        Row(
            "`estimate --mau 50000` / `python -I -c pass`",
            fast["estimate"] / fast["nothing"],
            6,
            "x",
            f"{fast['estimate']:.0f} / {fast['nothing']:.0f} ms",
        ),
        Row(
            "`survey --json` / bare psutil and distro script",
            slow["survey"] / slow["bare"],
            2,
            "x",
            f"{slow['survey']:.0f} / {slow['bare']:.0f} ms",
        ),
    ]
