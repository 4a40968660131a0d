"""Documents as data, and what is done to them."""

from __future__ import annotations

import copy
import json
import math
import tomllib
from functools import partial
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cases.documents import (
    _dumped,
    _Dumper,
    _FastDumper,
    _Loader,
    format_of,
    nodes,
    read,
    replaced,
    scalars,
    shape,
    write,
)
from harness.cases.mutations import mutations, two_at_once
from harness.cases.yaml_emitter import written

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
_KEYS = _TEXT.filter(lambda text: text != "<<")
_SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | _TEXT
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=8
)
DOCUMENTS = st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4)

PIPELINE = {
    "name": "users",
    "source": {"use": "rows", "rows": 3, "streams": [{"name": "a"}, {"name": "b"}]},
    "strict": True,
    "labels": [],
}


@settings(deadline=None)
@given(DOCUMENTS, st.sampled_from(["yaml", "json", "toml"]))
def test_what_is_written_is_read_again(value: dict[str, Any], form: str) -> None:
    assert read(form, write(form, value)) == value


_ODD = _TEXT | st.sampled_from(["\U0001f600", "a\\Ub", "\ufeff", "x\ny", "x\n", " x", "y ", "on"])
_LEAVES = _SCALARS | _ODD | st.none() | st.floats(allow_nan=False)
_ANY = st.recursive(_LEAVES, lambda some: st.lists(some) | st.dictionaries(_ODD, some), max_leaves=8)


@settings(deadline=None, max_examples=300)
@given(st.lists(_ANY) | st.dictionaries(_ODD, _ANY))
def test_both_emitters_of_yaml_say_the_same(value: object) -> None:
    fast, slow = written(partial(_dumped, value), _FastDumper, _Dumper), _dumped(value, _Dumper)
    assert yaml.load(fast, _Loader) == yaml.load(slow, _Loader)


@settings(deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["yaml", "json", "toml"]))
def test_no_content_makes_reading_fail(content: bytes, form: str) -> None:
    read(form, content)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: yes", {"on": "yes"}),
        ("date: 2001-02-03", {"date": "2001-02-03"}),
        ("time: 12:30", {"time": "12:30"}),
        ("a: ~\nb: 0x10\nc: 1e3\nd: .inf", {"a": None, "b": 16, "c": 1000.0, "d": math.inf}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
    ],
)
def test_yaml_is_read_as_version_1_2(text: str, value: object) -> None:
    assert read("yaml", text.encode()) == value


@pytest.mark.parametrize("text", ["on", "2001-02-03", "12:30", "1_000", "null", "=", "", " x ", "0o17"])
def test_a_text_that_readers_of_yaml_may_take_for_something_else_stays_a_text(text: str) -> None:
    written = write("yaml", {"key": text})
    assert yaml.safe_load(written) == {"key": text} == read("yaml", written)


@pytest.mark.parametrize("content", [b"", b"just text", b"\xff\xfe", b"a: [", b"1", b"{}", b"!!python/object:x {}"])
def test_what_is_no_document_is_none(content: bytes) -> None:
    assert read("yaml", content) is None


def test_formats_are_known_by_their_endings() -> None:
    assert [format_of(path) for path in ("a/b.yml", "B.JSON", "c.toml", "d.txt", "Makefile")] == [
        "yaml", "json", "toml", "", "",
    ]  # fmt: skip


def test_nodes_and_scalars_are_in_the_order_of_the_document() -> None:
    assert [path for path, _ in nodes(PIPELINE)][:4] == [("name",), ("source",), ("source", "use"), ("source", "rows")]
    assert (("source", "streams", 1, "name"), "b") in scalars(PIPELINE)
    assert shape(("source", "streams", 1, "name")) == ("source", "streams", "*", "name")


@settings(deadline=None)
@given(DOCUMENTS, st.data())
def test_replacing_a_node_changes_that_alone(value: dict[str, Any], data: st.DataObject) -> None:
    before = copy.deepcopy(value)
    path, _ = data.draw(st.sampled_from(list(nodes(value))))
    made = replaced(value, path, "new-value")
    assert value == before
    others = {other: one for other, one in scalars(before) if other[: len(path)] != path}
    assert {other: one for other, one in scalars(made) if other != path} == others


