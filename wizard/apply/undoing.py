"""The undo of one step after the other: what is taken back of each, what stays, and what is to be read before."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.apply.history import Done
from wizard.apply.packages import Manager
from wizard.apply.planfile import UNDO
from wizard.apply.rules import rule_words
from wizard.apply.settings import KeptValue, value_of
from wizard.apply.staying import theirs_by_now
from wizard.apply.undocommands import asked_for, ends_docker, plain_name, planned
from wizard.apply.undofiles import Files, undo_files
from wizard.apply.undopackages import Packages, removal
from wizard.apply.units import unit_commands
from wizard.model.ownfiles import LOGINS_FILE, SERVICES_FILE
from wizard.model.plan import Action, Command, Step

_NR_OPEN = "fs.nr_open"
_UNDONE_AFTER_REBOOT = "What was taken back counts until then."
_RESTART_NOTE = (
    "Docker is restarted where its settings go back, but only while no container runs; software.restart_docker: true "
    "allows it all the same."
)
_ALLOWED_NOTE = (
    "Docker is restarted where its settings go back, and what runs in it ends for that time: software.restart_docker "
    "allows it."
)
_DOCKER_NOTE = (
    "Docker is only stopped and removed while this host has no containers, no volumes and no swarm. Its bridge, its"
    " firewall chains and the forwarding that it switched on stay in the kernel until the next boot."
)
_SSH_NOTE = (
    "A rule that SSH comes in by stays: sshd and its connections are asked right before each rule's turn."
)
_FIREWALLD_NOTE = (
    "firewalld does not keep who asked for a rule: one equal to ours that somebody wants by now goes, too."
)


class Undoing:
    """Plans the undo of one step after the other, the latest first.

    others: steps that are not undone now. allowed: guards that are needless. What there is to be read is in `notes`,
    what stays in `stays` (packages, paths, settings), packages that go in `gone`, steps that stay in part in `kept`.
    """

    def __init__(self, host: Packages, others: Sequence[Done], allowed: frozenset[str]) -> None:
        self.notes: list[str] = []
        self.stays: list[str] = []
        self.gone: list[str] = []
        self.kept: set[str] = set()
        self._standing = list(others)
        self._host = host
        self._allowed = allowed
        self._asked_for = asked_for(others)
        self._files = Files(others)

    def step(self, done: Done) -> Step | None:
        """None where nothing is to be done, which need not mean that nothing stays."""
        before = len(self.stays)
        made = None if self._is_needed(done) else self._step(done)
        if len(self.stays) > before:
            self.kept.add(done.step.id)
            self._standing.append(done)
        return made

    def _is_needed(self, done: Done) -> bool:
        """Whether a step that stands rests on it; says so."""
        user = next((other for other in self._standing if _rests_on(other, done)), None)
        if user is None:
            return False
        # A limit of open files above fs.nr_open keeps everybody, root too, from logging in on the RHEL family.
        self.stays.append(_NR_OPEN)
        self._note(
            f"{done.step.id} stays while {user.step.id} does: with {_NR_OPEN} as it was, the limit of open files that "
            f"was set could not be given, and nobody could log in. Undo both: `cometchat-wizard undo {user.step.id} "
            f"{done.step.id}`."
        )
        return True

    def _step(self, done: Done) -> Step | None:
        packages = self._packages(done)
        values = [action for item in done.values if (action := self._value(item)) is not None]
        files = undo_files(done, self._files)
        self.stays += files.stays
        self.notes += [note for note in files.notes if note not in self.notes]
        first, after_files = planned(done, self._host.installed)
        first = tuple(action for action in first if not self._is_theirs(action))
        followed = after_files if files.actions or done.undo_begun else ()
        manager: Manager = "apt" if done.manager == "apt" else "dnf"
        actions: tuple[Action, ...] = (
            *first,
            *(unit_commands(done.units, self._host.has_unit) if done.knows_units else ()),
            *removal(manager, packages, is_cut_off=self._host.is_cut_off),
            *values,
            *files.actions,
            *followed,
        )
        self._note_upgrades(done)
        if not actions:
            return None
        guards = self._guards(done, actions, packages, has_followed=bool(followed))
        return Step(
            id=UNDO + done.step.id,
            node=done.step.node,
            title=f"Undo: {done.step.title}",
            why="Takes back what this wizard changed, and nothing else.",
            commands=actions,
            records=(
                *(("packages",) if packages else ()),
                *(f"sysctl:{item.key}" for item in done.values if value_of(item.key) is not None),
                *(f"file:{item.path}" for item in done.files),
            ),
            guards=(*guards, *files.guards),
            needs_reboot=_UNDONE_AFTER_REBOOT if done.step.needs_reboot and files.actions else "",
        )

    def _is_theirs(self, action: Action) -> bool:
        """Whether a firewall's rule is somebody else's by now; says so. Asked again when its turn comes."""
        if not isinstance(action, Command):
            return False
        if action.argv[:1] in (("ufw",), ("firewall-cmd",)):
            self._note(_SSH_NOTE)
        if action.argv[:1] == ("firewall-cmd",):
            self._note(_FIREWALLD_NOTE)
        words = theirs_by_now(action.argv)
        if words:
            self.stays.append(rule_words(action.argv))
            self._note(words)
        return bool(words)

    def _guards(
        self, done: Done, actions: tuple[Action, ...], packages: tuple[str, ...], *, has_followed: bool
    ) -> tuple[str, ...]:
        """What must hold before these actions, each said. has_followed: something is done because of the files."""
        planned_guards = done.step.undo_guards if has_followed else ()
        guards = (
            *(("docker-unused",) if ends_docker(done.manager, actions, packages) else ()),
            *(name for name in planned_guards if name not in self._allowed),
        )
        if "docker-idle" in planned_guards:
            self._note(_RESTART_NOTE if "docker-idle" in guards else _ALLOWED_NOTE)
        if "docker-unused" in guards:
            self._note(_DOCKER_NOTE)
        if packages and not done.is_whole:
            self._note(
                f"{done.step.id} was cut off, so its packages are all those that are new since it began "
                "and that no later step brought: see that none is yours."
            )
        return guards

    def _packages(self, done: Done) -> tuple[str, ...]:
        """What is removed: less what other steps were asked to bring, and less what others came to need."""
        there = [name for name in done.installed if name in self._host.installed]
        kept = [name for name in there if plain_name(name, done.manager) in self._asked_for]
        may_go = [name for name in there if name not in kept]
        # What goes before it is gone by then.
        needed = self._host.needed(done.manager, [*self.gone, *may_go]) if may_go else frozenset[str]()
        still = [name for name in may_go if name in needed]
        if kept:
            self._note(f"{done.step.id}: {_few([*kept, *still])}: not removed, another step here wants it.")
        elif still:
            self.stays += still
            self._note(f"{done.step.id}: {_few(still)}: not removed, other software here needs it.")
        packages = tuple(name for name in may_go if name not in needed)
        self.gone += [name for name in packages if name not in self.gone]
        return packages

    def _value(self, item: KeptValue) -> Action | None:
        """Set the kernel's setting back; None where it is as it was, or where somebody changed it since."""
        current = value_of(item.key)
        if current is None or current == item.before or item.after == item.before:
            return None
        if item.after is not None and current != item.after:
            self.stays.append(item.key)
            self._note(
                f"{item.key} has been changed since by somebody else and is left as it is ({current})."
            )
            return None
        return Command(("sysctl", "-w", f"{item.key}={item.before}"), timeout_seconds=60)

    def _note_upgrades(self, done: Done) -> None:
        newer = [
            f"{name} ({old}, now {new})"
            for name, (old, new) in done.upgraded.items()
            if self._host.installed.get(name) == new
        ]
        if newer:
            self._note(
                f"{done.step.id} brought newer versions of {_few(newer)}. They stay: undo removes what is new and "
                "takes no version back."
            )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _rests_on(other: Done, done: Done) -> bool:
    """Whether a limit of open files that stands needs what another step set in the kernel."""
    return any(item.key == _NR_OPEN for item in done.values) and any(
        item.path in (LOGINS_FILE, SERVICES_FILE) for item in other.files
    )


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more
