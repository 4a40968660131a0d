"""The default redactions of what is drawn over on a terminal: how far a run is at a moment, the clock decides."""

from __future__ import annotations

import re

from harness.compare.rule import Rule

__all__ = ["NUMBER_ON_THE_WAY", "SCREEN_RULES"]

NUMBER_ON_THE_WAY = re.compile(r"[0-9]+(?:[.,:][0-9]+)*")
"""A number, counting or in the notation of a clock, that is drawn over while a program works."""

_DRAWN_OVER = ("screens",)

SCREEN_RULES: tuple[Rule, ...] = (
    Rule(
        name="spinner",
        # Braille patterns, and the quarters and halves of circles.
        pattern=re.compile("[⠁-⣿◐-◕◜-◡◰-◷]"),
        replacement="{spinner}",
        reason="Which of its characters a spinner shows depends on the moment.",
        facets=("screen", "screens"),
    ),
    Rule(
        name="spinner of ASCII characters",
        pattern=re.compile(r"(?:^|(?<=[\[(›]))[|/\\-](?=[ \])‹]|$)", re.MULTILINE),
        replacement="{spinner}",
        reason="Which of its characters a spinner shows depends on the moment; only in what is drawn over.",
        facets=_DRAWN_OVER,
    ),
    Rule(
        name="progress bar",
        pattern=re.compile(
            r"\[[=#*.>o -]{3,200}\]|[█▉▊▋▌▍▎▏░▒▓━╸╺─▰▱⣀⣿■□]{2,200}(?:‹[^›\n]*›[█▉▊▋▌▍▎▏░▒▓━╸╺─▰▱⣀⣿■□]{1,200})*"
        ),
        replacement="{bar}",
        reason="How long a progress bar is depends on the moment; only in what is drawn over.",
        facets=_DRAWN_OVER,
    ),
    Rule(
        name="number on the way",
        pattern=NUMBER_ON_THE_WAY,
        replacement="#",
        reason="A number that is drawn over counts what is done at a moment. The last one stays on the screen.",
        facets=_DRAWN_OVER,
    ),
)
