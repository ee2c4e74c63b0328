"""What was changed on this host, in sentences for the last page and the summary."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from wizard.apply.history import RunHistory, read_run
from wizard.apply.records import PackageChanges, Record
from wizard.apply.saying import command_words
from wizard.model.masking import mask
from wizard.model.merging import key_name
from wizard.model.plain import shown
from wizard.model.plan import Command, MergeFile, Step

_SENTENCE_LIMIT = 2000


def changes(run_directories: Sequence[str]) -> tuple[str, ...]:
    """One sentence for each thing that these runs (newest first) changed, oldest first; undo runs count too.

    Each says when, by which step and in which log. Rests on the records alone, so it is the same every time.
    """
    sentences: list[str] = []
    for directory in reversed(run_directories):
        run = read_run(directory)
        if run.trouble:
            log = os.path.join(directory, "log.txt")
            sentences.append(
                f"run {os.path.basename(directory)}: not all that it changed is known, {run.trouble} (log: {log})"
            )
        for record in run.records:
            if record.begun:
                sentences += [_sentence(run, record, what) for what in _what(run, record)]
    return tuple(sentences)


def _sentence(run: RunHistory, record: Record, what: str) -> str:
    when = f"{record.at[:10]} {record.at[11:16]} UTC"
    doubt = "" if record.step in run.done else " (the step did not end well)"
    log = os.path.join(run.directory, "log.txt")
    return shown(mask(f"{when}, {record.step}{doubt}: {what} (log: {log})"), _SENTENCE_LIMIT)


def _what(run: RunHistory, record: Record) -> list[str]:
    step = run.steps.get(record.step)
    found = [*_packages(record), *_files(record, _keys(step)), *_values(record)]
    if found or step is None:
        return found
    return _commands(step, record)


def _packages(record: Record) -> list[str]:
    if record.before is not None:
        return ["may have installed packages, the run was cut off"]
    changed = record.packages or PackageChanges()
    parts = (
        ("installed", [f"{name} {version}" for name, version in changed.installed.items()]),
        ("upgraded", [f"{name} from {old} to {new}" for name, (old, new) in changed.changed.items()]),
        ("removed", [f"{name} {version}" for name, version in changed.removed.items()]),
    )
    return [f"{verb} {', '.join(names)}" for verb, names in parts if names]


def _keys(step: Step | None) -> dict[str, str]:
    """Path to the names of the keys that a step changes there, of the files that are not ours alone."""
    merges = [action for action in (step.commands if step else ()) if isinstance(action, MergeFile)]
    return {os.path.realpath(file.write): ", ".join(map(key_name, file.changes)) for file in merges}


def _files(record: Record, keys: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for item in record.files:
        if item.after is None:
            found.append(f"may have changed {item.path}, the run was cut off")
        elif item.after != item.before and item.after and item.before and item.path in keys:
            found.append(f"changed {keys[item.path]} in {item.path}")
        elif item.after != item.before:
            verb = "removed" if not item.after else "wrote the new file" if not item.before else "replaced"
            found.append(f"{verb} {item.path}")
    return found


def _values(record: Record) -> list[str]:
    return [
        f"may have changed {item.key}, the run was cut off"
        if item.after is None
        else f"set {item.key} from {item.before} to {item.after}"
        for item in record.values
        if item.after != item.before
    ]


def _commands(step: Step, record: Record) -> list[str]:
    """Commands of a step that leaves neither packages nor files: firewall rules, services."""
    begun = [action for action in step.commands[: record.begun] if isinstance(action, Command)]
    ran = [action for action in begun if action.argv not in record.left]
    if "packages" in step.records or not ran:
        return []
    return ["ran " + ", ".join(f"`{command_words(action)}`" for action in ran)]
