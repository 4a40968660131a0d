"""The files of a report: one renderer each, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.model import Report
from harness.report import html, json_file, markdown

__all__ = ["FILES", "write_all"]

FILES: dict[str, Callable[[Report], bytes]] = {
    "report.json": json_file.render,
    "report.html": html.render,
    "summary.md": markdown.render,
}


def write_all(report: Report, folder: Path) -> list[Path]:
    """Writes every file of the report into a folder, which is made; gives their paths. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, render in FILES.items():
        path = folder / name
        beside = path.with_name(f".{name}.new")
        beside.write_bytes(render(report))
        beside.replace(path)
        paths.append(path)
    return paths
