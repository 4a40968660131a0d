"""Documents of a type: what is made, in which proportions, and how it is written."""

from __future__ import annotations

import itertools
import json
import random
import tomllib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cases.types.differing import differing_spots
from harness.cases.types.documents import SHARES, Document, Recipe, changes_of, documents, documents_at
from harness.cases.types.draw import draw
from harness.cases.types.errors import mutations_at
from harness.cases.types.examples import examples_in, fit, parse
from harness.cases.types.maker import Maker
from harness.cases.types.meanings import MEANINGS, meaning_of
from harness.cases.types.model import (
    Anything,
    Enum,
    Field,
    ListOf,
    MapOf,
    Opaque,
    OptionOf,
    Ref,
    Root,
    Scalar,
    Schema,
    Shape,
    Struct,
    TupleOf,
    Variant,
)
from harness.cases.types.spots import Spot, spots_of
from harness.cases.types.supply import Supply
from harness.cases.types.targets import likely_types
from harness.cases.types.tree import Again, Tree, drop, get, put, rename_key
from harness.cases.types.write import CannotWrite, Style, some_style, write
from harness.errors import HarnessError

TEXT = Scalar(kind="text")
U8 = Scalar(kind="int", low="0", high="255")
BOOL = Scalar(kind="bool")


def needed(name: str, shape: Shape, **more: Any) -> Field:
    return Field(name=name, shape=shape, required=True, **more)


def maybe(name: str, shape: Shape, **more: Any) -> Field:
    return Field(name=name, shape=shape, **more)


def schema_of(*extra: Field, mode: tuple[str, ...] = ("fast", "safe")) -> Schema:
    """A schema with one of everything; `extra` fields and variants are what another revision may have besides."""
    inside = Enum(
        tag="kind", variants=(Variant(name="file", shape=Struct(fields=(needed("path", TEXT),))), Variant(name="null"))
    )
    return Schema(
        types={
            "c::Config": Struct(
                closed=True,
                fields=(
                    needed("name", TEXT),
                    needed("jobs", ListOf(inner=Ref(name="c::Job")), aliases=("tasks",)),
                    maybe("limits", OptionOf(inner=Ref(name="c::Limits"))),
                    maybe("mode", Ref(name="c::Mode")),
                    maybe("sink", inside),
                    maybe("labels", MapOf(key=TEXT, value=U8)),
                    maybe("pair", TupleOf(parts=(U8, TEXT))),
                    maybe("more", Anything()),
                    maybe("odd", Opaque(name="odd", below=U8)),
                    *extra,
                ),
            ),
            "c::Job": Struct(
                fields=(
                    needed("id", TEXT),
                    maybe("wait", TEXT),
                    maybe("then", ListOf(inner=Ref(name="c::Job"))),
                    maybe("out", Ref(name="c::Out")),
                    maybe("flat", Ref(name="c::Limits"), flat=True),
                )
            ),
            "c::Limits": Struct(closed=True, fields=(maybe("memory", TEXT), maybe("threads", U8), maybe("hard", BOOL))),
            "c::Mode": Enum(variants=tuple(Variant(name=one) for one in mode)),
            "c::Out": Enum(
                variants=(Variant(name="quiet"), Variant(name="file", shape=TEXT), Variant(name="n", shape=U8))
            ),
        }
    )


ROOT = Ref(name="c::Config")
SCHEMA = schema_of()
EXAMPLES = {
    "good.yaml": b"name: demo\njobs:\n- id: first\n  wait: 30s\nlimits: {memory: 64mb, threads: 4}\n",
    "bad.yaml": b"name: [\n",
    "other.yaml": b"nothing: like it\n",
    "src/lib.rs": (
        b'//! ```\n//! let x = "name: doc\\njobs: []\\n";\n//! ```\n'
        b'fn f() { g(r#"{"name": "raw", "jobs": [{"id": "x"}]}"#); }\n'
    ),
}

DRAWN = draw({"size": MEANINGS["size"].drawn, "number": st.integers(0, 9)}, 10, 0)


def recipe_of(schema: Schema = SCHEMA, form: str = "yaml", root: Ref = ROOT) -> Recipe:
    supply = Supply(schema)
    for one in examples_in(EXAMPLES):
        if fit(schema, root, one.tree) > 0.9:
            supply.learn(root, one.tree, one.weight)
    maker = Maker(schema, supply, DRAWN)
    spots = spots_of(schema, root)
    base = maker.least(root)
    changes = tuple((one,) for one in changes_of(maker, spots, base))
    return Recipe(maker=maker, base=base, changes=changes, spots=tuple(spots), form=form)


