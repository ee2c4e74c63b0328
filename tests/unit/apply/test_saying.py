"""Which of a package manager's lines are told: as dnf and rpm said them on a real host."""

from __future__ import annotations

from pathlib import Path

from tests.unit.apply.plans import sh, step
from tests.unit.apply.test_runner import did
from wizard.apply.said import Said
from wizard.apply.saying import not_undone
from wizard.model.origin import ExitCode
from wizard.model.plain import sentences

PROBLEM = """\
Error:
 Problem: problem with installed package podman-4:4.9.4-1.el9.x86_64
  - package podman-4:4.9.4-1.el9.x86_64 from @System requires oci-runtime, but none of the providers can be installed
  - package containerd.io-1.7.24-1.el9.x86_64 from rpm obsoletes runc provided by runc-4:1.1.12-1.el9.x86_64
  - conflicting requests
(try to add '--allowerasing' to command line to replace conflicting packages)
"""
PRE = """\
  Running scriptlet: jq-99-1.el9.x86_64                                     1/1
lab: jq finds no room for itself
error: %prein(jq-99-1.el9.x86_64) scriptlet failed, exit status 1

Error in PREIN scriptlet in rpm package jq
Error: Transaction failed

Failed:
  jq-99-1.el9.x86_64
"""
POST = """\
  Running scriptlet: jq-99-1.el9.x86_64                                     1/1
warning: %post(jq-99-1.el9.x86_64) scriptlet failed, exit status 1
Complete!
"""


def _said(output: str) -> Said:
    said = Said()
    for line in output.splitlines():
        said.take(line)
    return said


def test_why_dnf_finds_no_solution_is_told_without_its_advice_to_erase() -> None:
    said = _said(PROBLEM).words(700)
    assert "requires oci-runtime" in said and "obsoletes runc" in said
    assert "allowerasing" not in said


def test_what_a_package_s_own_script_said_stands_before_rpm_s_words() -> None:
    said = _said(PRE).words()
    assert said.startswith("lab: jq finds no room for itself | error: %prein(jq-99-1.el9.x86_64)")
    assert _said(POST).scripts() == POST.splitlines()[1]
    assert _said("Complete!").scripts() == ""


def test_a_step_that_is_done_says_which_script_failed(tmp_path: Path) -> None:
    shown = sh("echo 'warning: %post(jq-99) scriptlet failed, exit status 1'; echo Complete!")
    code, events, _run = did(tmp_path, step("one", shown))
    assert code == ExitCode.DONE
    told = [item.message for item in events if item.event == "step-finished"]
    assert told == [
        "Done, but a package's own script failed: warning: %post(jq-99) scriptlet failed, exit status 1"
    ]


def test_what_a_program_said_and_what_we_say_are_two_sentences() -> None:
    assert (
        sentences("It said: hi", "", "2 later steps were not run.")
        == "It said: hi. 2 later steps were not run."
    )
    assert sentences("Why?", "hi", "hi") == "Why? hi. hi" and sentences("", " ") == ""


def test_an_undo_that_could_not_take_all_back_is_told_in_sentences() -> None:
    left = {"undo-a": "It said: hi", "undo-b": "", "undo-c": "It said: no!"}
    assert not_undone(left, 5) == (
        "undo-a, undo-c failed: It said: hi. It said: no! undo-b had to wait for them. The other 2 are done."
    )
    assert not_undone({"undo-a": "It said: hi"}, 1) == "undo-a failed: It said: hi"
