"""Domain and TLS: one domain, the table of host names, the certificate that covers them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Container
from textual.widget import Widget

from wizard.model.deployment import ServiceHost
from wizard.model.facts import TlsFacts
from wizard.tui import glyphs
from wizard.tui.form import Ask, FieldLabel, Hint, ask_widgets, field_text, widget_id
from wizard.tui.page import Page
from wizard.tui.rail import page_of
from wizard.tui.tables import cut, find, group_row, groups
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.workflow.look import service_names

_ASKS = (
    Ask("domain.primary", "Domain", default="chat.example.com"),
    Ask("domain.extra_allowed", "Also allowed", default="more origins, separated by commas"),
    Ask("tls.certificate", "Certificate", default="/path/to/fullchain.pem"),
    Ask("tls.key", "Private key", default="/path/to/privkey.pem"),
)
_CHECK_SECONDS = 0.8
# Titles that do not fit their column at 80 cells.
_SHORT = {
    "management-api": "Management",
    "websocket": "WebSocket",
    "notifications": "Notify",
    "webhooks": "Webhooks",
}


class DomainPage(Page):
    """May be left for later: config and findings say so then."""

    page = "domain"
    keys = "Enter why  F5 check again"
    help_text: ClassVar[str] = """\
One domain; each service gets a host name under it. The names
are one table, and every setting of every service is rendered
from it: change a name here and it changes everywhere.

The vendor's own pages disagree on three names; those are
marked. The default is the one of the services table.

The certificate must cover every public name (a wildcard like
*.chat.example.com covers one level), match its key, and not
expire within 30 days. Both files are read by openssl only.

What a name resolves to from here may differ from what others
see (NAT, split DNS): that is told, it never blocks. You may
leave this page empty and come back later."""
    DEFAULT_CSS = """
    DomainPage .form { grid-size: 3; grid-columns: 16 1fr 0; }
    DomainPage #names { grid-size: 3; grid-columns: 17 28 1fr; }
    DomainPage #result { height: 1fr; min-height: 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer_is_set = False

    def compose_body(self) -> Iterable[Widget]:
        """Fields, names, result, buttons."""
        with Container(classes="form"):
            yield from ask_widgets(_ASKS, self.setup.answers)
        yield Rows(self._result(), id="result")
        yield Container(*self._name_widgets(), id="names", classes="form")
        yield from self.buttons()

    def action_help(self) -> None:
        """The contested names, both of each, after the words of help."""
        from wizard.tui.dialogs import COMMON_HELP, TextDialog

        contested = "\n".join(f"  {name.host}  or  {name.other}" for name in self._names() if name.contested)
        both = f"\n\nContested:\n{contested}" if contested else ""
        self.app.push_screen(TextDialog("Help: Domain, TLS", self.help_text + both + COMMON_HELP))

    def on_mount(self) -> None:
        """The domain is typed first."""
        self.query_one("#domain--primary").focus()

    def answer(self, path: str, text: str) -> None:
        """A host name that is the default again is no answer; another domain moves the defaults."""
        if path.startswith("domain.hosts.") and text.strip() == self._default(path):
            text = ""
        super().answer(path, text)
        if path == "domain.primary":
            self._rename_defaults()
        if self.setup.wants_outside and not self._timer_is_set:
            self._timer_is_set = True
            self.set_timer(_CHECK_SECONDS, self._check_outside)

    def knows_more(self) -> None:
        """Names, certificate or findings changed."""
        super().knows_more()
        self.query_one("#result", Rows).show(self._result())
        for name in self._names():
            for hint in self.query(f"#hint-{widget_id(f'domain.hosts.{name.key}')}").results(Hint):
                hint.rename(self._state_of(name))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Why, and accept."""
        self.show_finding(find(self.setup.findings, event.key))

    def _check_outside(self) -> None:
        self._timer_is_set = False
        self.wizard.look_outside()

    def _names(self) -> tuple[ServiceHost, ...]:
        return service_names(self.setup.answers)

    def _default(self, path: str) -> str:
        from dataclasses import replace

        bare = replace(self.setup.answers, domain=replace(self.setup.answers.domain, hosts={}))
        key = path.rpartition(".")[2]
        return next((name.host for name in service_names(bare) if name.key == key), "")

    def _name_widgets(self) -> list[Widget]:
        widgets: list[Widget] = []
        for name in self._names():
            field_id = widget_id(f"domain.hosts.{name.key}")
            given = field_text(self.setup.answers.domain.hosts.get(name.key))
            title = f"{cut(_SHORT.get(name.key, name.title), 12)}{' *' if name.contested else ''}"
            widgets += [
                FieldLabel(title, field_id),
                Field(given, id=field_id, placeholder=name.host),
                Hint(self._state_of(name), field_id),
            ]
        return widgets

    def _rename_defaults(self) -> None:
        names = self._names()
        box = self.query_one("#names", Container)
        if bool(names) != bool(box.children):
            box.remove_children()
            if names:
                box.mount(*self._name_widgets())
            return
        for name in names:
            self.query_one(f"#{widget_id(f'domain.hosts.{name.key}')}", Field).placeholder = name.host

    def _result(self) -> list[Row]:
        width = self.text_width
        if not self.setup.answers.domain.primary:
            rows = [row("No domain yet? Go on, this page can wait.", "dim")]
        else:
            rows = [] if self.setup.survey is None else _certificate_rows(self.setup.survey.tls, width)
        mine = [item for item in self.setup.findings if page_of(item) == "domain"]
        rows += [group_row(group, width) for group in groups(mine)]
        if any(name.contested for name in self._names()):
            rows.append(row("* the vendor's pages disagree on this name; F1 tells", "dim"))
        return rows

    def _state_of(self, name: ServiceHost) -> str:
        """What is known of one host name, in a few words."""
        if not name.public:
            return "internal"
        if any(item.id == "tls-name" and item.subject == name.host for item in self.setup.findings):
            return f"{glyphs.BLOCKER} not covered"
        dns = self.setup.survey.dns if self.setup.survey else None
        if dns is None or name.host not in dns.resolved:
            return ""
        addresses = dns.resolved[name.host]
        if addresses is None:
            return f"{glyphs.UNKNOWN} can't tell"
        return f"{glyphs.OK} {addresses[0]}" if addresses else f"{glyphs.WARNING} no address"


def _certificate_rows(tls: TlsFacts | None, width: int) -> list[Row]:
    is_expired = tls is not None and tls.expires_in_days is not None and tls.expires_in_days < 0
    if tls is None or tls.problem is not None or is_expired:
        return []  # the finding says it, in red
    good = [f"valid until {tls.not_after[:10]}"] if tls.not_after else []
    if tls.matches:
        good.append("matches its key")
    if tls.names:
        good.append(f"for {tls.names[0]}{' ...' if len(tls.names) > 1 else ''}")
    words = cut(f"Certificate: {', '.join(good)}", width - 5)
    return [Row(((f"{glyphs.OK} {words}", "ansi_green"),))] if good else []


PAGE = DomainPage
