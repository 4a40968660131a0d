"""What the range that is verified changed of the rules it is verified by: an author must not approve itself unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from harness.compare.approval_file import identity
from harness.compare.wording import counted
from harness.config import FILE_NAME, Config
from harness.snapshot import APPROVED, files_below, parsed

__all__ = ["Former", "changed_since"]


class Former(Protocol):
    """The files of the revision that the range starts from."""

    def read(self, path: str) -> Mapping[str, bytes]:
        """The files that a path names, from the workspace."""
        ...


def changed_since(former: Former, workspace: Path, config: Config) -> Iterator[str]:
    """Sentences about approvals and configuration, as they are now, that were otherwise before the range."""
    now = files_below(workspace, APPROVED)
    before = former.read(APPROVED)
    known, own = parsed(before), parsed(now)
    held = {(file.probe, identity(form)) for file in known.values() for form in file.forms}
    for name, file in own.items():
        if count := sum((file.probe, identity(form)) not in held for form in file.forms):
            yield f"{name}: approves {counted(count, 'difference')} that nobody approved before, for `{file.subject}`"
    yield from _configuration(former, workspace, config)


def _configuration(former: Former, workspace: Path, config: Config) -> Iterator[str]:
    """harness.toml where it is used; a file named by an option is the caller's and not the range's."""
    path = workspace / FILE_NAME
    if config.path != str(path):
        return
    old = former.read(FILE_NAME).get(FILE_NAME)
    if old is None:
        yield f"{FILE_NAME}: is new, {_rules(config)}"
    elif old.replace(b"\r\n", b"\n") != path.read_bytes().replace(b"\r\n", b"\n"):
        yield f"{FILE_NAME}: was changed, {_rules(config)}"


def _rules(config: Config) -> str:
    return f"it has {counted(len(config.redaction), 'redaction')}"
