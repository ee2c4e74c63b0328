"""Templates of assets/services.json to values: one pass, so that a value is never taken for a placeholder."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from wizard.arrange.hosts import host_name
from wizard.model.answers import DomainAnswers
from wizard.model.deployment import ServiceHost

_PLACEHOLDER = re.compile(r"\{(domain|allowed|host:[a-z-]+)\}")
_LIST = "{allowed_list}"

Fill = Callable[[str], str]


def allowed_domains(domain: DomainAnswers) -> tuple[str, ...]:
    """The primary domain and the extra ones, each once, the primary first."""
    if not domain.primary:
        return ()
    return tuple(dict.fromkeys((host_name(domain.primary), *(item.strip() for item in domain.extra_allowed))))


def filler(domain: DomainAnswers, hosts: tuple[ServiceHost, ...]) -> Fill:
    """A function that fills the placeholders of one text; KeyError for one that the table doesn't know."""
    names = {f"host:{host.key}": host.host for host in hosts}
    names["domain"] = host_name(domain.primary or "")
    names["allowed"] = ",".join(allowed_domains(domain))
    return lambda text: _PLACEHOLDER.sub(lambda match: names[match.group(1)], text)


def service_settings(
    domain: DomainAnswers, hosts: tuple[ServiceHost, ...], services: Mapping[str, Any]
) -> dict[str, dict[str, object]]:
    """The settings that carry the domain, by service; {} without a primary domain.

    Source: Configuration reference, in assets/services.json.
    """
    if not hosts:
        return {}
    fill = filler(domain, hosts)
    allowed = list(allowed_domains(domain))
    return {
        key: {name: _filled(value, fill, allowed) for name, value in service["values"].items()}
        for key, service in services["settings"].items()
    }


def is_filled_in(template: object) -> bool:
    """True for a text with a placeholder; a literal of the page is published as it stands."""
    return isinstance(template, str) and (template == _LIST or bool(_PLACEHOLDER.search(template)))


def _filled(template: Any, fill: Fill, allowed: list[str]) -> object:
    if template == _LIST:
        return allowed
    if isinstance(template, str):
        return fill(template)
    if isinstance(template, dict):
        return {key: _filled(value, fill, allowed) for key, value in template.items()}
    return template
