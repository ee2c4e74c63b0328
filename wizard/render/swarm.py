"""The commands that come next, as the vendor's pages give them, with this deployment's values."""

from __future__ import annotations

from wizard.arrange.nodes import first_manager
from wizard.model.deployment import Deployment, Node
from wizard.model.formats import shell
from wizard.model.formats.text import FileText, Line, hash_comment, line, text_of
from wizard.model.plan import Command, Plan

STAND_IN_ADDRESS = "ADDR"
STAND_IN_POOL = "POOL"


def init_command(deployment: Deployment) -> Line:
    """`docker swarm init` with address and pool; ADDR or POOL stand where nobody could know them."""
    address = deployment.advertise_address or STAND_IN_ADDRESS
    pool = deployment.address_pool or STAND_IN_POOL
    return shell.command("docker", "swarm", "init", "--advertise-addr", address, "--default-addr-pool", pool)


def network_command(deployment: Deployment) -> Line:
    """The private overlay network, encrypted unless that was answered otherwise."""
    argv = ["docker", "network", "create", "--driver", "overlay"]
    if deployment.answers.network.encrypted_overlay is not False:
        argv += ["--opt", "encrypted"]
    return shell.command(*argv, deployment.catalogue["swarm"]["network"])


def health_commands(deployment: Deployment) -> list[Line]:
    """One curl for each public service with a health check."""
    lines = []
    for host in deployment.hosts:
        if host.public and host.health_check:
            url = shell.word(f"https://{host.host}{host.health_check}")
            lines.append(line("curl -f {} || echo {}", url, shell.word(f"{host.title} unhealthy")))
    return lines


def join_lines(deployment: Deployment) -> list[Line]:
    """What brings the other nodes in; [] for a single node. Tokens are secrets: never written here."""
    others = [node for node in deployment.nodes if node is not first_manager(deployment.nodes)]
    if not others:
        return []
    address = deployment.advertise_address or STAND_IN_ADDRESS
    # With its port an IPv6 address stands in brackets, which mean something to a shell.
    target = shell.word(f"[{address}]:2377" if ":" in address else f"{address}:2377")
    lines = [line("docker swarm join-token manager"), line("docker swarm join-token worker")]
    for node in others:
        role = "manager" if "manager" in node.roles else "worker"
        join = (
            line("docker swarm join --token <manager-token> {}", target)
            if role == "manager"
            else line("docker swarm join --token <worker-token> {}", target)
        )
        lines += [hash_comment(f"on {node.name}, a {role}:"), join]
    return lines


def drain_lines(deployment: Deployment) -> list[Line]:
    """Managers that only orchestrate take no tasks."""
    return [
        shell.command("docker", "node", "update", "--availability", "drain", node.name)
        for node in deployment.nodes
        if _only_orchestrates(node)
    ]


def _only_orchestrates(node: Node) -> bool:
    return "manager" in node.roles and "worker" not in node.roles


def swarm_file(deployment: Deployment) -> FileText:
    """`swarm/commands.txt`: read, then run one by one on the node that the comment names."""
    swarm = deployment.catalogue["swarm"]
    lines = [
        hash_comment("From prepared hosts to a running deployment. Run one by one and look at each answer."),
        hash_comment(f"Source: {swarm['source']}"),
        *_stand_ins(deployment),
    ]
    for number, (heading, commands) in enumerate(_parts(deployment), start=1):
        first, *more = heading
        lines += [
            line(""),
            hash_comment(f"{number}. {first}"),
            *(hash_comment(f"   {text}") for text in more),
        ]
        lines += commands
    return text_of(lines)


