"""Reading Rust types out of rustdoc JSON: a crate that uses every attribute, documented by the real rustdoc."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.build.rustdoc import document
from harness.build.rustdoc_dependencies import document_dependencies
from harness.cases.types.model import (
    Enum,
    Field,
    ListOf,
    MapOf,
    Opaque,
    OptionOf,
    Ref,
    Scalar,
    Schema,
    Shape,
    Struct,
    TupleOf,
)
from harness.cases.types.observe import TypesOfRevision, decode
from harness.cases.types.targets import find_type
from harness.errors import HarnessError
from harness.probes.public_api import PublicApi
from harness.probes.public_api import decode as decode_surface
from tests.support.visit import FakeVisit, visiting

MANIFEST = """
[package]
name = "shapes"
version = "0.1.0"
edition = "2021"
[dependencies]
serde = { version = "1", features = ["derive", "rc"] }
beyond-it = { path = "beyond", features = ["serde"] }
[features]
extra = []
[workspace]
exclude = ["beyond"]
"""
BEYOND_MANIFEST = """
[package]
name = "beyond-it"
version = "0.1.0"
edition = "2021"
[dependencies]
serde = { version = "1", features = ["derive"], optional = true }
[workspace]
"""
BEYOND = """
mod private {
    #[cfg_attr(feature = "serde", derive(serde::Deserialize))]
    #[cfg_attr(feature = "serde", serde(tag = "mode", rename_all = "kebab-case"))]
    pub enum Strategy { WaitAndSee { wait_seconds: u8 }, Never }
}
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
pub struct Retry { pub max_tries: u8, pub strategy: private::Strategy }
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
pub struct OfNoUse { pub a: u8 }
"""
LIB = r"""
mod hidden;
mod twin { #[derive(serde::Deserialize)] pub struct Twin { pub a: u8 } }
pub mod twins { #[derive(serde::Deserialize)] pub struct Twin { pub b: u8 } }
pub use hidden::Config as Renamed;
use std::{collections::*, fmt::Display, net::*, num::NonZeroU16, path::*, sync::Arc, time::Duration};
use serde::{Deserialize, Deserializer};

pub fn load(path: impl AsRef<Path>) -> Result<hidden::Config, String> { Err(path.as_ref().display().to_string()) }
impl std::str::FromStr for Level { type Err = String; fn from_str(_: &str) -> Result<Self, String> { Ok(Level::Low) } }

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plain {
    pub needed_text: String,
    pub maybe: Option<i8>,
    #[serde(default)] pub filled: bool,
    #[serde(default = "ten", alias = "other", alias = "third")] counted: u64,
    #[serde(rename = "Own")] renamed: f32,
    #[serde(skip)] pub left_out: u8,
    #[serde(skip_deserializing)] pub left_out_too: u8,
    #[cfg_attr(feature = "extra", serde(rename = "with-extra"))] conditional: char,
    pub r#type: NonZeroU16,
}
fn ten() -> u64 { 10 }

#[derive(Deserialize)]
#[serde(default)]
pub struct Filled { a: PathBuf, b: Vec<IpAddr> }
impl Default for Filled { fn default() -> Self { Filled { a: PathBuf::new(), b: vec![] } } }

#[derive(Deserialize)]
pub struct Parts<'a> {
    #[serde(flatten)] common: Filled,
    #[serde(flatten)] rest: HashMap<String, i32>,
    map: BTreeMap<Level, Arc<Box<[u8]>>>,
    pair: (u8, String), triple: [f64; 3], wait: Duration, unit: (), text: &'a str,
    wrapped: Meters, generic: Wrapper<Wrapper<bool>>, hand: ByHand, through: Through, with: std::cell::Cell<u8>,
    #[serde(with = "humantime_serde")] pause: u32, #[serde(deserialize_with = "odd")] odd: Option<u32>,
    alias: Alias<u8>, nested: Option<Option<Vec<Option<u8>>>>,
}
mod humantime_serde { pub fn deserialize<'de, D: serde::Deserializer<'de>>(_: D) -> Result<u32, D::Error> { Ok(1) } }
fn odd<'de, D: Deserializer<'de>>(_: D) -> Result<Option<u32>, D::Error> { Ok(None) }
type Alias<T> = Vec<Wrapper<T>>;
#[derive(Deserialize)] pub struct Meters(u32);
#[derive(Deserialize)] #[serde(transparent)] pub struct Clear { pub inner: Level }
#[derive(Deserialize)] pub struct Wrapper<T> { pub item: T }
#[derive(Deserialize)] #[serde(try_from = "String")] pub struct Through;
impl TryFrom<String> for Through { type Error = String; fn try_from(_: String) -> Result<Self, String> { Ok(Through) } }
pub struct ByHand;
impl<'de> Deserialize<'de> for ByHand {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> { u8::deserialize(d).map(|_| ByHand) }
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    Low, #[serde(alias = "mid")] VeryHigh, #[serde(skip)] Secret, #[serde(rename = "x")] Y, #[serde(other)] Else,
}
#[derive(Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum Outside { Unit, One(u8), Two(u8, String), Named { some_field: u8, #[serde(rename = "q")] r: u8 } }
#[derive(Deserialize)] #[serde(tag = "kind", deny_unknown_fields)] pub enum Inside { A { x: u8 }, B(Clear), C }
#[derive(Deserialize)] #[serde(tag = "t", content = "c")] pub enum Beside { A(u8), B { y: u8 }, C }
#[derive(Deserialize)] #[serde(untagged)] pub enum Either { Text(String), Many(Vec<Either>), Full(Parts2) }
#[derive(Deserialize)] pub struct Parts2 { tree: Option<Box<Parts2>>, by: HashMap<String, Either> }
#[derive(Deserialize)] pub struct Depending { retry: Option<beyond_it::Retry> }
#[derive(Deserialize)] pub struct Bounded<T: Display> { pub item: T }
"""
HIDDEN = """
#[derive(serde::Deserialize)] pub struct Config { pub level: crate::Level, secret: Private }
#[derive(serde::Deserialize)] struct Private { depth: u8 }
"""
MAIN = """
#[derive(serde::Deserialize)] struct Settings { #[allow(dead_code)] shared: shapes::Level }
fn read(text: &str) -> Option<Settings> { let _ = text; None }
fn main() { let _ = read(""); }
"""
FILES = {"Cargo.toml": MANIFEST, "src/lib.rs": LIB, "src/hidden.rs": HIDDEN, "src/main.rs": MAIN}
FILES |= {"beyond/Cargo.toml": BEYOND_MANIFEST, "beyond/src/lib.rs": BEYOND}
TEXT = Scalar(kind="text")


def number(low: int, high: int) -> Scalar:
    return Scalar(kind="int", low=str(low), high=str(high))


U8 = number(0, 255)


@pytest.fixture(scope="module")
def visit(shared_store_root: Path) -> FakeVisit:
    with visiting(shared_store_root, "types") as make:
        visit: FakeVisit = make(FILES)
        fetched = visit.cargo("fetch")
        if fetched.status != 0:  # the first time, from crates.io
            visit._cargo.lock_args = ()
            visit.cargo("fetch")
        return visit


@pytest.fixture(scope="module")
def schema(visit: FakeVisit) -> Schema:
    return decode(TypesOfRevision().observe(visit))


def fields(schema: Schema, name: str) -> dict[str, Field]:
    return {one.name: one for one in schema.keys(Ref(name=name))}


def shape(schema: Schema, name: str, field: str) -> Shape:
    return fields(schema, name)[field].shape


pytestmark = pytest.mark.rust


def test_names_defaults_aliases_and_what_is_skipped_are_read(schema: Schema) -> None:
    assert not schema.troubles
    plain = schema.types["shapes::Plain"]
    assert isinstance(plain, Struct)
    assert plain.closed
    assert plain.fields == (
        Field(name="needed-text", shape=TEXT, required=True),
        Field(name="maybe", shape=OptionOf(inner=number(-128, 127))),
        Field(name="filled", shape=Scalar(kind="bool")),
        Field(name="counted", shape=number(0, 2**64 - 1), aliases=("other", "third")),
        Field(name="Own", shape=Scalar(kind="float"), required=True),
        Field(name="conditional", shape=Scalar(kind="char"), required=True),
        Field(name="type", shape=number(1, 65535), required=True),
    )


def test_flattened_fields_stand_among_those_around_them(schema: Schema) -> None:
    found = fields(schema, "shapes::Parts")
    assert found["a"] == Field(name="a", shape=Scalar(kind="text", meaning="path"))
    assert found["b"] == Field(name="b", shape=ListOf(inner=Scalar(kind="text", meaning="ip")))
    assert list(schema.choices(Ref(name="shapes::Parts"))) == [MapOf(key=TEXT, value=number(-(2**31), 2**31 - 1))]


def test_types_of_the_standard_library_are_known(schema: Schema) -> None:
    def of(name: str) -> Shape:
        return shape(schema, "shapes::Parts", name)

    assert of("map") == MapOf(key=Ref(name="shapes::Level"), value=ListOf(inner=U8))
    assert of("pair") == TupleOf(parts=(U8, TEXT))
    assert of("triple") == TupleOf(parts=(Scalar(kind="float"),) * 3)
    assert isinstance(of("wait"), Struct)
    assert of("unit") == Scalar(kind="unit")
    assert of("text") == TEXT
    assert of("with") == U8
    assert of("nested") == OptionOf(inner=OptionOf(inner=ListOf(inner=OptionOf(inner=U8))))


def test_newtypes_are_what_they_wrap_and_generic_types_what_they_are_given(schema: Schema) -> None:
    assert schema.types["shapes::Meters"] == number(0, 2**32 - 1)
    assert schema.types["shapes::Clear"] == Ref(name="shapes::Level")
    outer = schema.resolve(shape(schema, "shapes::Parts", "generic"))
    assert isinstance(outer, Struct)
    inner = schema.resolve(outer.fields[0].shape)
    assert isinstance(inner, Struct)
    assert inner.fields[0].shape == Scalar(kind="bool")
    alias = shape(schema, "shapes::Parts", "alias")
    assert isinstance(alias, ListOf)
    assert isinstance(schema.resolve(alias.inner), Struct)


def test_code_that_reads_by_itself_is_opaque_but_for_what_was_declared(schema: Schema) -> None:
    assert isinstance(schema.resolve(shape(schema, "shapes::Parts", "hand")), Opaque)
    assert schema.types["shapes::Through"] == Opaque(name="shapes::Through", below=TEXT)
    assert shape(schema, "shapes::Parts", "pause") == Scalar(kind="text", meaning="duration")
    odd = fields(schema, "shapes::Parts")["odd"]
    assert odd.required, "with code of one's own, a missing key is an error even for an Option"
    assert odd.shape == Opaque(name="odd", below=OptionOf(inner=number(0, 2**32 - 1)))


def test_types_of_dependencies_are_read_as_far_as_own_ones_are_made_of_them(schema: Schema) -> None:
    assert shape(schema, "shapes::Depending", "retry") == OptionOf(inner=Ref(name="beyond_it::Retry"))
    strategy = schema.resolve(shape(schema, "beyond_it::Retry", "strategy"))
    assert isinstance(strategy, Enum)
    assert (strategy.tag, [one.name for one in strategy.variants]) == ("mode", ["wait-and-see", "never"])
    assert "beyond_it::OfNoUse" not in schema.types
    assert not [root for root in schema.roots if root.name.startswith("beyond_it")]


def test_a_dependency_that_changed_is_read_anew(visit: FakeVisit, schema: Schema) -> None:
    source = visit.root / "beyond/src/lib.rs"
    source.write_text(BEYOND.replace("max_tries", "most_tries"), encoding="utf-8")
    try:
        found = decode(TypesOfRevision().observe(visit))
    finally:
        source.write_text(BEYOND, encoding="utf-8")
    assert "most_tries" in fields(found, "beyond_it::Retry")


def test_what_comes_from_a_registry_is_documented_once(visit: FakeVisit) -> None:
    first = document_dependencies(visit, {"serde", "no_such_crate"})
    before = len(visit.calls)
    assert document_dependencies(visit, {"serde"}) == first
    assert set(first) == {"serde"}
    assert not [call for call in visit.calls[before:] if "doc" in call]


def test_without_the_json_of_a_dependency_its_types_are_opaque(
    visit: FakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.cases.types.observe.document_dependencies", lambda *_: {})
    found = decode(TypesOfRevision().observe(visit))
    assert not found.troubles
    assert shape(found, "shapes::Depending", "retry") == OptionOf(inner=Opaque(name="beyond_it::Retry"))


def test_enums_are_read_in_all_four_forms(schema: Schema) -> None:
    level, outside = schema.types["shapes::Level"], schema.types["shapes::Outside"]
    assert isinstance(level, Enum)
    assert [(one.name, one.aliases, one.other) for one in level.variants] == [
        ("LOW", (), False), ("VERY_HIGH", ("mid",), False), ("x", (), False), ("ELSE", (), True),
    ]  # fmt: skip
    assert isinstance(outside, Enum)
    assert [one.shape for one in outside.variants][:3] == [None, U8, TupleOf(parts=(U8, TEXT))]
    named = outside.variants[3].shape
    assert isinstance(named, Struct)
    assert [one.name for one in named.fields] == ["someField", "q"]
    inside, beside, either = (schema.types[f"shapes::{name}"] for name in ("Inside", "Beside", "Either"))
    assert isinstance(inside, Enum)
    assert (inside.tag, inside.content) == ("kind", "")
    assert isinstance(beside, Enum)
    assert (beside.tag, beside.content) == ("t", "c")
    assert isinstance(either, Enum)
    assert either.untagged


def test_types_that_contain_themselves_are_read_once(schema: Schema) -> None:
    assert shape(schema, "shapes::Parts2", "tree") == OptionOf(inner=Ref(name="shapes::Parts2"))


def test_private_types_are_read_and_found_under_any_public_name(schema: Schema) -> None:
    assert [one.name for one in schema.keys(Ref(name="shapes::hidden::Private"))] == ["depth"]
    for name in ("shapes::hidden::Config", "shapes::Renamed", "shapes::Config", "Config"):
        assert find_type(schema, name) == "shapes::hidden::Config"


def test_types_of_programs_are_read_too(schema: Schema) -> None:
    (settings,) = [name for name in schema.types if name.endswith("::Settings")]
    assert shape(schema, settings, "shared") == Ref(name="shapes::Level")


def test_a_type_that_a_file_is_read_for_may_be_a_whole_document_before_all_others(schema: Schema) -> None:
    first, second = schema.roots[:2]
    assert (first.name, first.paths) == ("shapes::hidden::Config", ("shapes::load",))
    assert second.texts
    assert "shapes::Meters" not in {root.name for root in schema.roots}


@pytest.mark.parametrize(("wanted", "near"), [("shapes::Confg", "Config"), ("Twin", "twin"), ("shapes::Twin", "twins")])
def test_a_type_that_is_not_there_or_is_two_is_told_with_the_near_ones(schema: Schema, wanted: str, near: str) -> None:
    with pytest.raises(LookupError) as error:
        find_type(schema, wanted)
    assert any(near in str(one) for one in error.value.args)


def test_a_type_that_is_generic_over_a_trait_is_no_document_and_breaks_nothing(schema: Schema) -> None:
    with pytest.raises(LookupError):
        find_type(schema, "shapes::Bounded")


def test_private_items_are_not_taken_for_public_ones(visit: FakeVisit) -> None:
    surface = decode_surface(PublicApi().observe(visit)).surface
    assert b"Plain" in surface
    assert b"Private" not in surface


def test_what_rustdoc_writes_in_an_unknown_format_is_a_trouble_and_no_failure(
    visit: FakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = document(visit)
    odd = visit.target_dir / "odd.json"
    odd.write_bytes(msgspec.json.encode({"format_version": 999}))
    monkeypatch.setattr("harness.cases.types.observe.document", lambda _: replace(made, private={"shapes": odd}))
    found = decode(TypesOfRevision().observe(visit))
    assert not found.types
    assert "format 999" in found.troubles[0]


def test_where_nothing_reads_input_rustdoc_is_not_asked(shared_store_root: Path) -> None:
    with visiting(shared_store_root, "types-none") as make:
        quiet = make({"Cargo.toml": '[package]\nname = "quiet"\nversion = "0.1.0"\n', "src/lib.rs": "pub struct A;"})
        assert decode(TypesOfRevision().observe(quiet)) == Schema()
        assert not [call for call in quiet.calls if "doc" in call]


def test_a_missing_rustdoc_is_a_trouble_that_is_told(visit: FakeVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise HarnessError("no rustdoc")

    monkeypatch.setattr("harness.cases.types.observe.document", missing)
    assert "no rustdoc" in decode(TypesOfRevision().observe(visit)).troubles[0]
