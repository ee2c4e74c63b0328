"""One sentence for each answer, shown by editors that read the JSON Schema."""

from __future__ import annotations

from typing import Final

DESCRIPTIONS: Final[dict[str, str]] = {
    "usage": "What the deployment is to carry.",
    "usage.environment": "testing is the published minimum for trying out, not for production.",
    "usage.mau": "Monthly active users.",
    "usage.pcc": "Peak concurrent connections, a number or per cent of MAU (7.5%). Not above usage.mau.",
    "usage.table": "Which of the vendor's tables to size by; auto lets the numbers decide.",
    "usage.content": "What users send: text, moderate (some media) or heavy (much media).",
    "usage.retention_months": "How long messages are kept.",
    "usage.log_retention_days": "How long logs are kept.",
    "usage.growth_buffer_percent": "Room for growth on top of the estimate.",
    "nodes": "The machines of the swarm; names and the address `local` are there once each.",
    "nodes[].name": "The node's name: a host name's first part.",
    "nodes[].address": "`local` for this machine, else as ssh takes it.",
    "nodes[].machine": "Size as typed, for a node that can't be surveyed yet.",
    "software.docker_from": "Where Docker Engine comes from.",
    "software.remove": "Packages that may be removed where they are in the way.",
    "software.restart_docker": "Docker may be restarted for its settings although containers run.",
    "storage.data_directory": "Where the data is to lie.",
    "network.firewall": "manage: the plan adds the rules; leave: they are exported for you.",
    "network.allow_from": "Networks that may reach ports 80 and 443; none given means everybody.",
    "network.advertise_address": "Address or interface that other nodes reach this one by.",
    "network.address_pool": "Private IPv4 network that Swarm cuts its overlay networks from.",
    "network.proxy": "Proxy for downloads, told to apt or dnf and Docker. User and password in it are "
    "never kept: they are saved as ***.",
    "domain.primary": "The one domain; every service gets a name under it.",
    "domain.hosts": "Full host names of services where they differ from the default.",
    "domain.extra_allowed": "Further domains that may call the APIs.",
    "tls.certificate": "PEM file of the certificate and its chain.",
    "tls.key": "PEM file of the private key.",
    "accepted": "Blockers that you accept, each with a reason.",
    "accepted[].node": "Only on this node; without it, on whatever node.",
    "skipped": "Steps of the plan that are left out, each with a reason.",
}
