"""Files of the repository in places that take files of their kind: sources for a generator, texts for a formatter.

Texts of several lines in Rust sources are such files too: tests have input in the program's own language as literals.
Which kinds a program takes is found out by trying: it has to end well, and otherwise than with nonsense of that name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from harness.cases.base import Ground, Repository, sources_of
from harness.cases.examples_found import LARGEST, examples_in
from harness.cases.samples_found import kinds_in, may_be_sample
from harness.cases.slots import HERE, Slot, flag_slots, positional_slots, shape_of
from harness.cases.texts_found import several_of, texts_in
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["Samples", "on_samples", "samples_taken"]

MOST = 160
"""How many files at most a program is given."""

MOST_NEW = 40
"""How many of those that one side alone has."""

VERSION = 4
_TEXTS = "text"
_DOCUMENTS = "document"
_MOST_TEXTS = 60
_TRIED = 6  # of a kind
_TRIED_TEXTS = 16
_TRIED_DOCUMENTS = 3
_MOST_TRIED = 500  # in all places together
_KINDS = 3  # that one place takes: some take all
_NONSENSE = b"\0[{\n"
_SECONDS = 2.0
_ALTERED = 3  # files of a kind that are altered
_Command = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A place, the kind of files that it takes (an ending, or texts), and one that it was seen to take."""

    slot: Slot
    kind: str
    path: str
    data: bytes

    def case(self, how: str = "") -> Case:
        """The command line with it."""
        return self.slot.case(self.path, {self.path: self.data}, f"sample {self.path}" + (f": {how}" if how else ""))

    def given(self, path: str, data: bytes) -> Taken:
        """The same place with another file."""
        return replace(self, path=path, data=data)


class Samples:
    """The source."""

    name = "samples"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """For each place files of the kinds that it takes, one after another of each; then some that are altered."""
        several = [_of(one, ground) for one in samples_taken(ground)]
        in_turns = [case for turn in itertools.zip_longest(*several) for case in turn if case is not None]
        return in_turns[: ground.config.cases or MOST]

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """What one side alone has of these kinds, or has otherwise, and new files of any kind.

        A change often brings what shows it.
        """
        taken = samples_taken(before) if before.repository and after.repository else []
        made = [
            one.given(path, data)
            for one in taken
            for mine, other in ((after, before), (before, after))
            for path, data in _only_in(mine, other, one)
        ]
        places = {(one.slot.program, one.slot.words): one for one in taken}.values()
        new = _new(before.repository, after.repository) if places else ()
        made += [one.given(path, data) for path, data in new for one in places]
        return [one.case() for one in made[:MOST_NEW]]


def samples_taken(ground: Ground) -> list[Taken]:
    """What kinds of files the positionals and flags of all commands take, found out once for a range."""
    ground = ground.first or ground
    return ground.once(_samples_taken) if ground.contained and ground.repository is not None else []


def on_samples(ground: Ground) -> Mapping[_Command, Case]:
    """For each command that takes a kind of files, a command line with one."""
    made: dict[_Command, Case] = {}
    for one in samples_taken(ground):
        made.setdefault((one.slot.program, one.slot.command), one.case())
    return made


# -- finding out ------------------------------------------------------------------------------------------


def _samples_taken(ground: Ground) -> list[Taken]:
    assert ground.repository is not None
    slots = [*positional_slots(ground), *flag_slots(ground)]
    tried = list(itertools.islice(_offered(slots, ground), _MOST_TRIED)) if slots else []
    parts = (VERSION, msgspec.msgpack.encode(tried, order="deterministic"))
    kept = ground.remember("samples", parts, lambda: msgspec.msgpack.encode(_try(ground, tried)))
    return [tried[index] for index in msgspec.msgpack.decode(kept, type=list[int])]


