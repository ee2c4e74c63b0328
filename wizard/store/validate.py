"""All that is wrong with an answers or deployment file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.model.failure import Problem
from wizard.store.answers import API_VERSION, parse_answers, read_document
from wizard.store.conform import conform
from wizard.store.problems import told
from wizard.store.schema import schema


def validate(path: str) -> tuple[Problem, ...]:
    """Every problem of the file with its path, of more than 50 how many more; () if there is none.

    Failure, code 2: it can't be read.
    """
    data = read_document(path)
    if not isinstance(data, Mapping) or data.get("kind", "Answers") != "Deployment":
        return parse_answers(data)[1]
    version = data.get("apiVersion")
    if isinstance(version, str) and re.fullmatch(r"cometchat-wizard/v([2-9]|[1-9][0-9]+)", version):
        text = f"was written by a newer version of cometchat-wizard; this one reads {API_VERSION}"
        return (Problem("apiVersion", text),)
    return told(conform(data, schema("deployment")))
