"""Certificate, key, names and DNS."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.checks.build import found, host, named, service
from wizard.checks.names import covers
from wizard.model.answers import Answers, DomainAnswers, TlsAnswers
from wizard.model.facts import DnsFacts, TlsFacts

NAMES = (service("api.example.com"), service("app.example.com"), service("tidb.example.com", public=False))
GOOD = TlsFacts(
    "/tls/a.pem",
    "/tls/a.key",
    key_encrypted=False,
    matches=True,
    names=("*.example.com",),
    not_before="2026-01-01T00:00:00Z",
    not_after="2027-06-01T00:00:00Z",
    expires_in_days=180,
)
ANSWERS = Answers(
    tls=TlsAnswers("/tls/a.pem", "/tls/a.key"),
    domain=DomainAnswers(primary="example.com"),
)
HERE = {item.host: ("192.0.2.10",) for item in NAMES}


def _ids(tls: TlsFacts | None, answers: Answers = ANSWERS, **changes):
    findings = found(host(**changes), answers=answers, names=NAMES, tls=tls, dns=DnsFacts(HERE))
    return [item for item in findings if item.id != "usage-missing"]


def test_a_good_certificate_has_no_finding():
    assert _ids(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "id", "severity"),
    [
        ({"problem": "There is no such file on this host."}, "tls-unreadable", "blocker"),
        (
            {"key_problem": "There is no such file on this host.", "matches": None},
            "tls-unreadable",
            "blocker",
        ),
        ({"key_encrypted": True, "key_problem": "It is.", "matches": None}, "tls-key-encrypted", "blocker"),
        ({"matches": False}, "tls-mismatch", "blocker"),
        ({"expires_in_days": -1}, "tls-expired", "blocker"),
        ({"expires_in_days": 0, "not_after": "2026-11-24T09:59:59Z"}, "tls-expired", "blocker"),
        ({"not_before": "2026-11-24T10:00:01Z"}, "tls-expired", "blocker"),
        ({"expires_in_days": 0}, "tls-expiring", "warning"),
        ({"expires_in_days": 29}, "tls-expiring", "warning"),
        ({"matches": None}, "facts-unknown", "note"),
        ({"expires_in_days": None}, "facts-unknown", "note"),
    ],
)
def test_each_fault_alone(changes, id: str, severity: str):
    findings = _ids(replace(GOOD, **changes))
    assert [(item.id, item.severity, item.acceptable) for item in findings] == [
        (id, severity, severity == "blocker")
    ]
    assert findings[0].node is None and not findings[0].fixable


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_in_days": 30},
        {"not_before": "2026-11-24T10:00:00Z"},
        {"names": ("API.example.com", "app.example.com")},
    ],
)
def test_the_good_side_of_each_border(changes):
    assert _ids(replace(GOOD, **changes)) == []


def test_encrypted_key_says_how_to_decrypt_with_the_path_quoted():
    item = _ids(replace(GOOD, key="/tls/a b.key", key_encrypted=True))[0]
    assert "openssl pkey -in '/tls/a b.key'" in item.fix


def test_each_uncovered_public_host_and_no_internal_one():
    findings = _ids(replace(GOOD, names=("api.example.com",)))
    assert [(item.id, item.subject) for item in findings] == [("tls-name", "app.example.com")]
    assert len(_ids(replace(GOOD, names=()))) == 2


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        (TlsAnswers(), [("tls-missing", "")]),
        (TlsAnswers(key="/tls/a.key"), [("tls-missing", "")]),
        (TlsAnswers("/tls/a.pem"), [("tls-missing", "key"), ("facts-unknown", "tls")]),
    ],
)
def test_not_answered_or_not_looked_at(tls: TlsAnswers, expected):
    findings = _ids(None, replace(ANSWERS, tls=tls))
    assert [(item.id, item.subject) for item in findings] == expected


def test_what_could_not_be_looked_at_is_not_held_against_the_files():
    unread = replace(GOOD, problem="openssl is not installed, so the certificate can't be read.")
    findings = _ids(unread, software__openssl=None)
    assert named(tuple(findings), "tls-unreadable") is None
    assert named(tuple(findings), "facts-unknown", "tls")
    denied = replace(
        GOOD, key_problem="This user may not read the file: go on as root, or give it the right."
    )
    findings = _ids(denied, privilege__is_root=False)
    assert named(tuple(findings), "facts-unknown", "tls")
    assert named(tuple(_ids(denied)), "tls-unreadable")


def test_a_certificate_without_a_domain_is_noted():
    findings = found(answers=replace(ANSWERS, domain=DomainAnswers()), tls=GOOD)
    assert named(findings, "tls-names-open")
    assert named(findings, "domain-missing")


@pytest.mark.parametrize(
    ("pattern", "name", "is_covered"),
    [
        ("api.example.com", "api.example.com", True),
        ("API.Example.COM", "api.example.com", True),
        ("api.example.com.", "api.example.com", True),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.api.example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.example.com", "api.example.org", False),
        ("*", "com", False),
        ("*.com", "example.com", False),
        ("a*.example.com", "api.example.com", False),
        ("*i.example.com", "api.example.com", False),
        ("*.*.example.com", "a.b.example.com", False),
        ("api.*.com", "api.example.com", False),
        ("*.example.com", "*.example.com", False),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", True),
        ("\u212aelvin.example", "kelvin.example", False),
        ("", "", False),
    ],
)
def test_names(pattern: str, name: str, is_covered: bool):
    assert covers(pattern, name) is is_covered


LABEL = st.text(alphabet="abcxyz0189-", min_size=1, max_size=12)


@given(st.lists(LABEL, min_size=2, max_size=4), LABEL, LABEL)
def test_a_wildcard_stands_for_exactly_one_label(parent: list[str], one: str, two: str):
    suffix = ".".join(parent)
    assert covers(f"*.{suffix}", f"{one}.{suffix}")
    assert not covers(f"*.{one}.{suffix}", f"{one}.{suffix}")
    assert not covers(f"*.{suffix}", f"{two}.{one}.{suffix}")
    assert covers(suffix.upper(), suffix)


@pytest.mark.parametrize(
    ("addresses", "id", "severity"),
    [
        (("192.0.2.10",), None, None),
        (("203.0.113.1", "192.0.2.10"), None, None),
        ((), "dns-unresolved", "warning"),
        (None, "dns-unknowable", "note"),
        (("10.1.2.3",), "dns-unknowable", "note"),
        (("203.0.113.1",), "dns-unknowable", "note"),
        (("rubbish",), "dns-unknowable", "note"),
    ],
)
def test_dns_never_blocks(addresses, id: str | None, severity: str | None):
    dns = DnsFacts({**HERE, "api.example.com": addresses})
    findings = [
        item for item in found(answers=ANSWERS, names=NAMES, tls=GOOD, dns=dns) if item.id.startswith("dns")
    ]
    expected = [(id, severity, "api.example.com")] if id else []
    assert [(item.id, item.severity, item.subject) for item in findings] == expected


def test_dns_not_looked_at():
    findings = found(answers=ANSWERS, names=NAMES, tls=GOOD)
    assert [item.subject for item in findings if item.id == "dns-unknowable"] == [
        "api.example.com",
        "app.example.com",
    ]


def test_two_services_on_one_name_are_told() -> None:
    from dataclasses import replace

    from wizard.arrange.hosts import service_hosts
    from wizard.checks.dns import check_shared_names
    from wizard.model.answers import DomainAnswers
    from wizard.store.assets import load

    names = service_hosts(DomainAnswers(primary="chat.example.com"), load("services.json"))
    assert not list(check_shared_names(names))
    shared = (*names[:-1], replace(names[-1], host=names[0].host))
    assert [(item.id, item.subject) for item in check_shared_names(shared)] == [
        ("host-name-shared", names[0].host)
    ]
