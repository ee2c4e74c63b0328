"""Ports and firewall: what is free, what would be allowed, and who manages the firewall."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Container
from textual.widget import Widget

from wizard.model.facts import HostFacts
from wizard.model.ownrules import in_words
from wizard.tui import glyphs
from wizard.tui.commands import command_rows
from wizard.tui.form import Ask, ask_widgets
from wizard.tui.page import Page
from wizard.tui.rail import page_of
from wizard.tui.tables import cut, find, group_key, group_row, groups
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped
from wizard.workflow import decide

_PORTS = (
    (80, "tcp", "HTTP, redirects to HTTPS"),
    (443, "tcp", "HTTPS, to NGINX"),
    (2377, "tcp", "Swarm, to managers"),
    (7946, "tcp", "Swarm, between the nodes"),
    (7946, "udp", "Swarm, between the nodes"),
    (4789, "udp", "Swarm overlay (VXLAN)"),
)
_ASKS = (
    Ask(
        "network.firewall",
        "Firewall",
        options=(("manage", "wizard adds rules"), ("leave", "I manage it myself")),
        default="manage",
    ),
    Ask("network.allow_from", "80, 443 from", "like 203.0.113.0/24"),
)


class PortsPage(Page):
    """Who holds a port, what the firewall is, and the exact rules."""

    page = "ports"
    keys = "Enter why  F5 look again"
    help_text: ClassVar[str] = """\
Public are 80 (only to redirect to HTTPS) and 443. The Swarm
ports are for the nodes among themselves, never public.

An active firewall gets the rules that are listed, the port of
your own SSH connection first, so that you can't be locked
out. An inactive firewall is left alone, and so are rules made
by hand (nft, iptables): the export says what to add there.
Choose 'I manage it myself' for the same.

Docker publishes ports past ufw: what restricts 80 and 443
belongs into the DOCKER-USER chain too; the export has it."""
    DEFAULT_CSS = """
    PortsPage .form { grid-size: 3; grid-columns: 16 18 1fr; }
    PortsPage .wide { column-span: 2; }
    """

    def compose_body(self) -> Iterable[Widget]:
        """Table, choices, buttons."""
        yield Rows(self._rows(), id="table")
        with Container(classes="form"):
            yield from ask_widgets(_ASKS, self.setup.answers, {"network.allow_from": "anywhere"})
        yield from self.buttons(Push(self._apply_words(), id="apply"))

    def on_mount(self) -> None:
        """The choice comes first; the table is there to be read."""
        self.query_one("#network--firewall").focus()

    def knows_more(self) -> None:
        """Survey or answers changed."""
        super().knows_more()
        self.query_one("#table", Rows).show(self._rows())
        self.query_one("#apply", Push).rename(self._apply_words())

    def pushed(self, name: str) -> None:
        """Apply the firewall steps."""
        if name == "apply":
            self.wizard.confirm_run(self._steps())

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Why, and accept."""
        self.show_finding(find(self.setup.findings, event.key))

    def _steps(self) -> tuple[str, ...]:
        plan = self.setup.plan
        return tuple(step.id for step in plan.steps() if step.id.startswith("firewall-")) if plan else ()

    def _apply_words(self) -> str:
        count = len(self._steps())
        return f"Add rules: {count} step{'' if count == 1 else 's'}" if count else "No rules to add"

    def _rows(self) -> list[Row]:
        if self.setup.survey is None:
            return [row("Looking at this host...", "dim")]
        host = self.setup.survey.hosts[0]
        width = self.text_width
        rows = [self._port_row(host, *port) for port in _PORTS]
        rows += [row(""), *(row(line) for line in wrapped(_firewall_words(host), width - 3))]
        mine = [item for item in self.setup.findings if page_of(item) == "ports" and item.id != "port-held"]
        rows += [group_row(group, width) for group in groups(mine)]
        rules = decide.firewall_lines(self.setup.answers, self.setup.survey)
        if rules:
            rows += [row(""), row(self._rules_words(), "bold"), *command_rows(rules, width - 3)]
        return rows

    def _rules_words(self) -> str:
        if self._steps():
            return "Rules that would be added:"
        return "Rules for your firewall (they are exported too):"

    def _port_row(self, host: HostFacts, port: int, protocol: str, use: str) -> Row:
        finding = next(
            (item for item in self.setup.findings if item.id == "port-held" and item.subject == str(port)),
            None,
        )
        holders = sorted(
            {
                item.process or "a process"
                for item in host.listening
                if (item.port, item.protocol) == (port, protocol)
            }
        )
        lead = f"{f'{port}/{protocol}':<10}{cut(use, 25):<26}"
        if finding is not None:
            words = (
                "accepted" if finding.accepted is not None else f"held by {', '.join(holders) or 'another'}"
            )
            return Row(
                ((lead, ""), (f"{glyphs.BLOCKER} {words}", glyphs.STYLE["blocker"])),
                key=group_key((finding,)),
            )
        if holders:
            return Row(((lead, ""), (f"{glyphs.OK} {', '.join(holders)}", "ansi_green")))
        return Row(((lead, ""), (f"{glyphs.OK} free", "ansi_green")))


def _firewall_words(host: HostFacts) -> str:
    name = host.firewall.backend
    ssh = f" SSH comes in on port {host.ssh.live_port}." if host.ssh.live_port else ""
    if not ssh and host.ssh.ports:
        ssh = f" SSH listens on port {', '.join(str(port) for port in host.ssh.ports)}."
    if host.firewall.own_rules:
        return f"{in_words(host.firewall)} They are left alone, and what to add is exported.{ssh}"
    if name is None:
        return f"Whether a firewall is here, also one of hand-made rules, could not be read.{ssh}"
    if name == "none":
        return f"No firewall on this host.{ssh}"
    if host.firewall.active is False:
        return f"{name} is switched off: it is left alone, and its rules are exported.{ssh}"
    state = "active" if host.firewall.active else "there; whether it is active could not be read"
    return f"{name} is {state}.{ssh}"


PAGE = PortsPage
