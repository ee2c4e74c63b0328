"""Golden renderings: a change of any exported byte is read in review. GOLDEN=write makes them anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from tests.unit.render.samples import (
    ANSWERS,
    AT,
    MISSING,
    NO_TLS,
    PLAN,
    ROOT,
    SERVICES,
    SHORT,
    TLS,
    arranged,
    beyond,
)
from wizard import __version__
from wizard.model.answers import Answers
from wizard.model.formats import shell
from wizard.model.plan import Plan
from wizard.render.files import render

GOLDEN = ROOT / "tests" / "golden" / "render"


def full() -> Mapping[str, str | Mapping[str, Any]]:
    findings = (SHORT, MISSING, NO_TLS)
    deployment = arranged(ANSWERS, tls=TLS, findings=findings)
    return render(deployment, findings, PLAN, ("2026-11-24: installed curl (install-curl).",), AT)


def out_of_range() -> Mapping[str, str | Mapping[str, Any]]:
    deployment = arranged(beyond())
    assert deployment.sizing is not None
    return render(deployment, deployment.sizing.findings, Plan(), (), AT)


CASES: dict[str, Callable[[], Mapping[str, str | Mapping[str, Any]]]] = {
    "three-nodes": full,
    "nothing-answered": lambda: render(arranged(Answers(), ()), (), Plan(), (), AT),
    "beyond-swarm": out_of_range,
}


def as_text(path: str, content: str | Mapping[str, Any]) -> str:
    if isinstance(content, str):
        return content.replace(f"cometchat-wizard {__version__}", "cometchat-wizard VERSION")
    if path.endswith(".json"):
        return json.dumps(content, indent=2) + "\n"
    document = {**content, "metadata": {**content["metadata"], "wizard_version": "VERSION"}}
    return yaml.safe_dump(document, sort_keys=False, width=200)


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str) -> None:
    written = {path: as_text(path, content) for path, content in CASES[case]().items()}
    directory = GOLDEN / case
    if os.environ.get("GOLDEN") == "write":
        for path, text in written.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    kept = {
        str(file.relative_to(directory)): file.read_text() for file in directory.rglob("*") if file.is_file()
    }
    assert sorted(written) == sorted(kept)
    for path, text in written.items():
        assert text == kept[path], path


@pytest.mark.parametrize("case", CASES)
def test_same_input_same_bytes(case: str) -> None:
    assert CASES[case]() == CASES[case]()


def test_what_is_written_when() -> None:
    assert {path.partition("/")[0] for path in CASES["nothing-answered"]()} == {
        "deployment.yaml", "checks.json", "SUMMARY.md", "firewall", "swarm", "tuning",
    }  # fmt: skip
    beyond_swarm = CASES["beyond-swarm"]()
    assert "sales-sheet.md" in beyond_swarm and "swarm/commands.txt" not in beyond_swarm
    assert "sales-sheet.md" not in full()
    names = [file["name"] for file in SERVICES["nginx"]["files"]]
    assert len(names) == 8
    assert {path for path in full() if path.startswith("nginx/")} == {f"nginx/{name}.conf" for name in names}


def test_the_extrapolated_size_is_in_the_sales_sheet_alone() -> None:
    deployment = arranged(beyond())
    assert deployment.sizing is not None
    number = f"{deployment.sizing.vcpus:,}"
    holding = [
        path
        for path, content in CASES["beyond-swarm"]().items()
        if number in (text := as_text(path, content)) or f": {deployment.sizing.vcpus}\n" in text
    ]
    assert holding == ["sales-sheet.md"]


def test_no_brace_of_a_template_is_left() -> None:
    for path, content in full().items():
        text = as_text(path, content)
        for placeholder in ("{domain}", "{allowed", "{host:"):
            assert placeholder not in text, path


def test_firewall_lines_given_or_the_plans_own() -> None:
    deployment = arranged(ANSWERS)
    assert "\nsudo ufw allow 443/tcp\n" in str(render(deployment, (), PLAN, (), AT)["firewall/rules.txt"])
    given = str(
        render(deployment, (), PLAN, (), AT, (shell.command("ufw", "allow", "22/tcp"),))["firewall/rules.txt"]
    )
    assert "\nufw allow 22/tcp\n" in given and "ufw allow 443" not in given
