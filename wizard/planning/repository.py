"""Docker's own package repository: its definition for one system, with the key that signs it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.model.formats import apt, armor, ini
from wizard.model.formats.file import file_with
from wizard.model.formats.text import FileText, text_of
from wizard.model.plan import Action, Command, Step
from wizard.planning.engine import major
from wizard.planning.packages import install, refresh_only
from wizard.planning.site import Site

# The name that Docker's own script uses: a second definition of the same repository with another key's path
# makes apt refuse every repository, so an older one is replaced here (and recorded).
APT_LIST = "/etc/apt/sources.list.d/docker.list"
DNF_REPO = "/etc/yum.repos.d/docker-ce.repo"
DNF_ID = "docker-ce-stable"

_WORD = re.compile(r"[a-z0-9][a-z0-9.-]{0,40}")
_WHY = (
    "Docker's current releases come from its own repository. Every package of it is checked against Docker's"
    " signing key {key}, which comes with this program."
)


@dataclass(frozen=True, slots=True)
class Repository:
    """Where Docker publishes for this system: below `path`, release `word`.

    path None: nowhere; reason says why, as a sentence.
    """

    path: str | None
    word: str = ""
    reason: str = ""


def repository(site: Site) -> Repository:
    """Docker's repository for an operating system: by its id, else by what it says it is like."""
    known, os = site.catalogue["repository"], site.facts.os
    path = known["paths"].get(os.id)
    if path is None and os.id not in known["paths"]:
        path = next((path for like, path in known["like"] if like in os.like), None)
    name = os.name or os.id or "this system"
    if path is None:
        return Repository(None, reason=f"Docker publishes no packages for {name}.")
    word = (os.codename if site.manager == "apt" else major(site)) or ""
    if os.id not in known["paths"] and site.manager == "apt" and word not in known["codenames"][path]:
        return Repository(
            None, reason=f"Which {path.capitalize()} release {name} is made from can't be told."
        )
    if not _WORD.fullmatch(word):
        reason = f"{name} doesn't say which release it is, so Docker's packages for it can't be named."
        return Repository(None, reason=reason)
    return Repository(path, word)


def ended(site: Site) -> str | None:
    """The sentence to show where Docker has stopped building for this release."""
    for item in site.catalogue["repository"]["ended"]:
        if site.facts.os.id == item["os"] and site.facts.os.version == item["release"]:
            return str(item["note"])
    return None


def repository_step(site: Site, found: Repository) -> Step:
    """Write Docker's signing key and repository, and read the repository's list."""
    key = site.catalogue["keys"][site.manager]
    if site.manager == "apt":
        # Nothing comes over HTTPS without them, and a minimal system lacks them.
        before: tuple[Action, ...] = (install("apt", ("ca-certificates",), only_if_absent=True),)
        file, content, only = APT_LIST, _apt_list(site, found, key["path"]), APT_LIST
    else:
        before = ()
        file, content, only = DNF_REPO, _dnf_repo(site, found, key["path"]), DNF_ID
    return Step(
        id="docker-repository",
        node=site.facts.name,
        title="Add Docker's own package repository",
        why=_WHY.format(key=key["fingerprint"][-16:]),
        commands=(
            *before,
            file_with(key["path"], armor.key_file(key["armor"])),
            file_with(file, content),
            refresh_only(site.manager, only),
        ),
        undo=(Command(("rm", "-f", file, key["path"]), timeout_seconds=60),),
        requires=("refresh-packages",),
        records=("packages", f"file:{key['path']}", f"file:{file}"),
    )


def _apt_list(site: Site, found: Repository, key_path: str) -> FileText:
    known = site.catalogue["repository"]
    architecture = known["architectures"].get(site.facts.cpu.architecture)
    address = f"{known['address']}{found.path}"
    return text_of(
        (apt.source(address, found.word, "stable", signed_by=key_path, architecture=architecture),)
    )


def _dnf_repo(site: Site, found: Repository, key_path: str) -> FileText:
    # Written out: on a system pinned to a minor release, $releasever is no directory of Docker's.
    address = f"{site.catalogue['repository']['address']}{found.path}/{found.word}"
    return text_of(
        (
            ini.section(DNF_ID),
            ini.setting("name", "Docker CE Stable - $basearch"),
            ini.setting("baseurl", f"{address}/$basearch/stable"),
            ini.setting("enabled", 1),
            ini.setting("gpgcheck", 1),
            ini.setting("gpgkey", f"file://{key_path}"),
        )
    )
