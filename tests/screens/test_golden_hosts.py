"""Findings, plan and config of every recorded host, through the command line and through the pages: the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hosts import names
from tests.screens import golden
from tests.screens.app import Wizard, running
from tests.unit.cli.console import answers_file, run
from wizard.tui.widgets.field import Field

WALKED = [
    "rhel-9-podman-docker",
    "ubuntu-24.04-port-80-held",
    "debian-12",
    "ubuntu-24.04-docker",
    "rhel-8-xfs-ftype0",
    "hostile",
]
_TIME = re.compile(r"20\d\d-\d\d-\d\dT[0-9:.]+Z")
PROMPTED = ["ubuntu-22.04", "rhel-9-docker"]


@pytest.mark.parametrize("host", names())
def test_the_command_line(host: str, tmp_path: Path):
    first = answers_file(tmp_path, golden.FIRST, "first.yaml")
    golden.assert_golden(
        "findings", f"{host}.json", golden.as_json(golden.findings_of(golden.document(host, first, "check")))
    )
    golden.assert_golden(
        "plans-hosts", f"{host}.json", golden.as_json(golden.document(host, first, "plan")["stages"])
    )
    answers = golden.final_answers(host, tmp_path)
    left = golden.left_open(golden.document(host, answers, "check"))
    ran = golden.export(host, tmp_path / "out", answers)
    if left:
        assert ran.code == 3 and not (tmp_path / "out").exists()
        golden.assert_golden("configs", f"{host}.yaml", golden.not_written(left))
        return
    assert ran.code == 0, ran.err
    text = (tmp_path / "out/deployment.yaml").read_text()
    golden.assert_golden("configs", f"{host}.yaml", golden.without_times(text))
    # The exported answers give the same config again.
    ran = golden.export(host, tmp_path / "again", str(tmp_path / "out/answers.yaml"))
    assert ran.code == 0, ran.err
    again = (tmp_path / "again/deployment.yaml").read_text()
    assert golden.without_times(again) == golden.without_times(text)
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"s3cr3t-canary" not in path.read_bytes(), path


def test_no_golden_file_of_a_host_that_is_gone():
    for kind in ("findings", "plans-hosts", "configs"):
        assert sorted(path.stem for path in (golden.DIRECTORY / kind).iterdir()) == names()


@pytest.mark.screens
@pytest.mark.slow
@pytest.mark.parametrize("host", WALKED)
async def test_the_pages(host: str, tmp_path: Path):
    async with running("welcome", host=host) as wizard:
        await wizard.press("enter")
        await usage(wizard)
        await next_page(wizard, "host")
        await next_page(wizard, "software")
        await skip_steps(wizard)
        await next_page(wizard, "ports")
        await wizard.focus_on("network--allow_from")
        await wizard.type("203.0.113.0/24")
        await next_page(wizard, "domain")
        await names_and_certificate(wizard)
        await next_page(wizard, "review")
        await accept_all(wizard)
        await next_page(wizard, "done")
        wizard.one("#directory", Field).value = str(tmp_path / "out")
        await wizard.focus_on("write")
        await wizard.press("enter")
        left = [f"{item.id} {item.subject}".strip() for item in wizard.setup.findings if item.blocks]
        if left:
            assert wizard.message.startswith("✗ Not written. In the way: ")
            golden.assert_golden("configs", f"{host}.yaml", golden.not_written(left), may_write=False)
            return
        await wizard.until(lambda: "Written to" in wizard.message, "the export")
    text = golden.without_times((tmp_path / "out/deployment.yaml").read_text())
    golden.assert_golden("configs", f"{host}.yaml", text, may_write=False)
    answers = golden.final_answers(host, tmp_path)
    assert golden.export(host, tmp_path / "other", answers).code == 0
    assert _texts(tmp_path / "out") == _texts(tmp_path / "other")


@pytest.mark.parametrize("host", PROMPTED)
def test_the_prompts(host: str, tmp_path: Path):
    first = answers_file(tmp_path, golden.FIRST, "first.yaml")
    steps = golden.step_ids(golden.document(host, first, "plan"))
    skips = [line for step in steps for line in (step, golden.SKIP_REASON)]
    typed = [
        "",  # no answers file
        *("", "50000", "7.5%", "", "heavy", "6", "", ""),
        *("", "", *_accepting(host, tmp_path)),  # two directories, the blockers, on
        *("", *(["n", *skips] if steps else [])),  # the source of Docker
        *("", "203.0.113.0/24", ""),
        *("chat.example.com", "dashboard portal.chat.example.com", "", "", "/etc/ssl/chat.pem"),
        *("/etc/ssl/chat.key",),
    ]
    session, out = str(tmp_path / "session"), tmp_path / "out"
    ran = run(
        "--plain", "--session", session, host=host, typed="".join(f"{line}\n" for line in [*typed, str(out)])
    )
    assert ran.code == 0 and out.is_dir(), ran.err[-3000:]
    text = golden.without_times((out / "deployment.yaml").read_text())
    golden.assert_golden("configs", f"{host}.yaml", text, may_write=False)


async def next_page(wizard: Wizard, page: str) -> None:
    await wizard.press("ctrl+n")
    await wizard.at(page)
    await wizard.looked()


async def usage(wizard: Wizard) -> None:
    await wizard.at("usage")
    await wizard.type("50000")
    await wizard.press("tab")
    await wizard.type("7.5%")
    await wizard.focus_on("usage--content")
    await wizard.press("right", "tab")
    await wizard.type("6")


async def skip_steps(wizard: Wizard) -> None:
    assert wizard.setup.plan is not None
    steps = [step.id for step in wizard.setup.plan.steps() if not step.id.startswith("firewall-")]
    for step in steps:
        await wizard.enter_on(f"step:{step}", "#table")
        await wizard.at("ReasonDialog")
        await wizard.paste(golden.SKIP_REASON)
        await wizard.press("enter")
        await wizard.at("software")


async def names_and_certificate(wizard: Wizard) -> None:
    await wizard.type("chat.example.com")
    await wizard.focus_on("tls--certificate")
    await wizard.paste("/etc/ssl/chat.pem")
    await wizard.press("tab")
    await wizard.paste("/etc/ssl/chat.key")
    await wizard.focus_on("domain--hosts--dashboard")
    await wizard.paste("portal.chat.example.com")


async def accept_all(wizard: Wizard) -> None:
    while found := [item for item in wizard.setup.findings if item.blocks and item.acceptable]:
        await wizard.enter_on(f"finding:{found[0].id}@{found[0].node or ''}", "#list")
        await wizard.at("ReasonDialog")
        await wizard.paste(golden.REASON)
        await wizard.press("enter")
        await wizard.at("review")


def _accepting(host: str, directory: Path) -> list[str]:
    """The lines that accept what the final answers accept, and Enter to go on."""
    path = Path(golden.final_answers(host, directory))
    ids = re.findall(r"\{id: ([a-z-]+),", path.read_text())
    return [*(line for ident in ids for line in (ident, golden.REASON)), ""]


def _texts(directory: Path) -> dict[str, str]:
    """Every file of an export but for times; the manifest holds sums of all of them."""
    return {
        str(path.relative_to(directory)): _TIME.sub("TIME", path.read_text())
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != ".cometchat-wizard"
    }
