"""The reducer ends with what a person would have written, whatever the case is and whatever it is told."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cases.reduce import MOST_PROPOSALS, Reducer
from harness.model import Case

Holds = Callable[[Case], bool]


def reduced(case: Case, holds: Holds, most: int = MOST_PROPOSALS) -> tuple[Case, list[Case]]:
    """What is left of a case, and all that was proposed."""
    reducer, proposed = Reducer(case, most), list[Case]()
    steps = reducer.steps()
    try:
        batch = next(steps)
        while True:
            proposed += batch
            batch = steps.send([holds(one) for one in batch])
    except StopIteration:
        return reducer.case, proposed


PIPELINE = b"""# A pipeline.
name: "orders to warehouse"
source: &source
  kind: postgres
  host: db.example.com
  tables: [orders, customers]
stages:
  - filter: {where: "x > 3"}
  - window: {size: 300, slide: 60}
retry:
  max_attempts: 0
  backoff: 10s
fallback: *source
"""


def zero_attempts(case: Case) -> bool:
    try:
        return bool(
            case.argv[-1:] == ("in.yaml",) and yaml.safe_load(case.files["in.yaml"])["retry"]["max_attempts"] == 0
        )
    except (KeyError, TypeError, yaml.YAMLError):
        return False


def test_a_key_deep_in_a_document_is_left_as_a_person_would_write_it() -> None:
    case = Case(
        program="app",
        argv=("--verbose", "--limit", "100", "check", "in.yaml"),
        files={"in.yaml": PIPELINE, "other.txt": b"alpha\n" * 40},
        env={"LOG": "debug"},
        stdin=b"alpha\n",
    )
    smallest, proposed = reduced(case, zero_attempts)
    assert smallest.files == {"in.yaml": b"retry:\n  max_attempts: 0\n"}
    assert (smallest.argv, smallest.env, smallest.stdin) == (("in.yaml",), {}, b"")
    assert len(proposed) < 100


def test_a_flag_is_dropped_together_with_its_value() -> None:
    def holds(case: Case) -> bool:
        # As a parser has it: a flag without its value is another error.
        return "--strict" in case.argv and ("--limit" in case.argv) == ("5" in case.argv)

    smallest, _ = reduced(Case(program="app", argv=("run", "--limit", "5", "--strict", "x")), holds)
    assert smallest.argv == ("--strict",)


@pytest.mark.parametrize(
    ("name", "content", "left"),
    [
        ("in.json", b'{"a": {"b": [1, 22, {"key": true}]}, "c": "text"}', b'{"a": {"b": [{"key": true}]}}\n'),
        ("in.toml", b'c = "text"\n[a]\nb = [1, 22, { key = true }]\n', b"[[a.b]]\nkey = true\n"),
        ("in.yml", b"a: {b: [1, 22, {key: true}]}\nc: text\n", b"a:\n  b:\n  - key: true\n"),
    ],
)
def test_a_document_is_written_again_in_its_own_format(name: str, content: bytes, left: bytes) -> None:
    def holds(case: Case) -> bool:
        text = case.files.get(name, b"").decode()
        try:
            data = (
                json.loads(text) if "json" in name else tomllib.loads(text) if "toml" in name else yaml.safe_load(text)
            )
            return any(isinstance(one, dict) and one.get("key") is True for one in data["a"]["b"])
        except (KeyError, TypeError, ValueError, yaml.YAMLError):
            return False

    assert reduced(Case(program="app", files={name: content}), holds)[0].files == {name: left}


def test_a_difference_that_hangs_on_the_writing_itself_is_reduced_by_lines() -> None:
    content = b"\xef\xbb\xbfa: 1\nb: 2\r\nc: 3\n"
    smallest, _ = reduced(
        Case(program="app", files={"in.yaml": content}), lambda case: b"\r\n" in b"".join(case.files.values())
    )
    assert smallest.files == {"in.yaml": b"b: 2\r\n"}


def test_numbers_and_texts_become_simple_where_they_may() -> None:
    case = Case(
        program="app", argv=("--limit=9999", "some-long-name"), files={"in.json": b'{"n": 123, "t": "a long text"}'}
    )

    def holds(case: Case) -> bool:
        try:
            data = json.loads(case.files["in.json"])
            return len(case.argv) == 2 and "=" in case.argv[0] and set(data) == {"n", "t"} and data["n"] > 0
        except (KeyError, ValueError, TypeError):
            return False

    smallest, _ = reduced(case, holds)
    assert smallest.argv == ("--limit=0", "foo")
    assert json.loads(smallest.files["in.json"]) == {"n": 1, "t": "foo"}


def test_large_numbers_become_small_before_anything_else_is_tried() -> None:
    content = b"name: a\nrows: 250000\nsizes:\n- 4096\n- 8\nmode: bad\n"

    def holds(case: Case) -> bool:
        return b"mode: bad" in case.files.get("in.yaml", b"") and "in.yaml" in case.argv

    case = Case(program="prog", argv=("run", "in.yaml"), files={"in.yaml": content})
    _, proposed = reduced(case, holds)
    documents = [one.files["in.yaml"] for one in proposed if one.files.get("in.yaml")]
    small = next(index for index, data in enumerate(documents) if b"250000" not in data)
    assert documents[small] == b"name: a\nrows: 1\nsizes:\n- 1\n- 8\nmode: bad\n"
    assert not any(b"250000" in data for data in documents[small:])


PROGRAM = "".join(f"  (instruction {number})\n" for number in range(200)).encode()


def test_a_small_document_is_cut_before_a_long_program_of_which_every_line_is_needed() -> None:
    case = Case(program="app", argv=("run", "in.yaml"), files={"a.wat": PROGRAM, "in.yaml": PIPELINE})

    def holds(one: Case) -> bool:
        return one.files.get("a.wat") == PROGRAM and zero_attempts(one)

    smallest, proposed = reduced(case, holds)
    assert smallest.files == {"a.wat": PROGRAM, "in.yaml": b"retry:\n  max_attempts: 0\n"}
    assert len(proposed) < 100


def test_one_line_of_a_long_program_is_found() -> None:
    case = Case(program="app", files={"a.wat": PROGRAM})
    smallest, proposed = reduced(case, lambda one: b"(instruction 77)" in one.files.get("a.wat", b""))
    assert smallest.files == {"a.wat": b"(instruction 77)"}
    assert len(proposed) < 100


def test_a_long_text_is_cut_to_the_part_that_matters() -> None:
    case = Case(program="app", stdin=b"one line\nanother " + b"x" * 5000 + b"needle" + b"y" * 5000 + b"\nlast\n")
    smallest, _ = reduced(case, lambda case: b"needle" in case.stdin)
    assert len(smallest.stdin) <= 40


def test_a_name_is_kept_whole_or_not_at_all() -> None:
    case = Case(program="app", argv=("--level=demo::second=trace", "some words around a-name"))
    smallest, _ = reduced(case, lambda case: "demo::se" in "".join(case.argv) and "a-na" in "".join(case.argv))
    assert smallest.argv == ("--level=demo::second=trace", "a-name")


def test_nesting_is_undone_as_far_as_it_may() -> None:
    deep = b"[" * 60 + b"]" * 60
    smallest, _ = reduced(
        Case(program="app", files={"in.json": deep}), lambda case: case.files.get("in.json", b"").count(b"[") >= 3
    )
    assert smallest.files == {"in.json": b"[[[]]]\n"}


# -- whatever the case is -------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["run", "check", "--limit", "--strict", "-v", "5", "100", "--", "a b", "--x=12", "ü", "", "in.yaml"]
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-300, 300) | st.text(max_size=20) | st.sampled_from(["10MB", "yes", "0o7"])
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
CONTENTS = (
    DATA.map(lambda data: ("in.yaml", yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "replace")))
    | DATA.map(lambda data: ("in.json", json.dumps(data).encode()))
    | st.tuples(st.sampled_from(["in.toml", "in.yaml", "in.json", "in.txt"]), st.binary(max_size=60))
    | st.tuples(st.just("in.txt"), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
)
CASES = st.builds(
    Case,
    program=st.just("app"),
    argv=st.lists(WORDS, max_size=8).map(tuple),
    files=st.lists(CONTENTS, max_size=2).map(dict),
    env=st.dictionaries(st.sampled_from(["A", "B"]), st.text(max_size=5).map(lambda text: text.replace("\0", ""))),
    stdin=st.binary(max_size=40),
)


def told(case: Case, salt: int) -> bool:
    """Some answer that is always the same for the same case."""
    text = repr((case.argv, case.files, case.env, case.stdin, salt)).encode()
    return sum(text) % 3 == 0


@settings(deadline=None)
@given(case=CASES, salt=st.integers(0, 50))
def test_whatever_it_is_told_the_result_shows_the_same_and_is_no_larger(case: Case, salt: int) -> None:
    smallest, proposed = reduced(case, lambda one: told(one, salt))
    assert smallest in (case, *(one for one in proposed if told(one, salt)))
    assert len(smallest.argv) <= len(case.argv)
    assert set(smallest.files) <= set(case.files)
    assert smallest.env.keys() <= case.env.keys()


@settings(deadline=None)
@given(case=CASES, salt=st.integers(0, 50), most=st.integers(0, 30))
def test_it_proposes_no_more_than_it_may_and_nothing_twice(case: Case, salt: int, most: int) -> None:
    _, proposed = reduced(case, lambda one: told(one, salt), most)
    assert len(proposed) <= most
    assert len({repr(one) for one in proposed}) == len(proposed)


@settings(deadline=None)
@given(case=CASES, salt=st.integers(0, 50))
def test_the_same_answers_lead_to_the_same_result(case: Case, salt: int) -> None:
    assert reduced(case, lambda one: told(one, salt)) == reduced(case, lambda one: told(one, salt))


@settings(deadline=None)
@given(case=CASES, data=st.data())
def test_of_what_is_needed_together_nothing_else_is_left(case: Case, data: st.DataObject) -> None:
    words = set(data.draw(st.lists(st.sampled_from(case.argv), max_size=2))) if case.argv else set()
    files = set(data.draw(st.lists(st.sampled_from(sorted(case.files)), max_size=1))) if case.files else set()

    smallest, _ = reduced(case, lambda one: words <= set(one.argv) and files <= set(one.files), most=5000)
    assert set(smallest.argv) == words
    assert len(smallest.argv) == len(words)
    assert set(smallest.files) == files
    assert not any(smallest.files.values())
    assert (smallest.env, smallest.stdin) == ({}, b"")
