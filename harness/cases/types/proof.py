"""Trying documents on the program itself before anything is built on one: which base and which changes it accepts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from harness.cases.types.documents import Change, changes_of
from harness.cases.types.examples import Example, fit
from harness.cases.types.maker import Maker
from harness.cases.types.model import Enum, OptionOf, Shape, Struct
from harness.cases.types.spots import Spot
from harness.cases.types.tree import Tree
from harness.cases.types.write import CannotWrite, write
from harness.compare.output import CommandObservation

__all__ = ["MOST_CHANGES", "Proof", "fits", "probing", "prove", "prune", "shows", "vet"]

Try = Callable[[Sequence[bytes]], Sequence[CommandObservation]]
"""Runs the program once on each content of the configuration file."""

MOST_CHANGES = 320
_MOST_BASES = 8
_MOST_REPAIRED = 40
_SIBLINGS = 6
_MOST_TRIES = 96
_FITS = 0.9
_NONSENSE = (b"\xff\xfe\x00", b"{[unclosed: 'and", b"certainly_no_key_of_anything: 1\n", b"42\n")


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What trying gave: the base, whether the program accepted it, and which changes of it, by their numbers.

    `together` are those that it accepts with another one beside, `whole` the base with as many of them at once as it
    accepts, one for a place.
    """

    base: Tree
    accepted: bool
    allowed: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    together: tuple[tuple[int, int], ...] = ()
    whole: Tree = None


@dataclass(frozen=True, slots=True)
class _Tried:
    """A document and what the program did."""

    tree: Tree
    seen: CommandObservation
    size: int


def shows(contents_seen: Sequence[CommandObservation]) -> bool:
    """Whether runs on different contents show that the content matters at all."""
    return len({_outcome(one) for one in contents_seen}) > 1


def probing(maker: Maker, root: Shape, form: str, examples: Sequence[Example]) -> list[bytes]:
    """A few contents that a program tells apart if it reads the file: nonsense, and what it may want."""
    wanted = [_written(maker.least(root), form), *(one.data for one in examples if fits(maker, root, one))]
    return [*_NONSENSE, *[data for data in wanted[:2] if data is not None]]


def fits(maker: Maker, root: Shape, example: Example) -> bool:
    """Whether an example is of a type, or nearly."""
    return fit(maker.schema, root, example.tree) > _FITS


def prove(maker: Maker, root: Shape, form: str, examples: Sequence[Example], try_all: Try) -> Proof | None:
    """The best base; None where nothing shows that the program reads documents of this type and format."""
    found = _base(maker, root, form, examples, try_all)
    return None if found is None else Proof(base=found.tree, accepted=found.seen.status == "exit 0")


def vet(maker: Maker, proof: Proof, spots: Sequence[Spot], form: str, try_all: Try) -> Proof:
    """The proof with what the program does with each change of the base."""
    changes = list(changes_of(maker, spots, proof.base))[:MOST_CHANGES]
    data = _written(proof.base, form)
    if data is None:
        return proof
    status = try_all([data])[0].status
    alone = _accepted(maker, proof.base, [(one,) for one in changes], form, try_all, status)
    refused = [number for number, fine in enumerate(alone) if not fine]
    pairs = list(_pairs(changes, refused))
    bundles = [(changes[one], changes[other]) for one, other in pairs]
    fine = _accepted(maker, proof.base, bundles, form, try_all, status)
    firsts: dict[object, Change] = {}
    for one, good in zip(changes, alone, strict=True):
        if good and not one.alias and one.value is not None:
            firsts.setdefault(one.spot.path, one)
    return msgspec.structs.replace(
        proof,
        whole=_all_at_once(maker, proof.base, list(firsts.values()), form, try_all, status),
        allowed=tuple(number for number, good in enumerate(alone) if good),
        refused=tuple(refused),
        together=tuple(pair for pair, good in zip(pairs, fine, strict=True) if good),
    )


