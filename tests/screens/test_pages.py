"""Every page: what is typed ends in the answers, what is wrong is said at its field, nothing is lost."""

from __future__ import annotations

import threading

import pytest
from textual.events import Paste

from tests.hosts import load
from tests.screens.app import BEGUN, FEW, HOST, running
from tests.screens.recorded import outside
from wizard.model.answers import Answers, DomainAnswers, UsageAnswers
from wizard.tui.form import Hint
from wizard.tui.looking import Looker
from wizard.tui.setup import PAGES
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.rows import Rows

pytestmark = pytest.mark.screens


async def test_welcome_starts_a_new_setup():
    async with running() as wizard:
        assert wizard.focus == "menu" and "Start from an answers file" in wizard.text
        await wizard.press("enter")
        await wizard.at("usage")
        assert wizard.saved().page == "usage"


async def test_usage_typed_is_answered_and_saved():
    async with running("usage") as wizard:
        await wizard.type("50000")
        await wizard.press("enter")
        assert wizard.focus == "usage--pcc"
        await wizard.type("7.5%")
        await wizard.press("tab", "right", "tab", "left")
        for number in ("6", "10", "50"):
            await wizard.press("tab")
            await wizard.type(number)
        assert wizard.answers.usage == UsageAnswers(
            mau=50000,
            pcc="7.5%",
            table="baseline",
            content="text",
            retention_months=6,
            log_retention_days=10,
            growth_buffer_percent=50,
        )
        await wizard.until(lambda: not wizard.setup.is_dirty, "the answers on disk")
        assert wizard.saved().answers == wizard.answers


async def test_the_size_follows_every_key():
    async with running("usage") as wizard:
        assert "once the users are known" in wizard.text
        await wizard.type("1")
        assert "32 vCPU" in wizard.text
        await wizard.type("00000")
        assert "156 vCPU  312 GiB RAM published" in wizard.text and "5 WebSocket replicas" in wizard.text
        await wizard.press("backspace")
        assert "32 vCPU" in wizard.text


@pytest.mark.parametrize("typed", ["0", "-5", "many", "12.5", "1e9"])
async def test_a_wrong_number_is_said_at_its_field(typed: str):
    async with running("usage", BEGUN) as wizard:
        field = wizard.one("#usage--mau", Field)
        field.value = ""
        await wizard.type(typed)
        assert wizard.one("#hint-usage--mau", Hint).problem
        assert field.has_class("-wrong") and "✗" in wizard.text
        await wizard.press("ctrl+n")
        assert wizard.page == "usage" and wizard.focus == "usage--mau"
        assert wizard.message.startswith("✗ Monthly users")
        field.value = "10000"
        await wizard.pilot.pause()
        assert not wizard.one("#hint-usage--mau", Hint).problem and not field.has_class("-wrong")
        await wizard.press("ctrl+n")
        await wizard.at("host")


async def test_numbers_that_do_not_fit_together_keep_one_on_the_page():
    async with running("usage", BEGUN) as wizard:
        await wizard.press("tab")
        await wizard.type("90000")
        assert "does not fit" in wizard.text
        await wizard.press("ctrl+n")
        assert wizard.page == "usage" and wizard.focus == "usage--pcc" and wizard.message.startswith("✗")


async def test_production_without_users_does_not_go_on():
    async with running("usage") as wizard:
        await wizard.press("ctrl+n")
        assert wizard.page == "usage" and wizard.focus == "usage--mau" and "✗" in wizard.message


async def test_testing_needs_no_users():
    async with running("usage") as wizard:
        await wizard.press("shift+tab")
        await wizard.press("right")
        assert wizard.answers.usage.environment == "testing" and "8 vCPU" in wizard.text
        await wizard.press("ctrl+n")
        await wizard.at("host")


async def test_emptied_is_not_answered():
    async with running("usage", BEGUN) as wizard:
        for _ in range(5):
            await wizard.press("backspace")
        assert wizard.answers.usage.mau is None


async def test_pasted_text_is_typed_text():
    async with running("usage") as wizard:
        wizard.screen.focused.post_message(Paste("25,000\n"))
        await wizard.pilot.pause()
        assert wizard.answers.usage.mau == 25000
    async with running("domain", FEW) as wizard:
        wizard.screen.focused.post_message(Paste("chat.example.org\r\nsecond line"))
        await wizard.pilot.pause()
        assert wizard.answers.domain.primary == "chat.example.org"


async def test_host_shows_need_have_and_verdict():
    async with running("host", BEGUN) as wizard:
        assert "needed" in wizard.text and "verdict" in wizard.text and "✗ blocker" in wizard.text
        assert wizard.one("#table", Rows).has_focus
        await wizard.press("f5")
        await wizard.looked()
        assert "Looking" not in wizard.message


