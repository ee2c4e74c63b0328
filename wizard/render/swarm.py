"""The commands that come next, as the vendor's pages give them, with this deployment's values."""

from __future__ import annotations

from shlex import join, quote

from wizard.arrange.nodes import first_manager
from wizard.model.deployment import Deployment, Node
from wizard.model.ownrules import BY_HAND
from wizard.model.plain import shown
from wizard.model.plan import Command, Plan
from wizard.render.escape import comment, text_of

STAND_IN_ADDRESS = "ADDR"
STAND_IN_POOL = "POOL"


def init_command(deployment: Deployment) -> str:
    """`docker swarm init` with address and pool; ADDR or POOL stand where nobody could know them."""
    address = shown(deployment.advertise_address or STAND_IN_ADDRESS)
    pool = shown(deployment.address_pool or STAND_IN_POOL)
    return join(["docker", "swarm", "init", "--advertise-addr", address, "--default-addr-pool", pool])


def network_command(deployment: Deployment) -> str:
    """The private overlay network, encrypted unless that was answered otherwise."""
    argv = ["docker", "network", "create", "--driver", "overlay"]
    if deployment.answers.network.encrypted_overlay is not False:
        argv += ["--opt", "encrypted"]
    return join([*argv, deployment.catalogue["swarm"]["network"]])


def health_commands(deployment: Deployment) -> list[str]:
    """One curl for each public service with a health check."""
    lines = []
    for host in deployment.hosts:
        if host.public and host.health_check:
            url = f"https://{shown(host.host)}{host.health_check}"
            lines.append(f"curl -f {quote(url)} || echo {quote(host.title + ' unhealthy')}")
    return lines


def join_lines(deployment: Deployment) -> list[str]:
    """What brings the other nodes in; [] for a single node. Tokens are secrets: never written here."""
    others = [node for node in deployment.nodes if node is not first_manager(deployment.nodes)]
    if not others:
        return []
    address = shown(deployment.advertise_address or STAND_IN_ADDRESS)
    lines = ["docker swarm join-token manager", "docker swarm join-token worker"]
    for node in others:
        role = "manager" if "manager" in node.roles else "worker"
        lines += [
            f"# on {comment(node.name)}, a {role}:",
            f"docker swarm join --token <{role}-token> {quote(address)}:2377",
        ]
    return lines


def drain_lines(deployment: Deployment) -> list[str]:
    """Managers that only orchestrate take no tasks."""
    return [
        join(["docker", "node", "update", "--availability", "drain", shown(node.name)])
        for node in deployment.nodes
        if _only_orchestrates(node)
    ]


def _only_orchestrates(node: Node) -> bool:
    return "manager" in node.roles and "worker" not in node.roles


def swarm_file(deployment: Deployment) -> str:
    """`swarm/commands.txt`: read, then run one by one on the node that the comment names."""
    swarm = deployment.catalogue["swarm"]
    lines = [
        "# From prepared hosts to a running deployment. Run one by one and look at each answer.",
        f"# Source: {swarm['source']}",
        *_stand_ins(deployment),
    ]
    for number, (heading, commands) in enumerate(_parts(deployment), start=1):
        lines += ["", f"# {number}. {heading}", *commands]
    return text_of(lines)


def _parts(deployment: Deployment) -> list[tuple[str, list[str]]]:
    first = comment(first_manager(deployment.nodes).name)
    parts = [(f"On the first manager ({first}):", [init_command(deployment), "docker node ls"])]
    if deployment.nodes[1:]:
        parts.append(
            (
                "The other nodes. The tokens are secrets: keep them out of tickets and chats.",
                [*join_lines(deployment), *drain_lines(deployment)],
            )
        )
    return [
        *parts,
        (
            "A private, encrypted network. deploy.sh makes overlay networks of its own: afterwards\n"
            "#    `docker network inspect NAME` must say encrypted for those too.",
            [network_command(deployment)],
        ),
        (
            "The vendor's repository (private: ask CometChat for access), on the first manager.\n"
            "#    Before the last line: put env/ and nginx/ into its files and make the secrets.",
            [
                f"git clone {deployment.catalogue['swarm']['repository']}",
                "cd cometchat-on-premise",
                "./deploy.sh",
            ],
        ),
        ("After 5 to 10 minutes every service shows N/N:", ["docker service ls"]),
        *_replicas(deployment),
        ("Health:", health_commands(deployment) or ["# no domain yet: the health checks need one"]),
    ]


def _replicas(deployment: Deployment) -> list[tuple[str, list[str]]]:
    replicas = None if deployment.sizing is None else deployment.sizing.websocket_replicas
    if not replicas:
        return []
    heading = "WebSocket gateways for the peak (Scaling page: one per 1,000 to 1,500 connections):"
    return [(heading, [f"docker service scale websocket={replicas}"])]


def _stand_ins(deployment: Deployment) -> list[str]:
    lines = []
    if not deployment.advertise_address:
        lines.append("# ADDR: the first manager's own address, by which the other nodes reach it.")
    if not deployment.address_pool:
        lines.append("# POOL: a private network that meets no route of any node; every one of our list does.")
    return lines


def firewall_lines(plan: Plan, rules: tuple[str, ...]) -> tuple[str, ...]:
    """The rules as command lines: as given, else those of the plan's firewall stage."""
    if rules:
        return rules
    return tuple(
        ("sudo " if action.root else "") + join(action.argv)
        for stage in plan.stages
        if stage.name == "firewall"
        for step in stage.steps
        for action in step.commands
        if isinstance(action, Command)
    )


def firewall_file(deployment: Deployment, plan: Plan, rules: tuple[str, ...]) -> str:
    """`firewall/rules.txt`: the exact commands, then what has to be open at all."""
    lines = [
        "# Firewall rules of this host, run as root. SSH first, always: without it you lock yourself out."
    ]
    if any(note.startswith(BY_HAND) for note in plan.notes):
        lines += [
            "# The rules here were made by hand: each line goes on top of the chain that it names. Write them where",
            "# your rules are kept as well (/etc/nftables.conf, netfilter-persistent save): a boot forgets them.",
        ]
    if deployment.answers.network.firewall == "leave":
        lines.append("# You manage the firewall yourself: the wizard changes nothing, these are for you.")
    commands = [shown(line, 2000) for line in firewall_lines(plan, rules)]
    nothing = "# Nothing to add: no active firewall was found, or all of it is allowed already."
    allowed = comment(", ".join(deployment.answers.network.allow_from))
    lines += [
        "",
        *(commands or [nothing]),
        "",
        "# What must get through",
        f"#   80/tcp, 443/tcp from {allowed or 'everywhere (restrict it where you can)'}",
        *(
            f"#   {port['port']} between the nodes only, to {port['to']}: {port['what']}"
            for port in deployment.catalogue["swarm"]["ports"]
        ),
        "# Ports that containers publish pass by ufw (moby#4737): restrict 80 and 443 in DOCKER-USER too.",
        "# Never run firewall-cmd --reload under a running swarm: it can wipe its rules (moby#50443).",
        "# Databases, Kafka, Redis and monitoring stay private.",
    ]
    return text_of(lines)
