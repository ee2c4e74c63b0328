"""The summary's part on what comes next: commands, secrets, tuning."""

from __future__ import annotations

from wizard.arrange.nodes import first_manager
from wizard.model.deployment import Deployment
from wizard.render.escape import markdown
from wizard.render.swarm import drain_lines, health_commands, init_command, join_lines, network_command


def next_steps(deployment: Deployment) -> list[str]:
    """The next commands for Swarm; beyond its published range the talk with the vendor instead."""
    if deployment.sizing is not None and deployment.sizing.table is None:
        return [
            "## Next",
            "",
            "Don't deploy this on Docker Swarm. Fill in sales-sheet.md and talk to CometChat's sales team.",
            "",
        ]
    return [
        "## Next",
        "",
        *_swarm(deployment),
        *_deploy(deployment),
        *_secrets(deployment),
        *_tuning(deployment),
    ]


def _swarm(deployment: Deployment) -> list[str]:
    first = markdown(first_manager(deployment.nodes).name)
    lines = [
        f"Make the swarm, on the first manager ({first}):",
        "",
        *_block(init_command(deployment), "docker node ls"),
        "",
    ]
    if not deployment.advertise_address:
        lines += ["ADDR is the first manager's own address, by which the other nodes reach it.", ""]
    if not deployment.address_pool:
        lines += ["POOL is a private network that meets no route of any node.", ""]
    lines += [
        "The pool is named because Docker's default, 10.0.0.0/8, can cut your own SSH connection.",
        "",
    ]
    others = [*join_lines(deployment), *drain_lines(deployment)]
    if others:
        lines += ["Bring the other nodes in. The tokens are secrets:", "", *_block(*others), ""]
    lines += [
        "A private network for what must stay inside. The vendor promises encryption, and its first example",
        "forgets the option:",
        "",
        *_block(network_command(deployment)),
        "",
    ]
    return lines


def _deploy(deployment: Deployment) -> list[str]:
    repository = deployment.catalogue["swarm"]["repository"]
    lines = [
        "Then the vendor's repository (private, ask CometChat for access), on the first manager. Put the",
        "values of env/ and nginx/ into its files before the last line:",
        "",
        *_block(f"git clone {repository}", "cd cometchat-on-premise", "./deploy.sh"),
        "",
        "It takes 5 to 10 minutes. Every service must reach N/N:",
        "",
        *_block("docker service ls"),
        "",
    ]
    checks = health_commands(deployment)
    if checks:
        lines += ["Then ask each service:", "", *_block(*checks), ""]
    else:
        lines += ["Health checks follow the host names: there are none without a domain.", ""]
    return lines


def _secrets(deployment: Deployment) -> list[str]:
    secrets = deployment.catalogue["secrets"]
    return [
        "## Secrets to make",
        "",
        "None is in this directory. Make them as Docker Swarm secrets (or in Vault) and match the names with",
        "the vendor's docker-compose.yml, which has the last word.",
        "",
        *(
            f"- `{entry['name']}`: {markdown(entry['what'])} "
            f"({'the vendor’s example name' if entry['origin'] == 'published' else 'our name'})"
            for entry in secrets["entries"]
        ),
        "",
        *_block("docker secret create NAME FILE", "docker secret ls"),
        "",
    ]


def _tuning(deployment: Deployment) -> list[str]:
    is_high = deployment.sizing is not None and deployment.sizing.table == "high-concurrency"
    nofile = deployment.catalogue["tuning"]["nofile"]
    advice = (
        "This size is high-concurrency: put the files of tuning/ in place on every node before deploying."
        if is_high
        else "Worth doing on every node of a production cluster; a must with many connections at once."
    )
    return [
        "## Host tuning",
        "",
        advice,
        f"Each file says where it goes and why: {nofile:,} open files, longer kernel queues. Takes a reboot.",
        "On the host that the wizard runs on, `cometchat-wizard apply` raises what this size asks and is lower.",
        "",
    ]


def _block(*commands: str) -> list[str]:
    """A fenced block. Commands are quoted for the shell and hold no line break, so none can end the fence."""
    return ["```sh", *commands, "```"]
