"""One line of the Review page: a value and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.origin import Origin


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """section: the part of deployment.yaml (`usage`). path: dotted, a key of the deployment's origins.

    label and value are texts that are safe to show; value is "not answered" for null.
    """

    section: str
    path: str
    label: str
    value: str
    origin: Origin
