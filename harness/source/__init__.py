"""Git: revisions, the private clone, and the working tree as a revision."""

from harness.source.clone import Clone
from harness.source.contents import ChangedPath, changed_paths, diff_text, list_files, read_file, read_files
from harness.source.repository import Repository, find_repository
from harness.source.revisions import RangeSpec, parse_range, resolve_range, resolve_revision
from harness.source.snapshot import Against, Snapshot, resolve_base, take_snapshot
from harness.source.source import Source, Span

__all__ = [
    "Against",
    "ChangedPath",
    "Clone",
    "RangeSpec",
    "Repository",
    "Snapshot",
    "Source",
    "Span",
    "changed_paths",
    "diff_text",
    "find_repository",
    "list_files",
    "parse_range",
    "read_file",
    "read_files",
    "resolve_base",
    "resolve_range",
    "resolve_revision",
    "take_snapshot",
]