# -- mutations ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(deadline=None)
@given(DOCUMENTS, st.sampled_from(["yaml", "json", "toml"]))
def test_every_mutation_says_something_else_and_leaves_the_original_alone(value: dict[str, Any], form: str) -> None:
    before = copy.deepcopy(value)
    whole = write(form, value)
    made = list(mutations(form, value))
    assert value == before
    assert [one for one in made if one.kind == "unknown key"]
    assert not [one for one in made if one.content == whole]


@pytest.mark.parametrize(
    ("kind", "at", "expected"),
    [
        ("without", ("source", "use"), {"rows": 3, "streams": [{"name": "a"}, {"name": "b"}]}),
        ("misspelled", ("source", "use"), {"usex": "rows", "rows": 3, "streams": [{"name": "a"}, {"name": "b"}]}),
        ("0", ("source", "rows"), {"use": "rows", "rows": 0, "streams": [{"name": "a"}, {"name": "b"}]}),
        ("65536", ("source", "rows"), {"use": "rows", "rows": 65536, "streams": [{"name": "a"}, {"name": "b"}]}),
        ("null", ("source", "streams"), {"use": "rows", "rows": 3, "streams": None}),
    ],
)
def test_this_is_done_to_a_document(kind: str, at: tuple[str, ...], expected: object) -> None:
    (one,) = [one for one in mutations("yaml", PIPELINE) if (one.kind, one.at) == (kind, at)]
    assert yaml.safe_load(one.content)["source"] == expected


@pytest.mark.parametrize(
    ("document", "values"),
    [
        ({"memory": "64mb"}, {"1gb", "lots", "64 parsecs"}),
        ({"when": "*/5 * * * *"}, {"@daily", "61 * * * *"}),
        ({"endpoint": "x"}, {"http://127.0.0.1:9/", "http://"}),
        ({"jobs": [{"timeout": "5s"}]}, {"250ms", "1 fortnight"}),
    ],
)
def test_texts_are_given_other_values_of_what_they_mean(document: dict[str, Any], values: set[str]) -> None:
    made = [str(yaml.safe_load(one.content)) for one in mutations("yaml", document)]
    assert not {one for one in values if not any(f"'{one}'" in text for text in made)}


@pytest.mark.parametrize("form", ["yaml", "json", "toml"])
def test_a_key_stands_there_twice(form: str) -> None:
    made = [one for one in mutations(form, {"name": "users", "more": {"a": 1}}) if one.kind == "key twice"]
    assert [one.at for one in made] == [("name",), ("more",)]
    assert all(one.content.count(str(one.at[0]).encode()) == 2 for one in made)
    if form == "json":
        assert [json.loads(one.content) for one in made] == [{"name": "users", "more": {"a": 1}}] * 2
    if form == "toml":
        with pytest.raises(tomllib.TOMLDecodeError):
            tomllib.loads(made[0].content.decode())


def test_two_errors_at_once_are_in_places_that_have_nothing_to_do_with_each_other() -> None:
    made = list(two_at_once("yaml", list(mutations("yaml", PIPELINE)), PIPELINE))
    assert len(made) >= 3
    for one in made:
        wrong = [path for path, entry in scalars(PIPELINE) if dict(scalars(one.value)).get(path) != entry]
        assert len(wrong) == 2
        assert one.two


def test_items_of_a_list_are_mutated_alike_so_once_is_enough() -> None:
    keys = [one.key for one in mutations("yaml", PIPELINE) if one.at[-1:] == ("name",) and len(one.at) > 1]
    assert len(set(keys)) < len(keys)


def test_a_list_gets_its_first_item_once_more_with_one_thing_wrong() -> None:
    first = {"name": "a", "cursor": "id", "rows": 3}
    made = {(one.kind, one.at): one.value for one in mutations("yaml", {"streams": [first]})}

    def second(kind: str, key: str) -> object:
        return made[f"a second item, {kind}", ("streams", "+", key)]["streams"]

    assert second("without", "cursor") == [first, {"name": "a", "rows": 3}]
    assert second("empty", "name") == [first, {"name": "", "cursor": "id", "rows": 3}]
    assert second("empty", "rows") == [first, {"name": "a", "cursor": "id", "rows": 0}]
