"""The package as pip installs it, what importing it costs, and the pins."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.install.site import ROOT

# Put together here so that this file is not what it looks for.
INDEXES = re.compile(
    "|".join(("pypi" + r"\.org", "python" + r"hosted\.org", "/sim" + "ple/", "extra-" + "index-url"))
)


def run(*argv: str, cwd: Path) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_an_installation_from_the_sdist_has_the_assets_and_the_command(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), cwd=ROOT)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "unpacked")
    assert any(name.endswith("/install.sh") for name in names)
    (source,) = (tmp_path / "unpacked").iterdir()
    run(
        *(
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--no-build-isolation",
        ),
        *("--target", str(tmp_path / "env"), str(source)),
        cwd=tmp_path,
    )
    package = tmp_path / "env/wizard"
    assets = {path.name for path in (ROOT / "assets").iterdir() if path.name != "__pycache__"}
    assert {path.name for path in (package / "_assets").iterdir()} >= assets
    assert (package / "py.typed").exists()
    assert "import main" in (tmp_path / "env/bin/cometchat-wizard").read_text()


@pytest.mark.parametrize("module", ["wizard.cli.main", "wizard.__main__"])
def test_the_command_line_starts_without_the_terminal_toolkit(module: str) -> None:
    script = f"import {module}, sys; print([m for m in ('textual', 'rich', 'plumbum') if m in sys.modules])"
    assert run(sys.executable, "-c", script, cwd=ROOT) == "[]\n"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-pip.txt"])
def test_every_requirement_is_pinned_by_hash_and_only_by_hash(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    for block in blocks:
        assert re.match(r"[a-z0-9-]+==[\w.]+ ", block), block
        assert "--hash=sha256:" in block, block
    assert "http" not in "".join(blocks)


def test_the_tests_run_with_what_the_operators_get() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+ ;.*?) ?\\$", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_no_file_names_a_package_index() -> None:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if not path.is_file() or parts[0].startswith(
            (".venv", ".git", ".pins", ".mypy", ".ruff", ".pytest", ".hypo")
        ):
            continue
        if "__pycache__" in parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not INDEXES.search(text), path