async def test_host_shows_parts_while_looking():
    async with running("host", BEGUN, looked=False) as wizard:
        assert wizard.setup.survey is not None or "Looking at this host" in wizard.text
        await wizard.looked()
        assert "(seen" in wizard.text


async def test_software_source_is_an_answer_and_moves_the_plan():
    async with running("software", BEGUN, host="ubuntu-24.04") as wizard:
        assert "Install: " in wizard.text
        before = wizard.setup.plan
        await wizard.focus_on("software--docker_from")
        await wizard.press("right")
        assert wizard.answers.software.docker_from == "distribution"
        assert wizard.setup.plan != before
        assert wizard.message == "The plan changed: its commands were worked out again."


async def test_software_lists_all_commands():
    async with running("software", BEGUN, host="rhel-9") as wizard:
        await wizard.focus_on("commands")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        text = "\n".join(
            "".join(text for text, _style in row.pieces) for row in wizard.one("#text", Rows).rows
        )
        assert "dnf" in text and "docker-ce" in text
        await wizard.press("escape")
        await wizard.at("software")


async def test_a_step_is_skipped_with_a_reason_and_taken_back():
    async with running("software", BEGUN, host="ubuntu-24.04") as wizard:
        await wizard.focus_on("table")
        await wizard.cursor_to("step:install-jq")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        assert "Step: install-jq" in wizard.text and "apt-get" in wizard.text
        await wizard.press("enter")
        assert wizard.page == "ReasonDialog" and "Give a reason first" in wizard.text
        await wizard.type("no jq here, by rule")
        await wizard.press("enter")
        await wizard.at("software")
        assert [(skip.step, skip.reason) for skip in wizard.answers.skipped] == [
            ("install-jq", "no jq here, by rule")
        ]
        assert "(skipped)" in wizard.text and wizard.message.startswith("Skipped")
        assert wizard.setup.plan and "install-jq" not in [step.id for step in wizard.setup.plan.steps()]
        jq = [item for item in wizard.setup.findings if item.subject == "jq"]
        assert [item.accepted for item in jq] == ["no jq here, by rule"]
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        await wizard.focus_on("take-back")
        await wizard.press("enter")
        await wizard.at("software")
        assert wizard.answers.skipped == () and "back in the plan" in wizard.message


async def test_ports_and_firewall():
    async with running("ports", BEGUN, host="rhel-9") as wizard:
        assert "443/tcp" in wizard.text and "firewalld is active" in wizard.text
        assert "Add rules: 2 steps" in wizard.text
        await wizard.press("right")
        assert wizard.answers.network.firewall == "leave" and "No rules to add" in wizard.text
        await wizard.press("tab")
        await wizard.type("203.0.113.0/24, 198.51.100.7")
        assert wizard.answers.network.allow_from[0] == "203.0.113.0/24"
        await wizard.type("x")
        await wizard.press("ctrl+n")
        assert wizard.page == "ports" and wizard.focus == "network--allow_from"


async def test_a_held_port_says_by_whom_and_is_accepted():
    async with running("ports", BEGUN, host="ubuntu-24.04-port-80-held") as wizard:
        assert "held by nginx" in wizard.text
        await wizard.focus_on("table")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        await wizard.type("moves tonight")
        await wizard.press("enter")
        await wizard.at("ports")
        assert [item.id for item in wizard.answers.accepted] == ["port-held"]
        assert "accepted" in wizard.text


async def test_domain_fills_the_table_of_names():
    async with running("domain", FEW) as wizard:
        assert "this page can wait" in wizard.text
        await wizard.type("chat.example.org")
        await wizard.until(lambda: "websocket.chat.example.org" in wizard.text, "the names")
        await wizard.until(lambda: "✓ 192.0.2.10" in wizard.text and "! no address" in wizard.text, "DNS")
        await wizard.focus_on("domain--hosts--dashboard")
        await wizard.type("portal.chat.example.org")
        assert wizard.answers.domain.hosts == {"dashboard": "portal.chat.example.org"}
        for _ in "portal.chat.example.org":
            await wizard.press("backspace")
        await wizard.type("app.chat.example.org")
        assert wizard.answers.domain.hosts == {}, "the default is no answer"


