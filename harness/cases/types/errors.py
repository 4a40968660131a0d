"""What can be wrong at one place of a document: the mutations of nearly valid ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.cases.types.maker import Maker
from harness.cases.types.meanings import MEANINGS, meaning_of
from harness.cases.types.model import (
    Enum,
    ListOf,
    MapOf,
    Opaque,
    OptionOf,
    Scalar,
    Schema,
    Shape,
    Struct,
    TupleOf,
)
from harness.cases.types.spots import Spot
from harness.cases.types.tree import Again, Path, Tree, drop, get, has, put, rename_key

__all__ = ["Mutation", "mutations_at"]

LONG = "long-" * 400
NON_ASCII = "ünïcödé-名前-🦀"
_DEEP = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One error: what it is, where, and how a document gets it; LookupError where it cannot."""

    label: str
    path: Path
    apply: Callable[[Tree], Tree]


def mutations_at(maker: Maker, spot: Spot) -> Iterator[Mutation]:
    """Everything that is tried at a place, the most promising first."""
    if isinstance(maker.schema.resolve(_inner(maker.schema, spot.shape)), Struct):
        yield from _keys(maker, spot)
    if spot.path and isinstance(spot.path[-1], str):
        yield from _own_key(maker, spot)
    for label, value in _bad_values(maker, spot):
        yield _putting(maker, spot, label, value)


def _putting(maker: Maker, spot: Spot, label: str, value: Tree) -> Mutation:
    return Mutation(label=f"{label} at {spot.text}", path=spot.path, apply=lambda tree: maker.put(tree, spot, value))


# -- keys -------------------------------------------------------------------------------------------------


def _keys(maker: Maker, spot: Spot) -> Iterator[Mutation]:
    """An unknown key in a mapping."""

    def unknown(name: str, value: Tree) -> Callable[[Tree], Tree]:
        def apply(tree: Tree) -> Tree:
            tree = maker.ensure(tree, spot)
            return put(tree, (*spot.path, name), value)

        return apply

    for label, name, value in (
        ("unknown key", "unknown_key", 1),
        ("unknown mapping", "unknown-mapping", {"deep": [1]}),
        ("empty key", "", 1),
        ("non-ASCII key", "schlüssel", "wert"),
    ):
        yield Mutation(label=f"{label} in {spot.text}", path=(*spot.path, name), apply=unknown(name, value))


def _own_key(maker: Maker, spot: Spot) -> Iterator[Mutation]:
    """A key that is missing, there twice, or written otherwise."""
    name = str(spot.path[-1])

    def on(change: Callable[[Tree], Tree]) -> Callable[[Tree], Tree]:
        def apply(tree: Tree) -> Tree:
            if not has(tree, spot.path):
                tree = maker.put(tree, spot, next(maker.values(spot), None))
            return change(tree)

        return apply

    def twice(key: str) -> Callable[[Tree], Tree]:
        def change(tree: Tree) -> Tree:
            above = get(tree, spot.path[:-1])
            return put(tree, spot.path[:-1], {**above, key: above[name]})

        return change

    if spot.required:
        yield Mutation(
            label=f"without {spot.text}", path=spot.path, apply=lambda tree: drop(maker.ensure(tree, spot), spot.path)
        )
    others = [
        ("twice", twice(Again(name))),
        *(((f"beside its alias {one}", twice(one))) for one in spot.aliases),
        *((f"called {one}", _renaming(spot.path, one)) for one in _misspelled(name)),
    ]
    for label, change in others:
        yield Mutation(label=f"{spot.text} {label}", path=spot.path, apply=on(change))


def _renaming(path: Path, name: str) -> Callable[[Tree], Tree]:
    return lambda tree: rename_key(tree, path, name)


def _misspelled(name: str) -> Iterator[str]:
    """A letter less, another case, the other separator."""
    yield name[:-1] if len(name) > 1 else name * 2
    yield name.swapcase() if name.swapcase() != name else f"{name}s"
    other = name.replace("_", "-") if "_" in name else name.replace("-", "_")
    if other != name:
        yield other


# -- values -----------------------------------------------------------------------------------------------


def _inner(schema: Schema, shape: Shape) -> Shape:
    """What is in options and behind code of one's own; a type that is only itself stays what it is."""
    for _ in range(32):
        plain = schema.resolve(shape)
        if isinstance(plain, OptionOf):
            shape = plain.inner
        elif isinstance(plain, Opaque) and plain.below is not None:
            shape = plain.below
        else:
            break
    return shape


def _by_own_code(schema: Schema, shape: Shape) -> bool:
    """Whether code of one's own reads this place, which may want anything, whatever was declared."""
    for _ in range(32):  # a type may be nothing but an option of itself
        plain = schema.resolve(shape)
        if not isinstance(plain, OptionOf):
            return isinstance(plain, Opaque)
        shape = plain.inner
    return False


