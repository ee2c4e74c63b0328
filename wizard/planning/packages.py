"""The exact package commands of each family. Pure text: nothing here looks at a machine.

apt: never a dialog, never a removal that was not named, and the lock is waited for. dnf: never
`--allowerasing`.
"""

from __future__ import annotations

from typing import Literal

from wizard.model.plan import Command

Manager = Literal["apt", "dnf"]

REFRESH_SECONDS = 900
TOOL_SECONDS = 1200
ENGINE_SECONDS = 1800

# needrestart would open a dialog at the end of an installation; `l` only lists, suspended not even that.
_APT = (
    "env",
    "LC_ALL=C",
    "DEBIAN_FRONTEND=noninteractive",
    "NEEDRESTART_MODE=l",
    "NEEDRESTART_SUSPEND=1",
    "apt-get",
    "-o",
    "DPkg::Lock::Timeout=600",
    "-o",
    "Dpkg::Options::=--force-confdef",
    "-o",
    "Dpkg::Options::=--force-confold",
)
# Where apt keeps what it has fetched.
ARCHIVES = "/var/cache/apt/archives"
_DPKG = ("env", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", "dpkg")
_DNF = ("env", "LC_ALL=C", "dnf", "-y")


def refresh(manager: Manager) -> Command:
    """Read the package lists again."""
    argv = (*_APT, "update") if manager == "apt" else (*_DNF, "makecache")
    return Command(argv, timeout_seconds=REFRESH_SECONDS, waits_for=manager)


def refresh_only(manager: Manager, source: str) -> Command:
    """Read one repository's list: a file below /etc/apt for apt, a repository's id for dnf."""
    if manager == "dnf":
        argv: tuple[str, ...] = (*_DNF, f"--repo={source}", "makecache")
    else:
        # Without List-Cleanup=0 apt would throw away every other repository's list.
        only = ("-o", f"Dir::Etc::sourcelist={source}", "-o", "Dir::Etc::sourceparts=-")
        # By default apt calls it a success when the only list asked for could not be fetched.
        strict = ("-o", "APT::Update::Error-Mode=any")
        argv = (*_APT, *only, "-o", "APT::Get::List-Cleanup=0", *strict, "update")
    return Command(argv, timeout_seconds=REFRESH_SECONDS, waits_for=manager)


def install(
    manager: Manager,
    packages: tuple[str, ...],
    timeout_seconds: int = TOOL_SECONDS,
    *,
    only_if_absent: bool = False,
) -> Command:
    """Install packages, or bring them to their newest version. Fails rather than remove another package.

    only_if_absent: leave what is there as it is (apt; an upgrade could not be undone).
    """
    verb = ("install", "-y", "--no-remove") if manager == "apt" else ("install",)
    if only_if_absent and manager == "apt":
        verb = (*verb, "--no-upgrade")
    prefix = _APT if manager == "apt" else _DNF
    return Command((*prefix, *verb, *packages), timeout_seconds=timeout_seconds, waits_for=manager)


def bring(
    manager: Manager, packages: tuple[str, ...], there: tuple[str, ...], timeout_seconds: int = TOOL_SECONDS
) -> tuple[Command, ...]:
    """Install packages. there: those that are installed although their program is missing or does not start; the
    package manager calls them done unless it is told to install them once more.
    """
    first = install(manager, packages, timeout_seconds)
    if not there:
        return (first,)
    again = (
        (*_APT, "install", "-y", "--no-remove", "--reinstall") if manager == "apt" else (*_DNF, "reinstall")
    )
    return first, Command((*again, *there), timeout_seconds=timeout_seconds, waits_for=manager)


def finish(
    packages: tuple[str, ...], broken: tuple[str, ...] = (), lost: tuple[str, ...] = ()
) -> tuple[Command, ...]:
    """Finish what dpkg has begun: first as it is; then these packages in their newest version, and all they need.

    broken: cut off while they were unpacked; installed once more before anything else, since apt refuses all the rest
    until they are whole. lost: brought along as far as there are such packages. dpkg's exit code 1 says that some
    package could not be set up: a newer version of it may.
    """
    pending = Command(
        (*_DPKG, "--force-confdef", "--force-confold", "--configure", "-a"),
        timeout_seconds=ENGINE_SECONDS,
        waits_for="apt",
        ok_codes=(0, 1),
    )
    verb = ("install", "-y", "--no-remove", "--fix-broken")
    again = (*_APT, *verb, "--reinstall", *broken)
    rest = (*_APT, *verb, *packages)
    along = (*_APT, "-o", "APT::Get::Mark-Auto=true", *verb, *lost)
    return (
        pending,
        *((Command(again, timeout_seconds=ENGINE_SECONDS, waits_for="apt"),) if broken else ()),
        Command(rest, timeout_seconds=ENGINE_SECONDS, waits_for="apt"),
        # 100: a repository may have none of that name any more, and nothing needs it.
        *(
            (Command(along, timeout_seconds=ENGINE_SECONDS, waits_for="apt", ok_codes=(0, 100)),)
            if lost
            else ()
        ),
    )


def remove_duplicates() -> Command:
    """The older of two versions goes, and the newer one is installed again, whole. Nothing else goes with it."""
    argv = (*_DNF, "--noautoremove", "remove", "--duplicates")
    return Command(argv, timeout_seconds=ENGINE_SECONDS, waits_for="dnf")


def put_back(manager: Manager, packages: tuple[str, ...]) -> Command:
    """The inverse of a removal. dnf is told not to take another package for one of these because it obsoletes it,
    as Docker's containerd.io does with runc.
    """
    if manager == "apt":
        return install(manager, packages, ENGINE_SECONDS)
    argv = (*_DNF, "--setopt=obsoletes=0", "install", *packages)
    return Command(argv, timeout_seconds=ENGINE_SECONDS, waits_for=manager)


def remove(manager: Manager, packages: tuple[str, ...]) -> Command:
    """The inverse of an installation. Never purges: purging docker.io deletes /var/lib/docker.

    dnf is told to leave what nothing else needs: that may have been there before.
    """
    verb = ("remove", "-y") if manager == "apt" else ("remove", "--noautoremove")
    prefix = _APT if manager == "apt" else _DNF
    return Command((*prefix, *verb, *packages), timeout_seconds=TOOL_SECONDS, waits_for=manager)


def remove_exactly(manager: Manager, packages: tuple[str, ...], *, also_broken: bool = False) -> Command:
    """Remove these packages and no other: refused where something else needs one of them.

    apt-get and dnf would take along what depends on them without a word. also_broken: also those that dpkg was cut off
    at while it unpacked them, which it refuses otherwise.
    """
    force = ("--force-remove-reinstreq",) if also_broken else ()
    exact = (*_DPKG, *force, "--remove") if manager == "apt" else ("env", "LC_ALL=C", "rpm", "-e")
    return Command((*exact, *packages), timeout_seconds=TOOL_SECONDS, waits_for=manager)


def unpack_again(name: str, version: str, architecture: str) -> tuple[Command, ...]:
    """Unpack a package whole that dpkg was cut off at, without setting it up, so that its removal takes all its files.

    Where no repository has that version any more, and it was not kept either, nothing is changed and both commands
    count as done.
    """
    plain_name = name.partition(":")[0]
    file = f"{ARCHIVES}/{plain_name}_{version.replace(':', '%3a')}_{architecture}.deb"
    fetch = ("env", "-C", ARCHIVES, *_APT[1:], "download", f"{name}={version}")
    unpack = (*_DPKG, "--force-depends", "--force-confold", "--unpack", file)
    return (
        Command(fetch, timeout_seconds=REFRESH_SECONDS, waits_for="apt", ok_codes=(0, 100)),
        Command(unpack, timeout_seconds=TOOL_SECONDS, waits_for="apt", ok_codes=(0, 1, 2)),
    )
