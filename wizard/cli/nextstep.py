"""What to do after a run, by how it ended: the same words wherever its end is told."""

from __future__ import annotations

_OF_APPLY = {
    "failed": "Mend what it says and `cometchat-wizard apply` again, or skip the step: add it with a "
    "reason under `skipped` in the answers.",
    "stopped": "It stopped where it was asked to. `cometchat-wizard apply` goes on.",
    "interrupted": "`cometchat-wizard apply` looks at the host again and does what is left.",
    "reboot-needed": "Reboot this host when it suits you (sudo systemctl reboot), log in and start "
    "`cometchat-wizard` again: it sees the reboot and goes on.",
}
# Going on with an undo by `apply` would install again what it took away.
_OF_UNDO = {
    "failed": "Mend what it says and `cometchat-wizard undo` again: what is back already drops out.",
    "stopped": "It stopped where it was asked to. `cometchat-wizard undo` goes on.",
    "interrupted": "`cometchat-wizard undo` looks at the host again and takes back what is left.",
    "reboot-needed": "Reboot this host when it suits you (sudo systemctl reboot).",
}


def next_step(state: str, *, is_undo: bool = False) -> str:
    """A sentence or two; "" for a state after which there is nothing to do."""
    return (_OF_UNDO if is_undo else _OF_APPLY).get(state, "")
