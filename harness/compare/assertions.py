"""How much a test asserts, as far as its text tells: an assertion that looks at less passes as the one before did."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from harness.compare.rust_text import item_end, mask

__all__ = ["Assertions", "assertions_of"]

# Macros (`assert_eq!`, `prop_assert!`, `insta::assert_snapshot!`), functions and methods (`check_and_assert(…)`).
_ASSERTION = re.compile(r"(?<!\bfn )\b(?P<name>\w*assert\w*)\s*(?P<macro>!?)\s*[(\[{]")
_PANIC = re.compile(r"#\[should_panic\b(?P<expected>\s*[(=])?")
# Those of the standard library, and of crates that follow it, which say no more than that a condition holds.
_OF_A_CONDITION = re.compile(r"(?:debug_|prop_)?assert")
# A condition that names a value or a form after all.
_NAMES_A_VALUE = re.compile(r"[=!]=|\bmatches\s*!")


@dataclass(frozen=True, slots=True)
class Assertions:
    """How many assertions there are, and how many of them hold something against a value or a form."""

    every: int
    exact: int

    def weaker_than(self, other: Assertions) -> bool:
        """Whether there are fewer of either kind."""
        return self.every < other.every or self.exact < other.exact

    def __str__(self) -> str:
        """For people: `3 assertions, 2 of them against a value`."""
        return f"{self.every} assertion{'s' * (self.every != 1)}, {self.exact} of them against a value"


def assertions_of(source: str) -> Assertions:
    """Those in the text of a function, `#[should_panic]` among them; what a helper asserts is not known."""
    code = mask(source)
    kinds = Counter(_is_exact(code, found) for found in _ASSERTION.finditer(code))
    kinds.update(bool(found["expected"]) for found in _PANIC.finditer(code))
    return Assertions(every=kinds.total(), exact=kinds[True])


def _is_exact(code: str, found: re.Match[str]) -> bool:
    if not found["macro"] or not _OF_A_CONDITION.fullmatch(found["name"]):
        return True
    return bool(_NAMES_A_VALUE.search(code, found.end(), item_end(code, found.start())))
