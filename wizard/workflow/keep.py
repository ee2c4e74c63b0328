"""The session: load, save and export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import plain
from wizard.model.session import SessionState

if TYPE_CHECKING:
    from wizard.model.finding import Finding
    from wizard.model.survey import Survey


def now() -> str:
    """UTC, to the second, ISO 8601."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def load(session: str) -> SessionState:
    """The session's state; an empty one where there is none. Raises Failure 7."""
    from wizard.store.session import load as load_session

    return load_session(session)


def save_answers(session: str, state: SessionState, answers: Answers) -> SessionState:
    """Save changed answers at once; unchanged ones touch nothing. Raises Failure 7."""
    if answers == state.answers and state.changed_at and not state.is_recovered:
        return state
    return save(session, replace(state, answers=answers, changed_at=now()))


def save(session: str, state: SessionState) -> SessionState:
    """Save a state as it is: from now on it is what was saved last. Raises Failure 7."""
    from wizard.store.session import save as save_session

    if state.is_other_machine:
        from wizard.workflow.machines import settle

        return settle(session, state, "new")
    save_session(session, state)
    return replace(state, notice="", is_recovered=False)


def put_aside(session: str) -> None:
    """Keep the answers as a file beside the session (`answers-TIME.yaml`) before others take their place.

    Raises Failure 7.
    """
    import os

    from wizard.machine.files import write_atomic
    from wizard.store.answers import dump_answers

    state = load(session)
    name = f"answers-{now().replace(':', '').replace('-', '')}.yaml"
    try:
        write_atomic(os.path.join(session, name), dump_answers(state.answers))
    except OSError as error:
        raise Failure(
            f"The old answers could not be kept aside: {error.strerror}.",
            why="Without a copy they would be lost.",
            next_step="Free some space or mend the rights of the session directory, then try again.",
            code=ExitCode.SESSION_UNUSABLE,
        ) from error


def settle_survey(state: SessionState, survey: Survey) -> Survey:
    """The kept survey while it leads to the same findings and facts that are written, else the new one.

    Free bytes and the like move by themselves; without this, exporting twice would not give the same bytes.
    """
    kept = kept_survey(state)
    if kept is None:
        return survey
    return kept if _written(state.answers, kept) == _written(state.answers, survey) else survey


def kept_survey(state: SessionState) -> Survey | None:
    """The survey that the last export rests on; None where there is none or it is of another version."""
    if state.survey is None:
        return None
    from wizard.model.rebuild import rebuild
    from wizard.model.survey import Survey

    try:
        return rebuild(Survey, state.survey)
    except ValueError:
        return None


def export_files(
    answers: Answers, survey: Survey, findings: tuple[Finding, ...], changes: tuple[str, ...], at: str
) -> dict[str, str | Mapping[str, Any]]:
    """Relative path to text or plain data: everything that `export` writes."""
    from wizard.render.files import render
    from wizard.store.answers import dump_answers
    from wizard.workflow.decide import arrange, firewall_lines, plan

    files: dict[str, str | Mapping[str, Any]] = dict(
        render(
            arrange(answers, survey, findings),
            findings,
            plan(answers, survey),
            changes,
            at,
            firewall_rules=firewall_lines(answers, survey),
        )
    )
    files["answers.yaml"] = dump_answers(answers)
    return files


def export(
    session: str, directory: str, state: SessionState, survey: Survey, *, any_owner: bool = False
) -> tuple[SessionState, tuple[str, ...]]:
    """Write the export directory of a session and remember it. Raises Failure.

    any_owner: also into a directory that is not this user's alone. Returns the saved state and the paths written.
    """
    from wizard.store.export import write_export
    from wizard.workflow.act import changes
    from wizard.workflow.decide import check

    settled = settle_survey(state, survey)
    at = state.changed_at or now()
    files = export_files(state.answers, settled, check(state.answers, settled), changes(session), at)
    written = write_export(directory, files, any_owner=any_owner)
    kept = replace(
        state,
        survey=plain(settled),
        changed_at=at,
        exported_to=directory,
        exported_at=now(),
        exported_changed_at=at,
        exported_run=_last_number(session),
    )
    return save(session, kept), written


def export_unsaved(
    directory: str,
    state: SessionState,
    survey: Survey,
    findings: tuple[Finding, ...],
    *,
    any_owner: bool = False,
) -> tuple[str, ...]:
    """Write the export directory of an answers file; no session is touched. Returns the paths. Raises Failure."""
    from wizard.store.export import write_export

    files = export_files(state.answers, survey, findings, (), state.changed_at or now())
    return write_export(directory, files, any_owner=any_owner)


def export_sales_sheet(
    directory: str,
    state: SessionState,
    survey: Survey,
    findings: tuple[Finding, ...],
    *,
    any_owner: bool = False,
) -> tuple[str, ...]:
    """What may be written beyond Docker Swarm's range: the sheet for the vendor, the answers, the findings."""
    from wizard.store.export import write_export

    files = export_files(state.answers, survey, findings, (), state.changed_at or now())
    kept = ("sales-sheet.md", "answers.yaml", "checks.json")
    chosen = {name: files[name] for name in kept if name in files}
    return write_export(directory, chosen, any_owner=any_owner)


def _last_number(session: str) -> int:
    from wizard.workflow.machines import last_run

    run = last_run(session)
    return 0 if run is None else run.number


def missing(answers: Answers) -> tuple[str, ...]:
    """Keys without which there is no deployment config."""
    needs_mau = answers.usage.mau is None and answers.usage.environment != "testing"
    return ("usage.mau",) if needs_mau else ()


def _written(answers: Answers, survey: Survey) -> tuple[object, ...]:
    """What an export from this survey says, but for texts with numbers that move by themselves."""
    from wizard.workflow.decide import arrange, check, firewall_lines, plan

    findings = check(answers, survey)
    deployment = arrange(answers, survey, findings)
    return _judged(findings), deployment, plan(answers, survey), firewall_lines(answers, survey)


def _judged(findings: tuple[Finding, ...]) -> frozenset[tuple[object, ...]]:
    return frozenset((item.id, item.node, item.subject, item.severity, item.accepted) for item in findings)


def default_export() -> str:
    """Where the config goes unless the operator says otherwise: a directory that they find again.

    Root's HOME may be a user's (`sudo -E`), who could bend what root writes there: then root's own home is named.
    """
    import os
    import pwd

    from wizard.machine.private import refuse_unsafe_parents

    homes = [os.path.expanduser("~")]
    try:
        homes.append(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        pass
    for home in homes:
        try:
            refuse_unsafe_parents(os.path.abspath(home))
        except OSError:
            continue
        return os.path.join(home, "cometchat-deployment")
    return os.path.join(homes[0], "cometchat-deployment")
