"""What counts as a change of a public surface, on small hand-made crates."""

from __future__ import annotations

import msgspec
import pytest

from harness.built import Target, Workspace
from harness.compare.surface import Changes, Package, Surface, compare, decode, encode, surface_of
from harness.errors import HarnessError
from tests.test_surface_builder import Enum, Fn, Glob, Module, Struct, Thing, Trait, Use, document, surface


def crate(**items: Thing) -> Module:
    return Module(items=items)


def module(**items: Thing) -> Module:
    return Module(items=items)


def private(**items: Thing) -> Module:
    return Module(items=items, private=True)


def changes(before: Module, after: Module) -> Changes:
    return compare(surface(before, seed=1), surface(after, seed=2))


def told(found: Changes) -> list[tuple[str, str]]:
    return [(one.facet, one.where) for one in found.differences]


def noted(found: Changes) -> list[str]:
    return [one.where for one in found.notes]


def test_an_item_that_vanished_is_removed_and_a_new_one_is_a_note() -> None:
    found = changes(crate(old=Fn()), crate(new=Fn()))
    assert told(found) == [("removed", "demo::old")]
    assert noted(found) == ["demo::new"]


def test_another_return_type_changes_the_function_and_shows_both_signatures() -> None:
    found = changes(crate(f=Fn(returns="u8")), crate(f=Fn(returns="u16")))
    assert told(found) == [("changed", "demo::f")]
    assert (found.differences[0].before, found.differences[0].after) == ("pub fn f() -> u8", "pub fn f() -> u16")


def test_a_moved_type_does_not_change_what_mentions_it() -> None:
    before = crate(old=module(T=Struct(fields={"x": "u8"})), f=Fn(returns="old::T"), S=Struct(fields={"t": "old::T"}))
    after = crate(new=module(T=Struct(fields={"x": "u8"})), f=Fn(returns="new::T"), S=Struct(fields={"t": "new::T"}))
    found = changes(before, after)
    assert told(found) == [("moved", "demo::old"), ("moved", "demo::old::T")]
    assert dict(found.moves) == {"demo::old": "demo::new", "demo::old::T": "demo::new::T"}


def test_types_of_one_name_are_told_apart_by_the_module_they_moved_with() -> None:
    one, other = Struct(fields={"x": "u8"}), Struct(fields={"x": "u8"})
    before = crate(a=module(T=one, only_a=Fn()), b=module(T=other, only_b=Fn()))
    after = crate(c=module(T=one, only_a=Fn()), d=module(T=other, only_b=Fn()))
    moves = dict(changes(before, after).moves)
    assert (moves["demo::a::T"], moves["demo::b::T"]) == ("demo::c::T", "demo::d::T")


def test_returning_another_type_of_the_same_name_is_a_change() -> None:
    both = {"a": module(T=Struct(fields={"x": "u8"})), "b": module(T=Struct(fields={"x": "u8"}))}
    found = changes(crate(**both, f=Fn(returns="a::T")), crate(**both, f=Fn(returns="b::T")))
    assert told(found) == [("changed", "demo::f")]


def test_a_path_that_names_another_type_of_equal_looks_is_a_change() -> None:
    both = {"a": module(T=Struct()), "b": module(T=Struct())}
    found = changes(crate(**both, U=Use(target="a::T")), crate(**both, U=Use(target="b::T")))
    assert told(found) == [("changed", "demo::U")]
    assert "still public as `demo::a::T`" in found.differences[0].summary


def test_a_type_that_moved_and_changed_is_told_as_both() -> None:
    before = crate(old=module(T=Struct(fields={"x": "u8"}), f=Fn()))
    after = crate(new=module(T=Struct(fields={"x": "u16"}), f=Fn()))
    found = changes(before, after)
    assert ("moved", "demo::old::T") in told(found)
    assert ("changed", "demo::old::T::x") in told(found)


def test_a_removed_module_covers_what_went_with_it_and_names_what_survives() -> None:
    inner = Struct(fields={"x": "u8"})
    before = crate(m=module(T=inner, gone=Fn()), T=Use(target="m::T"))
    after = crate(T=inner)
    found = changes(before, after)
    assert told(found) == [("removed", "demo::m"), ("removed", "demo::m::T")]
    assert "pub fn gone() -> u8" in found.differences[0].before
    assert "still public as `demo::T`" in found.differences[1].summary


def test_a_module_made_private_with_its_items_reexported_loses_paths_only() -> None:
    before = crate(m=module(T=Struct()), g=Glob(target="m"))
    after = crate(m=private(T=Struct()), g=Glob(target="m"))
    assert told(changes(before, after)) == [("removed", "demo::m"), ("removed", "demo::m::T")]


