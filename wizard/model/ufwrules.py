"""Rules as ufw keeps them in its files: a `### tuple ###` line for each. Pure."""

from __future__ import annotations

from dataclasses import dataclass

ANYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class UfwRule:
    """One rule, in ufw's own words. action: `allow`, `deny_log`. port, source_port: `any` where there is none.

    direction: `in`, `out`, or `in_eth0` for one interface. applications: those that it names. comment: "" without one.
    """

    action: str
    protocol: str
    port: str
    destination: str
    source_port: str
    source: str
    direction: str = "in"
    applications: tuple[str, ...] = ()
    comment: str = ""


def parse_ufw(text: str) -> tuple[UfwRule, ...]:
    """The rules of a file's text; other lines are left out.

    `### tuple ### allow_log tcp 443 0.0.0.0/0 any 203.0.113.0/24 in comment=782079`
    """
    found: list[UfwRule] = []
    for line in text.splitlines():
        fields = line.split()
        if fields[:3] != ["###", "tuple", "###"] or len(fields) < 9:
            continue
        comments = [word.removeprefix("comment=") for word in fields[9:] if word.startswith("comment=")]
        # Versions before directions wrote none.
        words = [word for word in fields[9:] if not word.startswith("comment=")] or ["in"]
        action, protocol, port, destination, source_port, source = fields[3:9]
        found.append(
            UfwRule(
                *(action, protocol, port, destination, source_port, source),
                direction=words[-1],
                applications=tuple(words[:-1]),
                comment=_comment(comments[0]) if comments else "",
            )
        )
    return tuple(found)


def _comment(digits: str) -> str:
    try:
        return bytes.fromhex(digits).decode()
    except ValueError:
        return ""