def of_kind(made: list[Document], kind: str) -> list[Document]:
    return [one for one in made if one.kind == kind]


# -- writing --------------------------------------------------------------------------------------------------

PLAIN_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029\ufeff"))
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | PLAIN_TEXTS
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN_TEXTS, inner, max_size=4), max_leaves=12
)
STYLES = st.integers(0, 10**6).map(lambda number: some_style(random.Random(number)))


@settings(deadline=None)
@given(TREES, STYLES)
def test_yaml_in_every_style_says_the_same(tree: Any, style: Style) -> None:
    assert yaml.safe_load(write(tree, "yaml", style).decode("utf-8-sig")) == tree


@settings(deadline=None)
@given(TREES, STYLES)
def test_json_in_every_style_says_the_same(tree: Any, style: Style) -> None:
    if "inf" in repr(tree):
        return
    assert json.loads(write(tree, "json", style).decode("utf-8-sig")) == tree


@settings(deadline=None)
@given(st.dictionaries(PLAIN_TEXTS, TREES, max_size=4), STYLES)
def test_toml_in_every_style_says_the_same(tree: Any, style: Style) -> None:
    try:
        data = write(tree, "toml", style)
    except CannotWrite:
        assert "None" in repr(tree)
        return
    assert tomllib.loads(data.decode("utf-8-sig")) == tree


def test_styles_show_anchors_comments_marks_and_line_ends() -> None:
    same = {"deep": {"value": "the same"}}
    data = write({"a": same, "b": same}, "yaml", Style(anchors=True, comment=True, crlf=True, mark=True))
    assert data.startswith(b"\xef\xbb\xbf#")
    assert b"*id001" in data
    assert b"\r\n" in data


def test_a_key_can_stand_twice() -> None:
    tree = {"a": 1, Again("a"): 2}
    assert write(tree, "yaml") == b"a: 1\na: 2\n"
    assert write(tree, "toml") == b"a = 1\na = 2\n"
    assert write(tree, "json", Style(flow=0)).count(b'"a"') == 2


@pytest.mark.parametrize(("tree", "form"), [({"a": None}, "toml"), ([1], "toml"), ({"a": float("nan")}, "json")])
def test_what_a_format_cannot_say_is_an_error(tree: Any, form: str) -> None:
    with pytest.raises(CannotWrite):
        write(tree, form)


def test_changing_a_place_leaves_the_document_as_it_was() -> None:
    tree = {"a": [{"b": 1}, 2]}
    assert put(tree, ("a", 0, "b"), 5) == {"a": [{"b": 5}, 2]}
    assert put(tree, ("a", 2), 3) == {"a": [{"b": 1}, 2, 3]}
    assert drop(tree, ("a", 0)) == {"a": [2]}
    assert rename_key(tree, ("a", 0, "b"), "c") == {"a": [{"c": 1}, 2]}
    assert tree == {"a": [{"b": 1}, 2]}
    with pytest.raises(LookupError):
        get(tree, ("a", "b"))


# -- examples -------------------------------------------------------------------------------------------------


def test_files_and_texts_in_sources_are_examples_and_what_does_not_parse_is_none() -> None:
    found = {(one.path, json.dumps(one.tree)) for one in examples_in(EXAMPLES)}
    assert ("src/lib.rs", '{"name": "raw", "jobs": [{"id": "x"}]}') in found
    assert ("src/lib.rs", '{"name": "doc", "jobs": []}') in found
    assert "bad.yaml" not in {path for path, _ in found}


@pytest.mark.parametrize("form", ["yaml", "json", "toml"])
def test_garbage_is_no_document(form: str) -> None:
    assert parse(b"\xff\x00{[", form) is None


def test_a_type_of_which_nothing_is_known_is_not_taken_for_that_of_an_example() -> None:
    types = SCHEMA.types | {"c::Version": Opaque(name="c::Version"), "c::Bag": MapOf(key=TEXT, value=Anything())}
    roots = tuple(Root(name=name, texts=("c::from_str",), top=True) for name in ("c::Version", "c::Bag", ROOT.name))
    found = likely_types(Schema(types=types, roots=roots), list(examples_in(EXAMPLES)))
    assert [name for name in found if name != "c::Version"] == [ROOT.name, "c::Bag"]
    assert found[0] == ROOT.name


def test_a_document_fits_the_type_that_it_is_of_alone() -> None:
    good = {"name": "x", "jobs": [{"id": "y", "threads": 3}], "sink": {"kind": "file", "path": "p"}}
    assert fit(SCHEMA, ROOT, good) == 1.0
    assert fit(SCHEMA, ROOT, {**good, "name": 1}) < 1.0
    assert fit(SCHEMA, ROOT, {"jobs": []}) < 1.0
    assert fit(SCHEMA, ROOT, {"nothing": "like it"}) == 0.0


