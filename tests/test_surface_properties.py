"""Laws of comparing surfaces, held against generated crates."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.compare.surface import Changes, Surface, compare, encode
from tests.test_surface_builder import Enum, Fn, Glob, Module, Struct, Thing, Trait, Use, exists, surface

NAMES = ["alpha", "beta", "gamma", "delta"]
TYPE_NAMES = ["One", "Two", "Three"]
PRIMITIVES = ["u8", "bool", "alpha::One", "beta::Two", "One", "other::Thing"]

members = st.dictionaries(st.sampled_from(["x", "y", "z"]), st.sampled_from(PRIMITIVES), max_size=3)
variants = st.lists(st.sampled_from(["A", "B", "C"]), max_size=3, unique=True).map(tuple)
structs = st.builds(
    Struct,
    fields=members,
    methods=members,
    impls=st.lists(st.sampled_from(["Clone", "Send"]), unique=True).map(tuple),
    private=st.booleans(),
)
leaves = st.one_of(structs, st.builds(Enum, variants=variants), st.builds(Trait, required=variants))
functions = st.builds(Fn, returns=st.sampled_from(PRIMITIVES))
uses = st.builds(Use, target=st.sampled_from([*NAMES, "alpha::One", "beta::Two", "gamma::run", "other::Thing"]))


def contents(below: st.SearchStrategy[dict[str, Thing]] | None) -> st.SearchStrategy[dict[str, Thing]]:
    parts: list[st.SearchStrategy[dict[str, Thing]]] = [
        st.dictionaries(st.sampled_from(TYPE_NAMES), leaves, max_size=3),
        st.dictionaries(st.sampled_from(["run", "stop"]), functions, max_size=2),
        st.dictionaries(st.sampled_from(["Alias", "other"]), uses, max_size=2),
        st.dictionaries(st.just("glob"), st.builds(Glob, target=st.sampled_from(NAMES)), max_size=1),
    ]
    if below is not None:
        modules = st.builds(Module, items=below, private=st.booleans())
        parts.append(st.dictionaries(st.sampled_from(NAMES), modules, max_size=3))
    return st.tuples(*parts).map(lambda found: {name: one for part in found for name, one in part.items()})


crates = st.builds(Module, items=contents(contents(contents(None))))
seeds = st.integers(0, 1000)
laws = settings(deadline=None, max_examples=60)


def paths(found: Surface) -> set[str]:
    return {item.path for item in found.items if item.via != "unnameable"}


def wheres(found: Changes) -> set[str]:
    return {one.where for one in found.differences}


@given(crates, seeds)
@laws
def test_a_surface_is_the_same_under_any_numbering_and_order(crate: Module, seed: int) -> None:
    assert encode(surface(crate, seed=seed)) == encode(surface(crate, seed=seed + 1))


@pytest.mark.slow
@given(crates)
@laws
def test_a_surface_does_not_differ_from_itself(crate: Module) -> None:
    one, other = surface(crate), surface(crate, seed=1)
    found = compare(one, dataclasses.replace(other, packages={}, homes=dict(other.homes)))
    assert (found.differences, found.notes) == ((), ())


@pytest.mark.slow
@given(crates, crates)
@laws
def test_every_path_that_is_not_there_any_more_is_told(before: Module, after: Module) -> None:
    old, new = surface(before), surface(after)
    found = compare(old, new)
    gone = {item.path for item in old.items if item.via != "unnameable" and new.find(item.key) is None}
    told = wheres(found)
    covering = {one.where for one in found.differences if one.facet == "removed"}
    for path in gone - told:
        parents = {path[:place] for place in range(len(path)) if path.startswith("::", place)}
        assert parents & covering, path


@given(crates, crates)
@laws
def test_every_path_that_is_new_is_noted_or_moved_to(before: Module, after: Module) -> None:
    old, new = surface(before), surface(after)
    found = compare(old, new)
    told = {one.where for one in found.notes} | set(found.moves.values())
    for item in new.items:
        if item.via != "unnameable" and old.find(item.key) is None and item.path not in told:
            parents = {item.path[:place] for place in range(len(item.path)) if item.path.startswith("::", place)}
            assert parents & told, item.path


@pytest.mark.slow
@given(crates, crates)
@laws
def test_only_equal_surfaces_have_nothing_to_tell(before: Module, after: Module) -> None:
    found = compare(surface(before), surface(after))
    is_silent = not found.differences and not found.notes
    assert not is_silent or paths(surface(before)) == paths(surface(after))


@pytest.mark.slow
@given(crates, crates)
@laws
def test_removed_one_way_is_added_the_other_way(before: Module, after: Module) -> None:
    old, new = surface(before), surface(after)
    there, back = compare(old, new), compare(new, old)
    lost = {one.where for one in there.differences if one.facet in ("removed", "moved") and one.where in paths(old)}
    gained = {one.where for one in back.notes} | set(back.moves.values())
    for path in lost:
        parents = {path[:place] for place in range(len(path)) if path.startswith("::", place)}
        assert path in gained or parents & gained, path


@pytest.mark.slow
@given(crates, contents(contents(None)), st.sampled_from(NAMES))
@laws
def test_a_renamed_module_is_found_as_that_move_and_as_nothing_else(
    crate: Module, inside: dict[str, Thing], name: str
) -> None:
    # An empty module has nothing to be known by.
    module = Module(items=inside | {"Anchor": Struct(fields={"x": "u8"})})
    before = Module(items=crate.items | {name: module})
    renamed = {"epsilon" if key == name else key: one for key, one in before.items.items()}
    after = Module(items={key: _renamed(one, name, before) for key, one in renamed.items()})
    new = surface(after)
    # Something inside can take the old name through a glob: then it is more than a move.
    assume(f"demo::{name}" not in paths(new))
    found = compare(surface(before), new)
    assert {one.facet for one in found.differences} <= {"moved"}
    assert found.notes == ()
    assert found.moves.get(f"demo::{name}") == "demo::epsilon"


@given(crates)
@laws
def test_a_changed_function_is_always_told(crate: Module) -> None:
    items = dict(crate.items)
    before = Module(items=items | {"changed": Fn(returns="u8")})
    after = Module(items=items | {"changed": Fn(returns="i64")})
    assert "demo::changed" in wheres(compare(surface(before), surface(after)))


def _renamed(one: Thing, name: str, crate: Module) -> Thing:
    """The same with every path through the module `name` written anew."""

    def path(text: str) -> str:
        inside = text == name or text.startswith(f"{name}::")
        return "epsilon" + text[len(name) :] if inside and exists(crate, text) else text

    match one:
        case Module():
            return Module(
                items={key: _renamed(each, name, crate) for key, each in one.items.items()}, private=one.private
            )
        case Struct():
            fields = {key: path(value) for key, value in one.fields.items()}
            methods = {key: path(value) for key, value in one.methods.items()}
            return dataclasses.replace(one, fields=fields, methods=methods)
        case Fn():
            return Fn(returns=path(one.returns))
        case Use():
            return Use(target=path(one.target))
        case Glob():
            return Glob(target=path(one.target))
        case _:
            return one
