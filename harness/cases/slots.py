"""Where in a command line the name of a file is taken, found out by trying: with the file there and without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from harness.cases.base import Ground
from harness.cases.examples_found import examples_in
from harness.cases.help_discovery import Page, base_argv, discover, homes_of, places_of
from harness.cases.help_parser import Flag
from harness.cases.values import files_named, values_for
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = [
    "HERE",
    "MOST",
    "Slot",
    "flag_slots",
    "flags_that_take",
    "pages_that_end",
    "positional_slots",
    "shape_of",
    "that_matter",
]

VERSION = 6
MOST = 120  # places that are tried
HERE = "{slot}"
_SECONDS = 3.0
_EXAMPLES = 2
_NUMBER = re.compile(rb"\d+")
_POSITIONALS = 4  # of a command
_FILES = {"probe.yaml": b"probe: 1\n", "probe.json": b'{"probe": 1}\n', "probe.toml": b"probe = 1\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A command line with one place for the name of a file; `files` are others that it names."""

    program: str
    command: tuple[str, ...]
    words: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def flag(self) -> str:
        """The flag that the file is given to; empty for a positional."""
        before = self.words[self.words.index(HERE) - 1] if self.words.index(HERE) else ""
        return before if before.startswith("-") else ""

    def case(self, path: str, files: Mapping[str, bytes], origin: str, timeout: float = 10.0) -> Case:
        """The command line with this file in its place."""
        argv = tuple(path if word == HERE else word for word in self.words)
        own = {**files_named(argv), **self.files}
        return Case(program=self.program, argv=argv, files={**own, **files}, timeout=timeout, origin=origin)


def positional_slots(ground: Ground) -> list[Slot]:
    """The positionals of all commands that take a file. None without a sandbox."""
    return that_matter(ground, list(_positionals(pages_that_end(ground)))[:MOST]) if ground.contained else []


def flag_slots(ground: Ground) -> list[Slot]:
    """The flags of all commands that take a file, with nothing beside them. None without a sandbox."""
    if not ground.contained:
        return []
    alone = [
        Slot(program=page.program, command=page.path, words=(*base_argv(page, flag.name), flag.name, HERE))
        for page, flag in flags_that_take(pages_that_end(ground))
    ]
    return that_matter(ground, alone[:MOST])


def pages_that_end(ground: Ground) -> list[Page]:
    """The commands that end by themselves and say something about themselves."""
    return [page for page in discover(ground) if not page.endless and page.text]


def flags_that_take(pages: Sequence[Page]) -> Iterator[tuple[Page, Flag]]:
    """The flags with a value that is no number and of no list, each on the commands that it is tried on."""
    homes = homes_of(pages)
    for page in pages:
        for flag in page.read().flags:
            if not flag.value or flag.possible or page.path not in homes[page.program, flag.name]:
                continue
            if values_for(flag.value, flag.name).good[0] != "1":  # a number
                yield page, flag


def that_matter(ground: Ground, places: Sequence[Slot]) -> list[Slot]:
    """The places where it makes a difference whether the file is there, in any of some formats; found out once."""
    # A program may say the same of a file that is not there and of one that is not to its liking.
    files = _FILES | {one.path: one.files[one.path] for one in examples_in(ground.repository)[:_EXAMPLES]}
    parts = (VERSION, msgspec.msgpack.encode((places, files), order="deterministic"))
    kept = ground.remember("file slots", parts, lambda: msgspec.msgpack.encode(_tried(ground, places, files)))
    return [places[index] for index in msgspec.msgpack.decode(kept, type=list[int])]


def _positionals(pages: Sequence[Page]) -> Iterator[Slot]:
    for page in pages:
        base, places = base_argv(page), places_of(page)
        for index, one in enumerate(page.read().positionals[:_POSITIONALS]):
            if len(places) < index or one.possible:
                continue
            at = places.start + index
            words = (*base[:at], HERE, *base[at + (at in places) :])
            yield Slot(program=page.program, command=page.path, words=words)


def _tried(ground: Ground, places: Sequence[Slot], files: Mapping[str, bytes]) -> list[int]:
    cases: dict[tuple[int, str, str], Case] = {}
    for index, slot in enumerate(places):
        for path, content in files.items():
            cases[index, path, "missing"] = slot.case(path, {}, "", _SECONDS)
            cases[index, path, "there"] = slot.case(path, {path: content}, "", _SECONDS)
            cases[index, path, "again"] = slot.case(path, {path: content}, "", _SECONDS)
    seen = {id(case): one for case, one in ground.run(list(cases.values()))}

    def told(index: int, path: str, how: str) -> object:
        one = seen.get(id(cases[index, path, how]))
        return one and shape_of(one)

    def matters(index: int, path: str) -> bool:
        there = told(index, path, "there")
        # What is never the same, such as a name drawn at random, tells nothing of the file.
        return told(index, path, "missing") != there == told(index, path, "again")

    return [index for index in range(len(places)) if any(matters(index, path) for path in files)]


def shape_of(seen: CommandObservation) -> object:
    """What a run told, without its numbers, which may be times."""
    return seen.status, _NUMBER.sub(b"#", seen.stdout), _NUMBER.sub(b"#", seen.stderr)
