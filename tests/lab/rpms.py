"""Small rpm packages and their repository: real transactions of a real dnf, not Red Hat's own packages."""

from __future__ import annotations

from pathlib import Path


def furnish(root: Path, packages: Path) -> None:
    """Make a Debian root with dnf and rpm in it look like a RHEL, and build the repository beside the .deb files."""
