"""Editing the files of a throw-away repository so that an edit that does not fit is noticed."""

from __future__ import annotations

from tests.support.repo import Repo

__all__ = ["edit"]


def edit(repo: Repo, subject: str, *changes: tuple[str, str, str]) -> str:
    """Commits replacements, each `(file, old text, new text)`, and gives the commit id. The old text must be there."""
    for name, old, new in changes:
        path = repo.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return repo.commit(subject)
