"""survey: facts of the session's nodes, and of the certificate and names that the answers give."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wizard.model.answers import Answers, NodeAnswer
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode

if TYPE_CHECKING:
    from wizard.machine.reading import Reader
    from wizard.model.deployment import ServiceHost
    from wizard.model.facts import DnsFacts, HostFacts, TlsFacts
    from wizard.model.survey import Survey

DEFAULT_DATA_DIRECTORY = "/var/lib/docker"

OnPart = Callable[[str, object], None]


def local_node_name(answers: Answers) -> str:
    """The name of this host: as the answers call it, else its short host name."""
    for node in answers.nodes:
        if node.address == "local":
            return node.name
    import os

    from wizard.model.plain import shown

    # Root may give a host any name, and the kernel takes it: escapes and bytes that are no text included.
    return shown(os.uname().nodename.split(".")[0], 64) or "this-host"


def survey_host(answers: Answers, reader: Reader | None = None, on_part: OnPart | None = None) -> HostFacts:
    """Facts of this host alone. on_part is told each part as it comes in, from this thread."""
    from wizard.probe.survey import survey

    directory = answers.storage.data_directory or DEFAULT_DATA_DIRECTORY
    return survey(local_node_name(answers), directory, reader, on_part)


def survey(
    answers: Answers,
    node: str | None = None,
    *,
    reader: Reader | None = None,
    on_part: OnPart | None = None,
    hosts_only: bool = False,
) -> Survey:
    """Everything that can be looked at from here. Nodes elsewhere are not surveyed yet: they count as typed.

    node: only that one. hosts_only: leave certificate and names out.
    Raises Failure: bad input for an unknown name, unreachable for a node elsewhere.
    """
    from wizard.model.survey import Survey

    _refuse_unknown(answers, node)
    host = survey_host(answers, reader, on_part)
    return Survey((host,)) if hosts_only else Survey((host,), *outside(answers))


def outside(answers: Answers) -> tuple[TlsFacts | None, DnsFacts | None]:
    """Certificate and names: what openssl and the resolver say. Network: the system's resolver, at most 5 s."""
    tls: TlsFacts | None = None
    dns: DnsFacts | None = None
    if answers.tls.certificate:
        from wizard.probe.tls import read_tls

        tls = read_tls(answers.tls.certificate, answers.tls.key)
    names = service_names(answers)
    if names:
        from wizard.probe.dns import resolve

        dns = resolve(tuple(name.host for name in names if name.public))
    return tls, dns


def service_names(answers: Answers) -> tuple[ServiceHost, ...]:
    """The one table of host names; empty without a domain."""
    if not answers.domain.primary:
        return ()
    from wizard.arrange.hosts import service_hosts
    from wizard.store.assets import load

    return service_hosts(answers.domain, load("services.json"))


def _refuse_unknown(answers: Answers, node: str | None) -> None:
    if node is None or node == local_node_name(answers):
        return
    known = {item.name: item for item in answers.nodes}
    if node not in known:
        names = ", ".join(known) or local_node_name(answers)
        raise Failure(
            f"There is no node of that name. The session has: {names}.", next_step="Use one of these names."
        )
    raise Failure(
        f"The node {node} is another machine, and looking at other machines comes in a later release.",
        next_step="Run the survey on that machine itself, or type its size under nodes[].machine in the answers.",
        code=ExitCode.UNREACHABLE,
    )


def remote_nodes(answers: Answers) -> tuple[NodeAnswer, ...]:
    """Nodes that can't be looked at from here yet."""
    return tuple(node for node in answers.nodes if node.address != "local")
