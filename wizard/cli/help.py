"""The text of --help."""

from __future__ import annotations

from wizard.cli.options import COMMANDS, EVERYWHERE, HIDDEN, OWN, Option
from wizard.cli.paper import table, wrapped

_EXIT_CODES = """\
Exit codes
  0  done                                 5    a node can't be reached
  1  unexpected: a bug, says its log      6    a step failed
  2  bad input or usage                   7    the session can't be used
  3  blocked by a finding                 10   done, reboot needed to go on
  4  done, something to look at           130  interrupted"""


def help_text(command: str | None, width: int) -> str:
    """What --help prints: for the whole, or for one command."""
    return _command_help(command, width) if command else _whole_help(width)


def _whole_help(width: int) -> str:
    rows = [
        (f"  {name} {entry.words}".rstrip(), entry.summary)
        for name, entry in COMMANDS.items()
        if name not in HIDDEN
    ]
    return "\n".join(
        (
            "cometchat-wizard [COMMAND] [OPTIONS]",
            "",
            *wrapped(
                "Sets up CometChat on-premise with you. Without a command, on a terminal, the wizard opens.",
                width,
            ),
            "",
            "Commands",
            *table(rows, width),
            "",
            "Options, before or after the command",
            *table([_row(name, option) for name, option in EVERYWHERE.items()], width),
            "",
            "`cometchat-wizard COMMAND --help` says more about one command.",
            "",
            _EXIT_CODES,
        )
    )


def _command_help(command: str, width: int) -> str:
    entry = COMMANDS[command]
    own = [_row(name, OWN[name]) for name in entry.options]
    lines = [
        " ".join(part for part in ("cometchat-wizard", command, entry.words, "[OPTIONS]") if part),
        "",
        *wrapped(f"{entry.summary[:1].upper()}{entry.summary[1:]}.", width),
        "",
    ]
    if own:
        lines += ["Options", *table(own, width), ""]
    lines += [
        "Options everywhere",
        *table([_row(name, option) for name, option in EVERYWHERE.items()], width),
        "",
        _EXIT_CODES,
    ]
    return "\n".join(lines)


def _row(name: str, option: Option) -> tuple[str, str]:
    value = "|".join(option.choices) or option.value or ""
    return f"  --{name} {value}".rstrip(), option.summary
