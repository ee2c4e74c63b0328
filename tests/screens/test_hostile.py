"""Text that a host or a file controls is drawn as it is: no markup, no control characters, no crash, no secret."""

from __future__ import annotations

import unicodedata

import pytest

from tests.hosts import recording
from tests.screens.app import BEGUN, FEW, Wizard, running
from wizard.machine.reading import RecordedReader
from wizard.model.answers import Acceptance, Answers, DomainAnswers, Skip, TlsAnswers, UsageAnswers
from wizard.tui.setup import PAGES

pytestmark = pytest.mark.screens
MARKUP = "[/x][red]boo[/red] [@click=app.quit]go[/]"
GIVEN = Answers(
    usage=UsageAnswers(mau=50000),
    domain=DomainAnswers(primary="chat.example.com"),
    tls=TlsAnswers(certificate="/etc/[/x].pem", key="/etc/[red]k[/].pem"),
    accepted=(Acceptance("port-held", MARKUP, "recorded-host"),),
    skipped=(Skip("install-jq", MARKUP),),
)


def with_markup() -> RecordedReader:
    """A host that puts markup into everything that it can name."""
    made = recording("ubuntu-24.04-port-80-held")
    files = made["files"]
    files["/etc/os-release"] = f'NAME="Ubuntu {MARKUP}"\nID=ubuntu\nVERSION_ID="24.04"\n'
    files["/proc/sys/kernel/hostname"] = f"{MARKUP}\n"
    files["/proc/cpuinfo"] = f"processor\t: 0\nmodel name\t: {MARKUP}\nflags\t\t: avx\n"
    for socket in made["values"]["sockets"]:
        if socket.get("process"):
            socket["process"] = MARKUP
    for command in ("git --version", "jq --version"):
        made["commands"][command] = {"state": "done", "exit_code": 0, "stdout": MARKUP, "stderr": MARKUP}
    return RecordedReader(made)


def assert_safe(wizard: Wizard) -> None:
    text = wizard.text
    bad = {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs")} - {"\n"}
    assert not bad, bad
    assert "s3cr3t-canary" not in text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("host", ["hostile", "markup", "no-os-release", "ubuntu-24.04-docker-hangs"])
async def test_every_page_and_its_dialogs_stand(page: str, host: str):
    reader = with_markup() if host == "markup" else host
    async with running(page, GIVEN, host=reader) as wizard:
        assert_safe(wizard)
        rows = wizard.screen.query("Rows").first() if page not in ("welcome", "usage", "done") else None
        if rows is None:
            return
        rows.focus()
        await wizard.pilot.pause()
        for key in [row.key for row in rows.rows if row.key][:12]:
            rows.move_to(key)
            await wizard.press("enter")
            assert_safe(wizard)
            if wizard.page != page:
                await wizard.press("escape")
                await wizard.at(page)


async def test_markup_is_drawn_as_text():
    async with running("host", GIVEN, host=with_markup(), size=(120, 36)) as wizard:
        assert "[/x][red]boo[/red]" in wizard.text
    async with running("ports", FEW, host=with_markup()) as wizard:
        assert "held by [/x][red]" in wizard.text
    async with running("review", GIVEN, host=with_markup(), size=(120, 36)) as wizard:
        assert f"Reason: {MARKUP}" in wizard.text


async def test_a_reason_with_markup_is_kept_as_typed():
    async with running("review", BEGUN) as wizard:
        await wizard.cursor_to("finding:vcpus-short@recorded-host")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        await wizard.type("[/x] ok [red]")
        await wizard.press("enter")
        await wizard.at("review")
        assert wizard.answers.accepted[0].reason == "[/x] ok [red]" and "Reason: [/x] ok [red]" in wizard.text
