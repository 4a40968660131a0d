from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.assertions import Assertions, assertions_of

VALUES = (
    "assert_eq!(f(), 2);",
    "assert_ne!{f(), 2}",
    "assert!(f() == 2);",
    'debug_assert!(a != b, "told");',
    "assert!(matches!(f(), Ok(_)));",
    "insta::assert_snapshot!(f());",
    "command.assert().success();",
    "assert_rows(&found);",
)
CONDITIONS = ("assert!(f().is_ok());", 'assert!(f(), "a == b");', "prop_assert!(f() > 0);", "debug_assert![f()];")
NOTHING = ("// assert_eq!(f(), 2);\n", 'print("assert_eq!(f(), 2)");', "let assertion = 1;", "if a == b {}")


@pytest.mark.parametrize("line", VALUES)
def test_what_holds_something_against_a_value_or_a_form_is_exact(line: str) -> None:
    assert assertions_of(f"fn t() {{ {line} }}") == Assertions(1, 1)


@pytest.mark.parametrize("line", CONDITIONS)
def test_what_says_no_more_than_that_a_condition_holds_is_not_exact(line: str) -> None:
    assert assertions_of(f"fn t() {{ {line} }}") == Assertions(1, 0)


@pytest.mark.parametrize("line", NOTHING)
def test_comments_texts_and_names_assert_nothing(line: str) -> None:
    assert assertions_of(f"fn asserts_nothing() {{ {line} }}") == Assertions(0, 0)


def test_an_expected_panic_is_an_assertion_and_its_message_a_value() -> None:
    assert assertions_of('#[should_panic(expected = "full")]\nfn t() {}') == Assertions(1, 1)
    assert assertions_of("#[should_panic]\nfn t() {}") == Assertions(1, 0)


@given(st.lists(st.sampled_from((*VALUES, *CONDITIONS, *NOTHING)), min_size=1), st.data())
def test_a_test_with_a_line_less_never_asserts_more(lines: list[str], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(lines) - 1))
    whole, less = ("fn t() {{ {} }}".format(" ".join(some)) for some in (lines, lines[:gone] + lines[gone + 1 :]))
    assert not assertions_of(whole).weaker_than(assertions_of(less))
    assert assertions_of(less).weaker_than(assertions_of(whole)) == (lines[gone] not in NOTHING)
