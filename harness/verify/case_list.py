"""Cases as the store keeps them: in parts, so that however many there are, only some are in memory at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from harness.errors import StoreError
from harness.model import Case
from harness.store import Store, digest_of, key_of
from harness.verify.observer import key_of_case

__all__ = ["CaseList"]

_PART = 512
_KIND = "cases"


class CaseList:
    """Some cases in memory that come first, and others in the store that come after them, each once."""

    def __init__(self, store: Store, parts: Sequence[str], first: Sequence[Case] = ()) -> None:
        self._store = store
        self._parts = list(parts)
        self._first = list(first)

    @classmethod
    def kept(cls, store: Store, key: str, make: Callable[[], Iterable[Case]]) -> CaseList:
        """The cases under a key; made and stored in parts where they are not there, or not whole."""
        record = store.get(_KIND, key)
        parts = msgspec.msgpack.decode(record, type=list[str]) if record else []
        # Each is read once here, so that a damaged one is found before anything is done with the others.
        if record is None or any(store.get(_KIND, part) is None for part in parts):
            parts = [_put(store, some) for some in _batched(make())]
            store.put(_KIND, key, msgspec.msgpack.encode(parts))
        return cls(store, parts)

    def after(self, first: Sequence[Case]) -> CaseList:
        """These cases behind others."""
        return CaseList(self._store, self._parts, [*first, *self._first])

    def identity(self) -> str:
        """A key that is equal for equal cases in the same order."""
        return key_of([key_of_case(case) for case in self._first], self._parts)

    def __iter__(self) -> Iterator[Case]:
        return itertools.chain.from_iterable(self.parts())

    def __len__(self) -> int:
        return sum(map(len, self.parts()))

    def parts(self) -> Iterator[list[Case]]:
        """The cases, some at a time."""
        known: set[bytes] = set()
        for some in itertools.chain(_batched(self._first), map(self._read, self._parts)):
            fresh = []
            for case in some:
                key = bytes.fromhex(key_of_case(case))
                if key not in known:
                    known.add(key)
                    fresh.append(case)
            if fresh:
                yield fresh

    def _read(self, part: str) -> list[Case]:
        record = self._store.get(_KIND, part)
        if record is None:
            raise StoreError("Cases vanished from the store.", step="Run again: they are then made again.")
        return msgspec.msgpack.decode(record, type=list[Case])


def _put(store: Store, cases: Sequence[Case]) -> str:
    data = msgspec.msgpack.encode(cases)
    key = digest_of(data)
    store.put(_KIND, key, data)
    return key


def _batched(cases: Iterable[Case]) -> Iterator[list[Case]]:
    every = iter(cases)
    while some := list(itertools.islice(every, _PART)):
        yield some
