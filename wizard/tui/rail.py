"""The list of steps: where one is, and what still needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from wizard.tui import glyphs
from wizard.tui.setup import PAGES, TITLES, Setup

if TYPE_CHECKING:
    from wizard.model.finding import Finding

WIDTH = 17

# Which page shows which findings; the rest belong to `host`.
_PAGE_OF = (
    ("usage", ("usage-", "size-", "table-", "beyond-", "storage-estimate")),
    ("software", ("software-", "docker-", "package-", "privilege-", "swarm-")),
    ("ports", ("port-", "firewall-", "data-port", "ssh-", "address-pool", "proxy-")),
    ("domain", ("tls-", "dns-", "domain-", "host-name-")),
)


def page_of(finding: Finding) -> str:
    """The page where a finding can be dealt with."""
    for page, starts in _PAGE_OF:
        if finding.id.startswith(starts):
            return page
    return "host"


def attention(setup: Setup, page: str) -> tuple[int, int]:
    """Open blockers and warnings of a page."""
    mine = [finding for finding in setup.findings if page_of(finding) == page]
    blockers = sum(1 for finding in mine if finding.blocks)
    warnings = sum(1 for finding in mine if finding.severity == "warning")
    return blockers, warnings


def rail(setup: Setup, here: str) -> Content:
    """One line a step: mark, title, and how much is open there."""
    lines = [_line(setup, page, here) for page in PAGES]
    return Content("\n").join(lines)


def _line(setup: Setup, page: str, here: str) -> Content:
    seen = page in setup.state.seen_pages
    blockers, warnings = attention(setup, page) if seen or page == here else (0, 0)
    if page == here:
        mark, style = glyphs.HERE, "bold"
    elif seen and (page != "done" or setup.state.exported_to):
        mark, style = glyphs.OK, ""
    else:
        mark, style = glyphs.OPEN, "dim"
    count = f"{glyphs.BLOCKER}{blockers}" if blockers else f"{glyphs.WARNING}{warnings}" if warnings else ""
    if page == "review" and (here == page or seen):
        open_ones = sum(1 for finding in setup.findings if finding.blocks and not finding.apply_only)
        count = f"{glyphs.BLOCKER}{open_ones}" if open_ones else ""
    if page == "done" and setup.is_export_stale():
        count = "old"
    if seen and count and page != here:
        mark = " "
    words = f" {mark} {TITLES[page]}"
    return Content.styled(f"{words}{count.rjust(WIDTH - 1 - len(words))}", style)
