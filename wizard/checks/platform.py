"""Is this a system that the vendor supports?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from wizard.checks.make import blocker, unknown, warning
from wizard.checks.versions import version_numbers
from wizard.model.facts import HostFacts, OsFacts
from wizard.model.finding import Finding

_UBUNTU = ((20, 4), (22, 4), (24, 4))
_REBUILDS = ("rocky", "almalinux", "ol", "oracle", "centos")
_RHEL_FROM = 8
_PAGE = "vendor: Prerequisites, supported operating systems"

PlatformClass = Literal["supported", "rebuild", "unsupported"]


def platform_class(os: OsFacts) -> PlatformClass:
    """Supported: Ubuntu 20.04, 22.04, 24.04; RHEL 8 and later. Rebuilds of RHEL 8 and later are near enough.

    Everything else is unsupported, an empty os-release (`n/a`) too.
    """
    numbers = version_numbers(os.version)
    id = (os.id or "").strip().lower()
    if numbers is None:
        return "unsupported"
    if id == "ubuntu":
        return "supported" if numbers[:2] in _UBUNTU else "unsupported"
    if id == "rhel":
        return "supported" if numbers[0] >= _RHEL_FROM else "unsupported"
    if id in _REBUILDS and numbers[0] >= _RHEL_FROM:
        return "rebuild"
    return "unsupported"


def is_ubuntu_2004(os: OsFacts) -> bool:
    """The one supported Ubuntu that Docker no longer builds for."""
    return (os.id or "").lower() == "ubuntu" and (version_numbers(os.version) or ())[:2] == (20, 4)


def os_text(os: OsFacts) -> str:
    """The system's name as people know it."""
    named = os.name or os.id or ""
    if named and os.version and os.version not in named:
        named = f"{named} {os.version}"
    return named if named and named != "n/a" else "a system that does not say what it is"


def check_platform(host: HostFacts) -> Iterator[Finding]:
    """platform-unsupported, platform-rebuild, architecture-unverified."""
    kind = platform_class(host.os)
    detail = f"id {host.os.id or 'not given'}"
    if kind == "unsupported":
        yield blocker(
            "platform-unsupported",
            seen=f"This host runs {os_text(host.os)} ({detail}).",
            why="The vendor tests and supports Ubuntu 20.04, 22.04 and 24.04 LTS and Red Hat Enterprise "
            "Linux 8 or later. Elsewhere its support can't help you.",
            fix="Use one of these systems. If you must stay on this one, accept platform-unsupported with "
            "the reason; it is kept in the config.",
            source=_PAGE,
            node=host.name,
        )
    elif kind == "rebuild":
        yield warning(
            "platform-rebuild",
            seen=f"This host runs {os_text(host.os)} ({detail}), a rebuild of Red Hat Enterprise Linux.",
            why="Rebuilds behave like RHEL, but are not on the vendor's page.",
            fix="Ask CometChat whether it supports this one, or use RHEL itself for production.",
            source=_PAGE,
            node=host.name,
        )
    yield from _architecture(host)


def _architecture(host: HostFacts) -> Iterator[Finding]:
    architecture = host.cpu.architecture
    if architecture is None:
        yield from unknown("architecture", ["the processor's architecture"], host.name)
    elif architecture not in ("x86_64", "amd64"):
        yield warning(
            "architecture-unverified",
            seen=f"The processor's architecture is {architecture}.",
            why="The vendor names no architecture; x86_64 is what its images are known to be built for.",
            fix="Ask CometChat for images of this architecture before you go on, or use an x86_64 machine.",
            source="rule: x86_64 is taken as meant",
            node=host.name,
        )
