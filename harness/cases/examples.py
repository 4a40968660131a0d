"""Cases from the repository's examples: every command that takes a file, with each of them, whole and mutated."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.cases.base import Ground
from harness.cases.documents import format_of, read, shape
from harness.cases.known_good import Base, KnownGood, known_good
from harness.cases.mutations import OF_ANOTHER_TYPE, Mutation, mutations, two_at_once
from harness.cases.steady import calmest
from harness.model import Case

__all__ = ["MOST", "Examples", "command_of", "with_document"]

MOST = 800
"""How many mutated examples there are at most."""


class Examples:
    """The source."""

    name = "examples"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """Examples in all places that take a file, alone and with what programs look for; then mutated ones.

        What did not end in a moment is left out.
        """
        known = known_good(ground)
        whole = [one.case for one in (*known.plain, *known.deep) if one.outcome]
        most = ground.config.cases or MOST
        return [
            *whole[:most],
            *_mutated(_worth_mutating(known))[:most],
        ]


def _worth_mutating(known: KnownGood) -> list[Base]:
    """The best, then all others that end alike each time: a key may stand in an example alone that is refused.

    Nobody looked whether the program is still steady where such an example leads on once it is changed.
    """
    best = known.best()
    others = [one for one in (*known.deep, *known.plain) if one.outcome and not one.unsteady and one not in best]
    wanted = [one for one in (*best, *others) if one.document and not (one.unread or one.made)]
    return [one if one.accepted else calmest(one) for one in wanted]


def with_document(base: Base, content: bytes, origin: str) -> Case:
    """The base's command line with another content of its document."""
    return replace(base.case, files={**base.case.files, base.document: content}, origin=origin)


def _mutated(bases: Sequence[Base]) -> list[Case]:
    """Each thing that can be done to a document once for each command, on the first example that it can be done to.

    What is mostly refused while a document is read is done for the first command alone, and takes turns with what is
    not, which leads deeper. Of every place in a document comes the first mutation, then the second, so that a limit
    leaves no place out.
    """
    made: dict[tuple[object, ...], dict[tuple[object, ...], Case]] = {}
    commands = list(dict.fromkeys(map(command_of, bases)))
    for base in bases:
        command = command_of(base)
        for one in _all_of(base):
            if command == commands[0] or not (one.two or one.kind in OF_ANOTHER_TYPE):
                where = ".".join(map(str, one.at))
                case = with_document(base, one.content, f"{base.document}: {where}: {one.kind}")
                made.setdefault((command, shape(one.at)), {}).setdefault(one.key, case)
    return _in_turns(*map(_of_place, made.values()))


def _of_place(several: Mapping[tuple[object, ...], Case]) -> list[Case]:
    refused = [case for (kind, *_), case in several.items() if kind in OF_ANOTHER_TYPE]
    others = [case for (kind, *_), case in several.items() if kind not in OF_ANOTHER_TYPE]
    return _in_turns(others, refused)


def _in_turns(*several: Sequence[Case]) -> list[Case]:
    return [case for turn in itertools.zip_longest(*several) for case in turn if case is not None]


def command_of(base: Base) -> tuple[str, ...]:
    """What tells commands apart: the program and its words, whatever document they are given."""
    return (base.case.program, *(word for word in base.case.argv if word != base.document))


def _all_of(base: Base) -> Iterator[Mutation]:
    form = format_of(base.document)
    document = read(form, base.case.files[base.document])
    if document is not None:
        single = list(mutations(form, document))
        yield from single
        yield from two_at_once(form, single, document)
