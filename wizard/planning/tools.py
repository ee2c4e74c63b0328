"""The plain programs of the list: git, openssl, jq, curl, net-tools."""

from __future__ import annotations

from wizard.model.plan import Step
from wizard.planning.packages import bring, remove
from wizard.planning.site import Site
from wizard.planning.software import TOOLS, Change, tool_change, without_program

_WORDS = {
    "git": ("Git", "The vendor's deployment scripts and configuration come through Git."),
    "openssl": ("OpenSSL", "The vendor asks for OpenSSL 1.1 or later, for TLS certificates and keys."),
    "jq": ("jq", "The vendor's prerequisites list jq, for configuration."),
    "curl": ("curl", "The vendor's prerequisites list curl, for testing the APIs."),
    "net-tools": ("net-tools", "The vendor's prerequisites list net-tools, for network diagnostics."),
}


def tool_steps(site: Site) -> tuple[Step, ...]:
    """One step for each program that is missing or too old."""
    changes = ((tool, tool_change(site, tool)) for tool in TOOLS)
    return tuple(_step(site, tool, change) for tool, change in changes if change is not None)


def _step(site: Site, tool: str, change: Change) -> Step:
    name, why = _WORDS[tool]
    packages = tuple(site.family["tools"][tool])
    there = without_program(site, packages, change)
    return Step(
        id=f"install-{tool}",
        node=site.facts.name,
        title=f"{change.capitalize()} {name}",
        why=why,
        commands=bring(site.manager, packages, there),
        # What was there before is not taken away again.
        undo=(remove(site.manager, packages),) if change == "install" and not there else (),
        requires=("refresh-packages",),
        settles=(f"software-missing/{tool}", f"software-old/{tool}"),
        records=("packages",),
    )
