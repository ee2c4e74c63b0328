"""The data files that travel with the program: JSON only, so that the fast commands need no YAML."""

from __future__ import annotations

import json
import os
from typing import Any, cast

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.usage import PublishedRow, SizingTables, TableName

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def asset_path(name: str) -> str:
    """Where the asset is: in the installed package (`wizard/_assets`), else in the checkout (`assets`)."""
    installed = os.path.join(_PACKAGE, "_assets", name)
    return installed if os.path.exists(installed) else os.path.join(os.path.dirname(_PACKAGE), "assets", name)


def load(name: str) -> dict[str, Any]:
    """One JSON asset, as it is in its file ('sizing.json'). Failure, code 1, if the installation lacks it."""
    try:
        with open(asset_path(name), encoding="utf-8") as file:
            return cast("dict[str, Any]", json.load(file))
    except (OSError, ValueError):
        pass
    raise Failure(
        f"The program's own file {name} is missing or damaged.",
        next_step="Install cometchat-wizard again: run install.sh once more. The session stays as it is.",
        code=ExitCode.UNEXPECTED,
    )


def sizing_tables() -> SizingTables:
    """The vendor's tables and our constants, from assets/sizing.json."""
    asset = load("sizing.json")
    defaults, testing = asset["defaults"], asset["testing"]
    return SizingTables(
        rows=tuple(
            PublishedRow(table=cast("TableName", table), **row)
            for table, rows in asset["tables"].items()
            for row in rows
        ),
        testing_vcpus=testing["vcpus"],
        testing_memory_gib=testing["memory_gib"],
        floor_gb=asset["floor_gb"],
        content_mb=asset["content_mb"],
        default_retention_months=defaults["retention_months"],
        default_log_retention_days=defaults["log_retention_days"],
        default_growth_buffer_percent=defaults["growth_buffer_percent"],
        log_gb_per_day_per_10k_mau=asset["log_gb_per_day_per_10k_mau"],
        backup_factor=asset["backup_factor"],
        range_top_gb=asset["range_top_gb"],
        pcc_per_websocket_replica=asset["pcc_per_websocket_replica"],
        default_pcc_percent=defaults["pcc_percent"],
        rules=asset["rules"],
    )
