"""Keys that a schema in a file beside a document tells of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.cases.documents import read
from harness.cases.schemas import _of, properties_in
from harness.cases.steady import Base
from harness.model import Case

SCHEMA = """
{"type": "object", "properties": {"rows": {"type": "integer", "minimum": 0, "maximum": 9},
 "mode": {"enum": ["fast", "safe"]}, "strict": {"type": "boolean"}, "inner": {"type": "object", "properties": {}}}}
"""
IN_A_STRING = '(data "{\\"mode\\":{\\"type\\":\\"integer\\",\\"enum\\":[0,3]}}")'


def tried(document: bytes, *beside: str) -> list[object]:
    base = Base(case=Case(program="prog", argv=("run", "p.yaml"), files={"p.yaml": document}), document="p.yaml")
    made = [case for _, case in _of(base, [properties_in(one) for one in beside])]
    return [read("yaml", case.files["p.yaml"]) for case in made]


def test_properties_are_told_with_values_that_they_allow() -> None:
    assert properties_in(SCHEMA) == {"rows": [0, 9, 1], "mode": ["fast", "safe"], "strict": [True, False]}


def test_a_schema_inside_a_string_of_another_language_counts() -> None:
    assert properties_in(IN_A_STRING) == {"mode": [0, 3]}


@given(st.text() | st.text().map('"a": {{"enum": [{}]}}'.format))
def test_no_text_is_too_strange_to_look_for_schemas_in_it(text: str) -> None:
    assert all(values for values in properties_in(text).values())


def test_a_mapping_with_one_key_of_a_schema_gets_the_others_too() -> None:
    made = tried(b"config:\n  rows: 1\n", SCHEMA)
    assert {"config": {"rows": 1, "mode": "safe"}} in made
    assert {"config": {"rows": 9}} in made
    assert {"config": {"rows": 1}} not in made


def test_a_mapping_of_which_no_schema_tells_is_left_as_it_is() -> None:
    assert tried(b"config:\n  name: x\n", SCHEMA) == []
    assert tried(b"config:\n  rows: 1\n") == []
