"""The wizard on a real terminal, from Welcome to a written config on the machine at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.journeys.product import Product
from tests.journeys.walking import REASON, accept_all, start, to_review, write_config

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("steady_machine")]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def without_times(path: Path) -> str:
    return _TIME.sub("TIME", path.read_text())


def files_of(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


@pytest.fixture
def exported(product: Product) -> Path:
    """The directory that a walk through all pages has written."""
    terminal = product.open()
    start(terminal)
    to_review(terminal)
    accepted = accept_all(terminal)
    assert "platform-unsupported" in accepted or "Ubuntu" in Path("/etc/os-release").read_text()
    directory = product.home / "config"
    write_config(terminal, directory)
    return directory


def test_from_welcome_to_a_config_and_again_from_its_answers(product: Product, exported: Path) -> None:
    deployment = yaml.safe_load((exported / "deployment.yaml").read_text())
    assert deployment["kind"] == "Deployment"
    assert deployment["usage"]["mau"] == 50_000
    assert deployment["sizing"]["vcpus"] == 96
    assert deployment["domain"]["primary"] == "chat.example.com"
    assert deployment["origins"]["usage.mau"] == "typed"
    assert {item["reason"] for item in deployment["accepted"]} <= {REASON}
    assert {item["reason"] for item in deployment["skipped"]} <= {REASON}
    assert {"vcpus-short"} <= {item["id"] for item in deployment["accepted"]}
    for name in ("deployment.yaml", "answers.yaml"):
        done = product.run("validate", str(exported / name))
        assert done.returncode == 0, done.stdout + done.stderr

    answers = yaml.safe_load((exported / "answers.yaml").read_text())
    assert answers == {"apiVersion": "cometchat-wizard/v1", "kind": "Answers", **_given(product)}

    again = product.home / "again"
    elsewhere = product.home / "elsewhere"
    done = product.run(
        "export",
        str(again),
        "--answers",
        str(exported / "answers.yaml"),
        COMETCHAT_WIZARD_SESSION=str(elsewhere),
    )
    assert done.returncode == 0, done.stderr
    assert not elsewhere.exists(), "an answers file is only read by export"
    assert without_times(again / "deployment.yaml") == without_times(exported / "deployment.yaml")
    assert files_of(again)["answers.yaml"] == files_of(exported)["answers.yaml"]


def test_exporting_twice_gives_the_same_bytes(product: Product, exported: Path) -> None:
    second = product.home / "second"
    done = product.run("export", str(second))
    assert done.returncode == 0, done.stderr
    assert files_of(second) == files_of(exported)
    assert product.status()["state"] == "exported"


def _given(product: Product) -> dict[str, object]:
    return {key: value for key, value in product.answers().items() if key not in ("apiVersion", "kind")}
