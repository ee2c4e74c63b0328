from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.render.samples import SERVICES
from wizard.arrange.hosts import service_hosts
from wizard.arrange.settings import allowed_domains, service_settings
from wizard.model.answers import DomainAnswers

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
KEYS = tuple(entry["key"] for entry in SERVICES["hosts"])
PRIMARY = st.builds("{}.example".format, LABEL)
DOMAINS = st.builds(
    DomainAnswers,
    primary=PRIMARY,
    hosts=st.dictionaries(st.sampled_from(KEYS), st.builds("{}.edited.test".format, LABEL)),
    extra_allowed=st.lists(st.builds("{}.allowed.test".format, LABEL), max_size=3).map(tuple),
)


def names_in(value: object) -> set[str]:
    return set(re.findall(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", json.dumps(value)))


def test_the_table_has_the_services_of_the_pages() -> None:
    hosts = service_hosts(DomainAnswers("Chat.Example.com."), SERVICES)
    assert [(host.key, host.host) for host in hosts] == [
        ("chat-api", "api.chat.example.com"),
        ("client-api", "apiclient.chat.example.com"),
        ("management-api", "apimgmt.chat.example.com"),
        ("websocket", "websocket.chat.example.com"),
        ("notifications", "notifications.chat.example.com"),
        ("webhooks", "webhooks.chat.example.com"),
        ("moderation", "moderation.chat.example.com"),
        ("dashboard", "app.chat.example.com"),
        ("tidb", "tidb.chat.example.com"),
    ]
    assert [host.key for host in hosts if not host.public] == ["tidb"]


def test_three_names_are_contested_and_say_by_which_page() -> None:
    contested = [host for host in service_hosts(DomainAnswers("a.example"), SERVICES) if host.contested]
    assert [(host.key, host.other) for host in contested] == [
        ("management-api", "mgmt-api.a.example"),
        ("moderation", "rule.a.example"),
        ("dashboard", "dashboard.a.example"),
    ]
    assert all("Configuration reference" in host.pages for host in contested)


def test_no_domain_no_names() -> None:
    assert service_hosts(DomainAnswers(hosts={"tidb": "db.example"}), SERVICES) == ()
    assert service_settings(DomainAnswers(), (), SERVICES) == {}
    assert allowed_domains(DomainAnswers(extra_allowed=("a.example",))) == ()


def test_the_settings_of_the_reference() -> None:
    domain = DomainAnswers("c.example", extra_allowed=("www.example", "c.example"))
    settings = service_settings(domain, service_hosts(domain, SERVICES), SERVICES)
    assert settings["chat-api"] == {
        "MAIN_DOMAIN": "c.example",
        "EXTENSION_DOMAIN": "c.example",
        "WEBHOOKS_BASE_URL": "https://webhooks.c.example/v1/webhooks",
        "TRIGGERS_BASE_URL": "https://webhooks.c.example/v1/triggers",
        "EXTENSION_BASE_URL": "https://notifications.c.example",
        "MODERATION_ENABLED": True,
        "RULES_BASE_URL": "https://moderation.c.example/v1/moderation-service",
        "ADMIN_API_HOST": "api.c.example",
        "CLIENT_API_HOST": "apiclient.c.example",
        "ALLOWED_API_DOMAINS": "c.example,www.example",
        "DB_HOST": "tidb.c.example",
    }
    assert settings["management-api"] == {
        "ADMIN_API_HOST": "api.c.example",
        "CLIENT_API_HOST": "apiclient.c.example",
        "APP_HOST": "app.c.example",
        "API_HOST": "https://apimgmt.c.example",
        "MGMT_DOMAIN": "c.example",
        "RULES_BASE_URL": "https://moderation.c.example/v1/moderation",
        "ACCESS_CONTROL_ALLOW_ORIGIN": "c.example,www.example",
    }
    assert settings["notifications"] == settings["webhooks"] == {"CHAT_API_DOMAIN": "c.example"}
    assert settings["moderation"] == {"CHAT_API_URL": "c.example"}
    assert settings["receipts"] == {"RECEIPTS_MYSQL_HOST": "tidb.c.example"}
    assert settings["extensions"] == {"DOMAINS": ["c.example", "www.example"], "DOMAIN_NAME": "c.example"}
    assert settings["data-sync"] == {
        "CONNECTION_CONFIG": {"host": "tidb.c.example"},
        "ALTER_USER_CONFIG": {"host": "tidb.c.example"},
        "API_CONFIG": {"API_DOMAIN": "api.c.example"},
    }


@given(DOMAINS)
def test_every_setting_agrees_with_the_one_table(domain: DomainAnswers) -> None:
    hosts = service_hosts(domain, SERVICES)
    settings = service_settings(domain, hosts, SERVICES)
    known = {host.host for host in hosts} | set(allowed_domains(domain))
    assert names_in(settings) <= known
    assert {host.host for host in hosts if host.key not in ("websocket",)} <= names_in(settings)
    assert "{" not in "".join(str(value) for values in settings.values() for value in flat(values))


@given(DOMAINS)
def test_an_edited_name_leaves_no_default_behind(domain: DomainAnswers) -> None:
    hosts = service_hosts(domain, SERVICES)
    settings = service_settings(domain, hosts, SERVICES)
    labels = {entry["key"]: entry["label"] for entry in SERVICES["hosts"]}
    for host in hosts:
        assert host.origin == ("typed" if host.key in domain.hosts else "default")
        if host.key in domain.hosts:
            assert f"{labels[host.key]}.{domain.primary}" not in names_in(settings)


def flat(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in flat(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in flat(item)]
    return [value]


def test_a_value_is_never_taken_for_a_placeholder() -> None:
    domain = DomainAnswers("{host:tidb}", {"tidb": "{domain}"})
    settings = service_settings(domain, service_hosts(domain, SERVICES), SERVICES)
    assert settings["chat-api"]["MAIN_DOMAIN"] == "{host:tidb}"
    assert settings["receipts"]["RECEIPTS_MYSQL_HOST"] == "{domain}"