def test_a_definition_moved_behind_kept_paths_is_no_change() -> None:
    before = crate(m=private(T=Struct(fields={"x": "u8"})), T=Use(target="m::T"), f=Fn(returns="m::T"))
    after = crate(n=private(T=Struct(fields={"x": "u8"})), T=Use(target="n::T"), f=Fn(returns="n::T"))
    found = changes(before, after)
    assert (told(found), noted(found)) == ([], [])


def test_a_module_under_two_names_is_compared_once() -> None:
    before = crate(m=module(T=Struct(fields={"x": "u8"})), alias=Use(target="m"))
    after = crate(m=module(T=Struct(fields={"x": "u16"})), alias=Use(target="m"))
    assert told(changes(before, after)) == [("changed", "demo::m::T::x")]


def test_a_path_below_another_name_of_a_module_survives_when_the_definition_is_hidden() -> None:
    before = crate(m=module(T=Struct()), alias=Use(target="m"))
    after = crate(m=private(T=Struct()), alias=Use(target="m"))
    found = changes(before, after)
    assert told(found) == [("removed", "demo::m"), ("removed", "demo::m::T")]
    assert "still public as `demo::alias::T`" in found.differences[1].summary
    assert noted(found) == []


def test_cycles_of_reexports_end() -> None:
    found = surface(crate(a=module(T=Struct(), b=Use(target="b")), b=module(a=Use(target="a"), g=Glob(target="a"))))
    assert {"demo::a::T", "demo::a::b", "demo::b::a", "demo::b::T"} <= {item.path for item in found.items}


def test_an_own_name_hides_one_from_a_glob() -> None:
    found = surface(crate(m=private(T=Struct(fields={"hidden": "u8"})), T=Struct(), g=Glob(target="m")))
    assert [item.via for item in found.items if item.path == "demo::T"] == ["definition"]


def test_a_glob_of_an_enum_lists_its_variants() -> None:
    found = surface(crate(E=Enum(variants=("A", "B")), g=Glob(target="E")))
    assert {"demo::A", "demo::B"} <= {item.path for item in found.items}


def test_reexports_of_other_crates_are_items_with_their_path() -> None:
    found = changes(crate(T=Use(target="other::a::T")), crate(T=Use(target="other::b::T")))
    assert [(one.before, one.after) for one in found.differences] == [
        ("pub use other::a::T as T", "pub use other::b::T as T")
    ]


def test_a_new_variant_changes_an_exhaustive_enum_and_is_a_note_of_another() -> None:
    exhaustive = changes(crate(E=Enum(variants=("A",))), crate(E=Enum(variants=("A", "B"))))
    open_ended = changes(
        crate(E=Enum(variants=("A",), attrs=("non_exhaustive",))),
        crate(E=Enum(variants=("A", "B"), attrs=("non_exhaustive",))),
    )
    assert (told(exhaustive), noted(exhaustive)) == ([("changed", "demo::E")], [])
    assert (told(open_ended), noted(open_ended)) == ([], ["demo::E::B"])


def test_a_removed_variant_is_told_once() -> None:
    found = changes(crate(E=Enum(variants=("A", "B"))), crate(E=Enum(variants=("A",))))
    assert told(found) == [("removed", "demo::E::B")]


def test_variants_that_changed_places_are_told_once_at_their_enum() -> None:
    found = changes(crate(E=Enum(variants=("A", "B"))), crate(E=Enum(variants=("B", "A"))))
    assert told(found) == [("changed", "demo::E")]
    [one] = found.differences
    assert [line.rpartition(" = ")[2] for line in one.before.splitlines()] == ["0", "1"]
    assert [line.rpartition(" = ")[2] for line in one.after.splitlines()] == ["1", "0"]


def test_a_new_field_changes_a_struct_that_can_be_built_and_is_a_note_of_another() -> None:
    built = changes(crate(S=Struct(fields={"x": "u8"})), crate(S=Struct(fields={"x": "u8", "y": "u8"})))
    sealed = changes(
        crate(S=Struct(fields={"x": "u8"}, private=True)),
        crate(S=Struct(fields={"x": "u8", "y": "u8"}, private=True)),
    )
    assert (told(built), noted(built)) == ([("changed", "demo::S")], [])
    assert (told(sealed), noted(sealed)) == ([], ["demo::S::y"])


def test_the_first_private_field_changes_a_struct_and_the_last_one_gone_is_a_note() -> None:
    closed = changes(crate(S=Struct(fields={"x": "u8"})), crate(S=Struct(fields={"x": "u8"}, private=True)))
    opened = changes(crate(S=Struct(fields={"x": "u8"}, private=True)), crate(S=Struct(fields={"x": "u8"})))
    assert (told(closed), noted(closed)) == ([("changed", "demo::S")], [])
    assert (told(opened), noted(opened)) == ([], ["demo::S"])