async def test_a_domain_finished_while_the_resolver_is_busy_is_looked_up_too():
    """Names of a half-typed domain must not stand in the config for those of the whole one."""
    gate = threading.Event()

    def slow(answers: Answers):
        gate.wait(5)
        return outside(answers)

    async with running("domain", FEW) as wizard:
        wizard.on.looker = Looker(wizard.on, look_outside=slow)
        await wizard.type("chat.example.or")
        await wizard.until(lambda: wizard.on.is_looking, "a look at the half-typed domain")
        await wizard.type("g")
        gate.set()
        await wizard.until(lambda: "✓ 192.0.2.10" in wizard.text, "the names of the whole domain")
        assert wizard.setup.survey and wizard.setup.survey.dns
        assert "app.chat.example.org" in wizard.setup.survey.dns.resolved
        assert not wizard.on.is_looking and not wizard.setup.wants_outside


async def test_a_survey_that_comes_in_under_a_dialog_is_there_when_it_is_closed():
    gate = threading.Event()

    def slow(answers: Answers):
        gate.wait(5)
        return outside(answers)

    async with running("welcome", BEGUN) as wizard:
        wizard.setup.survey, wizard.setup.findings, wizard.setup.plan = None, (), None
        wizard.on.looker = Looker(wizard.on, load(HOST), slow)
        wizard.on.open_page("host")
        await wizard.at("host")
        wizard.on.look()
        await wizard.press("f1")
        await wizard.at("TextDialog")
        gate.set()
        await wizard.looked()
        await wizard.press("escape")
        await wizard.at("host")
        assert "Looking at this host" not in wizard.text and "vCPU" in wizard.text


async def test_software_does_not_say_that_there_is_nothing_to_install_before_it_has_looked():
    gate = threading.Event()

    def slow(answers: Answers):
        gate.wait(5)
        return outside(answers)

    async with running("welcome", BEGUN) as wizard:
        wizard.setup.survey, wizard.setup.findings, wizard.setup.plan = None, (), None
        wizard.on.looker = Looker(wizard.on, load("ubuntu-24.04"), slow)
        wizard.on.open_page("software")
        await wizard.at("software")
        wizard.on.look()
        assert "Nothing to install" not in wizard.text and "[ Looking... ]" in wizard.text
        gate.set()
        await wizard.looked()
        await wizard.until(lambda: "[ Install: " in wizard.text, "the plan")


async def test_domain_names_what_is_wrong_and_may_be_empty():
    async with running("domain", FEW) as wizard:
        await wizard.type("not a domain")
        await wizard.press("ctrl+n")
        assert wizard.page == "domain" and wizard.focus == "domain--primary" and "✗" in wizard.message
        wizard.one("#domain--primary", Field).value = ""
        await wizard.press("ctrl+n")
        await wizard.at("review")
        assert wizard.answers.domain == DomainAnswers()


async def test_certificate_is_shown():
    async with running("domain", BEGUN) as wizard:
        await wizard.focus_on("tls--certificate")
        await wizard.type("/etc/ssl/chat.pem")
        await wizard.press("tab")
        await wizard.type("/etc/ssl/chat.key")
        await wizard.until(lambda: "matches its key" in wizard.text, "the certificate")
        assert wizard.answers.tls.certificate == "/etc/ssl/chat.pem"


async def test_the_contested_names_are_told():
    async with running("domain", BEGUN) as wizard:
        assert "pages disagree" in wizard.text
        await wizard.press("f1")
        await wizard.at("TextDialog")
        text = "\n".join(
            "".join(text for text, _style in row.pieces) for row in wizard.one("#text", Rows).rows
        )
        assert text.count("  or  ") == 3 and "app.chat.example.com  or  dashboard.chat.example.com" in text


async def test_review_shows_values_with_their_origin():
    async with running("review", BEGUN) as wizard:
        assert "in the way of the config" in wizard.text
        text = "\n".join(
            "".join(text for text, _style in row.pieces) for row in wizard.one("#list", Rows).rows
        )
        for word in ("published", "derived", "estimated", "default", "detected", "typed", "50000"):
            assert word in text.replace("50,000", "50000")


async def test_a_blocker_is_accepted_by_its_id_and_taken_back():
    async with running("review", BEGUN) as wizard:
        await wizard.cursor_to("finding:vcpus-short@recorded-host")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        assert "Blocker: vcpus-short" in wizard.text and "Why it matters" in wizard.text
        await wizard.press("enter")
        assert wizard.page == "ReasonDialog" and "Give a reason first" in wizard.text
        await wizard.type("more come on Monday")
        await wizard.press("enter")
        await wizard.at("review")
        assert [(item.id, item.reason) for item in wizard.answers.accepted] == [
            ("vcpus-short", "more come on Monday")
        ]
        assert "✓ accepted vcpus-short" in wizard.text and "Reason: more come on Monday" in wizard.text
        await wizard.cursor_to("finding:vcpus-short@recorded-host")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        assert wizard.one("#reason", Field).value == "more come on Monday"
        await wizard.focus_on("take-back")
        await wizard.press("enter")
        await wizard.at("review")
        assert wizard.answers.accepted == () and wizard.message == "No longer accepted."


