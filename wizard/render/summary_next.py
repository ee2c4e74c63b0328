"""The summary's part on what comes next: commands, secrets, tuning."""

from __future__ import annotations

from wizard.arrange.nodes import first_manager
from wizard.model.deployment import Deployment
from wizard.model.formats import shell
from wizard.model.formats.markdown import block, code, heading, text
from wizard.model.formats.text import Line, line
from wizard.render.swarm import drain_lines, health_commands, init_command, join_lines, network_command


def next_steps(deployment: Deployment) -> list[Line]:
    """The next commands for Swarm; beyond its published range the talk with the vendor instead."""
    if deployment.sizing is not None and deployment.sizing.table is None:
        return [
            heading(2, "Next"),
            line(""),
            line(
                "Don't deploy this on Docker Swarm. Fill in sales-sheet.md and talk to CometChat's sales team."
            ),
            line(""),
        ]
    return [
        heading(2, "Next"),
        line(""),
        *_swarm(deployment),
        *_deploy(deployment),
        *_secrets(deployment),
        *_tuning(deployment),
    ]


def _swarm(deployment: Deployment) -> list[Line]:
    lines = [
        line("Make the swarm, on the first manager ({}):", text(first_manager(deployment.nodes).name)),
        line(""),
        *block(init_command(deployment), line("docker node ls")),
        line(""),
    ]
    if not deployment.advertise_address:
        lines += [
            line("ADDR is the first manager's own address, by which the other nodes reach it."),
            line(""),
        ]
    if not deployment.address_pool:
        lines += [line("POOL is a private network that meets no route of any node."), line("")]
    lines += [
        line("The pool is named because Docker's default, 10.0.0.0/8, can cut your own SSH connection."),
        line(""),
    ]
    others = [*join_lines(deployment), *drain_lines(deployment)]
    if others:
        lines += [
            line("Bring the other nodes in. The tokens are secrets:"),
            line(""),
            *block(*others),
            line(""),
        ]
    lines += [
        line(
            "A private network for what must stay inside. The vendor promises encryption, and its first example"
        ),
        line("forgets the option:"),
        line(""),
        *block(network_command(deployment)),
        line(""),
    ]
    return lines


def _deploy(deployment: Deployment) -> list[Line]:
    repository = deployment.catalogue["swarm"]["repository"]
    lines = [
        line(
            "Then the vendor's repository (private, ask CometChat for access), on the first manager. Put the"
        ),
        line("values of env/ and nginx/ into its files before the last line:"),
        line(""),
        *block(
            shell.command("git", "clone", repository), line("cd cometchat-on-premise"), line("./deploy.sh")
        ),
        line(""),
        line("It takes 5 to 10 minutes. Every service must reach N/N:"),
        line(""),
        *block(line("docker service ls")),
        line(""),
    ]
    checks = health_commands(deployment)
    if checks:
        lines += [line("Then ask each service:"), line(""), *block(*checks), line("")]
    else:
        lines += [line("Health checks follow the host names: there are none without a domain."), line("")]
    return lines


def _secrets(deployment: Deployment) -> list[Line]:
    secrets = deployment.catalogue["secrets"]
    return [
        heading(2, "Secrets to make"),
        line(""),
        line(
            "None is in this directory. Make them as Docker Swarm secrets (or in Vault) and match the names with"
        ),
        line("the vendor's docker-compose.yml, which has the last word."),
        line(""),
        *(
            line(
                "- {}: {} ({})",
                code(entry["name"]),
                text(entry["what"]),
                text("the vendor’s example name" if entry["origin"] == "published" else "our name"),
            )
            for entry in secrets["entries"]
        ),
        line(""),
        *block(line("docker secret create NAME FILE"), line("docker secret ls")),
        line(""),
    ]


def _tuning(deployment: Deployment) -> list[Line]:
    is_high = deployment.sizing is not None and deployment.sizing.table == "high-concurrency"
    nofile = deployment.catalogue["tuning"]["nofile"]
    advice = (
        line(
            "This size is high-concurrency: put the files of tuning/ in place on every node before deploying."
        )
        if is_high
        else line("Worth doing on every node of a production cluster; a must with many connections at once.")
    )
    return [
        heading(2, "Host tuning"),
        line(""),
        advice,
        line(
            "Each file says where it goes and why: {} open files, longer kernel queues. Takes a reboot.",
            text(f"{nofile:,}"),
        ),
        line(
            "On the host that the wizard runs on, `cometchat-wizard apply` raises what this size asks and is lower."
        ),
        line(""),
    ]
