"""Redactions: rules that hide a part of a facet before comparing, each with a name and a reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.model import Revision

__all__ = ["Redacted", "Redactor", "Rule", "default_rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is hidden (`pattern`), what stands in its place, in which facets (none named: all), and why."""

    name: str
    pattern: re.Pattern[str]
    replacement: str
    reason: str
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text after redaction, and how often each rule hid something in it."""

    text: str
    hits: Counter[str]


class Redactor:
    """The rules as they apply to what one revision wrote: its own commit hash and date are hidden too."""

    def __init__(self, rules: Sequence[Rule], revision: Revision) -> None:
        self.rules: tuple[Rule, ...] = (*_rules_of(revision), *rules)

    def redact(self, facet: str, text: str) -> Redacted:
        """The text with everything hidden that the rules for this facet hide."""
        hits: Counter[str] = Counter()
        for rule in self.rules:
            if rule.facets and facet not in rule.facets:
                continue
            text, count = rule.pattern.subn(rule.replacement, text)
            if count:
                hits[rule.name] += count
        return Redacted(text=text, hits=hits)


def default_rules() -> tuple[Rule, ...]:
    """The rules that hold without any configuration."""
    return ()


def _rules_of(revision: Revision) -> Iterable[Rule]:
    return ()
