"""The answered proxy for what downloads: apt or dnf, and Docker's daemon. Another one that is set there stays."""

from __future__ import annotations

import re

from wizard.model.answers import Answers
from wizard.model.formats import apt, unit
from wizard.model.formats.file import file_with
from wizard.model.formats.text import hash_comment, slash_comment, text_of
from wizard.model.merging import inverse
from wizard.model.ownfiles import APT_PROXY, DNF_CONF, DOCKER_PROXY
from wizard.model.plain import without_userinfo
from wizard.model.plan import Command, KeyChange, MergeFile, Step
from wizard.planning.docker_restart import IDLE, docker_restart, has_systemd
from wizard.planning.docker_settings import SettingsWork
from wizard.planning.site import Site
from wizard.planning.software import keeps_other_docker
from wizard.sizing.docker_settings import proxy_waits, same_proxy

# What a package manager needs before its first download.
FOR_PACKAGES = ("proxy-apt", "proxy-dnf")
_MASKED = "://***@"
_WRITTEN = "Written by cometchat-wizard (step {}). What you set in a later file here wins."
# What dnf takes, in any case, for "no proxy, whatever else is set": somebody chose it, unlike an empty key.
_DNF_NONE = "_none_"
_BY_HAND = {
    "apt": "/etc/apt/apt.conf.d/, mode 0600",
    "dnf": f"{DNF_CONF}, proxy_username and proxy_password, mode 0600",
    "docker": "/etc/systemd/system/docker.service.d/, mode 0600",
}
_NAMES = {"apt": "apt", "dnf": "dnf", "docker": "Docker"}


def proxy_work(site: Site, *, is_upgraded: bool) -> SettingsWork:
    """Steps where network.proxy is answered and what downloads here does not use it yet.

    is_upgraded: this plan brings a newer Docker, which starts anew by itself.
    """
    proxy = site.answers.network.proxy
    if not proxy:
        return SettingsWork()
    works = [_apt(site, proxy) if site.manager == "apt" else _dnf(site, proxy)]
    if not keeps_other_docker(site):
        works.append(_docker(site, proxy, is_upgraded))
    return SettingsWork(
        tuple(step for work in works for step in work.steps),
        tuple(note for work in works for note in work.notes),
    )


def _apt(site: Site, proxy: str) -> SettingsWork:
    wanted = _for_apt(proxy)
    notes = _in_the_way(site, "apt", wanted, (("apt http",), ("apt https",)))
    if notes is not None:
        return SettingsWork(notes=notes)
    content = text_of(
        (
            slash_comment(_WRITTEN.format("proxy-apt")),
            apt.setting("Acquire::http::Proxy", wanted),
            apt.setting("Acquire::https::Proxy", wanted),
        )
    )
    step = Step(
        id="proxy-apt",
        node=site.facts.name,
        title="Tell apt the proxy",
        why="The packages come through it, in a file of its own, so that it holds for apt however it is started.",
        commands=(file_with(APT_PROXY, content),),
        undo=(Command(("rm", "-f", "--", APT_PROXY), timeout_seconds=60),),
        records=(f"file:{APT_PROXY}",),
    )
    return SettingsWork((step,))


def _dnf(site: Site, proxy: str) -> SettingsWork:
    wanted = _address(proxy)
    there = site.facts.proxies.get("dnf proxy")
    if there is not None and there.lower() == _DNF_NONE:
        return SettingsWork(
            notes=(
                f"dnf is told to use no proxy (proxy={there} in {DNF_CONF}), which stays, so packages are fetched "
                f"without one. If {wanted} is meant, take that line out there, then plan again.",
            )
        )
    notes = _in_the_way(site, "dnf", wanted, (("dnf proxy",),))
    if notes is not None:
        return SettingsWork(notes=notes)
    # Where the key is there and empty, nothing is set, and an undo puts the empty key back.
    file = MergeFile(DNF_CONF, "ini", (KeyChange(("main", "proxy"), wanted, old=there),))
    step = Step(
        id="proxy-dnf",
        node=site.facts.name,
        title="Tell dnf the proxy",
        why="The packages come through it. Everything else in dnf.conf stays as it is.",
        commands=(file,),
        undo=(inverse((file,), like=file),),
        records=(f"file:{DNF_CONF}",),
    )
    return SettingsWork((step,))


