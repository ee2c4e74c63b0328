"""What differs between two files, in words; and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.store.answers import read_document
from wizard.store.diff import diff
from wizard.store.schema import schema
from wizard.store.validate import validate
from wizard.store.yaml_text import dump_yaml

GOLDEN = Path(__file__).parents[2] / "golden" / "render"
DEPLOYMENTS = sorted(GOLDEN.glob("*/deployment.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(schema("deployment"))


def _file(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else dump_yaml(text))
    return str(path)


def test_answers_differ_in_words(tmp_path):
    one = _file(
        tmp_path,
        "one.yaml",
        "usage: {mau: 50000, pcc: 5%}\nnodes: [{name: a}, {name: b, address: root@b}]\n"
        "skipped: [{step: x, reason: y}]\n",
    )
    other = _file(
        tmp_path,
        "other.yaml",
        "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {mau: 60000, content: text}\n"
        "nodes: [{name: b, address: root@c}, {name: a}, {name: c, address: root@d}]\n",
    )
    found = {item["path"]: (item["old"], item["new"], item["because"]) for item in diff(one, other)}
    assert found == {
        "usage.mau": (50_000, 60_000, "Answered differently."),
        "usage.pcc": ("5%", None, "Answered only in the first file: without an answer, the default counts."),
        "usage.content": (None, "text", "Answered only in the second file."),
        "nodes[0].address": ("root@b", "root@c", "Answered differently."),
        "nodes[2]": (None, {"name": "c", "address": "root@d"}, "Only in the second file."),
        "skipped[0]": ({"step": "x", "reason": "y"}, None, "Only in the first file."),
    }
    assert diff(one, one) == []


@pytest.mark.skipif(not DEPLOYMENTS, reason="no rendered deployments")
def test_deployments_differ_with_their_reasons(tmp_path):
    path = next(path for path in DEPLOYMENTS if path.parent.name == "three-nodes")
    data = read_document(str(path))
    data["metadata"]["generated_at"] = "2030-01-01T00:00:00Z"
    data["sizing"]["because"] = ["other words"]
    assert diff(str(path), _file(tmp_path, "times.yaml", data)) == []
    data["usage"]["mau"] = 60_000
    data["sizing"]["vcpus"] = 156
    data["nodes"][0]["vcpus"] = 16
    data["storage"]["data_directory"] = "/var/lib/docker"
    data["origins"]["storage.data_directory"] = "default"
    data["rules"] = "other"
    data["nodes"].pop()
    found = {item["path"]: item["because"] for item in diff(str(path), _file(tmp_path, "other.yaml", data))}
    assert found == {
        "usage.mau": "Typed differently.",
        "sizing.vcpus": "It follows from rules and usage.mau.",
        "nodes[0].vcpus": "It was found different.",
        "nodes[2]": "Only in the first file.",
        "storage.data_directory": "It was typed and is the default now.",
        "rules": "The two files come from different versions of the sizing rules.",
    }


def test_two_kinds_are_not_compared(tmp_path):
    one = _file(tmp_path, "one.yaml", "usage: {mau: 5}\n")
    other = _file(tmp_path, "other.yaml", "kind: Deployment\n")
    for files in ((one, other), (one, str(tmp_path / "none"))):
        with pytest.raises(Failure) as caught:
            diff(*files)
        assert caught.value.code == ExitCode.BAD_INPUT


def test_what_is_shown_of_a_hostile_deployment_is_safe(tmp_path):
    one = _file(tmp_path, "one.yaml", "kind: Deployment\nnetwork: {proxy: 'http://u:canary@p'}\n")
    other = _file(
        tmp_path,
        "other.yaml",
        'kind: Deployment\n"a\\e[31m": "\\e[31m"\nnodes: [5]\naccepted: {x: 1}\norigins: 5\n',
    )
    told = str(diff(one, other))
    assert "canary" not in told and "\\x1b" not in told


@pytest.mark.parametrize("path", DEPLOYMENTS, ids=lambda path: path.parent.name)
def test_what_we_render_is_valid(path):
    assert validate(str(path)) == ()
    assert VALIDATOR.is_valid(read_document(str(path)))


_DAMAGE = {
    "rules": (lambda data: data.pop("rules"), ["rules"]),
    "mau": (lambda data: data["usage"].update(mau="50000"), ["usage.mau"]),
    "vcpus": (lambda data: data["sizing"].update(vcpus=True, pcc=-1), ["sizing.pcc", "sizing.vcpus"]),
    "nodes": (lambda data: data.update(nodes=[]), ["nodes"]),
    "role": (lambda data: data["nodes"][1].update(roles=["boss"]), ["nodes[1].roles[0]"]),
    "address": (lambda data: data["nodes"][0].update(address="-x"), ["nodes[0].address"]),
    "domain": (lambda data: data["domain"].update(primary="https://x.example"), ["domain.primary"]),
    "host": (lambda data: data["domain"]["hosts"].update(tidb="x"), ["domain.hosts.tidb"]),
    "origin": (lambda data: data["origins"].update({"usage.mau": "guessed"}), ["origins.usage.mau"]),
    "accepted": (lambda data: data["accepted"][0].pop("reason"), ["accepted[0].reason"]),
    "sections": (lambda data: [data.pop(key) for key in ("tls", "services")], ["services", "tls"]),
}


@pytest.mark.skipif(not DEPLOYMENTS, reason="no rendered deployments")
@pytest.mark.parametrize("name", _DAMAGE)
def test_a_damaged_deployment_is_told_at_its_paths(tmp_path, name):
    damage, paths = _DAMAGE[name]
    data = read_document(str(next(path for path in DEPLOYMENTS if path.parent.name == "three-nodes")))
    damage(data)
    problems = validate(_file(tmp_path, "deployment.yaml", data))
    assert sorted(problem.path for problem in problems) == paths
    assert not VALIDATOR.is_valid(data)


def test_validating_answers_and_newer_deployments(tmp_path):
    good = _file(tmp_path, "good.yaml", "usage: {mau: 5}\n")
    bad = _file(tmp_path, "bad.yaml", "usage: {mau: 0}\nx: 1\n")
    newer = _file(tmp_path, "newer.yaml", "apiVersion: cometchat-wizard/v2\nkind: Deployment\nall: new\n")
    assert validate(good) == ()
    assert sorted(problem.path for problem in validate(bad)) == ["usage.mau", "x"]
    assert [(item.path, "newer" in item.problem) for item in validate(newer)] == [("apiVersion", True)]
    with pytest.raises(Failure):
        validate(str(tmp_path / "none"))
