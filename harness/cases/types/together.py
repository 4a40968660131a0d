"""Documents that set two or three choices at once that a commit names: a condition of several shows in no one alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from harness.cases.named import Named
from harness.cases.types.documents import Change, Document, Recipe, changed_documents, changes_of
from harness.cases.types.model import Enum, OptionOf, Ref, Scalar, Schema, Shape
from harness.cases.types.spots import Spot

__all__ = ["documents_together"]

_CHANGES = 16
_AT_ONCE = (2, 3)


def documents_together(recipe: Recipe, named: Named, most: int) -> list[Document]:
    """At most `most` documents with switches and variants that the changed lines name, or the functions around them."""
    ranked = sorted(_named(recipe, named), key=lambda one: one[0])[:_CHANGES]
    several = [
        (sum(rank for rank, _ in some), [change for _, change in some])
        for count in _AT_ONCE
        for some in itertools.combinations(ranked, count)
        if len({change.spot.path for _, change in some}) == count
    ]
    several.sort(key=lambda one: one[0])
    made = (one for _, changes in several for one in changed_documents(recipe, changes))
    return list(itertools.islice(made, most))


def _named(recipe: Recipe, named: Named) -> Iterator[tuple[int, Change]]:
    schema = recipe.maker.schema
    for spot in recipe.spots:
        if not _is_choice(schema, spot) or not spot.path:
            continue
        of_place = named.rank(spot.name, *_type_names(schema, spot.shape))
        for change in changes_of(recipe.maker, [spot], recipe.base):
            rank = of_place if isinstance(change.value, bool) else _of_variant(named, change.value, of_place)
            if rank is not None and not change.alias:
                yield rank, change


def _of_variant(named: Named, value: object, of_place: int | None) -> int | None:
    """A variant is meant where it is named beside the place that it is for."""
    own = named.rank(value) if isinstance(value, str) else None
    return None if own is None or of_place is None else min(own, of_place)


def _is_choice(schema: Schema, spot: Spot) -> bool:
    shape = schema.resolve(spot.shape)
    if isinstance(shape, OptionOf):
        shape = schema.resolve(shape.inner)
    return isinstance(shape, Enum) or (isinstance(shape, Scalar) and shape.kind == "bool")


def _type_names(schema: Schema, shape: Shape) -> Iterator[str]:
    if isinstance(shape, OptionOf):
        yield from _type_names(schema, shape.inner)
    elif isinstance(shape, Ref):
        yield shape.name.rpartition("::")[2]
