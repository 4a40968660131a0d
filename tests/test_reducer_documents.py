"""Structured texts as trees: what was parsed is written so that it parses to the same again."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.cases import toml_text
from harness.cases.reduce.documents import forms_of, lines_of
from harness.cases.reduce.tree import Branch, leaves, paths_at, without

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
SCALARS = st.booleans() | st.integers(-(2**60), 2**60) | TEXTS | st.floats(allow_nan=False, allow_infinity=False)
TABLES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=15
)


def again(name: str, text: str) -> str:
    document = forms_of(name, text.encode())
    assert document is not None
    return document.content().decode()


@settings(deadline=None)
@given(data=st.dictionaries(TEXTS, TABLES, max_size=4))
def test_toml_that_is_written_reads_back_as_it_was(data: dict[str, Any]) -> None:
    text = toml_text.document(data)
    assert tomllib.loads(text) == data
    assert tomllib.loads(again("in.toml", text)) == data


@settings(deadline=None)
@given(data=TABLES)
def test_json_that_is_written_reads_back_as_it_was(data: Any) -> None:
    assert json.loads(again("in.json", json.dumps(data))) == data


@settings(deadline=None)
@given(data=TABLES)
@example(data="\x85")
@example(data=["a\u2028b\nc", {"\u2029": 1}])
def test_yaml_that_is_written_reads_back_as_it_was(data: Any) -> None:
    # Not with allow_unicode, under which PyYAML itself loses unusual line breaks.
    assert yaml.safe_load(again("in.yaml", yaml.safe_dump(data))) == data


@given(content=st.binary(max_size=200))
def test_lines_are_any_content_exactly(content: bytes) -> None:
    assert lines_of(content).content() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.yaml", b"a: [\n"),
        ("in.yaml", b""),
        ("in.yaml", b"a: 1\n---\nb: 2\n"),
        ("in.yaml", b"&a [*a]"),
        ("in.yaml", b"? [1]\n: 2\n"),
        ("in.json", b"{"),
        ("in.json", b"[" * 5000),
        ("in.toml", b"= 1"),
        ("in.json", b"\xff"),
        ("notes.txt", b"some text"),
    ],
)
def test_what_does_not_parse_is_no_document(name: str, content: bytes) -> None:
    assert forms_of(name, content) is None


def test_an_alias_bomb_is_no_document() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    assert forms_of("in.yaml", "\n".join(lines).encode()) is None


@pytest.mark.parametrize(
    ("name", "content", "written"),
    [
        ("in.yaml", b"a: '12'\nb: yes\nc: 0o7\nd: ~\n", b"a: '12'\nb: yes\nc: 0o7\nd: ~\n"),
        ("in.yaml", b"k: !custom {x: 1}\n", b"k: !custom\n  x: 1\n"),
        ("in.json", b'{"a": 1.50, "a": 2e3}', b'{"a": 1.50, "a": 2e3}\n'),
        ("data", b' {"a":1}', b'{"a": 1}\n'),
        ("in.toml", b"d = 2024-01-02\nx = 1.50\n", b"d = 2024-01-02\nx = 1.50\n"),
    ],
)
def test_values_stay_as_they_were_written(name: str, content: bytes, written: bytes) -> None:
    assert again(name, content.decode()) == written.decode()


@given(data=TABLES, chosen=st.data())
def test_taking_nodes_away_leaves_the_others(data: Any, chosen: st.DataObject) -> None:
    document = forms_of("in.json", json.dumps([data, "kept"]).encode())
    assert document is not None
    assert isinstance(document.tree, Branch)
    paths = paths_at(document.tree, 2)
    gone = set(chosen.draw(st.lists(st.sampled_from(paths)))) if paths else set()
    left = without(document.tree, gone)
    assert len(paths_at(left, 2)) == len(paths) - len(gone)
    assert [leaf.text for _, leaf in leaves(left)][-1] == "kept"
