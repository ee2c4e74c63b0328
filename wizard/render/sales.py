"""What the talk with the vendor needs, where the usage is beyond the published Swarm range."""

from __future__ import annotations

from wizard.model.formats.markdown import Marked, heading, table, text
from wizard.model.formats.text import FileText, line, text_of
from wizard.model.usage import Sizing, Usage


def sales_sheet(usage: Usage, sizing: Sizing, at: str) -> FileText:
    """`sales-sheet.md`. The extrapolated size is marked estimated; it is no plan."""
    storage = sizing.storage_gb
    share = _share(usage)
    known = [
        ("Environment", usage.environment, usage.origins.get("environment", "default")),
        ("Monthly active users (MAU)", _number(usage.mau), usage.origins.get("mau", "typed")),
        (
            "Peak concurrent connections (PCC)",
            _number(usage.pcc) + share,
            usage.origins.get("pcc", "derived"),
        ),
        ("Content", usage.content, usage.origins.get("content", "default")),
        (
            "Messages kept, months",
            _number(usage.retention_months),
            usage.origins.get("retention_months", "default"),
        ),
        (
            "Logs kept, days",
            _number(usage.log_retention_days),
            usage.origins.get("log_retention_days", "default"),
        ),
    ]
    guess = [
        ("vCPU", _number(sizing.vcpus), "estimated"),
        ("Memory, GiB", _number(sizing.memory_gib), "estimated"),
        ("Storage, GB", _number(storage.estimated), "estimated"),
        ("Backup, GB", _number(storage.backup), "estimated"),
        ("WebSocket replicas", _number(sizing.websocket_replicas), "estimated"),
    ]
    return text_of(
        [
            heading(1, "Talk with CometChat: beyond the published Docker Swarm range"),
            line(""),
            line(
                "Written {}. The vendor sizes Docker Swarm up to about 200,000 MAU and 20,000 PCC.", text(at)
            ),
            line("Beyond, it recommends Kubernetes and a talk with its sales team. Bring this sheet."),
            line(""),
            heading(2, "What we know"),
            line(""),
            *table(("what", "value", "origin"), [_row(item) for item in known]),
            line(""),
            heading(2, "An order of magnitude, not a plan"),
            line(""),
            line("Stretched from the last published row. Nobody has promised that it holds."),
            line(""),
            *table(("what", "value", "origin"), [_row(item) for item in guess]),
            line(""),
            heading(2, "To fill in before the talk"),
            line(""),
            *(line("- {}: ______", text(question)) for question in _QUESTIONS),
        ]
    )


_QUESTIONS = (
    "Regions, and whether users of one region must reach another (active-active?)",
    "Compliance (GDPR, HIPAA, SOC 2, data residency)",
    "Existing infrastructure and experience with Kubernetes",
    "Latency wanted (P95, in milliseconds)",
    "Growth expected over the next 12 months",
    "Timeline: first test, go-live",
)


def _row(item: tuple[str, str, str]) -> tuple[Marked, Marked, Marked]:
    return text(item[0]), text(item[1]), text(item[2])


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


def _share(usage: Usage) -> str:
    if not usage.mau or usage.pcc is None:
        return ""
    return f" ({100 * usage.pcc / usage.mau:.1f} % of MAU)"
