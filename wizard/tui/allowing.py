"""What is done only where the operator says so: packages that go, and a restart that ends containers."""

from __future__ import annotations

from typing import Any

from wizard.tui.dialogs import TextDialog, finding_rows
from wizard.tui.page import Page
from wizard.tui.tables import Group


def ask_to_remove(page: Page, group: Group, names: tuple[str, ...]) -> None:
    """What is in the way goes only if the operator says so by name."""
    setup = page.setup
    may_go = set(names) <= set(setup.answers.software.remove)
    allow = ("keep", "Keep after all") if may_go else ("remove", f"May be removed: {', '.join(names)}")

    def answered(answer: str | None) -> None:
        if answer == "accept":
            page.show_finding(group)
        elif answer in ("remove", "keep"):
            others = tuple(name for name in setup.answers.software.remove if name not in names)
            words = "The plan removes it now; see the step." if answer == "remove" else "It stays."
            _take(page, "software.remove", others + (names if answer == "remove" else ()), words)

    buttons = (allow, ("accept", "Accept it..."))
    page.app.push_screen(_dialog(page, f"In the way: {', '.join(names)}", group, buttons), answered)


def ask_to_restart(page: Page, group: Group, ended: str) -> None:
    """Docker is restarted although containers run only if the operator says so. ended: `3 containers`."""
    may_restart = page.setup.answers.software.restart_docker is True
    allow = ("forbid", "No restart after all") if may_restart else ("allow", "Docker may be restarted")

    def answered(answer: str | None) -> None:
        if answer in ("allow", "forbid"):
            value = True if answer == "allow" else None
            words = (
                "The plan restarts Docker now; see the step." if value else "Docker is not restarted for it."
            )
            _take(page, "software.restart_docker", value, words)

    page.app.push_screen(_dialog(page, f"A restart of Docker ends {ended}", group, (allow,)), answered)


def _dialog(page: Page, title: str, group: Group, buttons: tuple[tuple[str, str], ...]) -> TextDialog:
    rows = finding_rows(group, page.app.size.width - 6)
    return TextDialog(title, rows, buttons=buttons, is_careful=True)


def _take(page: Page, path: str, value: Any, words: str) -> None:
    page.setup.change(path, value)
    page.say(words)
    page.knows_more()
