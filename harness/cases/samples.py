"""Files of the repository in places that take files of their kind: sources for a generator, texts for a formatter.

Which kinds a program takes is found out by trying: it has to end well, and otherwise than with nonsense of that name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from harness.cases.base import Ground, Repository
from harness.cases.examples_found import LARGEST
from harness.cases.samples_found import kinds_in, may_be_sample
from harness.cases.slots import HERE, Slot, positional_slots
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["Samples", "on_samples", "samples_taken"]

MOST = 120
"""How many files at most a program is given."""

MOST_NEW = 40
"""How many of those that one side alone has."""

VERSION = 1
_TRIED = 6  # of a kind
_KINDS = 3  # that one place takes: some take all
_NONSENSE = b"\0[{\n"
_SECONDS = 2.0
_ALTERED = 3  # files of a kind that are altered
_Command = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A place, the ending of the files that it takes, and one that it was seen to take."""

    slot: Slot
    kind: str
    path: str


class Samples:
    """The source."""

    name = "samples"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """For each place files of the kinds that it takes, one after another of each; then some that are altered."""
        repository = ground.repository
        several = [_of(one, repository) for one in samples_taken(ground)] if repository else []
        in_turns = [case for turn in itertools.zip_longest(*several) for case in turn if case is not None]
        return in_turns[: ground.config.cases or MOST]

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """Files of these kinds that one side alone has, or has otherwise, and new ones of any kind.

        A change often brings what shows it.
        """
        old, new = before.repository, after.repository
        taken = samples_taken(before) if old and new else []
        made: list[Case] = []
        for one in taken:
            texts = [_every(repository, one.kind) for repository in (new, old)]
            for path in dict.fromkeys([*texts[0], *texts[1]]):
                if texts[0].get(path) != texts[1].get(path):
                    made += [_case(one.slot, path, some[path]) for some in texts if path in some]
        places = {(one.slot.program, one.slot.words): one.slot for one in taken}.values()
        made += [_case(slot, path, data) for path, data in (_new(old, new) if places else ()) for slot in places]
        return made[:MOST_NEW]


def samples_taken(ground: Ground) -> list[Taken]:
    """What kinds of files the positionals of all commands take, found out once for a range."""
    ground = ground.first or ground
    return ground.once(_samples_taken) if ground.contained and ground.repository is not None else []


def on_samples(ground: Ground) -> Mapping[_Command, Case]:
    """For each command that takes a kind of files, a command line with one."""
    made: dict[_Command, Case] = {}
    for one in samples_taken(ground):
        data = _content(ground.repository, one.path)
        if data is not None:
            made.setdefault((one.slot.program, one.slot.command), _case(one.slot, one.path, data))
    return made


def _samples_taken(ground: Ground) -> list[Taken]:
    assert ground.repository is not None
    slots, kinds = positional_slots(ground), kinds_in(ground.repository.paths())
    tried = [
        (Taken(slot=slot, kind=kind, path=path), data)
        for slot in slots
        for kind, paths in kinds.items()
        for path in paths[:: max(1, len(paths) // _TRIED)][:_TRIED]
        if (data := _content(ground.repository, path)) is not None
    ]
    parts = (VERSION, msgspec.msgpack.encode(tried, order="deterministic"))
    kept = ground.remember("samples", parts, lambda: msgspec.msgpack.encode(_try(ground, tried)))
    return [tried[index][0] for index in msgspec.msgpack.decode(kept, type=list[int])]


def _try(ground: Ground, tried: Sequence[tuple[Taken, bytes]]) -> list[int]:
    """Of each place and kind the file that is taken of which the program makes the most."""
    real = [replace(_case(one.slot, one.path, data), timeout=_SECONDS) for one, data in tried]
    odd = [replace(case, files={**case.files, one.path: _NONSENSE}) for case, (one, _) in zip(real, tried, strict=True)]
    seen = {id(case): one for case, one in ground.run([*real, *odd])}
    taken: dict[tuple[str, tuple[str, ...]], dict[str, list[int]]] = {}
    for index, (one, _) in enumerate(tried):
        good, bad = seen.get(id(real[index])), seen.get(id(odd[index]))
        if good and bad and _is_well(good) and _outcome(good) != _outcome(bad):
            kinds = taken.setdefault((one.slot.program, one.slot.words), {})
            kinds.setdefault(one.kind, []).append(index)

    def made_of(index: int) -> int:
        return len(seen[id(real[index])].stdout) + sum(file.size for file in seen[id(real[index])].files)

    return [max(some, key=made_of) for kinds in taken.values() for some in [*kinds.values()][:_KINDS]]


def _is_well(seen: CommandObservation) -> bool:
    return seen.status == "exit 0" and not seen.timed_out


def _outcome(seen: CommandObservation) -> object:
    return seen.status, seen.stdout, seen.stderr, seen.files


def _of(one: Taken, repository: Repository) -> Iterator[Case]:
    found = [(path, data) for path in _paths(repository, one.kind) if (data := _content(repository, path)) is not None]
    for path, data in found:
        yield _case(one.slot, path, data)
    for path, data in found[:_ALTERED]:
        yield from (_case(one.slot, path, altered, how) for how, altered in _altered(data))
    for path, data in found[:1]:
        words = tuple(word for word in one.slot.words if word != HERE)
        dash = tuple("-" if word == HERE else word for word in one.slot.words)
        for argv in (words, dash):
            yield Case(program=one.slot.program, argv=argv, stdin=data, origin=f"sample {path} on standard input")


def _altered(data: bytes) -> Iterator[tuple[str, bytes]]:
    lines = data.splitlines(keepends=True)
    middle = len(lines) // 2
    yield "cut off", data[: len(data) // 2]
    yield "a line less", b"".join(lines[:middle] + lines[middle + 1 :])
    yield "a line twice", b"".join(lines[: middle + 1] + lines[middle:])
    yield "CRLF", data.replace(b"\n", b"\r\n")
    yield "no end of line", data.rstrip(b"\n")
    yield "empty", b""


def _paths(repository: Repository | None, kind: str) -> list[str]:
    return kinds_in([path for path in repository.paths() if path.endswith(kind)]).get(kind, []) if repository else []


def _every(repository: Repository | None, kind: str) -> dict[str, bytes]:
    found = repository.read(f"**/*{kind}") if repository else {}
    return {path: data for path, data in sorted(found.items()) if len(data) <= LARGEST and may_be_sample(path)}


def _new(old: Repository | None, new: Repository | None) -> Iterator[tuple[str, bytes]]:
    known = set(old.paths()) if old else set()
    for path in sorted(set(new.paths() if new else ()) - known):
        if may_be_sample(path) and (data := _content(new, path)) is not None:
            yield path, data


def _content(repository: Repository | None, path: str) -> bytes | None:
    data = repository.read(path).get(path) if repository and not set("*?[") & set(path) else None
    return data if data is not None and len(data) <= LARGEST else None


def _case(slot: Slot, path: str, data: bytes, how: str = "") -> Case:
    return slot.case(path, {path: data}, f"sample {path}" + (f": {how}" if how else ""))
