"""Settings per service: KEY=value files, and JSON where the service reads JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.arrange.settings import filler
from wizard.model.deployment import Deployment
from wizard.model.formats import env
from wizard.model.formats.text import FileText, hash_comment, line, text_of


def env_files(deployment: Deployment) -> dict[str, FileText | Mapping[str, Any]]:
    """`env/<service>.env` or `.json` for every service with settings; {} without a domain."""
    catalogue = deployment.catalogue
    files: dict[str, FileText | Mapping[str, Any]] = {}
    for key, settings in deployment.services.items():
        described = catalogue["settings"][key]
        if described["format"] == "json":
            files[f"env/{key}.json"] = settings
        else:
            files[f"env/{key}.env"] = _env_file(deployment, described, settings)
    return files


def _env_file(
    deployment: Deployment, described: Mapping[str, Any], settings: Mapping[str, object]
) -> FileText:
    catalogue = deployment.catalogue
    fill = filler(deployment.answers.domain, deployment.hosts)
    secrets = ", ".join(entry["name"] for entry in catalogue["secrets"]["entries"])
    return text_of(
        [
            hash_comment(f"{described['title']}: the settings that carry the domain."),
            hash_comment(f"Keys: the vendor's Configuration reference, as of {catalogue['about']['date']}."),
            hash_comment(
                "Values: the one table of host names in deployment.yaml; change it there and export again."
            ),
            hash_comment(
                "Put these into the vendor's own file for this service; it holds more settings than these."
            ),
            hash_comment("No secret belongs here: passwords and keys go into Docker Swarm secrets or Vault"),
            hash_comment(f"(such as {secrets}; see SUMMARY.md)."),
            *(hash_comment(fill(note)) for note in described["notes"]),
            line(""),
            *(env.setting(name, value) for name, value in settings.items()),
        ]
    )
