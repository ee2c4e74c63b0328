"""NGINX server blocks, a file for each name that the vendor's page lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.arrange.settings import Fill, filler
from wizard.model.answers import TlsAnswers
from wizard.model.deployment import Deployment
from wizard.model.formats import nginx as form
from wizard.model.formats.nginx import NginxValue
from wizard.model.formats.text import CannotHold, FileText, Line, hash_comment, line, text_of


def nginx_files(deployment: Deployment) -> dict[str, FileText]:
    """`nginx/<name>.conf`, to be included in NGINX's http block; {} without a domain."""
    if not deployment.hosts:
        return {}
    nginx = deployment.catalogue["nginx"]
    fill = filler(deployment.answers.domain, deployment.hosts)
    pair = _pair(deployment.answers.tls, nginx)
    owners = _owners(nginx, fill)
    files = {}
    for file in nginx["files"]:
        lines = [*_header(file, nginx), *pair.about, *_sources(file, nginx)]
        lines += _shared(file, nginx)
        for server in file["servers"]:
            host = form.host(fill(server["host"]))
            owner = owners[host]
            if owner == (file["name"], server["upstream"]):
                block = _server(file, nginx, host, form.name(server["upstream"]), pair)
                lines += [line(""), *_redirect(host), line(""), *block]
            else:
                lines += [line(""), *_shared_name(host, owner[0])]
        files[f"nginx/{file['name']}.conf"] = text_of(lines)
    return files


def _owners(nginx: Mapping[str, Any], fill: Fill) -> dict[NginxValue, tuple[str, str]]:
    """Host to the one file and upstream that serve it: NGINX ignores all but the first block of a name.

    A service's own name goes before the bare primary domain.
    """
    entries = [(file["name"], server) for file in nginx["files"] for server in file["servers"]]
    entries.sort(key=lambda entry: entry[1]["host"] == "{domain}")
    owners: dict[NginxValue, tuple[str, str]] = {}
    for name, server in entries:
        owners.setdefault(form.host(fill(server["host"])), (name, server["upstream"]))
    return owners


def _shared_name(host: NginxValue, owner: str) -> list[Line]:
    return [
        hash_comment(f"No server block here: {host} is served by {owner}.conf already."),
        hash_comment(
            "NGINX takes one block for a name: give each service its own, or route by path in that file."
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Certificate and key as NGINX is told them, and what the file says of them."""

    certificate: NginxValue
    key: NginxValue
    about: list[Line]


def _pair(tls: TlsAnswers, nginx: Mapping[str, Any]) -> _Pair:
    """As answered; the catalogue's stand-ins where nothing is, or where NGINX has no way to write it."""
    stand_ins = form.value(nginx["certificate"]), form.value(nginx["key"])
    left = "Certificate and key were left for later: the paths below are stand-ins, put yours."
    try:
        certificate = form.value(tls.certificate) if tls.certificate else stand_ins[0]
        key = form.value(tls.key) if tls.key else stand_ins[1]
    except CannotHold:
        about = [
            hash_comment(
                "NGINX can't be told your certificate's paths: a $ in one always starts a variable there."
            ),
            hash_comment("The paths below are stand-ins: give the files names without it, and put these."),
        ]
        return _Pair(*stand_ins, about)
    if not (tls.certificate and tls.key):
        return _Pair(certificate, key, [hash_comment(left)])
    mounted = "The certificate's paths are the host's: NGINX in a container must have them mounted there."
    return _Pair(certificate, key, [hash_comment(mounted)])


def _header(file: Mapping[str, Any], nginx: Mapping[str, Any]) -> list[Line]:
    upstreams = ", ".join(server["upstream"] for server in file["servers"])
    return [
        hash_comment(f"{file['name']}.conf: {file['duty']}. Goes into NGINX's http block."),
        hash_comment(""),
        hash_comment(
            "The vendor's own file of this name is in its private repository, which we have never seen."
        ),
        hash_comment("Carry the values over into it: host names, certificate, protocols, limits."),
        hash_comment(
            f"Upstream to be matched with the vendor's docker-compose.yml: {upstreams}. It is not defined"
        ),
        hash_comment(
            "here: service name and port stand in that file alone. To use this file as it is, define:"
        ),
        *(
            hash_comment(f"  upstream {server['upstream']} {{ server SERVICE:PORT; }}")
            for server in file["servers"]
        ),
        hash_comment(
            "Rate limit: the vendor's example. Tune it: many users behind one address share it, and with"
        ),
        hash_comment(
            "Swarm's routing mesh all clients look like one address (moby#25526): publish 443 in host mode."
        ),
    ]


def _sources(file: Mapping[str, Any], nginx: Mapping[str, Any]) -> list[Line]:
    return [*map(hash_comment, file["notes"]), hash_comment(f"Source: {nginx['source']}")]


def _shared(file: Mapping[str, Any], nginx: Mapping[str, Any]) -> list[Line]:
    name = form.name(file["name"])
    zone = line(
        "limit_req_zone $binary_remote_addr zone={}_requests:10m rate={};", name, form.value(nginx["rate"])
    )
    lines = [line(""), zone]
    if file["upgrade"]:
        lines += [
            line(""),
            line("map $http_upgrade ${}_connection {", name),
            line("    default upgrade;"),
            line("    ''      close;"),
            line("}"),
        ]
    return lines


def _redirect(host: NginxValue) -> list[Line]:
    return [
        line("server {"),
        line("    listen 80;"),
        line("    server_name {};", host),
        line("    return 301 https://{}$request_uri;", host),
        line("}"),
    ]


def _server(
    file: Mapping[str, Any], nginx: Mapping[str, Any], host: NginxValue, upstream: NginxValue, pair: _Pair
) -> list[Line]:
    name = form.name(file["name"])
    return [
        line("server {"),
        line("    listen 443 ssl http2;"),
        line("    server_name {};", host),
        line(""),
        line("    ssl_certificate {};", pair.certificate),
        line("    ssl_certificate_key {};", pair.key),
        line("    ssl_protocols {};", form.words(nginx["protocols"])),
        line("    ssl_ciphers {};", form.value(nginx["ciphers"])),
        line("    ssl_prefer_server_ciphers off;"),
        line("    ssl_session_cache shared:cometchat_tls:10m;"),
        line("    ssl_session_timeout 1d;"),
        line("    ssl_session_tickets off;"),
        line("    add_header Strict-Transport-Security {} always;", form.quoted(nginx["hsts"])),
        line(""),
        line("    limit_req zone={}_requests burst={} nodelay;", name, nginx["burst"]),
        line("    limit_req_status 429;"),
        line(""),
        line("    location / {"),
        line("        proxy_pass http://{};", upstream),
        line("        proxy_http_version 1.1;"),
        line("        proxy_set_header Host $host;"),
        line("        proxy_set_header X-Real-IP $remote_addr;"),
        line("        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"),
        line("        proxy_set_header X-Forwarded-Proto $scheme;"),
        *_upgrade(file),
        line("    }"),
        line("}"),
    ]


def _upgrade(file: Mapping[str, Any]) -> list[Line]:
    if not file["upgrade"]:
        return [line('        proxy_set_header Connection "";')]
    return [
        line("        proxy_set_header Upgrade $http_upgrade;"),
        line("        proxy_set_header Connection ${}_connection;", form.name(file["name"])),
        line("        proxy_read_timeout 1h;"),
        line("        proxy_send_timeout 1h;"),
    ]
