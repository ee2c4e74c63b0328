"""The commands that only read, in this process and as a program, and what must hold whatever they are given."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.watching import TooLong, odd_characters, outside, watched
from tests.unit.cli.console import Ran, run

CHECKOUT = Path(__file__).parents[2]
# Exit code 1 is a fault of ours, whatever was read.
CODES = {0, 2, 3, 4, 5, 6, 7, 10, 130}
# Far more than any takes: this machine may have other work.
LIMIT_SECONDS = 20.0
# What undo asks of this host before it plans; all of them only read.
READING = {
    "dpkg-query",
    "apt-get",
    "rpm",
    "docker",
    "systemctl",
    "sysctl",
    "ufw",
    "iptables",
    "ip6tables",
    "nft",
    "firewall-cmd",
    "uname",
}

LOOKING: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("status", "--json"),
    ("check",),
    ("check", "--json"),
    ("plan",),
    ("plan", "--json"),
    ("answers",),
    ("answers", "--json"),
    ("attach",),
    ("attach", "--json"),
    ("undo", "--all"),
    ("undo", "--all", "--json"),
    ("undo", "write-files"),
)


@dataclass(frozen=True)
class Wrong:
    """What did not hold, in words, and on which command."""

    command: str
    what: str

    def __str__(self) -> str:
        return f"`{self.command}` {self.what}"


def looked(
    argv: Sequence[str], host: str, *allowed: str, codes: Iterable[int] = CODES, typed: str | None = None
) -> tuple[Ran | None, list[Wrong]]:
    """Run one in this process, over a recorded host. allowed: directories in which it may write."""
    command = " ".join(argv)
    ran: Ran | None = None
    with watched(LIMIT_SECONDS) as seen:
        try:
            ran = run(*argv, host=host, typed=typed)
        except TooLong:
            return None, [Wrong(command, f"does not end within {LIMIT_SECONDS:.0f} s")]
    wrong = what_is_wrong(ran.code, ran.out, ran.err, argv, codes)
    strangers = [words for words in seen.started if _program(words) not in READING]
    for what, found in (
        ("writes to", outside(seen.writes, *allowed)),
        ("starts", strangers),
        ("sends signals to", seen.signalled),
    ):
        if found:
            wrong.append(f"{what} {found[:3]}")
    return ran, [Wrong(command, what) for what in wrong]


def _program(words: Sequence[str]) -> str:
    """What is started behind the gate that is a shell (wizard/machine/local.py), else the program itself."""
    behind = words[words.index("sh") + 1 :] if words[0].endswith("/sh") and "sh" in words else words
    return os.path.basename(behind[0]) if behind else "sh"


def what_is_wrong(
    code: int, out: str, err: str, argv: Sequence[str], codes: Iterable[int] = CODES
) -> list[str]:
    """Of one command's words and end."""
    wrong = []
    if code not in codes or "fault of the program" in err:
        wrong.append(f"ended with {code}: {err[-300:]}")
    if "Traceback" in out + err:
        wrong.append("shows a traceback")
    odd = odd_characters(out + err)
    if odd:
        wrong.append(f"prints {sorted(map(ascii, odd))[:4]} raw")
    if "--json" in argv and not _is_json(out, argv):
        wrong.append(f"prints no JSON: {out[:120]!r}")
    if len(out) + len(err) > 4 << 20:
        wrong.append(f"prints {len(out) + len(err)} characters")
    return wrong


def _is_json(out: str, argv: Sequence[str]) -> bool:
    """One document, or an event a line; nothing at all where it ended with a sentence."""
    texts = out.splitlines() if "attach" in argv else [out] if out else []
    try:
        for text in texts:
            json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)


def started(
    argv: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    before: Sequence[str] = (),
    seconds: float = 60,
    memory_mib: int | None = None,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own. before: a program that it is started by."""
    limit = ["prlimit", f"--as={memory_mib << 20}"] if memory_mib else []
    return subprocess.run(
        [*before, *limit, sys.executable, "-m", "wizard", *argv],
        env=variables(environ),
        cwd="/",
        input=typed,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=seconds,
    )


def variables(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A small environment of its own."""
    return {
        "HOME": "/nonexistent",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        **(more or {}),
    }


def told(found: Mapping[str, Sequence[Wrong]], tried: int) -> str:
    """For a report: each sort of fault once, with an example of what led to it."""
    sorts: dict[str, str] = {}
    for name, wrong in found.items():
        for item in wrong:
            sorts.setdefault(re.sub(r"\d+", "N", str(item))[:200], f"{name}: {item}")
    return f"{len(found)} of {tried} did not hold:\n" + "\n".join(list(sorts.values())[:20])
