"""What comes of one target."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contract.model import Rule

__all__ = ["Outcome", "missed", "reached"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A target and the figure that was found, in words; `what` names it."""

    rule: Rule
    what: str
    target: str
    figure: str
    ok: bool


def missed(rule: Rule, what: str, target: str, figure: str) -> Outcome:
    """A target that the figure does not reach."""
    return Outcome(rule=rule, what=what, target=target, figure=figure, ok=False)


def reached(rule: Rule, what: str, target: str, figure: str) -> Outcome:
    """A target that the figure reaches."""
    return Outcome(rule=rule, what=what, target=target, figure=figure, ok=True)
