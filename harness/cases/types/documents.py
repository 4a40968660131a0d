"""Documents for a program, in stated proportions: whole valid ones, nearly valid ones, and hostile ones."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.cases.types.errors import Mutation, mutations_at
from harness.cases.types.hostile import hostile_files
from harness.cases.types.maker import Maker
from harness.cases.types.model import Scalar
from harness.cases.types.spots import Spot
from harness.cases.types.tree import Tree, has, rename_key
from harness.cases.types.write import PLAIN, CannotWrite, Style, some_style, write

__all__ = ["SHARES", "Change", "Document", "Recipe", "changes_of", "documents", "documents_at"]

SHARES = {"valid": 0.4, "nearly valid": 0.45, "hostile": 0.15}
"""Which part of the documents is of which kind."""

SET, UNSET, EMPTY = "HARNESS_SET", "HARNESS_UNSET", "HARNESS_EMPTY"
"""Variables that placeholders in documents name; the second is not there, and there is nothing in the third."""

_AT_ONE_PLACE = 6
_PATIENCE = 2000  # documents without a new one among them: everything was made that can be


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file: what kind it is of, what it is, its content, and variables that it names."""

    kind: str
    label: str
    data: bytes
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value at one place, which alone may be accepted or not; `alias` renames the place's key."""

    spot: Spot
    value: Tree
    alias: str = ""

    def on(self, maker: Maker, tree: Tree) -> Tree:
        """The document with it."""
        made = maker.put(tree, self.spot, self.value)
        return rename_key(made, self.spot.path, self.alias) if self.alias else made

    @property
    def label(self) -> str:
        """For people: the place and the value."""
        name = f" (as {self.alias})" if self.alias else ""
        return f"{self.spot.text}{name} = {str(self.value)[:40]}"


def changes_of(maker: Maker, spots: Sequence[Spot], base: Tree) -> Iterator[Change]:
    """One value at one place of a document after another: first one for each place, then the others."""
    chosen = [list(_values_at(maker, spot)) for spot in spots if spot.path and not spot.variant]
    for changes in itertools.zip_longest(*chosen):
        yield from (one for one in changes if one is not None and not _changes_nothing(one, maker, base))


def _values_at(maker: Maker, spot: Spot) -> Iterator[Change]:
    seen = []
    for value in itertools.islice(maker.values(spot), 60):
        if value not in seen or isinstance(value, bool):
            seen.append(value)
            yield Change(spot=spot, value=value)
        if len(seen) == 1:
            yield from (Change(spot=spot, value=value, alias=alias) for alias in spot.aliases)
        if len(seen) >= _AT_ONE_PLACE and not _is_choice(maker, spot):
            return


def _is_choice(maker: Maker, spot: Spot) -> bool:
    return not isinstance(maker.schema.resolve(spot.shape), Scalar)


def _changes_nothing(change: Change, maker: Maker, base: Tree) -> bool:
    try:
        return bool(change.on(maker, base) == base)
    except (LookupError, TypeError):
        return True


def documents_at(recipe: Recipe, spots: Sequence[Spot], most: int) -> list[Document]:
    """Documents that differ from the base at these places alone: good values, then errors, a round at a time."""

    def stream() -> Iterator[Document]:
        for change in changes_of(recipe.maker, spots, recipe.base):
            yield from changed_documents(recipe, (change,), PLAIN)
        for turn in _rounds(replace(recipe, spots=tuple(spots))):
            for mutation in turn:
                yield from _mutated(recipe, [mutation], PLAIN)

    return list(itertools.islice(_fresh(stream(), set()), most))


