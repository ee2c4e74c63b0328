"""Real processes: what is imported, pipes that close, full disks, locales, arguments of the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[3])
ESTIMATE = ["estimate", "--mau", "10000"]


def _environ(**more: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))
    }
    return {**kept, "PYTHONPATH": ROOT, "LC_ALL": "C.UTF-8", **more}


def wizard(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`python -m wizard` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "wizard", *argv],
        env=_environ(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
    )


def _shell(script: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script.replace("WIZARD", f"{sys.executable} -m wizard")],
        env=_environ(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    "argv",
    [
        ESTIMATE,
        ["status"],
        ["survey"],
        ["check"],
        ["plan"],
        ["answers"],
        ["schema", "answers"],
        ["attach"],
        ["undo"],
    ],
)
def test_reading_commands_know_no_terminal_toolkit(argv: list[str], tmp_path: Path) -> None:
    code = (
        "import sys; from wizard.cli.main import main; main(sys.argv[1:]);"
        "heavy = {'textual', 'rich', 'plumbum'} & set(sys.modules); sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *argv, "--session", str(tmp_path / "s")],
        env=_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_estimate_imports_neither_yaml_nor_a_parser() -> None:
    code = (
        "import sys; from wizard.cli.main import main; main(['estimate', '--mau', '10000', '--json']);"
        "heavy = {'yaml', 'argparse', 'psutil', 'distro', 'socket', 'subprocess', 'logging', 'pathlib', 'shutil'}"
        " & set(sys.modules); sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {ROOT!r}); {code}"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_early() -> None:
    done = _shell("set -o pipefail; WIZARD schema answers | head -1")
    assert done.stdout == "{\n" and done.stderr == ""
    assert done.returncode == 0


def test_a_reader_that_was_never_there() -> None:
    done = _shell("WIZARD estimate --mau 10000 | true; echo ${PIPESTATUS[0]}")
    assert done.stdout.strip() == "0" and done.stderr == ""


@pytest.mark.parametrize("command", ["estimate --mau 10000", "schema answers", "--help", "status --json"])
def test_a_full_disk(command: str, tmp_path: Path) -> None:
    done = _shell(f"WIZARD {command} >/dev/full", COMETCHAT_WIZARD_SESSION=str(tmp_path / "s"))
    assert done.returncode == 7
    assert "disk is full" in done.stderr and "Traceback" not in done.stderr and "Exception" not in done.stderr


@pytest.mark.parametrize("redirect", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams(redirect: str) -> None:
    done = _shell(f"WIZARD estimate --mau 10000 {redirect}")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "more",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX"},
        {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"},
    ],
)
def test_any_locale(more: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(
        "usage: {mau: 300000}\naccepted: [{id: memory-short, reason: 'für später – ok'}]\n", encoding="utf-8"
    )
    for command in (
        ["estimate", "--mau", "300000"],
        ["answers"],
        ["answers", "--json"],
        ["status"],
        ["--help"],
    ):
        done = wizard(*command, "--answers", str(path), "--session", str(tmp_path / "s"), **more)
        assert done.returncode in (0, 3), done.stderr
        assert "Traceback" not in done.stderr
    assert "blocker" in wizard("estimate", "--mau", "300000", **more).stdout
    again = wizard("answers", "--answers", str(path), **more).stdout
    assert "für später – ok" in again


def test_arguments_of_other_bytes_are_refused_in_a_sentence() -> None:
    done = _shell("WIZARD $'caf\\xe9' --json; WIZARD validate $'/tmp/\\xff\\e[31m'")
    assert "Traceback" not in done.stderr and "\x1b" not in done.stderr + done.stdout


def test_json_is_one_document(tmp_path: Path) -> None:
    session = str(tmp_path / "s")
    for command in (ESTIMATE, ["status"], ["answers"], ["undo"], ["check"], ["survey"], ["plan"]):
        json.loads(wizard(*command, "--json", "--session", session).stdout)


def test_no_terminal_no_wizard(tmp_path: Path) -> None:
    done = wizard("--session", str(tmp_path / "s"))
    assert done.returncode == 2 and done.stdout == ""
    assert "apply --answers FILE --yes" in done.stderr
