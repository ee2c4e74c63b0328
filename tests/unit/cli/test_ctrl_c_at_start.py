"""Ctrl-C while the process still imports: it is gone without a word. Real processes that get it at a known import."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[3])
# The signal comes in the very moment in which the module is looked for: nothing is timed.
START = f"""
import os, sys
sys.path.insert(0, {ROOT!r})

class AtImport:
    def find_spec(name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(AtImport)
            os.kill(os.getpid(), 2)

wanted = sys.argv.pop(1)
sys.modules.pop(wanted, None)
sys.meta_path.insert(0, AtImport)
from wizard.__main__ import main
sys.exit(main())
"""


def _interrupted_at(module: str, *, is_ignored: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", START, module, "estimate", "--mau", "10000"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN if is_ignored else signal.SIG_DFL),
    )


@pytest.mark.parametrize(
    "module", ["wizard.cli.environment", "wizard.model.failure", "wizard.cli.leaving", "wizard.cli.main"]
)
def test_it_is_gone_by_the_signal_and_says_nothing(module: str) -> None:
    done = _interrupted_at(module)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_before_signals_can_be_set_it_is_as_quiet() -> None:
    done = _interrupted_at("signal")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_once_a_command_is_at_work_it_says_that_it_was_interrupted() -> None:
    done = _interrupted_at("wizard.cli.estimate")
    assert done.returncode == 130 and done.stderr.strip() == "Interrupted. Nothing more is done."


@pytest.mark.parametrize("module", ["wizard.cli.main", "wizard.cli.estimate"])
def test_where_it_is_ignored_it_stays_so(module: str) -> None:
    done = _interrupted_at(module, is_ignored=True)
    assert done.returncode == 0 and "vCPU" in done.stdout and done.stderr == ""