def _parts(deployment: Deployment) -> list[tuple[tuple[str, ...], list[Line]]]:
    """Headings, each of a line or two, and their commands."""
    first = first_manager(deployment.nodes).name
    repository = deployment.catalogue["swarm"]["repository"]
    parts: list[tuple[tuple[str, ...], list[Line]]] = [
        ((f"On the first manager ({first}):",), [init_command(deployment), line("docker node ls")])
    ]
    if deployment.nodes[1:]:
        parts.append(
            (
                ("The other nodes. The tokens are secrets: keep them out of tickets and chats.",),
                [*join_lines(deployment), *drain_lines(deployment)],
            )
        )
    return [
        *parts,
        (
            (
                "A private, encrypted network. deploy.sh makes overlay networks of its own: afterwards",
                "`docker network inspect NAME` must say encrypted for those too.",
            ),
            [network_command(deployment)],
        ),
        (
            (
                "The vendor's repository (private: ask CometChat for access), on the first manager.",
                "Before the last line: put env/ and nginx/ into its files and make the secrets.",
            ),
            [
                shell.command("git", "clone", repository),
                line("cd cometchat-on-premise"),
                line("./deploy.sh"),
            ],
        ),
        (("After 5 to 10 minutes every service shows N/N:",), [line("docker service ls")]),
        *_replicas(deployment),
        (
            ("Health:",),
            health_commands(deployment) or [hash_comment("no domain yet: the health checks need one")],
        ),
    ]


def _replicas(deployment: Deployment) -> list[tuple[tuple[str, ...], list[Line]]]:
    replicas = None if deployment.sizing is None else deployment.sizing.websocket_replicas
    if not replicas:
        return []
    heading = "WebSocket gateways for the peak (Scaling page: one per 1,000 to 1,500 connections):"
    return [((heading,), [shell.command("docker", "service", "scale", f"websocket={replicas}")])]


def _stand_ins(deployment: Deployment) -> list[Line]:
    lines = []
    if not deployment.advertise_address:
        lines.append(
            hash_comment("ADDR: the first manager's own address, by which the other nodes reach it.")
        )
    if not deployment.address_pool:
        lines.append(
            hash_comment(
                "POOL: a private network that meets no route of any node; every one of our list does."
            )
        )
    return lines


def firewall_lines(plan: Plan, rules: tuple[Line, ...]) -> tuple[Line, ...]:
    """The rules as command lines: as given, else those of the plan's firewall stage."""
    if rules:
        return rules
    return tuple(
        shell.command(*(("sudo",) if action.root else ()), *action.argv)
        for stage in plan.stages
        if stage.name == "firewall"
        for step in stage.steps
        for action in step.commands
        if isinstance(action, Command)
    )


def firewall_file(deployment: Deployment, plan: Plan, rules: tuple[Line, ...]) -> FileText:
    """`firewall/rules.txt`: the exact commands, then what has to be open at all."""
    lines = [
        hash_comment(
            "Firewall rules of this host, run as root. SSH first, always: without it you lock yourself out."
        )
    ]
    if deployment.answers.network.firewall == "leave":
        lines.append(
            hash_comment("You manage the firewall yourself: the wizard changes nothing, these are for you.")
        )
    nothing = hash_comment("Nothing to add: no active firewall was found, or all of it is allowed already.")
    allowed = ", ".join(deployment.answers.network.allow_from)
    lines += [
        line(""),
        *(firewall_lines(plan, rules) or (nothing,)),
        line(""),
        hash_comment("What must get through"),
        hash_comment(f"  80/tcp, 443/tcp from {allowed or 'everywhere (restrict it where you can)'}"),
        *(
            hash_comment(f"  {port['port']} between the nodes only, to {port['to']}: {port['what']}")
            for port in deployment.catalogue["swarm"]["ports"]
        ),
        hash_comment(
            "Ports that containers publish pass by ufw (moby#4737): restrict 80 and 443 in DOCKER-USER too."
        ),
        hash_comment(
            "Never run firewall-cmd --reload under a running swarm: it can wipe its rules (moby#50443)."
        ),
        hash_comment("Databases, Kafka, Redis and monitoring stay private."),
    ]
    return text_of(lines)
