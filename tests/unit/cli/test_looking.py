"""survey, check, plan, export, status and the rest on recorded hosts: codes, keys, and nothing changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.hosts import recording
from tests.unit.cli.console import ANSWERS, Ran, answers_file, run
from wizard.cli.options import read_arguments
from wizard.machine.reading import RecordedReader

FINDING_KEYS = {
    "id",
    "severity",
    "node",
    "seen",
    "why",
    "fix",
    "source",
    "fixable",
    "acceptable",
    "accepted",
}
CANARY = "s3cr3t-canary"


@pytest.fixture
def session(tmp_path: Path) -> str:
    return str(tmp_path / "session")


def test_survey_has_the_promised_keys(session: str) -> None:
    ran = run("survey", "--json", "--session", session, host="ubuntu-24.04-docker")
    assert ran.code == 0 and ran.err == ""
    (node,) = ran.document["nodes"]
    promised = (
        "name read_at os cpu memory_bytes limits disks data_directory software listening firewall swarm"
    )
    assert {*promised.split(), "container"} <= set(node)
    assert {"id", "version", "name"} <= set(node["os"])
    assert {"vcpus", "architecture", "model", "flags"} <= set(node["cpu"])
    assert {"vcpus", "memory_bytes"} <= set(node["limits"])
    assert {"path", "free_bytes", "filesystem", "rotational"} <= set(node["data_directory"])
    assert {"docker", "compose", "git", "openssl", "jq", "curl", "net-tools"} <= set(node["software"])
    assert {"version", "client", "state"} <= set(node["software"]["docker"])
    assert {"backend", "active"} <= set(node["firewall"]) and "state" in node["swarm"]
    for port in node["listening"]:
        assert {"port", "protocol", "address", "process", "pid"} <= set(port)
    assert not os.path.exists(session)


def test_missing_software_is_null(session: str) -> None:
    ran = run("survey", "--json", "--session", session, host="ubuntu-24.04")
    assert ran.document["nodes"][0]["software"]["docker"] is None


@pytest.mark.parametrize("host", ["ubuntu-24.04-docker", "rhel-9", "hostile", "no-os-release"])
def test_survey_and_check_as_text(host: str, session: str) -> None:
    for command in ("survey", "check"):
        ran = run(command, "--session", session, host=host)
        assert ran.code in (0, 3, 4)
        assert ran.out.isprintable() or all(line.isprintable() for line in ran.out.splitlines())
        assert "None" not in ran.out.split()


def test_survey_of_an_unknown_node_and_of_one_elsewhere(tmp_path: Path, session: str) -> None:
    path = answers_file(
        tmp_path, "nodes: [{name: here, address: local}, {name: there, address: root@192.0.2.9}]\n"
    )
    assert run("survey", "--node", "nobody", "--session", session, host="rhel-9").code == 2
    ran = run("survey", "--node", "there", "--answers", path, host="rhel-9")
    assert ran.code == 5 and "there" in ran.err
    assert (
        run("survey", "--node", "here", "--answers", path, "--json", host="rhel-9").document["nodes"][0][
            "name"
        ]
        == "here"
    )


def test_check_document_and_codes(session: str) -> None:
    ran = run("check", "--json", "--session", session, host="ubuntu-24.04")
    assert ran.code == 3 and list(ran.document) == ["verdict", "findings"]
    assert ran.document["verdict"] == "blocked"
    ids = [finding["id"] for finding in ran.document["findings"]]
    assert "software-missing" in ids and "usage-missing" in ids
    assert all(set(finding) >= FINDING_KEYS for finding in ran.document["findings"])
    ready = run("check", "--json", "--session", session, host="ubuntu-24.04-docker")
    assert (ready.code, ready.document["verdict"]) == (4, "warnings")


def test_missing_rights_block_apply_alone(session: str) -> None:
    ran = run("check", "--json", "--session", session, host="ubuntu-24.04-user")
    rights = [finding for finding in ran.document["findings"] if finding["id"] == "privilege-missing"]
    assert [finding["severity"] for finding in rights] == ["note"]


def test_plan_document(session: str) -> None:
    ran = run("plan", "--json", "--session", session, host="ubuntu-24.04")
    assert ran.code == 0
    assert [stage["name"] for stage in ran.document["stages"]][:2] == ["tuning", "prepare"]
    steps = [step for stage in ran.document["stages"] for step in stage["steps"]]
    assert "install-docker" in [step["id"] for step in steps]
    for step in steps:
        assert {"id", "node", "title", "why", "commands", "undo"} <= set(step)
        for action in (*step["commands"], *step["undo"]):
            assert {"argv", "root"} <= set(action) or {"write", "mode"} <= set(action)
    assert isinstance(ran.document["notes"], list) and isinstance(ran.document["removes"], list)


def test_plan_of_named_steps_brings_what_they_require(session: str) -> None:
    ran = run("plan", "install-jq", "--json", "--session", session, host="ubuntu-24.04")
    ids = [step["id"] for stage in ran.document["stages"] for step in stage["steps"]]
    assert ids == ["refresh-packages", "install-jq"]


def test_an_unknown_step_lists_the_known_ones(session: str) -> None:
    ran = run("plan", "install-nothing", "--session", session, host="ubuntu-24.04")
    assert ran.code == 2 and "install-jq" in ran.err and ran.out == ""


def test_plan_is_blocked_by_what_it_cannot_mend(session: str) -> None:
    ran = run("plan", "--json", "--session", session, host="debian-12")
    assert ran.code == 3
    assert "platform-unsupported" in [finding["id"] for finding in ran.document["blocked_by"]]
    assert "platform-unsupported" in ran.err


def test_a_step_already_true_is_done(session: str) -> None:
    ran = run("plan", "install-jq", "--session", session, host="ubuntu-24.04-docker")
    assert ran.code == 0 and "nothing to do" in (ran.out + ran.err).lower()
    applied = run("apply", "install-jq", "--yes", "--session", session, host="ubuntu-24.04-docker")
    assert applied.code == 0 and applied.out == ""


def test_apply_asks_first(session: str) -> None:
    ran = run("apply", "--session", session, host="ubuntu-24.04")
    assert ran.code == 2 and ran.out == ""
    assert f"Look at `cometchat-wizard plan --session {session}`, then run" in ran.err
    assert f"`cometchat-wizard apply --yes --session {session}`" in ran.err
    for typed in ("", "\n", "n\n", "maybe\n"):
        ran = run("apply", "--session", session, host="ubuntu-24.04", typed=typed)
        assert ran.code == 130 and "Nothing was changed" in ran.err
        assert "apt-get" in ran.err
    assert not os.path.exists(os.path.join(session, "runs"))


def test_apply_is_blocked_and_says_why(session: str) -> None:
    ran = run("apply", "--yes", "--session", session, host="debian-12")
    assert ran.code == 3 and "platform-unsupported" in ran.err


def test_apply_without_rights(session: str) -> None:
    bare = recording("ubuntu-24.04")
    user = RecordedReader({**bare, "values": {**bare["values"], "user": {"euid": 1000, "name": "deploy"}}})
    ran = run("apply", "--yes", "--session", session, host=user)
    assert ran.code == 3 and "privilege-missing" in ran.err
    assert "Run it as root: `sudo cometchat-wizard apply --yes`." in ran.err
    assert run("plan", "--session", session, host=user).code == 0


def test_the_command_that_is_named_for_root_does_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root has a session of its own: answers from a file stay that, and those of this session are taken along."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my answers").mkdir()
    path = answers_file(tmp_path / "my answers", ANSWERS)
    bare = recording("ubuntu-24.04")
    user = RecordedReader({**bare, "values": {**bare["values"], "user": {"euid": 1000, "name": "deploy"}}})
    ran = run("apply", "install-jq", "--answers", path, "--yes", "--session", "s", host=user)
    assert ran.code == 3
    assert f"as root: `sudo cometchat-wizard apply install-jq --answers '{path}' --yes`." in ran.err
    ran = run("apply", "install-jq", "--yes", "--session", "s", host=user)
    assert "`cometchat-wizard answers --session s > answers.yaml`, then " in ran.err
    assert "`sudo cometchat-wizard --answers answers.yaml apply install-jq --yes`" in ran.err
    assert read_arguments(["--answers", "a", "apply", "install-jq", "--yes"]).words == ["install-jq"]


def test_apply_keeps_the_answers_it_was_given(tmp_path: Path, session: str) -> None:
    path = answers_file(tmp_path)
    run("apply", "--session", session, "--answers", path, host="ubuntu-24.04", typed="n\n")
    assert "mau: 500" in run("answers", "--session", session).out


def test_status_of_an_empty_and_of_an_answered_session(tmp_path: Path, session: str) -> None:
    ran = run("status", "--json", "--session", session)
    assert ran.code == 0
    assert list(ran.document)[:5] == ["state", "step", "answered", "missing", "run"]
    assert (ran.document["state"], ran.document["missing"], ran.document["run"]) == (
        "empty",
        ["usage.mau"],
        None,
    )
    given = run("status", "--json", "--session", session, "--answers", answers_file(tmp_path)).document
    assert given["state"] == "answering" and "usage.mau" in given["answered"] and given["missing"] == []
    assert "Nothing is answered yet" in run("status", "--session", session).out
    assert not os.path.exists(session)


def test_answers_reproduce_themselves(tmp_path: Path) -> None:
    path = answers_file(tmp_path, "usage: {mau: 1000}\ndomain: {primary: chat.example.com}\n")
    ran = run("answers", "--answers", path)
    again = answers_file(tmp_path, ran.out, "again.yaml")
    assert ran.code == 0 and run("answers", "--answers", again).out == ran.out
    assert run("answers", "--answers", path, "--json").document["usage"] == {"mau": 1000}


def test_a_bad_answers_file_is_refused_everywhere(tmp_path: Path, session: str) -> None:
    path = answers_file(tmp_path, "usage: {mau: many, pcc: -1}\nunheard: of\n")
    for command in (
        ["check"],
        ["plan"],
        ["survey"],
        ["status"],
        ["answers"],
        ["export", str(tmp_path / "out")],
    ):
        ran = run(*command, "--answers", path, "--session", session, "--json", host="ubuntu-24.04")
        assert ran.code == 2 and ran.out == ""
        assert all(name in ran.err for name in ("usage.mau", "usage.pcc", "unheard"))
    assert run("apply", "--yes", "--answers", path, "--session", session, host="ubuntu-24.04").code == 2
    assert not os.path.exists(session) and not (tmp_path / "out").exists()


def test_validate(tmp_path: Path) -> None:
    good = run("validate", answers_file(tmp_path), "--json")
    assert (good.code, good.document) == (0, {"valid": True, "problems": []})
    bad = run("validate", answers_file(tmp_path, "usage: {mau: x}\n", "bad.yaml"), "--json")
    assert bad.code == 2 and bad.document["valid"] is False
    assert set(bad.document["problems"][0]) == {"path", "problem"}
    assert bad.document["problems"][0]["path"] == "usage.mau"
    assert run("validate", answers_file(tmp_path, "usage: {mau: x}\n", "bad.yaml")).code == 2
    missing = run("validate", str(tmp_path / "none.yaml"), "--json")
    assert missing.code == 2 and missing.document["valid"] is False


def test_diff(tmp_path: Path) -> None:
    one = answers_file(tmp_path)
    two = answers_file(tmp_path, ANSWERS.replace("500", "600"), "two.yaml")
    ran = run("diff", one, two, "--json")
    assert ran.code == 4
    (difference,) = [item for item in ran.document["differences"] if item["path"] == "usage.mau"]
    assert set(difference) == {"path", "old", "new", "because"}
    assert run("diff", one, two).code == 4 and "usage.mau" in run("diff", one, two).out
    assert run("diff", one, one, "--json").document == {"differences": []}
    assert run("diff", one, one).code == 0
    assert run("diff", one, str(tmp_path / "none")).code == 2


@pytest.mark.parametrize("kind", ["answers", "deployment"])
def test_schema(kind: str) -> None:
    ran = run("schema", kind)
    assert (
        ran.code == 0 and "$schema" in ran.document and ran.document == run("schema", kind, "--json").document
    )


def test_schema_of_something_else() -> None:
    assert run("schema", "nothing").code == 2


def test_undo_and_attach_without_runs(session: str) -> None:
    ran = run("undo", "--json", "--session", session)
    assert ran.code == 0 and ran.document["stages"] == []
    assert run("undo", "--all", "--yes", "--session", session).code == 0
    assert run("undo", "install-jq", "--all", "--session", session).code == 2
    assert run("attach", "--session", session).code == 2
    assert not os.path.exists(session)


def _export(tmp_path: Path, answers: str, host: str = "ubuntu-24.04-docker") -> tuple[Ran, Path]:
    directory = tmp_path / "out"
    ran = run("export", str(directory), "--answers", answers_file(tmp_path, answers), "--json", host=host)
    return ran, directory


def test_export_from_an_answers_file_touches_no_session(tmp_path: Path, session: str) -> None:
    answers = (
        ANSWERS
        + "accepted: [{id: vcpus-short, reason: r}, {id: memory-short, reason: r}, {id: storage-short, reason: r}]\n"
    )
    ran, directory = _export(tmp_path, answers)
    assert ran.code == 0, ran.err
    for name in ("deployment.yaml", "answers.yaml", "checks.json", "SUMMARY.md"):
        assert (directory / name).is_file()
    assert ran.document["blocked_by"] == [] and ran.document["written"]
    assert not os.path.exists(session)
    first = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    again, _ = _export(tmp_path, answers)
    assert again.code == 0
    # The file was written again, so its time may differ by seconds; all else is the same.
    assert {path for path in directory.rglob("*") if path.is_file()} == set(first)


def test_export_is_blocked_and_says_how_to_accept(tmp_path: Path) -> None:
    ran, directory = _export(tmp_path, "usage: {mau: 200000, pcc: 20000}\n")
    assert ran.code == 3 and not directory.exists()
    assert "accepted:" in ran.err and "- id: vcpus-short" in ran.err and "reason:" in ran.err
    assert "vcpus-short" in [finding["id"] for finding in ran.document["blocked_by"]]


def test_export_beyond_swarm_writes_the_sales_sheet_only(tmp_path: Path) -> None:
    ran, directory = _export(tmp_path, "usage: {mau: 300000}\n")
    assert ran.code == 3
    assert sorted(path.name for path in directory.iterdir() if path.suffix in (".md", ".yaml", ".json")) == [
        "answers.yaml",
        "checks.json",
        "sales-sheet.md",
    ]
    assert not (directory / "deployment.yaml").exists()


def test_export_without_usage_names_it(tmp_path: Path, session: str) -> None:
    ran = run("export", str(tmp_path / "out"), "--session", session, host="ubuntu-24.04-docker")
    assert ran.code == 2 and "usage.mau" in ran.err
    assert not (tmp_path / "out").exists() and not os.path.exists(session)


def test_no_command_without_a_terminal_names_two_others(session: str) -> None:
    ran = run("--session", session)
    assert ran.code == 2 and ran.out == ""
    assert "check --answers FILE" in ran.err and "apply --answers FILE --yes" in ran.err


def test_a_password_in_a_proxy_shows_nowhere(tmp_path: Path, session: str) -> None:
    address = f"http://user:{CANARY}@proxy.example.com:3128"
    path = answers_file(tmp_path, ANSWERS + f'network: {{proxy: "{address}"}}\n')
    environ = {"https_proxy": address, "HTTP_PROXY": address}
    for command in (
        ["check"],
        ["plan"],
        ["survey"],
        ["status"],
        ["answers"],
        ["export", str(tmp_path / "o")],
    ):
        for form in ([], ["--json"]):
            ran = run(
                *command, *form, "--answers", path, "--session", session, host="ubuntu-24.04", environ=environ
            )
            assert CANARY not in ran.out + ran.err
    for command in (
        ["validate", path],
        ["diff", path, answers_file(tmp_path, name="other.yaml")],
        ["estimate", path],
    ):
        ran = run(*command, environ=environ)
        assert CANARY not in ran.out + ran.err
    ran = run(
        "apply", "--answers", path, "--session", session, host="ubuntu-24.04", typed="n\n", environ=environ
    )
    assert CANARY not in ran.out + ran.err
    kept = [
        file.read_text() for file in tmp_path.rglob("*") if file.is_file() and file.name != "answers.yaml"
    ]
    assert CANARY not in json.dumps(kept)


def test_a_held_session_is_told(session: str) -> None:
    from wizard.workflow import hold

    with hold.acquire(session, {"SSH_CONNECTION": "192.0.2.7 1 2 3"}):
        ran = run("apply", "--yes", "--session", session, host="ubuntu-24.04")
    assert ran.code == 7
    assert "192.0.2.7" in ran.err and "since" in ran.err and "take over" in ran.err


def test_a_session_from_a_newer_version(tmp_path: Path) -> None:
    directory = tmp_path / "session"
    directory.mkdir(mode=0o700)
    file = directory / "session.json"
    file.write_text('{"version": 999, "answers": {}}')
    file.chmod(0o600)
    for command in ("check", "status", "answers", "plan"):
        ran = run(command, "--session", str(directory), "--json", host="ubuntu-24.04")
        assert (ran.code, ran.out) == (7, "") and "newer" in ran.err


def test_software_that_no_step_brings_blocks_apply(tmp_path: Path) -> None:
    text = (
        ANSWERS
        + "accepted:\n"
        + "".join(
            f"  - {{id: {name}, reason: a test}}\n"
            for name in ("platform-unsupported", "vcpus-short", "memory-short", "storage-short")
        )
    )
    for host, source in (("no-os-release", "docker-repository"), ("debian-12", "distribution")):
        path = answers_file(tmp_path, f"{text}software: {{docker_from: {source}}}\n")
        ran = run("plan", "--json", "--answers", path, host=host)
        assert ran.code == 3 and "software-missing compose" in ran.err
        checked = run("check", "--json", "--answers", path, host=host).document["findings"]
        (compose,) = [item for item in checked if item["subject"] == "compose"]
        assert not compose["fixable"] and "Let the plan" not in compose["fix"]


def test_a_skipped_installation_takes_its_preparations_along(tmp_path: Path) -> None:
    text = ANSWERS + "software: {remove: [docker.io, containerd, runc]}\n"
    path = answers_file(tmp_path, text)

    def planned() -> tuple[list[str], list[str]]:
        plan = run("plan", "--json", "--answers", path, host="ubuntu-22.04-docker-20.10").document
        return [step["id"] for stage in plan["stages"] for step in stage["steps"]], plan["removes"]

    ids, removes = planned()
    assert {"remove-conflicts", "docker-repository", "install-docker"} <= set(ids) and removes
    skips = "".join(f"  - {{step: {name}, reason: later}}\n" for name in ids if name.startswith("install-"))
    path = answers_file(tmp_path, f"{text}skipped:\n{skips}")
    ids, removes = planned()
    assert not {"remove-conflicts", "docker-repository", "refresh-packages"} & set(ids) and not removes


def test_an_export_follows_a_host_that_has_changed(tmp_path: Path, session: str) -> None:
    """The kept survey stands in for a new one only while what is written from them is the same."""
    from wizard.model.answers import Acceptance, Answers, UsageAnswers
    from wizard.workflow import keep

    short = ("vcpus-short", "memory-short", "storage-short")
    accepted = tuple(Acceptance(name, "a test") for name in short)
    answers = Answers(usage=UsageAnswers(environment="testing", mau=500), accepted=accepted)
    os.makedirs(session, mode=0o700)
    keep.save_answers(session, keep.load(session), answers)
    directory = tmp_path / "out"
    host = json.dumps(recording("ubuntu-24.04-docker"))
    for address in ("192.168.10.20", "10.99.99.99"):
        reader = RecordedReader(json.loads(host.replace("192.168.10.20", address)))
        assert run("export", str(directory), "--session", session, host=reader).code == 0
        assert f"advertise_address: {address}" in (directory / "deployment.yaml").read_text()
