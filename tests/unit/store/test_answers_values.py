"""Which values are taken, and that all problems are told at once, each at its path."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.model.answers import NodeAnswer
from wizard.store.answers import field_problem, parse_answers, parse_field

TAKEN = {
    "usage.mau": ["1", "1000000000", " 50000 ", "50,000", "50 000"],
    "usage.pcc": ["1", "500", "7.5%", "7.5 %", "100%", "0.001%"],
    "usage.table": ["auto", "high-concurrency"],
    "usage.retention_months": ["0", "120"],
    "usage.log_retention_days": ["0", "3650"],
    "usage.growth_buffer_percent": ["0", "500"],
    "nodes[0].name": ["a", "node-1", "A1", "x" * 63],
    "nodes[0].address": [
        "local",
        "10.0.0.5",
        "root@10.0.0.5",
        "my_alias",
        "ssh://root@h.example.com:2222",
        "fe80::1%eth0",
        "root@[2001:db8::1]",
        "2001:db8::1",
    ],
    "nodes[].roles": ["manager", "manager, worker", "worker manager"],
    "software.remove": ["docker.io podman-docker", "libstdc++"],
    "storage.data_directory": ["/", "/data", "/srv/a b/ü", "/a..b", "/..a"],
    "network.firewall": ["manage", "leave"],
    "network.allow_from": ["203.0.113.0/24", "203.0.113.7, 2001:db8::/32", "0.0.0.0/0"],
    "network.advertise_address": ["10.0.0.5", "eth0", "bond0.12", "2001:db8::1", "ens3f0np0"],
    "network.address_pool": ["10.200.0.0/16", "172.16.0.0/12", "192.168.4.0/24"],
    "network.encrypted_overlay": ["true", "no"],
    "network.proxy": [
        "http://proxy:3128",
        "https://u:***@proxy.example.com",
        "socks5://[2001:db8::1]:1080",
        "http://u@p:1/",
    ],
    "domain.primary": ["example.com", "Chat.Example.COM", "xn--bcher-kva.example", "1and1.com", "a.b-c.d1"],
    "domain.hosts.dashboard": ["app.example.com"],
    "domain.extra_allowed": ["a.example.com, *.b.example", "c.example.com:8443"],
    "tls.key": ["/etc/ssl/private/key.pem"],
    "accepted[0].id": ["memory-short"],
    "accepted[0].node": ["web-1", "web.example.com", "my_host"],
    "accepted[0].reason": ["we know", "zwei\nZeilen ü"],
    "skipped[0].step": ["install-jq", "install-net-tools"],
}

REFUSED = {
    "usage.mau": ["0", "-5", "1000000001", "9" * 30, "5k", "1.5", "1e3", "0x10", "50,00", "5,0000", "x", "٣"],
    "usage.pcc": [
        "0",
        "-1",
        "0%",
        "0.0%",
        "100.1%",
        "101%",
        "-5%",
        "5%%",
        "%",
        "nan%",
        "1e2%",
        "x",
        "5 per cent",
    ],
    "usage.table": ["Auto", "base", "testing"],
    "usage.retention_months": ["-1", "121"],
    "usage.log_retention_days": ["3651"],
    "usage.growth_buffer_percent": ["501"],
    "nodes[0].name": ["-a", "a-", "a.b", "a_b", "ü", "x" * 64, "a b", "a\nb"],
    "nodes[0].address": [
        "-oProxyCommand=x",
        "root@-oProxyCommand=x",
        "a b",
        "a\tb",
        "a\x1bb",
        "u:pw@h",
        "ssh://u:pw@h",
        "a;b",
        "$(x)",
        "`x`",
        "a'b",
        "x" * 300,
        "a\u202eb",
    ],
    "nodes[].roles": ["boss", "manager,boss"],
    "software.remove": ["-y", "a;b", "docker-", "../x", "a/b"],
    "storage.data_directory": [
        "data",
        "~/data",
        "/a/../b",
        "/..",
        "/a\x00b",
        "/a\nb/c",
        "x" * 5000,
        "/" * 5000,
    ],
    "network.allow_from": ["203.0.113.5/24", "203.0.113.0/33", "any", "10.0.0.0/8;x"],
    "network.advertise_address": ["10.0.0.0/8", "300.0.0.1", "eth 0", "-i", "x" * 16, "1.2.3"],
    "network.address_pool": [
        "8.0.0.0/8",
        "10.0.0.0/25",
        "10.0.0.0/7",
        "fd00::/64",
        "10.1.0.0/8",
        "x",
        "172.32.0.0/16",
    ],
    "network.encrypted_overlay": ["maybe"],
    "network.proxy": [
        "proxy:3128",
        "ftp://p",
        "http://",
        "http://p:port",
        "http://a b",
        "http://a@b:c@p:1",
        "http://u:p://x@p:1",
    ],
    "domain.primary": [
        "https://example.com",
        "example.com/x",
        "example.com:443",
        "my_chat.example.com",
        "192.0.2.1",
        "1.2.3.4",
        "localhost",
        "example.com.",
        ".example.com",
        "a..b",
        "-a.example",
        "a-.example",
        "bücher.example",
        "x" * 64 + ".example",
        ("x" * 60 + ".") * 5 + "example",
        "a b.example",
        "*.example.com",
        "2001:db8::1",
        "example.123",
    ],
    "domain.hosts.dashboard": ["app", "https://app.example.com"],
    "domain.extra_allowed": ["http://a.example.com", "a.example.com,b"],
    "tls.certificate": ["cert.pem"],
    "accepted[0].id": ["Memory", "a b", "-a", "a--b"],
    "accepted[0].reason": ["\x1b[31m", "a\u202eb", "x" * 501],
    "skipped[0].step": ["install jq", "-x", "../x"],
}


@pytest.mark.parametrize(("path", "text"), [(path, text) for path in TAKEN for text in TAKEN[path]])
def test_taken(path, text):
    assert field_problem(path, text) is None
    value = parse_field(path, text)
    assert _parsed(path, value) == ()


@pytest.mark.parametrize(("path", "text"), [(path, text) for path in REFUSED for text in REFUSED[path]])
def test_refused_with_the_rest_of_a_sentence_that_does_not_repeat_it(path, text):
    problem = field_problem(path, text)
    assert problem is not None and problem.startswith(("must", "has"))
    assert len(text) < 14 or text not in problem
    with pytest.raises(ValueError):
        parse_field(path, text)


def test_no_text_is_no_answer():
    for path in TAKEN:
        if not path.startswith(("accepted", "skipped", "nodes")):
            assert field_problem(path, "  ") is None
            assert parse_field(path, "") in (None, ())


def test_what_parse_field_returns():
    assert parse_field("usage.mau", "50,000") == 50_000
    assert parse_field("usage.pcc", "2500") == 2500
    assert parse_field("usage.pcc", "7.5 %") == "7.5%"
    assert parse_field("network.allow_from", "10.0.0.0/8, 192.0.2.1") == ("10.0.0.0/8", "192.0.2.1")
    assert parse_field("domain.primary", "Chat.Example.com") == "chat.example.com"
    assert parse_field("network.encrypted_overlay", "yes") is True
    assert parse_field("accepted[].reason", " a \n b ") == "a b"
    with pytest.raises(KeyError):
        parse_field("usage.none", "1")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("bücher.example", "xn--"),
        ("https://example.com", "https://"),
        ("example.com:443", "port"),
        ("my_chat.example.com", "underscore"),
        ("192.0.2.1", "IP address"),
        ("localhost", "two parts"),
        ("example.com.", "dot"),
    ],
)
def test_a_wrong_domain_is_told_why(text, word):
    assert word in (field_problem("domain.primary", text) or "")


def test_everything_is_told_at_once_each_at_its_path():
    problems = parse_answers(
        {
            "usage": {"enviroment": "production", "mau": "x", "pcc": True, "table": 5},
            "nodes": [
                {"address": "-x"},
                5,
                {"name": "a", "roles": ["boss", "manager", "manager"], "machine": 5},
            ],
            "software": [],
            "network": {"allow_from": "10.0.0.0/8", "encrypted_overlay": "yes"},
            "domain": {"hosts": {"dashbord": "a.example.com", "tidb": "x"}, "extra_allowed": [None]},
            "accepted": [{"id": "a", "reason": ""}, {"reason": "x"}],
            "skipped": {"step": "x"},
            "storage": {"data_directory": 5},
            5: 1,
            "tsl": {},
        }
    )[1]
    assert sorted(problem.path for problem in problems) == sorted(
        [
            "", "tsl", "usage.enviroment", "usage.mau", "usage.pcc", "usage.table", "nodes[0].name",
            "nodes[0].address", "nodes[1]", "nodes[2].roles[0]", "nodes[2].roles[2]", "nodes[2].machine",
            "software", "network.allow_from", "network.encrypted_overlay", "domain.hosts.dashbord",
            "domain.hosts.tidb", "domain.extra_allowed[0]", "accepted[0].reason", "accepted[1].id", "skipped",
            "storage.data_directory",
        ]
    )  # fmt: skip
    by_path = {problem.path: problem.problem for problem in problems}
    assert "did you mean environment?" in by_path["usage.enviroment"]
    assert "did you mean dashboard?" in by_path["domain.hosts.dashbord"]
    assert "did you mean tls?" in by_path["tsl"]
    assert "auto, baseline or high-concurrency" in by_path["usage.table"]
    assert "true or false" in by_path["network.encrypted_overlay"]


def test_what_is_wrong_only_together_is_told_and_kept():
    answers, problems = parse_answers(
        {
            "usage": {"mau": 100, "pcc": 101},
            "nodes": [{"name": "a"}, {"name": "A", "address": "root@b"}, {"name": "c", "address": "local"}],
            "domain": {"hosts": {"tidb": "x.example.com", "dashboard": "X.example.com"}},
        }
    )
    assert [problem.path for problem in problems] == [
        "usage.pcc",
        "nodes[1].name",
        "nodes[2].address",
        "domain.hosts.tidb",
    ]
    assert answers.usage.pcc == 101 and len(answers.nodes) == 3
    assert parse_answers({"usage": {"mau": 100, "pcc": 100}})[1] == ()
    assert parse_answers({"usage": {"mau": 100, "pcc": "100%"}})[1] == ()


def test_a_node_with_a_problem_never_becomes_another_node():
    answers, problems = parse_answers({"nodes": [{"name": "a", "address": "-x"}, {"name": "b"}]})
    assert answers.nodes == (NodeAnswer("b"),)
    assert [problem.path for problem in problems] == ["nodes[0].address"]


def test_empty_parts_are_not_answered():
    answers, problems = parse_answers(
        {"usage": None, "nodes": None, "domain": {"hosts": None, "primary": None}}
    )
    assert problems == () and answers == parse_answers({})[0]


def _parsed(path, value):
    """The value of one field within a whole document."""
    names = path.replace("[0]", "[]").split(".")
    data: Any = list(value) if isinstance(value, tuple) else value
    for name in reversed(names):
        data = {name.removesuffix("[]"): [data] if name.endswith("[]") else data}
    for part, needed in (
        ("nodes", {"name": "n"}),
        ("accepted", {"id": "i", "reason": "r"}),
        ("skipped", {"step": "s", "reason": "r"}),
    ):
        if part in data:
            data[part][0] = {**needed, **data[part][0]}
    return parse_answers(data)[1]


def test_a_number_with_too_many_digits_is_not_said_to_be_quoted() -> None:
    _answers, (problem,) = parse_answers({"usage": {"mau": "9" * 26}})
    assert "18 digits" in problem.problem and "quotes" not in problem.problem


def test_a_very_long_list_is_read_in_time_that_grows_with_its_length() -> None:
    names = [f"p{number}" for number in range(60_000)]
    answers, problems = parse_answers({"software": {"remove": [*names, "p7"]}})
    assert answers.software.remove == ()
    assert [problem.problem for problem in problems] == ["must have 1,000 entries or less"]
    answers, problems = parse_answers({"software": {"remove": [*names[:999], "p7"]}})
    assert len(answers.software.remove) == 999
    assert [problem.path for problem in problems] == ["software.remove[999]"]
