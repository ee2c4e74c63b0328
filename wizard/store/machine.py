"""Which machine a session was made on, as its file says, and what is said where that is another one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from wizard.machine.files import read_record
from wizard.machine.identity import this_machine
from wizard.model.machine import MachineMark
from wizard.model.plain import sentences
from wizard.model.rebuild import rebuild
from wizard.model.session import SessionState
from wizard.model.strictjson import read_json

_FILES = ("session.json", "session.json.bak")
_LIMIT_BYTES = 16 << 20


def marks_of(directory: str) -> tuple[MachineMark, tuple[MachineMark, ...]]:
    """The session's machine, and what else that machine was called; not known where no file of it can be read.

    Much quicker than to load the session: whoever follows a run asks often.
    """
    for name in _FILES:
        try:
            data = read_json(read_record(os.path.join(directory, name), _LIMIT_BYTES))
            return _mark(data.get("machine")), tuple(map(_mark, data.get("machine_was") or ()))
        except (OSError, ValueError, AttributeError, TypeError):
            continue
    return MachineMark(), ()


def judged(state: SessionState) -> SessionState:
    """The same state, with the notice where it was made on another machine than this one."""
    from dataclasses import replace

    here = this_machine()
    if not state.machine.is_other(here):
        return state
    return replace(state, notice=sentences(_seen(state.machine, here), state.notice), is_other_machine=True)


def _seen(mark: MachineMark, here: MachineMark) -> str:
    other = (
        "its machine-id is not this one's"
        if MachineMark(mark.id).is_other(MachineMark(here.id))
        else "the machine-id is the same, but the hardware is another, as with a clone"
    )
    return (
        f"This session was made on another machine: {other}. What its runs did there is not undone, followed or "
        "counted here."
    )


def _mark(data: Any) -> MachineMark:
    return rebuild(MachineMark, data) if isinstance(data, Mapping) else MachineMark()
