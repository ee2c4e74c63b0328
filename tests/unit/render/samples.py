"""Deployments to arrange and render: one of each kind, sized by the real tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wizard.arrange.deployment import arrange
from wizard.model.answers import (
    Acceptance,
    Answers,
    DomainAnswers,
    MachineAnswers,
    NetworkAnswers,
    NodeAnswer,
    Skip,
    StorageAnswers,
    TlsAnswers,
    UsageAnswers,
)
from wizard.model.deployment import Deployment
from wizard.model.facts import CpuFacts, HostFacts, TlsFacts
from wizard.model.finding import Finding
from wizard.model.plan import Command, Plan, Stage, Step
from wizard.sizing.demand import demand
from wizard.sizing.estimate import estimate
from wizard.sizing.usage import settle_usage
from wizard.store.assets import sizing_tables

ROOT = Path(__file__).parents[3]
SERVICES: dict[str, Any] = json.loads((ROOT / "assets" / "services.json").read_text())
AT = "2026-11-24T09:00:00Z"

HOST = HostFacts(
    name="chat-1",
    read_at="2026-11-24T08:59:00Z",
    cpu=CpuFacts(vcpus=32),
    memory_bytes=int(62.7 * 2**30),
    routes=("default", "10.201.4.0/22", "172.17.0.0/16"),
    addresses=("127.0.0.1", "10.201.4.7", "172.17.0.1"),
)
SHORT = Finding(
    "vcpus-short", "blocker", "8 of 32 vCPU.", "It will be slow.", "Add vCPU.", "vendor: Prerequisites",
    node="chat-3", acceptable=True, accepted="a lab, replaced in May",
)  # fmt: skip
MISSING = Finding(
    "software-missing", "blocker", "jq is not there.", "The scripts need it.", "Install it.",
    "vendor: Prerequisites", node="chat-1", subject="jq", fixable=True,
)  # fmt: skip
NO_TLS = Finding("tls-missing", "warning", "No certificate.", "Browsers refuse.", "Order one.", "rule: tls")

ANSWERS = Answers(
    usage=UsageAnswers(mau=50_000, environment="production"),
    nodes=(
        NodeAnswer("chat-1", roles=("manager", "worker")),
        NodeAnswer("chat-2", "ops@10.201.4.8", ("manager",), MachineAnswers(32, 64)),
        NodeAnswer("chat-3", "10.201.4.9", ("worker",), MachineAnswers(8, 64)),
    ),
    storage=StorageAnswers("/data/docker", "/backup"),
    network=NetworkAnswers(allow_from=("203.0.113.0/24",), proxy="http://***@proxy.example.com:3128"),
    domain=DomainAnswers("chat.example.com", {"dashboard": "admin.example.com"}, ("example.com",)),
    tls=TlsAnswers("/etc/ssl/chat.pem", "/etc/ssl/chat.key"),
    accepted=(
        Acceptance("vcpus-short", "a lab, replaced in May", "chat-3"),
        Acceptance("docker-snap", "gone"),
    ),
    skipped=(Skip("install-net-tools", "we use ss"),),
)
TLS = TlsFacts(
    "/etc/ssl/chat.pem", "/etc/ssl/chat.key", matches=True, names=("*.chat.example.com",),
    not_after="2027-11-01T00:00:00Z", expires_in_days=341,
)  # fmt: skip
PLAN = Plan(
    stages=(
        Stage(
            "tools", "Tools",
            (Step("install-jq", "chat-1", "Install jq", "", (Command(("apt-get", "install", "jq")),)),),
        ),
        Stage(
            "firewall", "Firewall",
            (Step("firewall-https", "chat-1", "Open 443", "", (Command(("ufw", "allow", "443/tcp")),)),),
        ),
    ),
    notes=("Docker is not restarted.",),
)  # fmt: skip


def arranged(
    answers: Answers,
    hosts: tuple[HostFacts, ...] = (HOST,),
    tls: TlsFacts | None = None,
    findings: tuple[Finding, ...] = (),
) -> Deployment:
    """The deployment of these answers, sized when usage was answered."""
    usage = sizing = requirements = None
    if answers.usage.mau is not None or answers.usage.environment == "testing":
        tables = sizing_tables()
        usage = settle_usage(answers.usage, tables)
        sizing = estimate(usage, tables)
        requirements = demand(sizing, len(answers.nodes))
    return arrange(answers, usage, sizing, hosts, tls, findings, SERVICES, requirements, "test-rules")


def beyond() -> Answers:
    """More users than the vendor sizes Swarm for."""
    return Answers(usage=UsageAnswers(mau=500_000, pcc=40_000, environment="production"))
