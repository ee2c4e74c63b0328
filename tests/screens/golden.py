"""What every recorded host comes to: the same answers for all, its steps skipped, its blockers accepted.

The golden files are the review: tests/golden/findings, plans-hosts and configs. GOLDEN=write renews them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.unit.cli.console import Ran, answers_file, run

DIRECTORY = Path(__file__).parents[1] / "golden"
REASON = "a recorded host"
SKIP_REASON = "done by another team"
FIRST = """\
apiVersion: cometchat-wizard/v1
kind: Answers
usage: {mau: 50000, pcc: 7.5%, content: heavy, retention_months: 6}
network: {allow_from: [203.0.113.0/24]}
domain: {primary: chat.example.com, hosts: {dashboard: portal.chat.example.com}}
tls: {certificate: /etc/ssl/chat.pem, key: /etc/ssl/chat.key}
"""


def document(host: str, answers: str, *argv: str) -> Any:
    """What a command says with --json."""
    ran = run(*argv, "--json", "--answers", answers, host=host)
    assert ran.code in (0, 3, 4), ran.err
    return ran.document


def findings_of(checked: Any) -> list[dict[str, Any]]:
    """What a golden file keeps of each finding."""
    return [{key: item[key] for key in ("id", "severity", "subject", "seen")} for item in checked["findings"]]


def step_ids(planned: Any) -> list[str]:
    """Steps that the Software page shows; those of the firewall are left to its own page."""
    ids = [step["id"] for stage in planned["stages"] for step in stage["steps"]]
    return [ident for ident in ids if not ident.startswith("firewall-")]


def accepted_of(checked: Any) -> list[tuple[str, str | None]]:
    """Open blockers that can be accepted, one of each id and node, in the order in which they are shown."""
    found = [
        (item["id"], item["node"])
        for item in checked["findings"]
        if item["severity"] == "blocker" and item["accepted"] is None and item["acceptable"]
    ]
    return list(dict.fromkeys(found))


def left_open(checked: Any) -> list[str]:
    """What is in the way of a config all the same: neither fixed, nor accepted, nor skipped."""
    return [
        f"{item['id']} {item['subject']}".strip()
        for item in checked["findings"]
        if item["severity"] == "blocker" and item["accepted"] is None
    ]


def not_written(left: list[str]) -> str:
    """In place of a config."""
    return f"# No config. In the way: {', '.join(left)}\n"


def final_answers(host: str, directory: Path) -> str:
    """The whole answers file of a host: the path of it, written into `directory`."""
    text = FIRST
    skipped = step_ids(document(host, answers_file(directory, text, "first.yaml"), "plan"))
    if skipped:
        text += "skipped:\n" + "".join(f"  - {{step: {item}, reason: {SKIP_REASON}}}\n" for item in skipped)
    text += "accepted:\n"
    # One after the other: what is accepted may settle another one.
    while accepted := accepted_of(document(host, answers_file(directory, text), "check")):
        ident, node = accepted[0]
        where = "" if node is None else f"node: {node}, "
        text += f"  - {{id: {ident}, {where}reason: {REASON}}}\n"
    return answers_file(directory, text)


def export(host: str, directory: Path, answers: str) -> Ran:
    """`export` of an answers file."""
    return run("export", str(directory), "--answers", answers, host=host)


def without_times(text: str) -> str:
    """A deployment.yaml less the lines that tell a time."""
    return "".join(line for line in text.splitlines(True) if "generated_at:" not in line)


def assert_golden(kind: str, name: str, text: str, *, may_write: bool = True) -> None:
    """The text is that of the golden file; GOLDEN=write makes it so, where this front end is the one that may."""
    path = DIRECTORY / kind / name
    if may_write and os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path} is missing: GOLDEN=write makes it"
    assert text == path.read_text(encoding="utf-8"), f"{path} differs: GOLDEN=write, then git diff"


def as_json(data: Any) -> str:
    """Text of a golden file."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
