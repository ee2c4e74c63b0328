"""How keys in a shared file are shown: as text, and as JSON."""

from __future__ import annotations

from wizard.apply.saying import command_words
from wizard.cli.plan import plan_document
from wizard.model.plan import Command, KeyChange, MergeFile, Plan, Stage, Step
from wizard.planning.show import action_lines

FILE = MergeFile(
    "/etc/docker/daemon.json",
    "json",
    (
        KeyChange(("log-opts", "max-size"), "50m", old="1g"),
        KeyChange(("default-ulimits", "nofile"), {"Hard": 5}),
        KeyChange(("log-driver",), None, old="a\x1b[31m"),
    ),
)


def test_people_see_old_and_new() -> None:
    assert action_lines(FILE) == (
        "merge into /etc/docker/daemon.json; the rest of it stays",
        "  log-opts max-size: 1g -> 50m",
        '  default-ulimits nofile: not set -> {"Hard": 5}',
        "  log-driver: a?[31m -> not set",
    )


VALIDATE = Command(("dockerd", "--validate"), only_where="/etc/a b.json")


def test_people_see_what_is_done_only_where_a_file_is_there() -> None:
    assert action_lines(VALIDATE) == ("# Only where '/etc/a b.json' is there:", "dockerd --validate")
    assert command_words(VALIDATE) == "dockerd --validate  # only where '/etc/a b.json' is there"


def test_programs_see_it_as_well_and_no_such_key_elsewhere() -> None:
    step = Step("x", "here", "X", "Y", (VALIDATE, Command(("true",))))
    document = plan_document(Plan((Stage("s", "S", (step,)),)))
    assert document["stages"][0]["steps"][0]["commands"] == [
        {"argv": ["dockerd", "--validate"], "root": True, "only_where": "/etc/a b.json"},
        {"argv": ["true"], "root": True},
    ]


def test_programs_see_the_keys() -> None:
    step = Step("x", "here", "X", "Y", (FILE,))
    document = plan_document(Plan((Stage("s", "S", (step,)),)))
    assert document["stages"][0]["steps"][0]["commands"] == [
        {
            "write": "/etc/docker/daemon.json",
            "mode": "0644",
            "format": "json",
            "keys": [
                {"path": ["log-opts", "max-size"], "old": "1g", "new": "50m"},
                {"path": ["default-ulimits", "nofile"], "old": None, "new": {"Hard": 5}},
                {"path": ["log-driver"], "old": "a\x1b[31m", "new": None},
            ],
        }
    ]
