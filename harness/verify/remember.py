"""What earlier runs found in a repository: the store remembers it, and the next run tries it first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from harness.model import Case, Revision
from harness.report.found import Found
from harness.store import Store, key_of

__all__ = ["forget", "last_run", "recall", "remember"]

_MOST = 100
_KIND = "found"


class _Entry(msgspec.Struct, frozen=True):
    """What was found, and in which revisions."""

    found: Found
    revisions: str


class _Memory(msgspec.Struct, frozen=True):
    """What the last run found, and before it others that it did not find, the newest first."""

    last: tuple[_Entry, ...] = ()
    earlier: tuple[_Entry, ...] = ()


def remember(store: Store, workspace: Path, revisions: Sequence[Revision], found: Sequence[Found]) -> None:
    """Keeps what a run found in a workspace and, of what runs before it did, as much as is worth it."""
    memory = _memory(store, workspace)
    last = tuple(_Entry(found=one, revisions=_name(revisions)) for one in found[:_MOST])
    known = {_identity(one) for one in last}
    older = {_identity(one): one for one in (*memory.last, *memory.earlier) if _identity(one) not in known}
    earlier = tuple(older.values())[: _MOST - len(last)]
    store.put(_KIND, _key(workspace), msgspec.msgpack.encode(_Memory(last=last, earlier=earlier)))


def recall(store: Store, workspace: Path, revisions: Sequence[Revision]) -> tuple[Case, ...]:
    """The cases that other runs in this workspace found something by, the newest first.

    What was found in these very revisions is found there again anyway: a run that nothing is new to runs nothing.
    """
    memory = _memory(store, workspace)
    name = _name(revisions)
    others = [one.found.case for one in (*memory.last, *memory.earlier) if one.revisions != name]
    return tuple(replace(case, origin="found by an earlier run") for case in others)


def forget(store: Store, workspace: Path) -> None:
    """Drops all of it, for whoever measures what a run finds by itself."""
    store.put(_KIND, _key(workspace), msgspec.msgpack.encode(_Memory()))


def last_run(store: Store, workspace: Path) -> tuple[Found, ...]:
    """What the last run in this workspace found."""
    return tuple(one.found for one in _memory(store, workspace).last)


def _memory(store: Store, workspace: Path) -> _Memory:
    record = store.get(_KIND, _key(workspace))
    return msgspec.msgpack.decode(record, type=_Memory) if record else _Memory()


def _key(workspace: Path) -> str:
    return key_of(str(workspace))


def _name(revisions: Sequence[Revision]) -> str:
    return key_of([one.tree for one in revisions])


def _identity(one: _Entry) -> bytes:
    return msgspec.msgpack.encode(one.found.case, order="deterministic")