def prune(maker: Maker, shape: Shape, tree: Tree, depth: int = 0) -> Tree:
    """A document without its optional keys."""
    plain = maker.schema.resolve(shape)
    if isinstance(plain, OptionOf):
        return prune(maker, plain.inner, tree, depth + 1)
    if isinstance(plain, Struct) and isinstance(tree, dict) and depth < 30:
        fields = {name: one for one in maker.schema.keys(shape) for name in (one.name, *one.aliases)}
        keep_all = any(isinstance(part, Enum) for part in maker.schema.choices(shape))
        return {
            key: prune(maker, fields[key].shape, value, depth + 1) if key in fields else value
            for key, value in tree.items()
            if (fields[key].required if key in fields else keep_all)
        }
    return tree


# -- the base ---------------------------------------------------------------------------------------------


def _base(maker: Maker, root: Shape, form: str, examples: Sequence[Example], try_all: Try) -> _Tried | None:
    """The smallest document that is accepted; where none is, the first that gets further than nonsense."""
    trees = list(_candidates(maker, root, examples))
    written = [(tree, data) for tree in trees if (data := _written(tree, form)) is not None]
    seen = try_all([*(data for _, data in written), *_NONSENSE])
    nonsense = {_outcome(one) for one in seen[len(written) :]}
    tried = [_Tried(tree, one, len(data)) for (tree, data), one in zip(written, seen, strict=False)]
    further = [one for one in tried if _outcome(one.seen) not in nonsense and not one.seen.timed_out]
    accepted = [one for one in further if one.seen.status == "exit 0"]
    return min(accepted, key=lambda one: one.size) if accepted else next(iter(further), None)


def _candidates(maker: Maker, root: Shape, examples: Sequence[Example]) -> Iterator[Tree]:
    fitting = [one.tree for one in examples if fits(maker, root, one)][:_MOST_BASES]
    found = [maker.least(root), *(prune(maker, root, tree) for tree in fitting), *fitting]
    seen: list[Tree] = []
    for tree in found:
        if tree not in seen:
            seen.append(tree)
            yield tree


def _outcome(seen: CommandObservation) -> tuple[str, str]:
    """What a run came to, without the numbers in it: nonsense is refused at one place or another."""
    return seen.status, re.sub(r"\d+", "0", (seen.stdout + seen.stderr).decode("utf-8", "replace"))[:2000]


def _written(tree: Tree, form: str) -> bytes | None:
    try:
        return write(tree, form)
    except (CannotWrite, RecursionError):
        return None


# -- changes ----------------------------------------------------------------------------------------------


def _accepted(
    maker: Maker, base: Tree, bundles: Sequence[tuple[Change, ...]], form: str, try_all: Try, status: str
) -> list[bool]:
    """Which changes of the base end like the base itself."""
    written = [_changed(maker, base, bundle, form) for bundle in bundles]
    seen = iter(try_all([data for data in written if data is not None]))
    return [data is not None and next(seen).status == status for data in written]


def _all_at_once(maker: Maker, base: Tree, changes: Sequence[Change], form: str, try_all: Try, status: str) -> Tree:
    """The base with as many changes as are accepted together: all, halves of them, quarters."""
    left, waiting = _MOST_TRIES, [list(changes)]
    while waiting and left:
        some = waiting.pop()
        if not some:
            continue
        left -= 1
        (accepted,) = _accepted(maker, base, [tuple(some)], form, try_all, status)
        if accepted:
            for one in some:
                base = one.on(maker, base)
        elif len(some) > 1:
            waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
    return base


def _changed(maker: Maker, base: Tree, changes: Sequence[Change], form: str) -> bytes | None:
    try:
        for change in changes:
            base = change.on(maker, base)
    except (LookupError, TypeError, AttributeError):
        return None
    return _written(base, form)


def _pairs(changes: Sequence[Change], refused: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each refused change with some of what stands beside it: often one key asks for another."""
    for number in refused[:_MOST_REPAIRED]:
        path = changes[number].spot.path
        beside = [
            other
            for other, one in enumerate(changes)
            if one.spot.path[:-1] == path[:-1] and one.spot.path != path and one.value is not None and not one.alias
        ]
        yield from ((other, number) for other in beside[:_SIBLINGS])
