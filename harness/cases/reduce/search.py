"""The search for as little as possible, in batches: proposals go out, answers come in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Sequence
from typing import Generic, TypeVar

__all__ = ["Proposals", "Search"]

T = TypeVar("T")
R = TypeVar("R")

Proposals = Generator[tuple[T, ...], Sequence[bool], R]
"""Yields batches of proposals, is sent whether each of them holds, and ends with a result."""

_BATCH = 16


class Search(Generic[T]):
    """Asks at most `most` questions, none of them twice. What is not asked any more does not hold.

    The batches depend on the answers alone, so that the same answers always lead to the same result.
    """

    def __init__(self, identity: Callable[[T], Hashable], most: int) -> None:
        self._identity = identity
        self._known: dict[Hashable, bool] = {}
        self.left = most

    def ask(self, proposals: Sequence[T]) -> Proposals[T, list[bool]]:
        """Which of the proposals hold."""
        names = [self._identity(one) for one in proposals]
        new = list({name: one for name, one in zip(names, proposals, strict=True) if name not in self._known}.items())
        for start in range(0, len(new), _BATCH):
            batch = new[start : min(start + _BATCH, start + self.left)]
            if not batch:
                break
            self.left -= len(batch)
            answers = yield tuple(one for _, one in batch)
            self._known |= {name: answer for (name, _), answer in zip(batch, answers, strict=True)}
        return [self._known.get(name, False) for name in names]

    def first(self, proposals: Sequence[T]) -> Proposals[T, T | None]:
        """The first of the proposals that holds, None where none does."""
        answers = yield from self.ask(proposals)
        return next((one for one, holds in zip(proposals, answers, strict=True) if holds), None)

    def most_of(
        self, count: int, made: Callable[[frozenset[int]], T], *, whole: bool = True, patience: int = 0
    ) -> Proposals[T, frozenset[int]]:
        """As many of the numbers below `count` as `made` of them still holds: all, halves, quarters, single ones.

        Without `whole`, only single ones are tried. With `patience`, no smaller parts are tried after as many sizes
        in a row of which none held.
        """
        taken: frozenset[int] = frozenset()
        size, in_vain = count if whole else min(1, count), 0
        while size and self.left and not (patience and in_vain == patience):
            rest = [number for number in range(count) if number not in taken]
            chunks = [frozenset(rest[start : start + size]) for start in range(0, len(rest), size)]
            answers = yield from self.ask([made(taken | chunk) for chunk in chunks])
            good = [chunk for chunk, holds in zip(chunks, answers, strict=True) if holds]
            taken = yield from self._together(taken, good, made)
            in_vain = 0 if good else in_vain + 1
            size = 0 if size == 1 else (size + 1) // 2
        return taken

    def _together(
        self, taken: frozenset[int], good: Sequence[frozenset[int]], made: Callable[[frozenset[int]], T]
    ) -> Proposals[T, frozenset[int]]:
        """What each goes alone may not go together: then one after the other."""
        if not good:
            return taken
        every = taken.union(*good)
        (holds,) = yield from self.ask([made(every)])
        if holds:
            return every
        taken |= good[0]
        for chunk in good[1:]:
            (holds,) = yield from self.ask([made(taken | chunk)])
            taken = taken | chunk if holds else taken
        return taken