def test_values_of_examples_come_first_and_the_most_frequent_before_all() -> None:
    supply = Supply(SCHEMA)
    for name in ("a", "b", "b"):
        supply.learn(ROOT, {"name": name})
    supply.learn(ROOT, {"limits": {"memory": "64mb"}, "jobs": [{"id": "j"}]})
    assert supply.values("c::Config", "name") == ["b", "a"]
    assert supply.values("elsewhere", "memory") == ["64mb"]
    assert supply.values("c::Job", "id") == ["j"]


@pytest.mark.parametrize(
    ("name", "examples", "meaning"),
    [
        ("max_memory", [], "size"), ("anything", ["64mb", "1 GiB"], "size"), ("pollInterval", [], "duration"),
        ("schedule", [], "cron"), ("endpoint", [], "url"), ("hostname", [], "host"), ("version", ["1.0"], "version"),
        ("log_file", [], "path"), ("foo", [], "name"), ("foo", ["state.db"], "path"),
    ],
)  # fmt: skip
def test_values_mean_what_their_names_and_examples_say(name: str, examples: list[str], meaning: str) -> None:
    assert meaning_of(name, examples) == meaning


# -- documents ------------------------------------------------------------------------------------------------


def test_the_least_document_has_required_keys_alone_with_values_of_examples() -> None:
    assert recipe_of().base == {"name": "demo", "jobs": [{"id": "first"}]}


@pytest.mark.parametrize("form", ["yaml", "json", "toml"])
def test_documents_come_in_the_stated_proportions_and_none_twice(form: str) -> None:
    made = documents(recipe_of(form=form), 400, 0)
    counts = Counter(one.kind for one in made)
    assert {kind: counts[kind] / 400 for kind in SHARES} == SHARES
    assert len({(one.data, str(one.env)) for one in made}) == 400


def test_the_same_seed_gives_the_same_documents_and_another_one_others() -> None:
    first, again, other = (documents(recipe_of(), 200, number) for number in (1, 1, 2))
    assert first == again
    assert {one.data for one in first} != {one.data for one in other}


def test_every_valid_document_is_of_the_type() -> None:
    recipe = recipe_of()
    for one in of_kind(documents(recipe, 600, 3), "valid"):
        assert fit(SCHEMA, ROOT, parse(one.data, "yaml")) == 1.0, one.label


def test_every_key_variant_and_alias_is_used() -> None:
    data = b"".join(one.data for one in of_kind(documents(recipe_of(), 600, 3), "valid"))
    words = "tasks limits memory threads hard mode fast safe sink kind null labels pair more odd wait then out quiet n:"
    assert not [word for word in words.split() if word.encode() not in data]


def test_nearly_valid_documents_have_each_kind_of_error_and_some_have_two() -> None:
    near = of_kind(documents(recipe_of(), 3000, 0), "nearly valid")
    labels = [one.label for one in near]
    wanted = [
        "unknown key", "without name", "twice", "called nam", "beside its alias tasks", "null at", "empty at", "-1 at",
        "one too large", "largest", "long at", "non-ASCII at", "variant in another case",
        "the only item, without a list",
        "deep nesting", "0 at", "number as text", "fraction", "bad value", "unknown tag", "unknown variant",
    ]  # fmt: skip
    assert not [one for one in wanted if not any(one in label for label in labels)]
    pairs = [one for one in labels if " and " in one]
    assert len(pairs) > len(near) / 5


def test_places_take_variables_that_are_set_unset_and_defaulted() -> None:
    near = of_kind(documents(recipe_of(), 400, 0), "nearly valid")
    texts = [one.data for one in near if one.env]
    forms = (b"${HARNESS_SET}", b"${HARNESS_UNSET:-", b"${HARNESS_UNSET}", b"$${HARNESS_SET}", b"${HARNESS_EMPTY:-")
    for form in (*forms, b"${HARNESS_EMPTY}", b"${harness_set}"):
        assert any(form in data for data in texts)
    assert {one.env["HARNESS_SET"] for one in near if one.env} >= {"demo", "first"}


def test_an_unknown_key_is_tried_in_every_mapping() -> None:
    labels = {one.label for one in documents(recipe_of(), 3000, 0)}
    for place in ("the document", "jobs[0]", "limits"):
        assert f"unknown key in {place}" in labels


