"""Files of the repository by their kinds, as input for programs that take files of a kind. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from harness.cases.documents import format_of
from harness.cases.examples_found import NOT_INPUT

__all__ = ["kinds_in", "may_be_sample"]

MOST_KINDS = 10
MOST_OF_A_KIND = 24
_PROMISING = re.compile(
    r"(^|[/_.-])(examples?|samples?|fixtures?|demos?|test-?data|tests?|inputs?|corpus)([/_.-]|$)", re.IGNORECASE
)
_NEVER = re.compile(r"\.(lock|orig|rej|snap|svg|png|jpe?g|gif|ico|woff2?|ttf|pdf|exe|so|dll|profraw)", re.IGNORECASE)


def kinds_in(paths: Sequence[str]) -> dict[str, list[str]]:
    """By their endings the files that may be input, the kinds first of which tests and examples have the most.

    Of many of a kind some from everywhere. Documents are left to those who know what is in them.
    """
    kinds: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        if may_be_sample(path):
            kinds[PurePosixPath(path).suffix].append(path)
    promising = {kind: [path for path in several if _PROMISING.search(path)] for kind, several in kinds.items()}
    ranked = sorted(kinds, key=lambda kind: (-len(promising[kind]), -len(kinds[kind]), kind))
    return {kind: _spread(promising[kind] or kinds[kind]) for kind in ranked[:MOST_KINDS]}


def may_be_sample(path: str) -> bool:
    """Whether a file may be input at all, by its path."""
    parts = PurePosixPath(path).parts
    if format_of(path) or any(part.startswith(".") or part in NOT_INPUT for part in parts):
        return False
    suffix = PurePosixPath(path).suffix
    return bool(suffix) and not _NEVER.fullmatch(suffix)


def _spread(paths: Sequence[str]) -> list[str]:
    step = max(1, -(-len(paths) // MOST_OF_A_KIND))
    return list(paths[::step])
