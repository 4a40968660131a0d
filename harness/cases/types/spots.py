"""The places of a document that a type knows: where values, keys and variants can be put or be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.cases.types.model import (
    Enum,
    Field,
    ListOf,
    MapOf,
    Opaque,
    OptionOf,
    Ref,
    Schema,
    Shape,
    Struct,
    TupleOf,
)
from harness.cases.types.tree import Path

__all__ = ["Spot", "spots_of"]

_MOST = 1500
_MOST_TURNS = 16
_SOME_KEY = "alpha"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One place: where it is, what belongs there, and whose field it is.

    `owner` is the type that has the field; `name` the field's name, which also stands for list items below it.
    Where `variant` is set, the enum at this place has to be of that variant for what is below. `flat` says that an
    enum lies among the keys of the mapping around it.
    """

    path: Path
    shape: Shape
    owner: str = ""
    name: str = ""
    required: bool = True
    aliases: tuple[str, ...] = ()
    variant: str = ""
    flat: bool = False
    above: Spot | None = None

    @property
    def text(self) -> str:
        """The place as people write it: `source.streams[0].name`."""
        parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path]
        return "".join(parts).removeprefix(".") or "the document"


def spots_of(schema: Schema, root: Shape, *, deepest: int = 12, again: int = 2) -> list[Spot]:
    """Every place, outer ones first. A type that contains itself is followed `again` times."""
    found: list[Spot] = []
    level: list[tuple[Spot, tuple[str, ...]]] = [(Spot(path=(), shape=root), ())]
    for _ in range(deepest):
        following: list[tuple[Spot, tuple[str, ...]]] = []
        for spot, above in level:
            found.append(spot)
            name = spot.shape.name if isinstance(spot.shape, Ref) else ""
            if name and above.count(name) >= again:
                continue
            inner = (*above, name) if name else above
            following += [(one, inner) for one in _below(schema, spot, name)]
        level = following
        if not level or len(found) > _MOST:
            break
    return found[:_MOST]


def _below(schema: Schema, spot: Spot, owner: str) -> Iterator[Spot]:
    plain = schema.resolve(spot.shape)
    if _turns(spot) > _MOST_TURNS:
        return
    if isinstance(plain, OptionOf):
        # Null aside, it is the same place.
        inner = _at(spot, (), plain.inner)
        yield from _below(schema, inner, plain.inner.name if isinstance(plain.inner, Ref) else owner)
    elif isinstance(plain, Opaque) and plain.below is not None:
        yield from _below(schema, _at(spot, (), plain.below), owner)
    elif isinstance(plain, Struct):
        yield from _in_mapping(schema, spot, owner)
    elif isinstance(plain, ListOf):
        yield _at(spot, (0,), plain.inner, required=False)
    elif isinstance(plain, TupleOf):
        yield from (_at(spot, (number,), part) for number, part in enumerate(plain.parts))
    elif isinstance(plain, MapOf):
        yield _at(spot, (_SOME_KEY,), plain.value, name=_SOME_KEY, required=False)
    elif isinstance(plain, Enum):
        yield from _variants(schema, spot, plain)


def _turns(spot: Spot) -> int:
    """How many types were looked through at this very place; a newtype around an option of itself has no end."""
    above, turns = spot.above, 0
    while above is not None and above.path == spot.path:
        above, turns = above.above, turns + 1
    return turns


def _in_mapping(schema: Schema, spot: Spot, owner: str) -> Iterator[Spot]:
    yield from (_field(spot, owner, one) for one in schema.keys(spot.shape))
    for part in schema.choices(spot.shape):
        if isinstance(part, Enum):
            yield from _variants(schema, _at(spot, (), part, flat=True), part)
        elif isinstance(part, MapOf):
            yield _at(spot, (_SOME_KEY,), part.value, name=_SOME_KEY, required=False)


def _field(spot: Spot, owner: str, field: Field) -> Spot:
    return Spot(
        path=(*spot.path, field.name),
        shape=field.shape,
        owner=owner,
        name=field.name,
        required=field.required,
        aliases=field.aliases,
        above=spot,
    )


def _variants(schema: Schema, spot: Spot, plain: Enum) -> Iterator[Spot]:
    """The places inside of variants that hold something."""
    for variant in plain.variants:
        if variant.shape is None:
            continue
        chosen = replace(spot, variant=variant.name, above=spot)
        if plain.untagged or variant.untagged or (plain.tag and not plain.content):
            yield from _below(schema, _at(chosen, (), variant.shape), "")
        else:
            yield _at(chosen, (plain.content or variant.name,), variant.shape, name=variant.name)


def _at(spot: Spot, more: Path, shape: Shape, *, name: str = "", required: bool = True, flat: bool = False) -> Spot:
    return Spot(
        path=(*spot.path, *more),
        shape=shape,
        owner=spot.owner,
        name=name or spot.name,
        required=required,
        flat=flat,
        above=spot,
    )
