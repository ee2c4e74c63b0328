"""This host, its software and its ports, line by line."""

from __future__ import annotations

from wizard.cli.follow import follow_run, start_run
from wizard.cli.paper import table
from wizard.cli.prompts.accepting import accept_while_open, skip_while_wanted
from wizard.cli.prompts.talk import Talk
from wizard.model.plan import Plan
from wizard.workflow import act, decide
from wizard.workflow.look import DEFAULT_DATA_DIRECTORY
from wizard.workflow.resume import leftover

_SOFTWARE = ("software-", "docker-", "package-", "swarm-")
_DOCKER = ("docker-snap", "docker-podman", "docker-ended", "docker-log", "docker-nofile", "docker-settings")
_PORTS = ("port-", "firewall-", "data-port", "ssh-", "address-pool", "proxy-")
_ELSEWHERE = (
    *_SOFTWARE,
    *_PORTS,
    "usage-",
    "size-",
    "table-",
    "beyond-",
    "tls-",
    "dns-",
    "domain-",
    "privilege-",
)


def host(talk: Talk) -> None:
    """What is needed, what is there, and what to think of it."""
    talk.head("This host")
    talk.answer(
        "storage.data_directory",
        "Data directory",
        DEFAULT_DATA_DIRECTORY,
        "Where Docker keeps its volumes, on an SSD. An absolute path.",
    )
    talk.answer(
        "storage.backup_directory", "Backup directory", "none yet", "An absolute path; better another disk."
    )
    while True:
        _show_needs(talk, "host")
        mine = tuple({finding.id for finding in talk.findings if not finding.id.startswith(_ELSEWHERE)})
        if mine:
            talk.show_findings(mine)
            accept_while_open(talk, mine)
        talk.show([""])
        if talk.line("Enter to go on, `again` to look again: ").lower() != "again":
            return
        talk.look_again()


def software(talk: Talk) -> None:
    """Where Docker comes from, what is missing, and installing it."""
    talk.head("Software")
    _show_needs(talk, "software")
    talk.show_findings(("package-", "swarm-", *_DOCKER))
    accept_while_open(talk, _SOFTWARE)
    talk.answer(
        "software.docker_from",
        "Docker comes from",
        "docker-repository",
        "docker-repository: Docker's own packages. distribution: this system's (Ubuntu only). "
        "offline: only repositories that are set up already.",
        ("docker-repository", "distribution", "offline"),
    )
    plan = decide.plan(talk.answers, talk.survey)
    if plan.removes:
        talk.say(f"In the way, and removed only if you say so: {', '.join(plan.removes)}.")
        talk.answer(
            "software.remove", "Packages that may be removed", "none", "Package names, with commas between."
        )
        plan = decide.plan(talk.answers, talk.survey)
    ended = decide.would_end(talk.findings, talk.answers, talk.survey)
    if ended is not None:
        talk.say(f"New settings take a restart of Docker, which ends {ended} for some seconds or more.")
        may = talk.claim(
            "May Docker be restarted?",
            default=talk.answers.software.restart_docker is True,
            help_text="Only containers with a restart policy, and a swarm's services, are started again.",
        )
        talk.change("software.restart_docker", True if may else None)
        plan = decide.plan(talk.answers, talk.survey)
    _install(talk, plan)


def _install(talk: Talk, plan: Plan) -> None:
    """Show the plan's software steps, ask, do them, look again."""
    names = tuple(step.id for step in plan.steps() if not step.id.startswith("firewall-"))
    if not names:
        talk.say("Nothing to install: all the software is there.")
        return
    if not apply_steps(talk, names, "Install this now?"):
        skip_while_wanted(talk, names)


