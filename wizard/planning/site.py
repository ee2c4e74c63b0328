"""One host as planning sees it: what was answered, what is there, and the catalogue of its family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.model.answers import Answers, DockerSource
from wizard.model.facts import HostFacts
from wizard.planning.packages import Manager


@dataclass(frozen=True, slots=True)
class Site:
    """catalogue: assets/packages.json as loaded."""

    answers: Answers
    facts: HostFacts
    manager: Manager
    catalogue: Mapping[str, Any]

    @property
    def family(self) -> Mapping[str, Any]:
        """Package names for this host's package manager."""
        family: Mapping[str, Any] = self.catalogue["families"][self.manager]
        return family

    @property
    def minimum(self) -> Mapping[str, str]:
        """Lowest versions that the vendor asks for."""
        minimum: Mapping[str, str] = self.catalogue["minimum"]
        return minimum

    @property
    def source(self) -> DockerSource:
        """Where the engine comes from: Docker's own repository unless answered otherwise."""
        return self.answers.software.docker_from or "docker-repository"