# -- the stream -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What documents are made of: a base, changes of it, and a format.

    `changes` are known to be accepted or hoped to be, each alone or with what it needs beside it; `refused` are of the
    right types, but the program did not take them alone. `examples` are whole files, and `whole` is a document with
    as much in it as the program takes at once.
    """

    maker: Maker
    base: Tree
    changes: tuple[tuple[Change, ...], ...]
    spots: tuple[Spot, ...]
    form: str
    refused: tuple[tuple[Change, ...], ...] = ()
    examples: tuple[bytes, ...] = ()
    whole: Tree = None


def documents(recipe: Recipe, count: int, number: int) -> list[Document]:
    """`count` different documents, fewer where there are no more; the most promising of each kind first.

    `number` is the seed: the same recipe, count and seed give the same documents.
    """
    streams = {
        "valid": _valid(recipe, random.Random(f"valid {number}"), 10 * count),
        "nearly valid": _nearly_valid(recipe, random.Random(f"near {number}"), 10 * count),
        "hostile": _hostile(recipe, random.Random(f"hostile {number}")),
    }
    seen: set[tuple[bytes, str]] = set()
    made: list[Document] = []
    for kind, stream in streams.items():
        wanted = round(count * SHARES[kind])
        fresh = _fresh(stream, seen)
        made += [replace(one, kind=kind) for one in itertools.islice(fresh, wanted)]
    return made


def _fresh(stream: Iterator[Document], seen: set[tuple[bytes, str]]) -> Iterator[Document]:
    stale = 0
    for one in stream:
        identity = (one.data, repr(one.env))
        if identity not in seen:
            seen.add(identity)
            stale = 0
            yield one
        elif (stale := stale + 1) > _PATIENCE:
            return


def _written(
    tree: Tree, label: str, recipe: Recipe, style: Style = PLAIN, env: Mapping[str, str] | None = None
) -> Iterator[Document]:
    try:
        data = write(tree, recipe.form, style)
    except (CannotWrite, RecursionError):
        return
    yield Document(kind="", label=label, data=data, env=dict(env or {}))


def _valid(recipe: Recipe, choice: random.Random, turns: int) -> Iterator[Document]:
    yield from _written(recipe.base, "the least document", recipe)
    if recipe.whole is not None:
        yield from _written(recipe.whole, "everything at once", recipe)
    for number, data in enumerate(recipe.examples, 1):
        yield Document(kind="", label=f"example {number}", data=data)
    for style in (Style(quote='"'), Style(quote="'", flow=1), Style(comment=True, crlf=True), Style(mark=True)):
        yield from _written(recipe.base, "the least document in another style", recipe, style)
    for bundle in recipe.changes:
        yield from changed_documents(recipe, bundle, PLAIN)
        if choice.random() < 0.5:
            yield from changed_documents(recipe, _several(recipe, choice, 2 + choice.randrange(4)), some_style(choice))
    for turn in range(1, turns):
        if not recipe.changes:
            return
        yield from changed_documents(recipe, _several(recipe, choice, 1 + turn % 7), some_style(choice))


def _several(recipe: Recipe, choice: random.Random, count: int) -> list[Change]:
    return [one for bundle in choice.sample(recipe.changes, min(len(recipe.changes), count)) for one in bundle]


def changed_documents(recipe: Recipe, changes: Sequence[Change], style: Style = PLAIN) -> Iterator[Document]:
    """The base with all these changes; none where one takes away where the next belongs, or its format lacks them."""
    try:
        tree = recipe.base
        for change in changes:
            tree = change.on(recipe.maker, tree)
    except (LookupError, TypeError, AttributeError):
        return  # one change took away where the next one belongs
    yield from _written(tree, "; ".join(one.label for one in changes), recipe, style)


def _placeholders(recipe: Recipe, choice: random.Random) -> Iterator[Document]:
    """Names of variables in texts that the base has, as many programs replace them."""
    texts = [spot for spot in recipe.spots if _is_text(recipe, spot) and has(recipe.base, spot.path)]
    for number, spot in enumerate(texts):
        here = next(recipe.maker.values(spot), "alpha")
        forms = [f"${{{SET}}}", f"${{{UNSET}:-{here}}}", f"${{{UNSET}}}", f"${SET}", f"$${{{SET}}}", f"${{{SET}"]
        forms += [f"${{{EMPTY}:-{here}}}", f"${{{EMPTY}}}", f"${{{SET.lower()}}}"]
        for form in forms if number < 2 else choice.sample(forms, 1):
            tree = recipe.maker.put(recipe.base, spot, form)
            yield from _written(tree, f"{form} at {spot.text}", recipe, env={SET: str(here), EMPTY: ""})


def _is_text(recipe: Recipe, spot: Spot) -> bool:
    plain = recipe.maker.schema.resolve(spot.shape)
    return isinstance(plain, Scalar) and plain.kind == "text" and bool(spot.path)


def _nearly_valid(recipe: Recipe, choice: random.Random, turns: int) -> Iterator[Document]:
    """One error, and two at places that have nothing to do with each other, so that their order shows."""
    yield from _placeholders(recipe, choice)
    rounds = _rounds(recipe)
    singles = [one for each in rounds for one in each]
    refused = iter(recipe.refused)
    both = _two_refused(recipe)
    heads = [one for each in rounds[:6] for one in each]
    for number, mutation in enumerate(singles):
        yield from _mutated(recipe, [mutation], PLAIN if number % 4 else some_style(choice))
        if number % 2 and len(heads) > 1:
            yield from _mutated(recipe, choice.sample(heads, 2), PLAIN)
        if number % 3 == 0 and (bundle := next(refused, None)):
            yield from changed_documents(recipe, bundle, PLAIN)
        if number % 3 == 1 and (changes := next(both, None)):
            yield from changed_documents(recipe, changes, PLAIN)
    for turn in range(turns):
        if not singles:
            return
        changes = _several(recipe, choice, turn % 3)
        yield from _mutated(
            recipe, choice.sample(singles, min(len(singles), 1 + turn % 3)), some_style(choice), changes
        )


def _two_refused(recipe: Recipe) -> Iterator[list[Change]]:
    """Two values at two places that are of their types and refused all the same: own checks have an order."""
    firsts: dict[object, Change] = {}
    for (change,) in recipe.refused:
        if change.value is not None:
            firsts.setdefault(change.spot.path, change)
    some = list(firsts.values())
    # Neighbours first, then those that are further apart, so that every place is in a pair soon.
    pairs = ((one, other) for step in range(1, len(some)) for one, other in zip(some, some[step:], strict=False))
    yield from (list(pair) for pair in pairs if _apart(*pair))


def _apart(one: Change, other: Change) -> bool:
    first, second = sorted((one.spot.path, other.spot.path), key=len)
    return second[: len(first)] != first


def _rounds(recipe: Recipe) -> list[list[Mutation]]:
    """All errors, so that every place has one before any has two, and not everywhere the same one first."""
    by_place = []
    for number, spot in enumerate(one for one in recipe.spots if not one.variant):
        found = list(mutations_at(recipe.maker, spot))
        turned = number % 3 if len(found) > 3 else 0
        by_place.append([*found[turned : turned + 1], *found[:turned], *found[turned + 1 :]])
    return [[one for one in turn if one] for turn in itertools.zip_longest(*by_place)]


def _mutated(
    recipe: Recipe, mutations: Sequence[Mutation], style: Style, changes: Sequence[Change] = ()
) -> Iterator[Document]:
    tree = recipe.base
    try:
        for change in changes:
            tree = change.on(recipe.maker, tree)
        for mutation in sorted(mutations, key=lambda one: -len(one.path)):
            tree = mutation.apply(tree)
    except (LookupError, TypeError, AttributeError):
        return  # one error took away where the other belongs: they are not independent
    if tree != recipe.base:
        yield from _written(tree, " and ".join(one.label for one in mutations), recipe, style)


def _hostile(recipe: Recipe, choice: random.Random) -> Iterator[Document]:
    good = [write(recipe.base, recipe.form), *recipe.examples]
    for label, data in hostile_files(recipe.form, good, choice):
        yield Document(kind="", label=label, data=data)
