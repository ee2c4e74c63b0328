"""What the package manager was cut off at is finished first, each kind as a step of its own."""

from __future__ import annotations

from wizard.model.plan import Step
from wizard.planning.packages import finish, remove_duplicates, remove_exactly
from wizard.planning.site import Site
from wizard.planning.software import known_packages


def unfinished_steps(site: Site) -> tuple[Step, ...]:
    """In the order in which they must be done.

    An interrupted dnf transaction is known by what it leaves twice. Its own history is no source for that: it is a
    database of dnf's, and after a power cut it can tell less than rpm does.
    """
    facts = site.facts
    if site.manager == "dnf":
        return (_duplicates(site),) if facts.duplicate_packages else ()
    removals = (_removals(site),) if facts.unfinished_removals else ()
    begun = facts.unfinished_packages or facts.broken_packages or facts.lost_packages or facts.dpkg_cut_off
    return (*removals, *((_packages(site),) if begun else ()))


def _removals(site: Site) -> Step:
    """Before anything that apt does: it would set a half removed package up again."""
    names = site.facts.unfinished_removals
    return Step(
        id="finish-removals",
        node=site.facts.name,
        title="Finish the removals that were cut off",
        why=f"The removal of {', '.join(names)} was begun and not finished; apt may set it up again unasked."
        " Settings and data stay.",
        commands=(remove_exactly("apt", names),),
        settles=("package-unfinished/removals",),
        records=("packages",),
    )


def _packages(site: Site) -> Step:
    """What dpkg has begun is finished before anything else: until then apt refuses every installation."""
    facts = site.facts
    ours = tuple(name for name in facts.unfinished_packages if name in known_packages(site))
    before = ("finish-removals",) if facts.unfinished_removals else ()
    again = (
        f" {', '.join(facts.broken_packages)}: cut off while being unpacked, so installed once more."
        if facts.broken_packages
        else ""
    )
    along = f" It was to bring {', '.join(facts.lost_packages)} along." if facts.lost_packages else ""
    return Step(
        id="finish-packages",
        node=facts.name,
        title="Finish the installations that were cut off or failed",
        why="An earlier installation was begun and not finished; until it is, apt ends every other with an"
        f" error.{again}{along} Nothing is removed.",
        commands=finish(ours, facts.broken_packages, facts.lost_packages),
        requires=("refresh-packages", *before),
        settles=("package-unfinished/",),
        records=("packages",),
    )


def _duplicates(site: Site) -> Step:
    return Step(
        id="remove-duplicates",
        node=site.facts.name,
        title="Remove the older of packages that are there twice",
        why=f"An upgrade of {', '.join(site.facts.duplicate_packages)} was cut off half-way. The older version goes,"
        " the newer one is installed again.",
        commands=(remove_duplicates(),),
        requires=("refresh-packages",),
        settles=("package-unfinished/duplicates",),
        records=("packages",),
    )