def test_mutations_that_take_each_others_place_away_are_left_out() -> None:
    recipe = recipe_of()
    spots = {one.text: one for one in recipe.spots}
    (gone,) = [one for one in mutations_at(recipe.maker, spots["name"]) if one.label == "without name"]
    assert "name" not in gone.apply(recipe.base)


def test_a_type_that_contains_itself_is_followed_a_few_times_only() -> None:
    depths = [one.text.count("then") for one in spots_of(SCHEMA, ROOT)]
    assert 1 <= max(depths) <= 3


def test_variants_are_chosen_for_what_lies_in_them() -> None:
    recipe = recipe_of()
    spots = {(one.text, bool(one.variant)): one for one in recipe.spots}
    made = recipe.maker.put(recipe.base, spots["sink.path", False], "x")
    assert made["sink"] == {"kind": "file", "path": "x"}
    assert recipe.maker.put(made, spots["jobs[0].out.n", False], 3)["jobs"][0]["out"] == {"n": 3}


def test_a_type_with_nothing_in_it_gives_what_there_is_and_ends() -> None:
    empty = Schema(types={"c::Config": Struct(fields=(), closed=True)})
    made = documents(recipe_of(empty), 100, 0)
    assert {one.kind for one in made} == set(SHARES)


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(st.data())
def test_documents_of_any_type_can_be_made(data: st.DataObject) -> None:
    leaf = st.sampled_from(
        [TEXT, U8, BOOL, Scalar(kind="float"), Scalar(kind="unit"), Anything(), Opaque(name="o"), ROOT]
    )
    shapes: st.SearchStrategy[Any] = st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda one: OptionOf(inner=one)),
            inner.map(lambda one: ListOf(inner=one)),
            inner.map(lambda one: MapOf(key=TEXT, value=one)),
            st.tuples(inner, inner).map(lambda parts: TupleOf(parts=parts)),
            st.lists(st.builds(needed, st.sampled_from("abc"), inner, flat=st.booleans()), max_size=3).map(
                lambda fields: Struct(fields=tuple(fields))
            ),
            st.builds(
                lambda one, tag, content, bare: Enum(
                    variants=(Variant(name="A", shape=one), Variant(name="B")), tag=tag, content=content, untagged=bare
                ),
                inner, st.sampled_from(["", "t"]), st.sampled_from(["", "c"]), st.booleans(),
            ),
        ),
        max_leaves=6,
    )  # fmt: skip
    schema = Schema(types={"c::Config": data.draw(shapes)})
    for form in ("yaml", "toml"):
        try:
            write(Maker(schema, Supply(schema)).least(ROOT), form)
        except CannotWrite:
            continue
        documents(recipe_of(schema, form), 15, 0)


# -- two revisions --------------------------------------------------------------------------------------------


def places(one: Schema, other: Schema) -> set[str]:
    return {spot.text for spot in differing_spots(one, ROOT, other, ROOT)}


def test_a_key_that_one_side_alone_knows_is_found_and_tried() -> None:
    newer = schema_of(maybe("retries", U8))
    assert places(newer, SCHEMA) == {"retries"}
    assert places(SCHEMA, newer) == set()
    spots = differing_spots(newer, ROOT, SCHEMA, ROOT)
    made = documents_at(recipe_of(newer), spots, 100)
    assert len(made) > 10
    assert all(b"retrie" in one.data.lower() or b"unknown" in one.data for one in made)


@pytest.mark.parametrize(
    "newer",
    [
        schema_of(mode=("fast", "safe", "wild")),
        schema_of(mode=("fast", "SAFE")),
    ],
)
def test_a_variant_that_one_side_alone_knows_is_found(newer: Schema) -> None:
    assert places(newer, SCHEMA) == {"mode"}


def test_a_type_that_changed_shape_differs_at_its_place_alone() -> None:
    types = dict(SCHEMA.types)
    types["c::Limits"] = Struct(fields=(needed("memory", TEXT), maybe("threads", TEXT), maybe("hard", BOOL)))
    found = places(Schema(types=types), SCHEMA)
    assert {"limits", "limits.memory", "limits.threads", "jobs[0].memory"} <= found
    assert "name" not in found
    assert "limits.hard" not in found


