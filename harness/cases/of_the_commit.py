"""Cases that the commit itself suggests: what stands in its removed and added lines, put where it may matter."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.cases.base import Ground, sources_of
from harness.cases.documents import format_of, read
from harness.cases.echoes import echoed
from harness.cases.examples_found import examples_in
from harness.cases.file_slots import file_slots
from harness.cases.help_discovery import base_argv, discover, homes_of
from harness.cases.known_good import Base, known_good
from harness.cases.literals import literals_of_change, words_of_change
from harness.cases.placements import Place, Scene, Script, amounts, placements, positional_places, together
from harness.cases.values import files_named, values_for
from harness.model import Case

__all__ = ["MOST", "OfTheCommit"]

MOST = 300
"""How many of these cases there are, if the literals that one side alone has do not make more."""

_SURE = 8  # cases that each literal of a changed line gets in any case
_MANY = 200  # such literals, of which each gets fewer
_SURE_OF_MANY = 2
_AMOUNTS = 60  # cases with less or more at the keys that its lines name
_SCRIPTS = 2
_PLACES = 40
_BASES = 4


class OfTheCommit:
    """The source."""

    name = "the commit"

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """Its literals as placeholders, keys, values, arguments and variables; other amounts; new examples."""
        if not before.contained or before.repository is None or after.repository is None:
            return ()
        sources = sources_of(before.repository), sources_of(after.repository)
        found = literals_of_change(*sources)
        scene = _scene(before, after)
        telling = [one for one in found if one.rank < 2]
        sure = _SURE if len(telling) <= _MANY else _SURE_OF_MANY
        left = [placements(one, scene) for one in found]
        made = [case for cases in left[: len(telling)] for case in itertools.islice(cases, sure)]
        made += together(telling, scene)
        made += itertools.islice(amounts(words_of_change(*sources), scene), _AMOUNTS)
        most = before.config.cases or MOST
        # A quarter is for what stands near the change.
        for some, share in ((left[: len(telling)], most - most // 4), (left[len(telling) :], most)):
            made += itertools.islice(_in_turns(some), max(0, share - len(made)))
        return [*made, *_new_examples(before, after)]


def _in_turns(several: Sequence[Iterator[Case]]) -> Iterator[Case]:
    left = list(several)
    while left:
        turn = [(cases, next(cases, None)) for cases in left]
        yield from (case for _, case in turn if case is not None)
        left = [cases for cases, case in turn if case is not None]


def _scene(before: Ground, after: Ground) -> Scene:
    best = known_good(before).best()
    scripts = [_script(before.first or before, one) for one in _one_of_each_command(best)]
    cases = [one.case for one in best]
    by_command = {(case.program, case.argv[:1]): case for case in reversed(cases)}
    made = [one for one in scripts if one.base.made]
    written = [one for one in scripts if not one.base.made][:_SCRIPTS]
    return Scene(
        scripts=(*written, *made[:_SCRIPTS]),
        places=tuple(_places(before, after))[:_PLACES],
        bases=tuple(reversed(by_command.values()))[:_BASES],
    )


def _one_of_each_command(bases: Sequence[Base]) -> list[Base]:
    made: dict[object, Base] = {}
    for one in bases:
        if one.document and not one.unread:
            command = tuple(word for word in one.case.argv if word != one.document)
            made.setdefault((one.case.program, command, one.made), one)
    return sorted(made.values(), key=lambda one: not one.accepted)


def _script(ground: Ground, base: Base) -> Script:
    form = format_of(base.document)
    data = read(form, base.case.files[base.document])
    return Script(base=base, form=form, data=data, echoes=tuple(echoed(ground, base)))


def _places(before: Ground, after: Ground) -> Iterator[Place]:
    """The positionals, also those that may be left out, and the values of flags, on commands that end."""
    seen: set[tuple[object, ...]] = set()
    for ground in (after, before):
        pages = discover(ground)
        homes = homes_of(pages)
        for page in pages:
            base = base_argv(page)
            case = Case(program=page.program, argv=base, files=files_named(base))
            if page.endless:
                continue
            for number, spot in enumerate(positional_places(page)):
                if (key := (page.program, page.path, number)) not in seen:
                    seen.add(key)
                    yield spot
            for flag in page.read().flags:
                named = (page.program, page.path, flag.name)
                if flag.value and page.path in homes[page.program, flag.name] and named not in seen:
                    seen.add(named)
                    good = values_for(flag.value, flag.name, flag.possible, flag.default).good[0]
                    others = base_argv(page, flag.name)
                    yield Place(case=replace(case, argv=(*others, flag.name, good)), index=len(others) + 1)


def _new_examples(before: Ground, after: Ground) -> Iterator[Case]:
    """Examples that only the candidate has in this form, with what programs look for besides."""
    known = {one.path: one.files for one in examples_in(before.repository)}
    new = [one for one in examples_in(after.repository) if known.get(one.path) != one.files]
    deep = known_good(before).deep
    given = {path: deep[0].case.files[path] for path in deep[0].given} if deep and new else {}
    for slot in file_slots(before) if new else ():
        for one in new:
            yield slot.case(one.path, one.files, f"the commit: example {one.path}")
            if given:
                yield slot.case(
                    one.path, {**given, **one.files}, f"the commit: example {one.path} with what it looks for"
                )
