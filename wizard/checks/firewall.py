"""The firewall that is there, and the proxy on the way out."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checks.make import unknown, warning
from wizard.model.answers import NetworkAnswers
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding

_PAGE = "vendor: Prerequisites, network security recommendations"
_FOR_SHELLS = "/etc/environment "


def check_firewall(host: HostFacts, network: NetworkAnswers) -> Iterator[Finding]:
    """firewall-inactive, firewall-bypassed."""
    firewall = host.firewall
    name = firewall.backend if firewall.backend and firewall.backend != "none" else None
    if firewall.active is False or firewall.backend == "none":
        yield warning(
            "firewall-inactive",
            seen=f"The firewall {name} is there, but not active."
            if name
            else "No firewall is active on this host.",
            why="Every port that something listens on can be reached, unless a firewall stands before this "
            "host.",
            fix="If a security group or a firewall of the network filters already, nothing to do. Else set one "
            "up that allows SSH first, then 80 and 443; the wizard leaves an inactive firewall alone.",
            source=_PAGE,
            node=host.name,
        )
    elif firewall.active is None:
        yield from unknown("firewall", ["whether a firewall is active"], host.name)
    is_wanted = bool(network.allow_from) or network.firewall != "leave"
    if firewall.backend == "ufw" and firewall.active and is_wanted:
        yield warning(
            "firewall-bypassed",
            seen="ufw is active, and Docker publishes container ports past it.",
            why="Docker's own rules come before ufw's: a published port is open to all, whatever ufw says "
            "about it.",
            fix="Rules that restrict 80 and 443 belong in the DOCKER-USER chain as well: sudo iptables -S "
            "DOCKER-USER shows it.",
            source="field: moby#4737",
            node=host.name,
        )


def check_proxy(host: HostFacts, network: NetworkAnswers) -> Iterator[Finding]:
    """proxy-shell-only: proxies in the environment that Docker's daemon does not see."""
    # Of the package manager and the daemon: `apt http`, `docker HTTP_PROXY`. A list of exceptions is no proxy.
    shell = sorted(name for name in host.proxies if " " not in name or name.startswith(_FOR_SHELLS))
    shell = shell if any(not name.lower().endswith("no_proxy") for name in shell) else []
    if shell and not network.proxy:
        names = ", ".join(shell)
        own = [name for name in shell if " " not in name]
        unset = f"unset {' '.join(own)}" if own else "take it out of /etc/environment"
        yield warning(
            "proxy-shell-only",
            seen=f"A proxy is set in this shell ({names}), but network.proxy is not answered.",
            why="Docker's daemon and the package manager under sudo don't see the shell's settings, so "
            "downloads fail there.",
            fix=f"Answer network.proxy with its address if this host needs one; else: {unset}.",
            source="field: moby#36951",
            node=host.name,
        )


def check_proxy_password(network: NetworkAnswers) -> Iterator[Finding]:
    """proxy-password-dropped: user and password of the proxy are never kept, a token being either."""
    if network.proxy and "***@" in network.proxy:
        yield warning(
            "proxy-password-dropped",
            seen="The proxy's address was given with a user or a password, which was not kept.",
            why="Answers, plans and exports hold no secrets, so what is written with this address can't "
            "log in to the proxy.",
            fix="Put user and password in by hand where the daemon reads it "
            "(/etc/systemd/system/docker.service.d/, mode 0600), or use a proxy that needs none from this "
            "host.",
            source="rule: no secret in answers, plans or exports",
        )
