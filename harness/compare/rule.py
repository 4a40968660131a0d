"""What a redaction rule is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["AFTER", "TEXT_FACETS", "Match", "Rule", "text_rule"]

TEXT_FACETS = ("stdout", "stderr", "files", "screen", "screens")
"""The facets that programs write freely, and that the default rules are for. An exit status is no text."""

AFTER = r"(?![0-9A-Za-z_{])"
"""The end of a pattern that ends with a word."""

Match = re.Match[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is hidden (`pattern`), what stands in its place, in which facets (none named: all), and why.

    Without one of `needles` in a text, the pattern cannot match there. `accepts` looks at what is around a
    match. `value` is the group that is a value, not to be hidden, where the case supplied that very text
    (None: always hidden). `padded` is for what varies in width: spaces beside it are not compared.
    """

    name: str
    pattern: re.Pattern[str]
    replacement: str | Callable[[Match], str]
    reason: str
    facets: tuple[str, ...] = ()
    needles: tuple[str, ...] = ()
    accepts: Callable[[Match], bool] | None = None
    value: int | None = None
    padded: bool = False


def text_rule(name: str, pattern: str, replacement: object, reason: str, *needles: str, **more: object) -> Rule:
    """A rule for what programs write freely; `more` are other fields of it."""
    return Rule(
        name=name,
        pattern=re.compile(pattern, re.ASCII | re.MULTILINE),
        replacement=replacement,  # type: ignore[arg-type]
        reason=reason,
        needles=needles,
        facets=TEXT_FACETS,
        **more,  # type: ignore[arg-type]
    )
