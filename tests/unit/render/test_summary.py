from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.render.samples import (
    ANSWERS,
    AT,
    HOST,
    MISSING,
    NO_TLS,
    PLAN,
    SHORT,
    TLS,
    arranged,
)
from wizard.model.answers import Acceptance, Answers, DomainAnswers, NetworkAnswers, NodeAnswer, UsageAnswers
from wizard.model.finding import Finding
from wizard.model.formats.markdown import code
from wizard.model.formats.markdown import text as markdown
from wizard.model.plan import Plan
from wizard.render.files import render

HOSTILE = "<script>x</script> [a](http://b) `c` | d\n# e\n```\n![f](g) \x1b[31m \u202e **h**"


def summary(
    answers: Answers, findings: tuple[Finding, ...] = (), plan: Plan = PLAN, changes: tuple[str, ...] = ()
) -> str:
    return str(
        render(arranged(answers, findings=findings, tls=TLS), findings, plan, changes, AT)["SUMMARY.md"]
    )


def test_the_next_commands_are_the_vendors() -> None:
    text = summary(ANSWERS)
    for command in (
        "docker swarm init --advertise-addr 10.201.4.7 --default-addr-pool 10.202.0.0/16",
        "docker network create --driver overlay --opt encrypted private_network",
        "docker swarm join --token <manager-token> 10.201.4.7:2377",
        "docker node update --availability drain chat-2",
        "./deploy.sh",
        "curl -f https://websocket.chat.example.com/v1/health || echo 'WebSocket gateway unhealthy'",
        "curl -f https://admin.example.com/ || echo 'Dashboard unhealthy'",
    ):
        assert f"\n{command}\n" in text


def test_the_swarm_begins_on_the_first_manager() -> None:
    nodes = (NodeAnswer("chat-1", roles=("worker",)), NodeAnswer("lead", "10.9.9.9", ("manager",)))
    text = summary(Answers(nodes=nodes))
    assert "on the first manager (lead):" in text and "--advertise-addr ADDR" in text
    assert "# on chat-1, a worker:" in text and "# on lead" not in text


def test_what_nobody_knows_stands_in_capitals_and_is_explained() -> None:
    text = summary(Answers(network=NetworkAnswers(encrypted_overlay=False)))
    assert "docker swarm init --advertise-addr 10.201.4.7" in text and "--opt encrypted" not in text
    lost = replace(
        HOST, addresses=(), routes=("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    )
    text = str(render(arranged(Answers(), (lost,)), (), PLAN, (), AT)["SUMMARY.md"])
    assert "--advertise-addr ADDR --default-addr-pool POOL" in text
    assert "ADDR is the first manager's own address" in text and "POOL is a private network" in text


def test_findings_say_what_to_do_and_accepted_ones_why() -> None:
    text = summary(ANSWERS, (SHORT, MISSING, NO_TLS), changes=("2026-11-24: installed curl.",))
    assert "Not ready: the blockers below come first." in text
    assert "- `software-missing` on chat-1: jq is not there." in text
    assert "What to do: Install it.\n  The plan does it: `cometchat-wizard apply`." in text
    assert "- `vcpus-short` on chat-3. Reason given: a lab, replaced in May" in text
    assert "docker-snap" not in text
    assert "- `install-net-tools`. Reason given: we use ss" in text
    assert "- 2026-11-24: installed curl." in text
    assert "Nothing: the wizard has only looked." in summary(ANSWERS)


def test_every_number_has_its_origin() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([a-z]+) \|$", summary(ANSWERS), re.M)
    assert ("vCPU", "96", "published") in rows and ("Peak connections", "2,500", "derived") in rows
    assert ("Storage estimated, GB", "12,750", "estimated") in rows
    assert {origin for _, _, origin in rows} <= {
        "published",
        "derived",
        "estimated",
        "default",
        "typed",
        "origin",
    }


def test_a_size_beyond_swarm_gets_no_commands() -> None:
    text = summary(Answers(usage=UsageAnswers(mau=500_000, environment="production")))
    assert "docker swarm init" not in text and "sales-sheet.md" in text


def test_hostile_text_shows_as_text() -> None:
    finding = replace(SHORT, seen=HOSTILE, why=HOSTILE, fix=HOSTILE, node=HOSTILE, accepted=None)
    text = summary(
        Answers(
            nodes=(NodeAnswer(HOSTILE, HOSTILE), NodeAnswer(HOSTILE, HOSTILE, ("manager",))),
            network=NetworkAnswers(advertise_address=HOSTILE, address_pool=HOSTILE, allow_from=(HOSTILE,)),
            domain=DomainAnswers("chat.example.com"),
            accepted=(Acceptance("vcpus-short", HOSTILE),),
        ),
        (finding,),
        changes=(HOSTILE,),
    )
    prose = re.sub(r"```sh\n.*?\n```", "", text, flags=re.S)
    assert "<script" not in re.sub(r"`[^`\n]*`", "", prose).replace("\\<", "")
    assert "\x1b" not in text and "\u202e" not in text
    assert "\n# e" not in text and prose.count("```") == 0
    for line in text.splitlines():
        if line.startswith("| ") and HOSTILE[:8] in line:
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 6, 7)


@given(st.text(max_size=80))
def test_no_text_is_markup(text: str) -> None:
    shown = markdown(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|&~]", re.sub(r"\\.", "", shown))
    assert "\n" not in shown
    assert code(text).count("`") == 2


@pytest.mark.parametrize("secret", ["canary-in-a-proxy"])
def test_no_secret_in_any_file(secret: str) -> None:
    answers = replace(ANSWERS, network=NetworkAnswers(proxy=f"http://user:{secret}@proxy:3128"))
    files = render(arranged(answers), (), PLAN, (), AT)
    assert secret not in str(files)
