"""What holds of redaction whatever the text is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.compare.redact import Redactor, default_rules
from harness.model import Case
from tests.test_redact import HIDDEN, LEFT, OTHER, PIECES, REVISION, SHA

FRAGMENTS = [
    *(text for _, text, _ in HIDDEN), *(text for _, text in LEFT), *PIECES, *(shown for _, _, shown in HIDDEN),
    SHA, SHA[:7], "g", "-dirty", "-5-g", "/tmp/case", "2026-01-02", "T", "Z", "+01:00", " ", "  ", "\n", "[", "]", "m",
    "{date", "{duration}", "INFO", ".", ",", ":", "s", "ms", "0", "12", ".rs", "at ", "pid ", "é", "µs", "\udc80", "'",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=12).map("".join)
CASES = st.none() | st.builds(lambda text: Case(program="app", argv=(text,)), TEXTS)


@given(text=TEXTS, case=CASES)
@example(text="created_at=1767600000123[::1]:49999", case=None)
@example(text=f'"filename":"src/x.rs","line_number":3{SHA}', case=None)
@example(text="at 2026-01-05T10:11:12Z.0x000055d0c0ffee00", case=None)
def test_redacting_twice_is_redacting_once(text: str, case: Case | None) -> None:
    redactor = Redactor(default_rules(), REVISION, OTHER).for_case("/tmp/case", case)
    once = redactor.redact("stdout", text).text
    assert redactor.redact("stdout", once).text == once


@given(text=TEXTS)
def test_a_text_changes_exactly_if_a_hit_is_counted(text: str) -> None:
    found = Redactor(default_rules(), REVISION).redact("stdout", text)
    assert (found.text != text) == (found.hits.total() > 0)


@given(text=st.text(alphabet="abcxyz ,;!?\n", max_size=200))
def test_plain_words_are_never_touched(text: str) -> None:
    assert Redactor(default_rules(), REVISION).redact("stdout", text).text == text


@given(before=TEXTS, after=TEXTS)
@pytest.mark.parametrize("word", ["one", "42", "rows=7"])
def test_a_line_without_anything_to_hide_is_seen_between_any_others(word: str, before: str, after: str) -> None:
    redactor = Redactor(default_rules(), REVISION)
    with_word = redactor.redact("stdout", f"{before}\n\nvalue {word}\n\n{after}").text
    other = redactor.redact("stdout", f"{before}\n\nvalue other\n\n{after}").text
    assert with_word != other