def test_a_required_item_changes_the_trait_and_a_provided_one_is_a_note() -> None:
    required = changes(crate(T=Trait(required=("a",))), crate(T=Trait(required=("a", "b"))))
    provided = changes(crate(T=Trait(required=("a",))), crate(T=Trait(required=("a",), provided=("b",))))
    assert (told(required), noted(required)) == ([("changed", "demo::T")], [])
    assert (told(provided), noted(provided)) == ([], ["demo::T::b"])


def test_a_lost_impl_is_a_difference_and_a_new_one_a_note() -> None:
    plain, clone = crate(S=Struct()), crate(S=Struct(impls=("Clone",)))
    assert told(changes(clone, plain)) == [("removed", "<demo::S as core::Clone>")]
    assert noted(changes(plain, clone)) == ["<demo::S as core::Clone>"]


@pytest.mark.parametrize("attribute", ["non_exhaustive", {"must_use": {"reason": None}}, {"other": "#[repr(C)]"}])
def test_attributes_that_reach_a_user_are_part_of_the_signature(attribute: object) -> None:
    assert told(changes(crate(S=Struct(private=True)), crate(S=Struct(private=True, attrs=(attribute,))))) == [
        ("changed", "demo::S")
    ]


def test_a_renamed_type_is_found_by_its_members() -> None:
    body = Struct(fields={"x": "u8"}, methods={"again": "u8"})
    found = changes(crate(m=module(Old=body, f=Fn())), crate(m=module(New=body, f=Fn())))
    assert dict(found.moves) == {"demo::m::Old": "demo::m::New"}
    assert told(found) == [("moved", "demo::m::Old")]


def test_functions_of_other_names_are_not_taken_for_renamed_ones() -> None:
    assert dict(changes(crate(a=Fn()), crate(b=Fn())).moves) == {}


def test_a_path_that_becomes_another_kind_is_changed() -> None:
    found = changes(crate(X=Struct()), crate(X=Enum(variants=("A",))))
    assert told(found) == [("changed", "demo::X")]


def test_an_unknown_format_is_named_with_crate_and_toolchain() -> None:
    with pytest.raises(HarnessError, match=r"`demo` made by rustc 9\.9 has format 99"):
        surface_of({"demo": document("demo", crate(), version=99)}, toolchain="rustc 9.9")


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"{}"])
def test_what_is_no_rustdoc_json_is_told(data: bytes) -> None:
    with pytest.raises(HarnessError, match="no rustdoc JSON"):
        surface_of({"demo": data})


@pytest.mark.parametrize("version", [37, 45, 53, 57, 60])
def test_formats_around_the_current_one_are_read(version: int) -> None:
    found = surface_of({"demo": document("demo", crate(f=Fn()), version=version)})
    assert [item.path for item in found.items] == ["demo", "demo::f"]


def test_an_encoded_surface_is_read_back_whole() -> None:
    found = surface(crate(m=module(T=Struct(fields={"x": "u8"})), E=Enum(variants=("A",)), f=Fn(returns="m::T")))
    assert decode(encode(found)) == found


def of_package(**given: object) -> Surface:
    return Surface(packages={"demo": msgspec.convert(given, Package)})


def test_lost_and_new_parts_of_a_package_are_told_apart() -> None:
    before = of_package(features={"a": ["b"], "b": []}, targets=["bin demo"], dependencies=["anyhow"])
    after = of_package(features={"a": [], "c": []}, targets=["lib demo"], dependencies=["eyre"])
    found = compare(before, after)
    assert told(found) == [
        ("feature", "demo/b"),
        ("feature", "demo/a"),
        ("target", "demo/bin demo"),
        ("dependency", "demo/anyhow"),
    ]
    assert noted(found) == ["demo/c", "demo/lib demo", "demo/eyre"]


@pytest.mark.parametrize(
    ("before", "after", "breaks"), [("1.70", "1.71", True), ("", "1.70", True), ("1.70.0", "1.9", False)]
)
def test_a_raised_rust_version_breaks_and_a_lowered_one_does_not(before: str, after: str, breaks: bool) -> None:
    found = compare(of_package(rust_version=before), of_package(rust_version=after))
    assert bool(found.differences) is breaks
    assert bool(found.notes) is not breaks


def test_dependencies_that_show_in_signatures_belong_to_the_package() -> None:
    workspace = Workspace(
        packages={"demo": ""}, targets=(Target(package="demo", name="demo", kind="lib", src_path="src/lib.rs"),)
    )
    documents = {"demo": document("demo", crate(f=Fn(returns="anyhow::Error"), g=Fn(returns="core::Thing")))}
    assert surface_of(documents, workspace).packages["demo"].dependencies == ("anyhow",)