def apply_steps(talk: Talk, names: tuple[str, ...], question: str) -> bool:
    """Show the named steps as commands, ask, run them and look again. False where nothing was run."""
    if follow_live_run(talk) or _tells_of_leftover(talk):
        return True
    plan = decide.plan(talk.answers, talk.survey, names)
    talk.show(["", *decide.plan_lines(plan), ""])
    blockers = decide.plan_blockers(talk.findings, applying=False)
    if blockers:
        ids = ", ".join(dict.fromkeys(finding.id for finding in blockers))
        talk.say(f"This stands in the way first: {ids}. Settle or accept it; the plan stays as it is.")
        return False
    if not talk.claim(
        question, default=False, help_text="Every command is shown above; nothing else is run."
    ):
        return False
    if not act.is_root():
        talk.say("This needs root. Leave with Ctrl-D and run `cometchat-wizard apply`: it asks sudo once.")
        return False
    if talk.environment.reader is not None:
        talk.say("This is a recorded host; it can't be changed.")
        return False
    run = start_run(talk.session, plan, talk.environment)
    if run is not None:
        follow_run(run, talk.environment, as_json=False, meanwhile=talk.leave_if_taken_over)
    talk.look_again()
    _show_needs(talk, "software")
    return True


def follow_live_run(talk: Talk) -> bool:
    """Follow the run that is at work, since nothing else can be done meanwhile. False where there is none."""
    run = act.live_run(talk.session)
    if run is None:
        return False
    what = "An undo" if act.is_undo(run) else "An installation"
    talk.say(f"{what} is going on. Ctrl-C leaves the view alone and asks on.")
    follow_run(run, talk.environment, as_json=False, meanwhile=talk.leave_if_taken_over)
    talk.look_again()
    return True


def _tells_of_leftover(talk: Talk) -> bool:
    """Say that a command of a killed run is at work: nothing is begun beside it. False where there is none."""
    left = leftover(talk.session)
    if left is None:
        return False
    talk.say(f"{left}. Nothing is begun beside it: come back to this page once it has finished.")
    talk.look_again()
    return True


def ports(talk: Talk) -> None:
    """80, 443 and the firewall."""
    talk.head("Ports and firewall")
    for facts in talk.survey.hosts:
        state = {True: "active", False: "not active", None: "state unknown"}[facts.firewall.active]
        talk.say(f"Firewall on {facts.name}: {facts.firewall.backend or 'not known'}, {state}.")
        held = {80: "free", 443: "free"}
        for item in facts.listening:
            if item.port in held and item.protocol == "tcp":
                held[item.port] = f"held by {item.process or 'a process that only root can see'}"
        talk.say(" ".join(f"Port {port}: {words}." for port, words in held.items()))
    talk.show_findings(_PORTS)
    accept_while_open(talk, _PORTS)
    talk.answer(
        "network.firewall",
        "Firewall rules",
        "manage",
        "manage: an active firewall gets the rules. leave: you do it; the rules are exported.",
        ("manage", "leave"),
    )
    talk.answer(
        "network.allow_from",
        "Networks that may reach 80 and 443",
        "everybody",
        "Such as 192.0.2.0/24, with commas between.",
    )
    talk.answer(
        "network.proxy",
        "Proxy for downloads",
        "none",
        "http://proxy:3128; a user or password in it is never kept.",
    )
    lines = decide.firewall_lines(talk.answers, talk.survey)
    if lines:
        talk.show(["", "Rules that this host needs:", *(f"  {line}" for line in lines)])
    names = tuple(
        step.id for step in decide.plan(talk.answers, talk.survey).steps() if step.id.startswith("firewall-")
    )
    if names:
        apply_steps(talk, names, "Add these rules now?")


def _show_needs(talk: Talk, which: str) -> None:
    rows = [("", "needed", "found", "verdict")]
    rows += [
        (need.label, need.need, need.have, "not known" if need.verdict == "unknown" else need.verdict)
        for need in decide.needs(talk.answers, talk.survey, which)
    ]
    width = talk.environment.width
    cells = [(row[0], _cut(row[1], 18), _cut(row[2], width - 50), row[3]) for row in rows]
    talk.show(["", *table([(f"  {row[0]}", *row[1:]) for row in cells], width)])


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(1, width - 3)] + "..."