def _bad_values(maker: Maker, spot: Spot) -> Iterator[tuple[str, Tree]]:
    plain = maker.schema.resolve(_inner(maker.schema, spot.shape))
    if _by_own_code(maker.schema, spot.shape):
        yield from (("bad value", one) for one in MEANINGS[meaning_of(spot.name)].bad)
    if isinstance(plain, Scalar):
        yield from _bad_scalars(maker, spot, plain)
    elif isinstance(plain, Enum) and plain.untagged:
        yield from _bad_untagged(maker, spot, plain)
    elif isinstance(plain, Enum):
        yield from _bad_choices(plain)
    elif isinstance(plain, ListOf | TupleOf):
        least = maker.least(spot.shape, spot.owner, spot.name)
        first = least[0] if least else "alpha"
        yield from (("empty list", []), ("null", None), ("the only item, without a list", first), ("mapping", {}))
        yield from (("list with null", [None]), ("list of lists", [least]), ("same item twice", [first, first]))
        yield from (("text", "alpha"), ("many items", [first] * 40), ("deep nesting", [_nested(_DEEP)]))
    elif isinstance(plain, Struct | MapOf):
        yield from (("null", None), ("empty mapping", {}), ("text", "alpha"), ("list", []), ("number", 1))
        yield "list around it", [maker.least(spot.shape, spot.owner, spot.name)]
        yield from (("true", True), ("deep nesting", _nested(_DEEP)))
    else:
        yield from (
            ("text", "alpha"),
            ("null", None),
            ("number", 1),
            ("list", [1, 2]),
            ("deep nesting", _nested(_DEEP)),
        )
        yield from (("empty mapping", {}), ("true", True), ("long", LONG), ("non-ASCII", {NON_ASCII: NON_ASCII}))


def _bad_untagged(maker: Maker, spot: Spot, plain: Enum) -> Iterator[tuple[str, Tree]]:
    """What is wrong for each of several forms of which none has a name; a text may be of another length and letters."""
    yield from (("null", None), ("list", [1]), ("empty mapping", {}), ("unknown mapping", {"alpha": 1}))
    for variant in plain.variants:
        inner = maker.schema.resolve(variant.shape) if variant.shape is not None else None
        if isinstance(inner, Scalar):
            yield from _bad_scalars(maker, spot, inner)


def _bad_scalars(maker: Maker, spot: Spot, plain: Scalar) -> Iterator[tuple[str, Tree]]:
    if plain.kind == "int":
        low, high = int(plain.low), int(plain.high)
        yield from (("0", 0), ("text", "many"), ("-1", -1), ("largest", high), ("one too large", high + 1))
        yield from (("number as text", "1"), ("fraction", 1.5), ("null", None), ("list", [1]))
        yield from (("smallest", low), ("one too small", low - 1), ("whole fraction", 2.0), ("empty", ""))
        yield from (("true", True), ("mapping", {"value": 1}), ("too large for all", 10**30))
    elif plain.kind == "bool":
        yield from (("text", "maybe"), ("yes", "yes"), ("1", 1), ("null", None), ("list", [True]), ("empty", ""))
        yield from (("TRUE as text", "TRUE"), ("mapping", {"value": True}))
    elif plain.kind == "float":
        yield from (("text", "many"), ("-1", -1.0), ("nan", float("nan")), ("inf", float("inf")), ("null", None))
        yield from (("list", [1.5]), ("empty", ""), ("huge", 1e308), ("number as text", "1.5"))
    else:
        known = maker.known(spot.owner, spot.name, plain)
        bad = MEANINGS[plain.meaning or meaning_of(spot.name, known)].bad
        yield "bad value", bad[0]
        yield from (("empty", ""), ("number", 1), ("null", None), ("list", ["alpha"]), ("blank", " "))
        yield from (("bad value", one) for one in bad[1:])
        yield from (("non-ASCII", NON_ASCII), ("long", LONG), ("mapping", {"alpha": "beta"}), ("true", True))
        yield "deep nesting", _nested(_DEEP)
        yield from (("several lines", "one\ntwo\n"), ("control characters", "a\tb\x1b[31mc"), ("fraction", 1.0))
        yield from (("blanks around it", f" {one} ") for one in known[:1])
        yield from (("other case", one.swapcase()) for one in known[:1] if isinstance(one, str))


def _bad_choices(plain: Enum) -> Iterator[tuple[str, Tree]]:
    names = [one.name for one in plain.variants]
    first = names[0] if names else "alpha"
    yield "unknown variant", "unknown-variant"
    yield "variant in another case", first.swapcase()
    yield "misspelled variant", first[:-1] or "x"
    yield from (("null", None), ("number", 1), ("list", [first]), ("empty", ""), ("mapping", {first: None}))
    yield "last variant in another case", (names[-1] if names else "alpha").title()
    if plain.tag:
        yield "unknown tag", {plain.tag: "unknown-variant"}
        yield "tag of another type", {plain.tag: 1}
        yield "two tags", {plain.tag: first, Again(plain.tag): names[-1]}
        yield "no tag", {"alpha": 1}
    else:
        yield "two variants", dict.fromkeys(names[:2])
        yield "variant with a value it does not take", {first: {"alpha": 1}}


def _nested(depth: int) -> Tree:
    tree: Tree = "bottom"
    for _ in range(depth):
        tree = {"deeper": [tree]}
    return tree
