"""Prints the table; exit code 1 where a target is missed."""

from __future__ import annotations

import argparse
import os
import platform
import sys

from bench.commands import measure_commands
from bench.pages import measure_first_page, measure_keys
from bench.runs import measure_runs
from bench.table import lines


def main() -> int:
    """Runs all of it: about a minute."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each command that is timed (15)")
    parser.add_argument("--idle", type=float, default=5, help="seconds without a key (5)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, 80x24, TERM=xterm-256color")
    rows = [
        *measure_commands(options.runs),
        *measure_first_page(options.runs),
        *measure_keys(options.idle),
        *measure_runs(10),
    ]
    print("\n".join(lines(rows)))
    missed = [row.what for row in rows if not row.passed]
    if missed:
        print(f"Missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