def _offered(slots: Sequence[Slot], ground: Ground) -> Iterator[Taken]:
    """First one of each kind in each place, then another."""
    kinds = kinds_in(ground.repository.paths() if ground.repository else ())
    offered: list[list[tuple[str, str, bytes]]] = []
    for kind, paths in kinds.items():
        chosen = paths[:: max(1, len(paths) // _TRIED)][:_TRIED]
        offered.append([(kind, one, data) for one in chosen if (data := _content(ground.repository, one)) is not None])
    texts = several_of(ground.once(_texts), _TRIED_TEXTS)
    offered.append([(_TEXTS, *_named(text, next(iter(kinds), ""))) for text in texts])
    documents = examples_in(ground.repository)[:_TRIED_DOCUMENTS]
    offered.append([(_DOCUMENTS, one.path, one.files[one.path]) for one in documents])
    for turn in itertools.zip_longest(*offered):
        for slot in slots:
            for one in turn:
                if one is not None:
                    yield Taken(slot=slot, kind=one[0], path=one[1], data=one[2])


def _try(ground: Ground, tried: Sequence[Taken]) -> list[int]:
    """Of each place and kind the file that is taken of which the program makes the most."""
    real = [replace(one.case(), timeout=_SECONDS) for one in tried]
    odd = [replace(one.given(one.path, _NONSENSE).case(), timeout=_SECONDS) for one in tried]
    again = [replace(case) for case in real]
    seen = {id(case): one for case, one in ground.run([*real, *odd, *again])}
    taken: dict[tuple[str, tuple[str, ...]], dict[str, list[int]]] = {}
    for index, one in enumerate(tried):
        good, bad, same = (seen.get(id(some[index])) for some in (real, odd, again))
        steady = good and same and shape_of(good) == shape_of(same)
        if good and bad and steady and _is_well(good) and _outcome(good, one) != _outcome(bad, one):
            kinds = taken.setdefault((one.slot.program, one.slot.words), {})
            kinds.setdefault(one.kind, []).append(index)

    def made_of(index: int) -> int:
        return len(seen[id(real[index])].stdout) + sum(file.size for file in seen[id(real[index])].files)

    chosen = [_without_documents(kinds) for kinds in taken.values()]
    return [max(some, key=made_of) for kinds in chosen for some in kinds[:_KINDS]]


def _without_documents(kinds: Mapping[str, list[int]]) -> list[list[int]]:
    """Where documents are taken, other sources of cases know more of the texts in tests."""
    left_out = {_DOCUMENTS, _TEXTS} if _DOCUMENTS in kinds else set()
    return [some for kind, some in kinds.items() if kind not in left_out]


def _is_well(seen: CommandObservation) -> bool:
    return seen.status == "exit 0" and not seen.timed_out


def _outcome(seen: CommandObservation, one: Taken) -> object:
    """What came of it; of a file that a flag names not what became of itself: it may be one that is written."""
    files = [file for file in seen.files if not (one.slot.flag and file.path == one.path.encode())]
    return seen.status, seen.stdout, seen.stderr, files


# -- files ------------------------------------------------------------------------------------------------


def _of(one: Taken, ground: Ground) -> Iterator[Case]:
    if one.kind == _TEXTS:
        files = [_named(text, one.path) for text in several_of(ground.once(_texts), _MOST_TEXTS)]
    else:
        every = ground.repository.paths() if ground.repository else ()
        paths = kinds_in([path for path in every if path.endswith(one.kind)]).get(one.kind, [])
        files = [(path, data) for path in paths if (data := _content(ground.repository, path)) is not None]
    found = [one.given(path, data) for path, data in files]
    yield from (some.case() for some in found)
    for some in found[:_ALTERED]:
        yield from (some.given(some.path, altered).case(how) for how, altered in _altered(some.data))
    for some in found[:1]:
        words = tuple(word for word in one.slot.words if word != HERE)
        dash = tuple("-" if word == HERE else word for word in one.slot.words)
        for argv in (dash,) if one.slot.flag else (words, dash):
            origin = f"sample {some.path} on standard input"
            yield Case(program=one.slot.program, argv=argv, stdin=some.data, origin=origin)


def _altered(data: bytes) -> Iterator[tuple[str, bytes]]:
    lines = data.splitlines(keepends=True)
    middle = len(lines) // 2
    yield "cut off", data[: len(data) // 2]
    yield "a line less", b"".join(lines[:middle] + lines[middle + 1 :])
    yield "a line twice", b"".join(lines[: middle + 1] + lines[middle:])
    yield "CRLF", data.replace(b"\n", b"\r\n")
    yield "no end of line", data.rstrip(b"\n")
    yield "empty", b""


def _texts(ground: Ground) -> list[str]:
    return texts_in(sources_of(ground.repository)) if ground.repository else []


def _named(text: str, like: str) -> tuple[str, bytes]:
    """A text as a file of the same ending."""
    return f"written{like[like.rfind('.') :] if '.' in like else ''}", text.encode("utf-8", "replace")


def _only_in(mine: Ground, other: Ground, one: Taken) -> Iterator[tuple[str, bytes]]:
    assert mine.repository is not None
    assert other.repository is not None
    if one.kind == _TEXTS:
        known = set(other.once(_texts))
        yield from (_named(text, one.path) for text in mine.once(_texts) if text not in known)
        return
    theirs = other.repository.read(f"**/*{one.kind}")
    for path, data in sorted(mine.repository.read(f"**/*{one.kind}").items()):
        if len(data) <= LARGEST and may_be_sample(path) and theirs.get(path) != data:
            yield path, data


def _new(old: Repository | None, new: Repository | None) -> Iterator[tuple[str, bytes]]:
    known = set(old.paths()) if old else set()
    for path in sorted(set(new.paths() if new else ()) - known):
        if may_be_sample(path) and (data := _content(new, path)) is not None:
            yield path, data


def _content(repository: Repository | None, path: str) -> bytes | None:
    data = repository.read(path).get(path) if repository and not set("*?[") & set(path) else None
    return data if data is not None and len(data) <= LARGEST else None