async def test_a_finding_that_cannot_be_accepted_says_so():
    beyond = Answers(usage=UsageAnswers(mau=300000))
    async with running("review", beyond) as wizard:
        key = next(row.key for row in wizard.one("#list", Rows).rows if row.key and "beyond" in row.key)
        await wizard.cursor_to(key)
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        assert "can't be accepted" in wizard.text and not wizard.screen.query("#reason")
        await wizard.press("escape")
        await wizard.at("review")


@pytest.mark.parametrize("page", PAGES)
async def test_help_opens_and_closes(page: str):
    async with running(page, BEGUN) as wizard:
        await wizard.press("f1")
        await wizard.at("TextDialog")
        await wizard.press("escape")
        await wizard.at(page)


@pytest.mark.parametrize("page", PAGES)
async def test_wrong_keys_do_nothing_bad(page: str):
    async with running(page, BEGUN) as wizard:
        await wizard.press(
            "f2", "f12", "ctrl+z", "ctrl+x", "ctrl+k", "ctrl+p", "ctrl+w", "alt+x", "insert", "pageup", "pagedown",
            "home", "end", "delete", "ctrl+at", "f24", "left", "right", "up", "down", "ctrl+l",
        )  # fmt: skip
        assert wizard.on.is_running and wizard.page == page
        assert wizard.answers.domain.primary == "chat.example.com"


async def test_a_data_directory_is_answered_and_looked_at_again():
    async with running("host") as wizard:
        await wizard.focus_on("storage--data_directory")
        await wizard.type("/srv/chat")
        await wizard.until(lambda: not wizard.setup.wants_look and not wizard.on.is_looking, "another look")
        assert wizard.answers.storage.data_directory == "/srv/chat"
        await wizard.focus_on("storage--backup_directory")
        await wizard.type("backup")
        await wizard.press("enter")
        assert wizard.focus == "storage--backup_directory"  # a relative path is wrong: one stays at its field
        assert wizard.message.startswith("✗ Backup directory") or "Backup directory" in wizard.message
        assert wizard.answers.storage.backup_directory is None


async def test_a_proxy_is_taken_whole_and_without_its_password():
    async with running("software") as wizard:
        await wizard.focus_on("network--proxy")
        # The start of this password is a port as well: taken at each key, it would be on disk for a moment.
        await wizard.type("http://admin:31287canary@proxy:3128")
        assert wizard.answers.network.proxy is None
        await wizard.press("tab")
        assert wizard.answers.network.proxy == "http://***@proxy:3128"
        assert wizard.one("#network--proxy", Field).value == "http://***@proxy:3128"
        await wizard.until(lambda: not wizard.setup.is_dirty, "the answers on disk")
        assert "canary" not in str(wizard.saved())


async def test_what_is_in_the_way_goes_only_when_named():
    async with running("software", host="ubuntu-22.04-docker-20.10") as wizard:
        await wizard.enter_on(f"finding:package-conflict@{wizard.setup.findings[0].node}", "#table")
        await wizard.at("TextDialog")
        assert wizard.focus == "text"  # a second Enter must not remove anything
        await wizard.press("tab", "enter")
        await wizard.at("software")
        removed = set(wizard.answers.software.remove)
        assert removed == {"docker.io", "containerd", "runc"}
        assert wizard.setup.plan is not None and set(wizard.setup.plan.removes) == removed
        assert "remove-conflicts" in {step.id for step in wizard.setup.plan.steps()}
        assert all(item.fixable for item in wizard.setup.findings if item.id == "package-conflict")


async def test_docker_is_restarted_over_containers_only_when_said():
    async with running("software", host="ubuntu-24.04-swarm") as wizard:
        key = f"finding:docker-log-rotation@{wizard.setup.findings[0].node}"
        await wizard.enter_on(key, "#table")
        await wizard.at("TextDialog")
        assert "A restart of Docker ends 3 containers" in wizard.text
        assert wizard.focus == "text"  # a second Enter must not allow it
        await wizard.press("tab", "enter")
        await wizard.at("software")
        assert wizard.answers.software.restart_docker is True
        assert wizard.setup.plan is not None
        assert "docker-settings" in {step.id for step in wizard.setup.plan.steps()}
        await wizard.enter_on(key, "#table")
        await wizard.at("TextDialog")
        await wizard.press("tab", "enter")
        await wizard.at("software")
        assert wizard.answers.software.restart_docker is None
        assert "docker-settings" not in {step.id for step in wizard.setup.plan.steps()}
