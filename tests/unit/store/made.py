"""Answers made up by hypothesis: every one of them is valid."""

from __future__ import annotations

from hypothesis import strategies as st

from wizard.model.answers import (
    Acceptance,
    Answers,
    DomainAnswers,
    MachineAnswers,
    NetworkAnswers,
    NodeAnswer,
    Skip,
    SoftwareAnswers,
    StorageAnswers,
    TlsAnswers,
    UsageAnswers,
)
from wizard.store.rules import SERVICE_KEYS

_LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
DOMAINS = st.builds("{}.{}.example".format, _LABELS, _LABELS)
# YAML's own troublemakers among the reasons: words that some reader takes for something else.
_ODD = st.sampled_from(
    [
        "no",
        "yes",
        "null",
        "~",
        "1_000",
        "0x10",
        "010",
        "08",
        "1e3",
        "1:30",
        ".nan",
        "=",
        "<<",
        "- a",
        "a: b",
        "#x",
        "'",
        '"',
        "@",
        "%",
        "!x",
        "&a",
        "*a",
        "{",
        "[",
        "|",
        ">",
        "?",
        "2024-01-01",
        "ü 漢字",
        "a #b",
        "x:",
        "---",
        "...",
    ]
)
_TEXT = (
    st.text(min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: bool(text) and text.isprintable())
)
REASONS = st.one_of(_ODD, _TEXT)
PATHS = (
    st.text(max_size=30)
    .map(lambda text: f"/{text}")
    .filter(lambda path: path.isprintable() and ".." not in path.split("/"))
)
_NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,10}[A-Za-z0-9])?", fullmatch=True)
_NONE = st.none()


def _maybe(strategy):
    return st.one_of(_NONE, strategy)


_USAGE = st.builds(
    UsageAnswers,
    environment=_maybe(st.sampled_from(["production", "testing"])),
    mau=_maybe(st.integers(50_000, 10**9)),
    pcc=_maybe(st.one_of(st.integers(1, 50_000), st.sampled_from(["5%", "7.5%", "100%", "0.25%"]))),
    table=_maybe(st.sampled_from(["auto", "baseline", "high-concurrency"])),
    content=_maybe(st.sampled_from(["text", "moderate", "heavy"])),
    retention_months=_maybe(st.integers(0, 120)),
    log_retention_days=_maybe(st.integers(0, 3650)),
    growth_buffer_percent=_maybe(st.integers(0, 500)),
)
_MACHINE = st.builds(
    MachineAnswers, vcpus=_maybe(st.integers(1, 4096)), memory_gib=_maybe(st.integers(1, 65536))
)
_NODES = st.lists(
    st.builds(
        NodeAnswer,
        name=_NAMES,
        address=st.sampled_from(["root@10.0.0.5", "web", "ssh://a@b:22", "2001:db8::1"]),
        roles=st.sampled_from([(), ("manager",), ("manager", "worker")]),
        machine=_maybe(_MACHINE),
    ),
    max_size=3,
    unique_by=lambda node: node.name.lower(),
).map(tuple)
_NETWORK = st.builds(
    NetworkAnswers,
    firewall=_maybe(st.sampled_from(["manage", "leave"])),
    allow_from=st.sampled_from([(), ("203.0.113.0/24",), ("192.0.2.1", "2001:db8::/32")]),
    advertise_address=_maybe(st.sampled_from(["eth0", "10.0.0.5"])),
    address_pool=_maybe(st.sampled_from(["10.200.0.0/16"])),
    encrypted_overlay=_maybe(st.booleans()),
    proxy=_maybe(st.sampled_from(["http://***@proxy:3128", "socks5://p.example"])),
)
_DOMAIN = st.builds(
    DomainAnswers,
    primary=_maybe(DOMAINS),
    hosts=st.lists(DOMAINS, max_size=4, unique=True).map(
        lambda hosts: dict(zip(SERVICE_KEYS, hosts, strict=False))
    ),
    extra_allowed=st.lists(DOMAINS, max_size=2, unique=True).map(tuple),
)

ANSWERS = st.builds(
    Answers,
    usage=_USAGE,
    nodes=_NODES,
    software=st.builds(
        SoftwareAnswers,
        docker_from=_maybe(st.sampled_from(["docker-repository", "distribution", "offline"])),
        remove=st.sampled_from([(), ("docker.io", "podman-docker")]),
        restart_docker=_maybe(st.booleans()),
    ),
    storage=st.builds(StorageAnswers, data_directory=_maybe(PATHS), backup_directory=_maybe(PATHS)),
    network=_NETWORK,
    domain=_DOMAIN,
    tls=st.builds(TlsAnswers, certificate=_maybe(PATHS), key=_maybe(PATHS)),
    accepted=st.lists(
        st.builds(Acceptance, id=st.just("memory-short"), reason=REASONS, node=_maybe(_NAMES)), max_size=2
    ).map(tuple),
    skipped=st.lists(st.builds(Skip, step=st.just("install-jq"), reason=REASONS), max_size=2).map(tuple),
)
