from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.arrange.test_hosts import DOMAINS
from tests.unit.render.samples import ANSWERS, AT, HOST, NO_TLS, SHORT, TLS, arranged, beyond
from wizard.arrange.review import review_rows
from wizard.model.answers import (
    Acceptance,
    Answers,
    DomainAnswers,
    MachineAnswers,
    NetworkAnswers,
    NodeAnswer,
    Role,
    Skip,
    SoftwareAnswers,
    TlsAnswers,
    UsageAnswers,
)
from wizard.model.origin import Origin
from wizard.render.documents import deployment_document

HEADING = {"apiVersion", "kind", "metadata", "rules", "origins"}


def walk(value: object, path: str) -> Iterator[str]:
    """Leaves, written apart from the product's own walk."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from walk(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from walk(item, f"{path}[{index}]")
    else:
        yield path


def leaf_paths(document: dict[str, object]) -> list[str]:
    return list(walk({key: value for key, value in document.items() if key not in HEADING}, ""))


TEXT = st.text(max_size=8)
ROLES: st.SearchStrategy[tuple[Role, ...]] = st.sampled_from(
    [(), ("manager",), ("worker",), ("manager", "worker")]
)
ANY_ANSWERS = st.builds(
    Answers,
    usage=st.builds(
        UsageAnswers,
        environment=st.sampled_from(["production", "testing"]),
        mau=st.integers(1, 900_000),
        retention_months=st.none() | st.integers(1, 60),
    ),
    nodes=st.lists(
        st.builds(
            NodeAnswer,
            name=TEXT,
            roles=ROLES,
            machine=st.none() | st.builds(MachineAnswers, st.none() | st.integers(1, 64)),
        ),
        max_size=4,
    ).map(tuple),
    software=st.builds(SoftwareAnswers, remove=st.lists(TEXT, max_size=2).map(tuple)),
    network=st.builds(
        NetworkAnswers, address_pool=st.none() | TEXT, allow_from=st.lists(TEXT, max_size=2).map(tuple)
    ),
    domain=st.just(DomainAnswers()) | DOMAINS,
    tls=st.builds(TlsAnswers, st.none() | TEXT, st.none() | TEXT),
    accepted=st.lists(
        st.builds(Acceptance, st.sampled_from(["vcpus-short", "tls-name"]), TEXT), max_size=2
    ).map(tuple),
    skipped=st.lists(st.builds(Skip, TEXT, TEXT), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(ANY_ANSWERS, st.booleans())
def test_every_written_leaf_has_an_origin_and_no_other(answers: Answers, surveyed: bool) -> None:
    deployment = arranged(answers, (HOST,) if surveyed else (), TLS if answers.tls.key else None, (SHORT,))
    paths = leaf_paths(deployment_document(deployment, AT))
    assert paths == list(deployment.origins)
    assert set(deployment.origins.values()) <= set(get_args(Origin))
    rows = review_rows(deployment)
    assert [row.path for row in rows] == [path for path in paths if not path.startswith("sizing.because")]
    assert all(row.label.isprintable() and row.value.isprintable() for row in rows)


def test_nothing_answered() -> None:
    deployment = arranged(Answers(), ())
    document = deployment_document(deployment, AT)
    assert document["usage"] is None and document["sizing"] is None and document["services"] == {}
    assert document["domain"] == {"primary": None, "hosts": {}, "extra_allowed": []}
    assert document["left_for_later"] == ["usage", "domain.primary", "tls.certificate", "tls.key"]
    assert [node.roles for node in deployment.nodes] == [("manager", "worker")]
    assert {row.value for row in review_rows(deployment) if row.section == "usage"} == {"not answered"}


def test_the_surveyed_host_stands_in_where_no_node_is_listed() -> None:
    (node,) = arranged(Answers(usage=UsageAnswers(mau=10_000))).nodes
    assert (node.name, node.address, node.vcpus, node.memory_gib) == ("chat-1", "local", 32, 63)
    assert node.machine_origin == "detected" and node.requirements is not None
    assert (node.requirements.vcpus, node.requirements.memory_gib) == (32, 64)


def test_detected_wins_over_typed_and_typed_over_nothing() -> None:
    deployment = arranged(ANSWERS)
    assert [(n.vcpus, n.memory_gib, n.machine_origin) for n in deployment.nodes] == [
        (32, 63, "detected"),
        (32, 64, "typed"),
        (8, 64, "typed"),
    ]
    assert deployment.origins["nodes[1].vcpus"] == "typed"
    bare = arranged(Answers(nodes=(NodeAnswer("elsewhere"),)))
    assert bare.nodes[0].machine_origin is None and bare.origins["nodes[0].vcpus"] == "default"


def test_roles_that_nobody_typed() -> None:
    def roles(*nodes: NodeAnswer, environment: str = "production") -> list[tuple[str, ...]]:
        usage = UsageAnswers(environment=environment, mau=10_000)  # type: ignore[arg-type]
        return [node.roles for node in arranged(Answers(usage=usage, nodes=nodes)).nodes]

    four = tuple(NodeAnswer(f"n{index}") for index in range(4))
    both, worker = ("manager", "worker"), ("worker",)
    assert roles(*four) == [both, both, both, worker]
    assert roles(*four, environment="testing") == [both, worker, worker, worker]
    assert roles(*four[:2]) == [both, worker]
    assert roles(four[0], NodeAnswer("m", roles=("manager",))) == [worker, ("manager",)]


def test_only_findings_that_are_there_stay_accepted() -> None:
    typed = (
        Acceptance("vcpus-short", "ok", "chat-3"),
        Acceptance("vcpus-short", "ok", "chat-1"),
        Acceptance("vcpus-short", "anywhere"),
        Acceptance("tls-missing", "no blocker"),
        Acceptance("beyond-swarm", "may not be accepted"),
    )
    findings = (SHORT, NO_TLS, replace(SHORT, id="beyond-swarm", acceptable=False))
    accepted = arranged(replace(ANSWERS, accepted=typed), findings=findings).accepted
    assert accepted == (typed[0], typed[2])


def test_beyond_the_range_no_number_is_written_as_a_plan() -> None:
    document = deployment_document(arranged(beyond()), AT)
    sizing = document["sizing"]
    assert isinstance(sizing, dict)
    assert sizing == {
        "environment": "production",
        "table": None,
        "row": None,
        "mau": 500_000,
        "pcc": 40_000,
        "vcpus": None,
        "memory_gib": None,
        "storage_gb": {"required": None, "estimated": None, "backup": None},
        "websocket_replicas": None,
        "because": [],
    }
    assert document["nodes"][0]["requirements"] is None  # type: ignore[index]


def test_what_changes_by_itself_is_not_written() -> None:
    later = replace(HOST, read_at="2027-01-01T00:00:00Z", addresses=("127.0.0.1", "10.201.4.7", "172.18.0.1"))
    before = deployment_document(arranged(ANSWERS, (HOST,), TLS), AT)
    after = deployment_document(arranged(ANSWERS, (later,), replace(TLS, expires_in_days=1)), AT)
    assert before == after


def test_a_password_never_gets_into_the_deployment() -> None:
    answers = Answers(network=NetworkAnswers(proxy="http://user:canary@proxy:3128"))
    deployment = arranged(answers)
    assert "canary" not in str(deployment_document(deployment, AT))
    assert all("canary" not in row.value for row in review_rows(deployment))
