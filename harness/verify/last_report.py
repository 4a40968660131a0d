"""The report of the last run on a workspace, kept in the store for whoever goes through it afterwards."""

from __future__ import annotations

from pathlib import Path

from harness.model import Report
from harness.report import json_file
from harness.store import Store, key_of

__all__ = ["keep", "kept"]


def keep(store: Store, manifest: Path, report: Report) -> None:
    """Keeps a report, as report.json has it, in place of the one before it. Errors as `Store.put`."""
    store.put("report", _key(manifest), json_file.render(report))


def kept(store: Store, manifest: Path) -> bytes | None:
    """The text of the last run's report.json, None where there is none."""
    return store.get("report", _key(manifest))


def _key(manifest: Path) -> str:
    return key_of("last report", str(manifest))
