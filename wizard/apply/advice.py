"""What to do about a failure, as far as the package manager's own words tell what it was."""

from __future__ import annotations

import re

# The first that fits is said: what lies deeper comes before what follows from it.
_ADVICE = (
    (
        r"No space left on device|enough free space|needs [\d.]+ ?[KMG]B? (more space )?on the",
        "The disk is full: `df -h` shows which one. Free some space (`apt-get clean` or `dnf clean all` gives back "
        "downloads), then apply again.",
    ),
    (
        r"Temporary failure resolving|Could not resolve",
        "This host could not find that server's address: check its DNS and its way out, or set network.proxy.",
    ),
    (
        r"[Cc]ould not connect|[Uu]nable to connect|[Cc]onnection (failed|refused|timed out)|[Tt]imed out"
        r"|[Nn]etwork is unreachable|Connection reset|Cannot initiate the connection",
        "That server did not answer: check that it is up and that this host may reach it, or set network.proxy.",
    ),
    (
        r"Unable to locate package|has no installation candidate|No match for argument|Unable to find a match",
        "No repository of this host has that package: enable the one that has it, or install it by hand.",
    ),
    (
        r"Job for docker\.service failed|unable to configure the Docker daemon",
        "Docker did not come back: `journalctl -u docker -n 50` says why. `cometchat-wizard undo` takes back what was "
        "set for it.",
    ),
    (
        r"error processing package|post-installation script|dpkg was interrupted",
        "The package itself could not be set up: mend what it names, or get a newer version into the "
        "repository. Applying again finishes it first.",
    ),
)
# apt names one package at a time, and refuses everything until it is dealt with.
_NO_ARCHIVE = re.compile(r"The package (\S+) needs to be reinstalled, but I can't find an archive for it")
_DOCKER = " If this host has no way to download.docker.com: software.docker_from: distribution, or offline."


def advice(said: str) -> str:
    """The next step for what was said, "" where that is not known."""
    broken = _NO_ARCHIVE.search(said)
    if broken:
        return _no_archive(broken.group(1))
    for pattern, words in _ADVICE:
        if re.search(pattern, said):
            return words + (_DOCKER if "download.docker.com" in said else "")
    return ""


def _no_archive(name: str) -> str:
    return (
        f"{name} was cut off while being unpacked, and no repository of this host has it any more: enable the one that "
        f"has it, or get its .deb and install that (`sudo dpkg -i FILE.deb`), then apply again. Where nothing needs "
        f"it, it can go: `sudo dpkg --remove --force-remove-reinstreq {name}`."
    )
