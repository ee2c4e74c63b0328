"""NGINX server blocks, a file for each name that the vendor's page lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.arrange.settings import Fill, filler
from wizard.model.deployment import Deployment
from wizard.render.escape import comment, nginx_host, nginx_value, text_of


def nginx_files(deployment: Deployment) -> dict[str, str]:
    """`nginx/<name>.conf`, to be included in NGINX's http block; {} without a domain."""
    if not deployment.hosts:
        return {}
    nginx = deployment.catalogue["nginx"]
    fill = filler(deployment.answers.domain, deployment.hosts)
    tls = deployment.answers.tls
    certificate, key = tls.certificate or nginx["certificate"], tls.key or nginx["key"]
    owners = _owners(nginx, fill)
    files = {}
    for file in nginx["files"]:
        lines = _header(file, nginx, is_answered=bool(tls.certificate and tls.key))
        lines += _shared(file, nginx)
        for server in file["servers"]:
            host = nginx_host(fill(server["host"]))
            owner = owners[host]
            if owner == (file["name"], server["upstream"]):
                block = _server(file, nginx, host, server["upstream"], certificate, key)
                lines += ["", *_redirect(host), "", *block]
            else:
                lines += ["", *_shared_name(host, owner[0])]
        files[f"nginx/{file['name']}.conf"] = text_of(lines)
    return files


def _owners(nginx: Mapping[str, Any], fill: Fill) -> dict[str, tuple[str, str]]:
    """Host to the one file and upstream that serve it: NGINX ignores all but the first block of a name.

    A service's own name goes before the bare primary domain.
    """
    entries = [(file["name"], server) for file in nginx["files"] for server in file["servers"]]
    entries.sort(key=lambda entry: entry[1]["host"] == "{domain}")
    owners: dict[str, tuple[str, str]] = {}
    for name, server in entries:
        owners.setdefault(nginx_host(fill(server["host"])), (name, server["upstream"]))
    return owners


def _shared_name(host: str, owner: str) -> list[str]:
    return [
        f"# No server block here: {host} is served by {owner}.conf already.",
        "# NGINX takes one block for a name: give each service its own, or route by path in that file.",
    ]


def _header(file: Mapping[str, Any], nginx: Mapping[str, Any], is_answered: bool) -> list[str]:
    upstreams = ", ".join(server["upstream"] for server in file["servers"])
    lines = [
        f"# {file['name']}.conf: {file['duty']}. Goes into NGINX's http block.",
        "#",
        "# The vendor's own file of this name is in its private repository, which we have never seen.",
        "# Carry the values over into it: host names, certificate, protocols, limits.",
        f"# Upstream to be matched with the vendor's docker-compose.yml: {upstreams}. It is not defined",
        "# here: service name and port stand in that file alone. To use this file as it is, define:",
        *(f"#   upstream {server['upstream']} {{ server SERVICE:PORT; }}" for server in file["servers"]),
        "# Rate limit: the vendor's example. Tune it: many users behind one address share it, and with",
        "# Swarm's routing mesh all clients look like one address (moby#25526): publish 443 in host mode.",
    ]
    if not is_answered:
        lines.append("# Certificate and key were left for later: the paths below are stand-ins, put yours.")
    else:
        lines.append(
            "# The certificate's paths are the host's: NGINX in a container must have them mounted there."
        )
    lines += [f"# {comment(note)}" for note in file["notes"]]
    lines.append(f"# Source: {nginx['source']}")
    return lines


def _shared(file: Mapping[str, Any], nginx: Mapping[str, Any]) -> list[str]:
    name = file["name"]
    lines = ["", f"limit_req_zone $binary_remote_addr zone={name}_requests:10m rate={nginx['rate']};"]
    if file["upgrade"]:
        lines += [
            "",
            f"map $http_upgrade ${name}_connection {{",
            "    default upgrade;",
            "    ''      close;",
            "}",
        ]
    return lines


def _redirect(host: str) -> list[str]:
    return [
        "server {",
        "    listen 80;",
        f"    server_name {host};",
        f"    return 301 https://{host}$request_uri;",
        "}",
    ]


def _server(
    file: Mapping[str, Any], nginx: Mapping[str, Any], host: str, upstream: str, certificate: str, key: str
) -> list[str]:
    return [
        "server {",
        "    listen 443 ssl http2;",
        f"    server_name {host};",
        "",
        f"    ssl_certificate {nginx_value(certificate)};",
        f"    ssl_certificate_key {nginx_value(key)};",
        f"    ssl_protocols {nginx['protocols']};",
        f"    ssl_ciphers {nginx['ciphers']};",
        "    ssl_prefer_server_ciphers off;",
        "    ssl_session_cache shared:cometchat_tls:10m;",
        "    ssl_session_timeout 1d;",
        "    ssl_session_tickets off;",
        f'    add_header Strict-Transport-Security "{nginx["hsts"]}" always;',
        "",
        f"    limit_req zone={file['name']}_requests burst={nginx['burst']} nodelay;",
        "    limit_req_status 429;",
        "",
        "    location / {",
        f"        proxy_pass http://{upstream};",
        "        proxy_http_version 1.1;",
        "        proxy_set_header Host $host;",
        "        proxy_set_header X-Real-IP $remote_addr;",
        "        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "        proxy_set_header X-Forwarded-Proto $scheme;",
        *_upgrade(file),
        "    }",
        "}",
    ]


def _upgrade(file: Mapping[str, Any]) -> list[str]:
    if not file["upgrade"]:
        return ['        proxy_set_header Connection "";']
    return [
        "        proxy_set_header Upgrade $http_upgrade;",
        f"        proxy_set_header Connection ${file['name']}_connection;",
        "        proxy_read_timeout 1h;",
        "        proxy_send_timeout 1h;",
    ]
