"""Patterns of files, public paths, tests and subjects."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["is_pattern", "matches_file", "matches_lint", "matches_path", "matches_subject", "matches_test", "normal"]


def matches_file(pattern: str, path: str) -> bool:
    """Whether a path with slashes is one of the pattern's."""
    return _compiled(pattern, "/").fullmatch(path) is not None


def matches_path(pattern: str, path: str) -> bool:
    """Whether a public path is one of the pattern's."""
    return _compiled(pattern, "::").fullmatch(path) is not None


def matches_lint(pattern: str, lint: str) -> bool:
    """Whether a lint is meant; `*` stands for any text."""
    return _text(pattern).fullmatch(lint) is not None


def matches_test(pattern: str, name: str) -> bool:
    """Whether a test's path, or the end of it, is meant."""
    return any(_text(pattern).fullmatch(part) is not None for part in _ends(name))


def matches_subject(pattern: str, subject: str) -> bool:
    """Whether a commit's subject is meant; see `normal` for what makes no difference."""
    return _text(normal(pattern)).fullmatch(normal(subject)) is not None


def normal(subject: str) -> str:
    """A subject without what people and forges change in it: case, spaces, backticks, a full stop, `(#12)`."""
    text = re.sub(r"\s*\(#\d+\)\s*$", "", subject)
    return re.sub(r"\s+", " ", text.replace("`", "")).strip().rstrip(".").lower()


def is_pattern(text: str) -> bool:
    """Whether it stands for more than itself."""
    return "*" in text


def _ends(name: str) -> list[str]:
    parts = name.split("::")
    return ["::".join(parts[at:]) for at in range(len(parts))]


@lru_cache(maxsize=10_000)
def _text(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


@lru_cache(maxsize=10_000)
def _compiled(pattern: str, separator: str) -> re.Pattern[str]:
    one = f"(?:(?!{separator}).)*"
    segments = pattern.split(separator)
    parts: list[str] = []
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            parts.append(".*" if last else f"(?:{one}{separator})*")
        else:
            parts.append(one.join(map(re.escape, segment.split("*"))) + ("" if last else separator))
    return re.compile("".join(parts), re.DOTALL)