def test_a_type_that_only_moved_does_not_differ() -> None:
    types = {name.replace("c::Job", "c::jobs::Job"): one for name, one in SCHEMA.types.items()}
    config = types["c::Config"]
    assert isinstance(config, Struct)
    moved = [
        Field(name="jobs", shape=ListOf(inner=Ref(name="c::jobs::Job")), aliases=("tasks",), required=True)
        if one.name == "jobs" else one
        for one in config.fields
    ]  # fmt: skip
    job = types["c::jobs::Job"]
    assert isinstance(job, Struct)
    inner = [
        Field(name="then", shape=ListOf(inner=Ref(name="c::jobs::Job"))) if one.name == "then" else one
        for one in job.fields
    ]
    types |= {"c::Config": Struct(fields=tuple(moved), closed=True), "c::jobs::Job": Struct(fields=tuple(inner))}
    assert places(Schema(types=types), SCHEMA) == set()


def test_a_type_that_only_one_side_has_is_new_everywhere() -> None:
    assert len(differing_spots(SCHEMA, ROOT, Schema(), None)) == len(spots_of(SCHEMA, ROOT))


# -- drawing --------------------------------------------------------------------------------------------------


def test_values_are_drawn_the_same_for_a_seed() -> None:
    strategies = {"a": st.integers(), "b": st.text()}
    assert draw(strategies, 20, 1) == draw(strategies, 20, 1) != draw(strategies, 20, 2)


def test_a_strategy_that_refuses_nearly_everything_is_named() -> None:
    strategies = {"fine": st.integers(), "picky": st.integers().filter(lambda one: one < 0 < one)}
    with pytest.raises(HarnessError, match="picky"):
        draw(strategies, 20, 1)


def test_a_strategy_that_fails_is_named() -> None:
    def broken(_: int) -> int:
        raise ValueError("no")

    with pytest.raises(HarnessError, match="broken"):
        draw({"broken": st.integers().map(broken)}, 20, 1)


def test_a_place_is_named_as_people_write_it() -> None:
    assert Spot(path=("a", 0, "b"), shape=TEXT).text == "a[0].b"
    assert Spot(path=(), shape=TEXT).text == "the document"


# -- code of one's own, and checks of one's own ----------------------------------------------------------------


def _of_one_field(name: str, shape: Shape) -> Schema:
    return Schema(types={"c::Config": Struct(fields=(Field(name=name, shape=shape, required=True),))})


@pytest.mark.parametrize(
    ("name", "value"), [("wait", "5m"), ("max_memory", "64mb"), ("schedule", "0 0 * * *"), ("limits", {"secs": 1})]
)
def test_what_own_code_reads_is_given_what_its_name_means_and_what_was_declared(name: str, value: Tree) -> None:
    declared = Struct(fields=(Field(name="secs", shape=Scalar(kind="int", low="0", high="9"), required=True),))
    found = _of_one_field(name, OptionOf(inner=Opaque(name="by_hand", below=declared)))
    maker = Maker(found, Supply(found))
    (spot,) = [one for one in spots_of(found, ROOT) if one.path == (name,)]
    assert value in list(maker.values(spot))
    assert fit(found, ROOT, {name: value}) > 0.7
    assert [one for one in mutations_at(maker, spot) if "bad value" in one.label]


def test_code_of_ones_own_in_itself_ends() -> None:
    found = Schema(types={"c::Config": Opaque(name="c::Config", below=ListOf(inner=Ref(name="c::Config")))})
    assert len(list(itertools.islice(Maker(found, Supply(found)).of(ROOT, "", "x"), 500))) < 500
    around = _of_one_field("again", OptionOf(inner=Ref(name="c::Config")))
    assert list(mutations_at(Maker(around, Supply(around)), spots_of(around, ROOT)[0]))


def test_texts_of_an_enum_without_names_are_wrong_in_all_ways_that_texts_are() -> None:
    token = Enum(
        untagged=True,
        variants=(
            Variant(name="Plain", shape=Scalar(kind="text")),
            Variant(name="Env", shape=Struct(fields=(Field(name="env", shape=Scalar(kind="text"), required=True),))),
        ),
    )
    found = _of_one_field("token", token)
    assert {"alpha", "ünïcode"} <= {
        one for one in Maker(found, Supply(found)).of(token, "", "token") if isinstance(one, str)
    }
    labels = {one.label for one in mutations_at(Maker(found, Supply(found)), spots_of(found, ROOT)[1])}
    assert {"non-ASCII at token", "long at token", "null at token", "unknown mapping at token"} <= labels


def test_two_values_that_a_program_refuses_stand_in_one_document() -> None:
    recipe = recipe_of()
    wanted = [
        next(one for (one,) in recipe.changes if one.spot.text == place)
        for place in ("limits.threads", "limits.memory")
    ]
    refused = tuple((one,) for one in wanted)
    made = documents(replace(recipe, refused=refused), 400, 0)
    both = "; ".join(one.label for one in wanted)
    assert [one for one in made if one.label == both and one.kind == "nearly valid"]