def _docker(site: Site, proxy: str, is_upgraded: bool) -> SettingsWork:
    """By a file of systemd's and not by daemon.json: every Docker knows it (the key `proxies` keeps one before 23 from
    starting), it can be there before Docker is, and it is nobody else's file.
    """
    wanted = _address(proxy)
    keys = (("docker HTTP_PROXY", "docker http_proxy"), ("docker HTTPS_PROXY", "docker https_proxy"))
    notes = _in_the_way(site, "docker", wanted, keys)
    waits = notes == () and proxy_waits(site.facts) and not is_upgraded
    if notes is not None and not waits:
        return SettingsWork(notes=(*notes, *_used_instead(site, notes, wanted)))
    if not has_systemd(site):
        return SettingsWork(
            notes=(
                "Docker's daemon is not started by systemd here, so the proxy for it has to be set by hand.",
            )
        )
    restart = docker_restart(site, is_upgraded=is_upgraded, reload=True)
    if restart.refused:
        return SettingsWork(notes=(f"Docker does not use the proxy {wanted} yet. {restart.refused}",))
    content = text_of(
        (
            hash_comment(_WRITTEN.format("proxy-docker")),
            unit.section("Service"),
            unit.environment("HTTP_PROXY", wanted),
            unit.environment("HTTPS_PROXY", wanted),
            unit.environment("NO_PROXY", *no_proxy(site.answers)),
        )
    )
    step = Step(
        id="proxy-docker",
        node=site.facts.name,
        title="Restart Docker, so that it uses the proxy" if waits else "Tell Docker the proxy",
        why="The proxy is set for it, and it was started before that: it says that it uses another one, or none."
        if waits
        else "Images are pulled by the daemon, which does not see the shell's proxy. Private networks and the other "
        "nodes are reached without it.",
        commands=(*(() if waits else (file_with(DOCKER_PROXY, content),)), *restart.commands),
        undo=(Command(("rm", "-f", "--", DOCKER_PROXY), timeout_seconds=60), *restart.undo),
        settles=("docker-stopped/", "docker-restart-due/proxy") if restart.is_restart else (),
        records=(f"file:{DOCKER_PROXY}",),
        guards=restart.guards,
        undo_guards=(IDLE,),
    )
    return SettingsWork((step,), (restart.note,) if restart.note else ())


def _used_instead(site: Site, notes: tuple[str, ...], wanted: str) -> tuple[str, ...]:
    """A note where the daemon was started with the files as they are, and uses another proxy all the same."""
    docker = site.facts.software.docker
    used = None if docker is None or notes or docker.state != "running" else docker.https_proxy
    if used is None or same_proxy(used, wanted) or proxy_waits(site.facts):
        return ()
    return (
        f"Docker says that it uses {used or 'no proxy'} for HTTPS, although its files say {wanted}: something sets "
        "it. `systemctl cat docker` and `systemctl show docker -p Environment -p EnvironmentFiles` show what.",
    )


def no_proxy(answers: Answers) -> tuple[str, ...]:
    """What is reached without a proxy: this host, private networks (the swarm's are among them), the other nodes.

    An address loses its scope (`%eth0`): what reads the list knows none, and would then know the address neither.
    """
    hosts = (_host(node.address).partition("%")[0] for node in answers.nodes)
    own = (answers.network.advertise_address, *hosts)
    names = ("localhost", "127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", *own)
    return tuple(dict.fromkeys(name for name in names if name and name != "local"))


def _host(address: str) -> str:
    """The host of an address as ssh takes it: `ssh://root@[2001:db8::5]:22`."""
    found = re.fullmatch(
        r"(?:ssh://)?(?:[^@]*@)?(?:\[([^\]]*)\]|([^:]*)|([^\[]*:[^\[]*:[^\[]*))(?::[0-9]+)?", address
    )
    return next((part for part in found.groups() if part), "") if found else ""


def _in_the_way(
    site: Site, which: str, wanted: str, settings: tuple[tuple[str, ...], ...]
) -> tuple[str, ...] | None:
    """Notes for why nothing is planned, () where it is set already; None where it is to be set.

    settings: each of them by all the names that it can have.
    """
    own = _address(site.facts.own_proxies.get(which, ""))
    there = [
        {_address(site.facts.proxies[key]) for key in keys if key in site.facts.proxies} for keys in settings
    ]
    others = sorted(set().union(*there) - {wanted, own})
    if others:
        return (
            f"{_NAMES[which]} uses another proxy already ({', '.join(others)}), which stays. If {wanted} is meant, "
            "change it there, or undo the step that set it.",
        )
    if all(found == {wanted} for found in there) and own in ("", wanted):
        return ()
    if _MASKED in wanted:
        return (
            f"The proxy asks for a user or a password, which this wizard does not keep, so {_NAMES[which]} is not "
            f"told. Write it yourself ({_BY_HAND[which]}).",
        )
    return None


def _address(proxy: str) -> str:
    """Without user and password in whatever way the answers came here, and without a last slash."""
    return without_userinfo(proxy).rstrip("/")


def _for_apt(proxy: str) -> str:
    """apt knows SOCKS only by the name of the kind that looks names up through it."""
    return _address(proxy).replace("socks5://", "socks5h://", 1)
