"""Where proxies are set: the shell alone is not enough, the package manager and the daemon have settings of their
own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.machine.readoutcome import Reader
from wizard.model.merging import CannotMerge
from wizard.model.mergingini import IniText
from wizard.model.ownfiles import APT_PROXY, DAEMON_JSON, DNF_CONF, DOCKER_PROXY
from wizard.model.plain import shown, without_userinfo
from wizard.probe.docker import parse_document

_KEYS = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
_DAEMON_KEYS = {"http-proxy": "HTTP_PROXY", "https-proxy": "HTTPS_PROXY", "no-proxy": "NO_PROXY"}


def read_own_proxies(reader: Reader) -> dict[str, str]:
    """What stands in the wizard's own files: `apt` and `docker` to an address, its user and password masked."""
    apt = parse_apt(reader.text(APT_PROXY)).get("apt http")
    docker = parse_unit(reader.text(DOCKER_PROXY)).get("HTTP_PROXY")
    found = {"apt": apt, "docker": docker}
    return {key: masked(address) for key, address in found.items() if address}


def read_proxies(reader: Reader) -> dict[str, str]:
    """Setting to address, its user and password masked: `http_proxy`, `/etc/environment http_proxy`, `apt http`,
    `dnf proxy`, `docker HTTP_PROXY`.
    """
    found: dict[str, str] = dict(reader.value("proxies") or {})
    found.update(_named("/etc/environment", parse_assignments(reader.text("/etc/environment"))))
    for name in (reader.names("/etc/apt/apt.conf.d") or ())[:200]:
        found.update(parse_apt(reader.text(f"/etc/apt/apt.conf.d/{name}")))
    found.update(parse_apt(reader.text("/etc/apt/apt.conf")))
    found.update(parse_dnf(reader.text(DNF_CONF)))
    directory = "/etc/systemd/system/docker.service.d"
    for name in (reader.names(directory) or ())[:200]:
        found.update(_named("docker", parse_unit(reader.text(f"{directory}/{name}"))))
    daemon = parse_document(reader.text(DAEMON_JSON, 1 << 20) or "").get("proxies")
    if isinstance(daemon, Mapping):
        found.update(
            {f"docker {_DAEMON_KEYS[key]}": str(daemon[key]) for key in _DAEMON_KEYS if key in daemon}
        )
    return {key: masked(address) for key, address in found.items()}


def _named(place: str, found: Mapping[str, str]) -> dict[str, str]:
    return {f"{place} {key}": address for key, address in found.items()}


def masked(address: str) -> str:
    """Without user and password, and safe to show."""
    return shown(without_userinfo(address.strip()), 300)


def parse_assignments(text: str | None) -> dict[str, str]:
    """Proxy settings of `KEY=value` lines: /etc/environment, or `Environment=` in a unit's drop-in."""
    found: dict[str, str] = {}
    for line in (text or "").splitlines():
        for key, quoted, bare in re.findall(
            r"\b([A-Za-z]+_[Pp][Rr][Oo][Xx][Yy])=(?:\"([^\"]*)\"?|([^\s\"]*))", line
        ):
            if key.lower() in _KEYS and not line.lstrip().startswith("#"):
                found[key] = without_userinfo(quoted or bare)
    return found


def parse_unit(text: str | None) -> dict[str, str]:
    """The same of a unit's drop-in, where a per cent sign is written twice."""
    return {key: address.replace("%%", "%") for key, address in parse_assignments(text).items()}


def parse_apt(text: str | None) -> dict[str, str]:
    """`Acquire::http::Proxy "..."` lines."""
    found: dict[str, str] = {}
    for line in (text or "").splitlines():
        setting = re.match(r"\s*Acquire::(https?)::Proxy\s+\"([^\"]*)\"", line, re.IGNORECASE)
        if setting:
            found[f"apt {setting.group(1).lower()}"] = without_userinfo(setting.group(2))
    return found


def parse_dnf(text: str | None) -> dict[str, str]:
    """`proxy=` of dnf.conf, "" where it is there and empty; its password has a line of its own, which is not read."""
    address = _dnf_value(text or "")
    return {} if address is None else {"dnf proxy": without_userinfo(address.strip())}


def _dnf_value(text: str) -> str | None:
    """Read as the step reads it that sets the key: planned from another value, it would be refused for ever."""
    try:
        file = IniText(DNF_CONF, text.encode("utf-8", "surrogateescape"))
        found = file.value(("main", "proxy"))
        # Recorded hosts keep the lines about proxies alone, without their heading.
        return (file.value(("", "proxy")) or None) if found is None else found
    except CannotMerge:
        lines = (line.partition("=") for line in text.splitlines())
        return next((value for key, _, value in lines if key.strip() == "proxy" and value.strip()), None)
