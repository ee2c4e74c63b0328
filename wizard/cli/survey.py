"""`survey`: facts of this host."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.cli.sessions import current_answers
from wizard.model.facts import HostFacts
from wizard.model.origin import ExitCode
from wizard.model.ownrules import passages_in_words
from wizard.workflow import look


def run(arguments: Arguments, environment: Environment) -> int:
    """Print what this host is; changes nothing."""
    answers = current_answers(arguments, environment)
    node = arguments.value("node")
    survey = look.survey(answers, node, reader=environment.reader, hosts_only=True)
    if arguments.has("json"):
        from wizard.cli.document import say_document
        from wizard.model.plain import plain

        say_document(environment, {"nodes": plain(survey.hosts)})
    else:
        for host in survey.hosts:
            for line in host_lines(host, environment.width):
                environment.say(line)
    for other in look.remote_nodes(answers):
        if node is None:
            environment.tell(f"{other.name} is another machine and was not looked at; it counts as typed.")
    return int(ExitCode.DONE)


def host_lines(host: HostFacts, width: int) -> list[str]:
    """One host as a table of what it is, has and runs."""
    from wizard.cli.paper import table

    rows = [*_machine_rows(host), *_storage_rows(host), *_network_rows(host)]
    lines = [f"{host.name}, read at {host.read_at}", ""]
    lines += table([(f"  {label}", value) for label, value in rows], width)
    lines += ["", "Software", *table([(f"  {name}", value) for name, value in _software(host)], width)]
    lines += ["", "Listening", *_listening(host, width)]
    if host.unread:
        lines += ["", "Could not be read", *(f"  {part}" for part in host.unread)]
    return lines


def _machine_rows(host: HostFacts) -> list[tuple[str, str]]:
    limits = [
        f"{host.limits.vcpus:g} vCPU" if host.limits.vcpus is not None else "",
        _gib(host.limits.memory_bytes) if host.limits.memory_bytes is not None else "",
    ]
    flags = host.cpu.flags
    return [
        ("System", host.os.name or "unknown"),
        ("Kernel", host.kernel.release or "unknown"),
        ("vCPU", f"{_or_unknown(host.cpu.vcpus)} ({host.cpu.architecture or 'architecture unknown'})"),
        ("Processor", host.cpu.model or "unknown"),
        ("CPU flags", "unknown" if flags is None else " ".join(flags) or "none of those that matter"),
        ("Memory", _gib(host.memory_bytes)),
        ("Limits", ", ".join(part for part in limits if part) or "none"),
        ("Container", host.container or "no"),
        ("Virtualisation", host.virtualisation or "none seen"),
        ("Swap", _gib(host.swap_bytes)),
        ("Clock synchronised", _claim(host.clock_synchronised)),
        ("SELinux", host.selinux or "none"),
        ("Rights", _rights(host)),
    ]


def _rights(host: HostFacts) -> str:
    if host.privilege.is_root:
        return "root"
    sudo = {"passwordless": "may use sudo", "password": "may use sudo with a password", None: "no sudo"}
    return f"{host.privilege.user or 'not root'}, {sudo[host.privilege.sudo]}"


def _storage_rows(host: HostFacts) -> list[tuple[str, str]]:
    data = host.data_directory
    kind = {True: "rotational", False: "solid state", None: "kind of disk unknown"}[data.rotational]
    used = "" if data.used_percent is None else f", {data.used_percent} % used"
    disks = [
        f"{disk.name} {_gb(disk.size_bytes)}" + (" rotational" if disk.rotational else "")
        for disk in host.disks
    ]
    return [
        ("Data directory", data.path + ("" if data.exists is not False else " (not there yet)")),
        ("  file system", f"{data.filesystem or 'unknown'}, {kind}"),
        ("  free", f"{_gb(data.free_bytes)} of {_gb(data.size_bytes)}{used}"),
        ("Disks", ", ".join(disks) or "none seen"),
    ]


def _network_rows(host: HostFacts) -> list[tuple[str, str]]:
    state = {True: "active", False: "not active", None: "state unknown"}[host.firewall.active]
    if host.firewall.own_rules:
        state = f"active: {passages_in_words(host.firewall.passages)}"
    proxies = ", ".join(f"{name}={value}" for name, value in host.proxies.items() if value)
    return [
        ("Addresses", ", ".join(host.addresses) or "unknown"),
        ("Firewall", f"{host.firewall.backend or 'unknown'}, {state}"),
        ("SSH ports", ", ".join(str(port) for port in host.ssh.ports) or "none seen"),
        ("Swarm", host.swarm.state or "unknown"),
        ("Proxies", proxies or "none"),
    ]


def _software(host: HostFacts) -> list[tuple[str, str]]:
    docker = host.software.docker
    words = [("docker", "missing" if docker is None else docker.version or "daemon's version unknown")]
    if docker is not None:
        extra = "" if docker.kind == "docker" else f", {docker.kind} posing as docker"
        words[0] = ("docker", f"{words[0][1]} ({docker.state}, client {docker.client or 'unknown'}{extra})")
    for name in ("compose", "git", "openssl", "jq", "curl", "net_tools"):
        tool = getattr(host.software, name)
        text = "missing" if tool is None else tool.version or "there, version unknown"
        words.append((name.replace("_", "-"), text))
    return words


def _listening(host: HostFacts, width: int) -> list[str]:
    from wizard.cli.paper import table

    rows = [
        (
            f"  {item.port}/{item.protocol}",
            item.address,
            item.process or "process not visible",
            "" if item.pid is None else str(item.pid),
        )
        for item in host.listening
    ]
    return table(rows, width) or ["  nothing"]


def _gib(value: int | None) -> str:
    return "unknown" if value is None else f"{value / 2**30:,.1f} GiB"


def _gb(value: int | None) -> str:
    return "unknown" if value is None else f"{value / 10**9:,.1f} GB"


def _or_unknown(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _claim(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[value]
