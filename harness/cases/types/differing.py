"""Where the types of two revisions differ: what one of them alone knows is the likeliest to show a change."""

from __future__ import annotations

import msgspec

from harness.cases.types.model import Enum, ListOf, MapOf, OptionOf, Ref, Schema, Shape, Struct
from harness.cases.types.spots import Spot, spots_of

__all__ = ["differing_spots"]


def differing_spots(schema: Schema, root: Shape, other: Schema, others_root: Shape | None) -> list[Spot]:
    """The places of a type that the other revision's does not have, or has otherwise."""
    known = {} if others_root is None else {_place(one): _looks(other, one) for one in spots_of(other, others_root)}
    return [one for one in spots_of(schema, root) if known.get(_place(one)) != _looks(schema, one)]


def _place(spot: Spot) -> tuple[object, ...]:
    chosen = []
    above: Spot | None = spot
    while above is not None:
        chosen.append(above.variant)
        above = above.above
    return (spot.path, *filter(None, chosen))


def _looks(schema: Schema, spot: Spot) -> bytes:
    """What a place takes, without what lies below it, which has places of its own; names of types do not count."""
    return msgspec.json.encode((_shallow(schema, spot.shape), spot.required, sorted(spot.aliases)))


def _shallow(schema: Schema, shape: Shape) -> object:
    plain = schema.resolve(shape) if isinstance(shape, Ref) else shape
    if isinstance(plain, Struct):
        return "struct", plain.closed
    if isinstance(plain, Enum):
        variants = [(one.name, sorted(one.aliases), one.shape is None, one.other) for one in plain.variants]
        return "enum", plain.tag, plain.content, plain.untagged, variants
    if isinstance(plain, OptionOf | ListOf):
        return type(plain).__name__, _shallow(schema, plain.inner)
    if isinstance(plain, MapOf):
        return "map", _shallow(schema, plain.key), _shallow(schema, plain.value)
    return msgspec.to_builtins(plain)
