"""Texts of several lines in Rust sources, which are often input in the program's own language. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from harness.cases.literals import text_of
from harness.compare.rust_text import literals

__all__ = ["several_of", "texts_in"]

_LONGEST = 4 << 10  # characters
_TESTS = re.compile(r"(^|[/_])(tests?|examples?|benches)([/_.]|$)")


def texts_in(sources: Mapping[str, str]) -> list[str]:
    """Each of them once, without what indents all of its lines, those of tests first."""
    ordered = sorted(sources, key=lambda path: (not _TESTS.search(path), path))
    return list(dict.fromkeys(text for path in ordered for text in _in_source(sources[path])))


def _in_source(source: str) -> Iterator[str]:
    for start, end, comment in literals(source):
        text = "" if comment else textwrap.dedent(text_of(source[start:end])).strip("\n")
        if "\n" in text and len(text) <= _LONGEST:
            yield f"{text}\n"


def several_of(texts: Sequence[str], most: int) -> list[str]:
    """At most so many of them, from everywhere."""
    return list(texts[:: max(1, -(-len(texts) // most))])
