"""Rules made by hand in the export: what to add, where to keep it, and what was seen."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.render.samples import ANSWERS, AT, PLAN, arranged
from wizard.model.formats import shell
from wizard.model.ownrules import BY_HAND
from wizard.model.plan import Plan
from wizard.render.files import render

RULE = "nft insert rule inet f in tcp dport 80 accept"
SEEN = f"{BY_HAND} are in force: inet f in (nft, policy drop, 3 rules). Port 80 stays shut."


def exported(plan: Plan) -> dict[str, str]:
    files = render(arranged(ANSWERS), (), plan, (), AT, firewall_rules=(shell.command(*RULE.split()),))
    return {path: str(content) for path, content in files.items()}


def test_the_rules_and_where_they_are_kept_are_exported_and_the_summary_tells_what_was_seen() -> None:
    files = exported(replace(PLAN, notes=(SEEN,)))
    assert RULE in files["firewall/rules.txt"].splitlines()
    assert "made by hand" in files["firewall/rules.txt"]
    assert "/etc/nftables.conf" in files["firewall/rules.txt"]
    assert "policy drop" in files["SUMMARY.md"]


def test_other_firewalls_are_not_said_to_be_made_by_hand() -> None:
    files = exported(replace(PLAN, notes=()))
    assert RULE in files["firewall/rules.txt"].splitlines()
    assert "made by hand" not in files["firewall/rules.txt"]
