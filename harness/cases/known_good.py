"""Command lines that get deep into a program: what other sources build on.

They come from plausible arguments, from examples of the repository in the places where files are taken, from
documents made of types, and from harness.toml; then what they look for in vain is given to them from the repository,
as long as that changes anything.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

import msgspec

from harness.cases.base import Ground
from harness.cases.configured import Configured, Template
from harness.cases.documents import format_of, read
from harness.cases.examples_found import LARGEST_BESIDE, MOST_BESIDE, candidates_for, examples_in, stems_beside
from harness.cases.file_slots import file_slots
from harness.cases.help_discovery import base_argv, discover, homes_of, page_of, switches_of
from harness.cases.rust_types import whole_documents
from harness.cases.samples import on_samples
from harness.cases.source_examples import written_in_sources
from harness.cases.steady import Base, agree, steadied
from harness.cases.trace import Sought, looked_for, traced
from harness.cases.values import files_named
from harness.compare.output import CommandObservation
from harness.model import Case
from harness.store import key_of

__all__ = ["Base", "KnownGood", "always_alike", "known_good", "run"]

VERSION = 13
MOST_EXAMPLES = 24  # in one place of one command
MOST_CASES = 160
_ROUNDS = 4
_WATCHED = 24  # cases that are run under a trace in each round
_MOST_ACCEPTED = 6  # of one command
_MOST_MADE = 2
_MOST_REFUSED = 2
_MOST_SWITCHED = 60
_MOST_ENABLED = 3  # of one command
_MOST_NAMES = 4
_SECONDS = 2.0  # what takes longer is no ground to build hundreds of cases on


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGood:
    """All of them: as they are at first, and with what they looked for."""

    plain: tuple[Base, ...] = ()
    deep: tuple[Base, ...] = ()

    def best(self) -> list[Base]:
        """Those to build on: of each command the accepted ones, else what got furthest; each outcome once."""
        return _chosen([*self.deep, *self.plain])

    def accepted(self) -> list[Base]:
        """Those with a document that the program reads and accepts, the best first, each document once for a command
        line."""
        found: dict[object, Base] = {}
        for one in (*self.best(), *self.deep, *self.plain):
            if one.accepted and one.outcome and one.document and not (one.unread or one.switched):
                found.setdefault((one.case.program, one.case.argv, one.case.files[one.document]), one)
        return list(found.values())

    def succeeding(self) -> list[Base]:
        """Those that are accepted, and those without a document that end well, each command line once.

        First come those with a sample of what the command is for.
        """
        plain: dict[object, Base] = {}
        for one in (*self.best(), *self.deep, *self.plain):
            if one.accepted and one.outcome and not (one.document or one.switched):
                plain.setdefault((one.case.program, one.case.argv), one)
        samples = [one for one in plain.values() if one.sample]
        return [*samples, *self.accepted(), *(one for one in plain.values() if not one.sample)]


def known_good(ground: Ground) -> KnownGood:
    """The command lines of a build that get deep, found out once. None without a sandbox."""
    return ground.once(_known_good) if ground.contained else KnownGood()


def _known_good(ground: Ground) -> KnownGood:
    tried = ground.once(_to_try)
    if ground.first is not None and ground.first.once(_to_try) == tried:
        ground = ground.first
    parts = (VERSION, ground.build.tree, ground.tracer, msgspec.msgpack.encode(tried, order="deterministic"))
    kept = ground.remember("known good", parts, lambda: msgspec.msgpack.encode(_found(ground, tried)))
    return msgspec.msgpack.decode(kept, type=KnownGood)


def _to_try(ground: Ground) -> list[Base]:
    made = [Base(case=case, document=_document(case)) for case in Configured().cases(ground, ())]
    slots, examples = file_slots(ground), examples_in(ground.repository)
    for slot in slots:
        for one in examples[:MOST_EXAMPLES]:
            case = slot.case(one.path, one.files, f"example {one.path}")
            made.append(Base(case=case, document=one.path))
    written = written_in_sources(ground) if slots else []
    made += [
        Base(case=slot.case(one.path, one.files, "from a source"), document=one.path)
        for slot in slots
        for one in written
    ]
    others = [Base(case=case, sample=True) for case in on_samples(ground).values()]
    others += [Base(case=case, document=path, made=True) for case, path in whole_documents(ground)]
    for page in discover(ground):
        if not page.endless:
            argv = base_argv(page)
            case = Case(program=page.program, argv=argv, files=files_named(argv), origin="plausible")
            others.append(Base(case=case))
    return [
        *made[: max(MOST_CASES - len(others), 0)],
        *others[:MOST_CASES],
        *itertools.islice(_switched(ground), _MOST_SWITCHED),
    ]


def _switched(ground: Ground) -> Iterator[Base]:
    """Plausible arguments with one switch more: some lead a program to where it looks for other things."""
    pages = discover(ground)
    homes = homes_of(pages)
    for page in pages:
        for flag in switches_of(page) if not page.endless else ():
            if page.path in homes[page.program, flag.name]:
                argv = (*base_argv(page, flag.name), flag.name)
                case = Case(program=page.program, argv=argv, files=files_named(argv), origin=f"with {flag.name}")
                yield Base(case=case, switched=True)


def _useful(ground: Ground, bases: Sequence[Base]) -> list[Base]:
    """The bases without those whose switch leads nowhere, or somewhere that is no failure: help texts suggest these.

    Of a command that ends well with a switch alone (`--offline`, `--dry-run`), that is what there is to build on.
    """
    known = {one.outcome for one in bases if not one.switched}
    enabled = {id(one): replace(one, switched=False) for one in _enabled(ground, bases)}

    def leads_somewhere(one: Base) -> bool:
        return not one.accepted and one.outcome not in known

    return [
        enabled.get(id(one), one) for one in bases if not one.switched or id(one) in enabled or leads_somewhere(one)
    ]


def _enabled(ground: Ground, bases: Sequence[Base]) -> Iterator[Base]:
    """Of commands that end well with a switch alone, the first that do, each outcome once."""
    pages = discover(ground)
    well = {id(page_of(one.case, pages)) for one in bases if one.accepted and not one.switched}
    seen: set[str] = set()
    count = Counter[int]()
    for one in bases:
        page = id(page_of(one.case, pages))
        new = one.outcome and one.outcome not in seen
        if one.switched and one.accepted and new and page not in well and count[page] < _MOST_ENABLED:
            seen.add(one.outcome)
            count[page] += 1
            yield one


def _document(case: Case) -> str:
    named = (path for path in case.files if path in case.argv and format_of(path))
    return next((path for path in named if read(format_of(path), case.files[path]) is not None), "")


def _found(ground: Ground, tried: Sequence[Base]) -> KnownGood:
    plain = _useful(ground, run(ground, tried))
    given: dict[str, bytes] = {}
    missing = _watched(ground, plain, {}, given) if ground.tracer else {}
    plain = now = [
        *plain,
        *run(ground, [one for index in missing for one in _named(ground, plain[index], missing[index])]),
    ]
    for _ in range(_ROUNDS if ground.tracer else 0):
        missing |= _watched(ground, now, missing, given)
        more = _from_repository(ground, missing.values(), given)
        if not more:
            break
        given |= more
        now = run(ground, [_with(old, given) if one.outcome else one for old, one in zip(plain, now, strict=True)])
    now = _read_by_the_program(ground, now)
    told = [replace(one, missing=missing.get(index, ())) for index, one in enumerate(now)]
    told, calmer = steadied(told, lambda some: run(ground, some))
    deep = [new for old, new in zip(plain, told, strict=True) if new.given and new.outcome != old.outcome]
    plain = _read_by_the_program(ground, plain) if given else told
    return KnownGood(plain=tuple(plain), deep=(*calmer, *deep))


def run(ground: Ground, bases: Sequence[Base]) -> list[Base]:
    """The bases with how they ended. What takes too long has no outcome."""
    cases = [replace(base.case, timeout=min(base.case.timeout, _SECONDS)) for base in bases]
    seen = {id(case): one for case, one in ground.run(cases)}
    return [_seen(base, seen.get(id(case))) for base, case in zip(bases, cases, strict=True)]


def always_alike(ground: Ground, cases: Sequence[Case]) -> list[bool | None]:
    """Of each case whether the program does the same with it in some more runs; None where it takes too long."""
    tried = run(ground, [Base(case=case) for case in cases])
    ended = [one for one in tried if one.outcome]
    alike = iter(agree(ended, partial(run, ground)))
    return [next(alike) if one.outcome else None for one in tried]


def _read_by_the_program(ground: Ground, bases: Sequence[Base]) -> list[Base]:
    """The bases, those marked for which it makes no difference what is in their document."""
    other = {
        index: replace(one, case=replace(one.case, files={**one.case.files, one.document: b"\0[{\n"}))
        for index, one in enumerate(bases)
        if one.document and one.outcome
    }
    seen = dict(zip(other, run(ground, list(other.values())), strict=True))
    return [
        replace(one, unread=True) if index in seen and seen[index].outcome == one.outcome else one
        for index, one in enumerate(bases)
    ]


def _seen(base: Base, seen: CommandObservation | None) -> Base:
    if seen is None or seen.timed_out:
        return replace(base, outcome="", accepted=False)
    own = base.document.encode()
    texts = [text.replace(own, b"{}") if own else text for text in (seen.stdout, seen.stderr)]
    shape = [seen.status, *(re.sub(rb"\d+", b"#", text) for text in texts), sorted(one.path for one in seen.files)]
    return replace(base, outcome=key_of(*shape), accepted=seen.status == "exit 0")


def _watched(
    ground: Ground, bases: Sequence[Base], known: Mapping[int, tuple[Sought, ...]], given: Mapping[str, bytes]
) -> dict[int, tuple[Sought, ...]]:
    """What some of the bases look for in vain, those of each outcome that come first; not those that found it all."""
    firsts: dict[tuple[object, ...], dict[str, int]] = {}
    for index, one in enumerate(bases):
        if one.outcome:
            firsts.setdefault(_command(one), {}).setdefault(one.outcome, index)
    in_turns = [
        index for several in itertools.zip_longest(*(one.values() for one in firsts.values())) for index in several
    ]
    again = {index for index, several in known.items() if not any(one.path in given for one in several)}
    chosen = [index for index in in_turns if index is not None and index not in again][:_WATCHED]
    cases = {index: traced(bases[index].case, ground.tracer) for index in chosen}
    seen = {id(case): one for case, one in ground.run(list(cases.values()))}
    return {index: looked_for(seen[id(case)]) for index, case in cases.items() if id(case) in seen}


def _named(ground: Ground, base: Base, missing: Sequence[Sought]) -> Iterator[Base]:
    """The base with other names, where it looks for a file that is called like one of its arguments.

    `discover value` that looks for `plugins/value.wasm` is given the names that plugins of the repository have.
    """
    for one in missing:
        path = PurePosixPath(one.path)
        if path.stem in base.case.argv and path.stem != base.document and path.parent.name:
            stems = stems_beside(str(path), ground.repository)
            for stem in stems[:_MOST_NAMES]:
                argv = tuple(stem if word == path.stem else word for word in base.case.argv)
                yield replace(base, case=replace(base.case, argv=argv, origin=f"a name of {path.parent}"))


def _from_repository(
    ground: Ground, missing: Iterable[tuple[Sought, ...]], given: Mapping[str, bytes]
) -> dict[str, bytes]:
    """What harness.toml or the repository has of the things looked for, besides what is given already."""
    made: dict[str, bytes] = {}
    named = _named_in_configuration(ground)
    room = LARGEST_BESIDE - sum(map(len, given.values()))
    for one in dict.fromkeys(one for several in missing for one in several):
        if one.kind not in ("file", "folder"):
            continue
        own = {path: data for path, data in named.items() if f"{path}/".startswith(f"{one.path}/")}
        for path, data in (own or candidates_for(one.path, ground.repository)).items():
            if path not in given and len(data) <= room and len(given) + len(made) < 2 * MOST_BESIDE:
                made[path] = data
                room -= len(data)
    return made


def _named_in_configuration(ground: Ground) -> dict[str, bytes]:
    """The files that commands of harness.toml have, by where they are in a case."""
    commands = (command for command in ground.config.command if command.files)
    return {path: data for one in commands for path, data in Template(one, ground).blank().files.items()}


def _with(base: Base, given: Mapping[str, bytes]) -> Base:
    """The base with these files, as far as nothing of its own is in their way."""
    more = {path: data for path, data in given.items() if not _in_the_way(path, base.case.files)}
    case = replace(base.case, files={**base.case.files, **more}, origin=f"{base.case.origin} with what it looks for")
    return replace(base, case=case, given=tuple(more))


def _in_the_way(path: str, files: Mapping[str, bytes]) -> bool:
    return any(path == one or path.startswith(f"{one}/") or one.startswith(f"{path}/") for one in files)


def _command(base: Base) -> tuple[object, ...]:
    """What tells commands apart, whatever document they are given."""
    return (base.case.program, *("{}" if word == base.document else word for word in base.case.argv))


def _chosen(bases: Sequence[Base]) -> list[Base]:
    by_command: dict[tuple[object, ...], dict[str, Base]] = {}
    for one in sorted(bases, key=lambda base: base.unsteady):
        if one.outcome:
            by_command.setdefault(_command(one), {}).setdefault(one.outcome, one)
    return [one for several in by_command.values() for one in _of_command(list(several.values()))]


def _of_command(bases: Sequence[Base]) -> list[Base]:
    steady = [one for one in bases if not one.unsteady]
    accepted = [one for one in steady if one.accepted] or [one for one in bases if one.accepted]
    # What was made of types has keys that no example has, however many of these there are.
    written, made = ([one for one in accepted if one.made == by_us] for by_us in (False, True))
    return [*written[:_MOST_ACCEPTED], *made[:_MOST_MADE]] or list(bases[:_MOST_REFUSED])
