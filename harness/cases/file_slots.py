"""All places of command lines that take the name of a file: positionals, and flags, behind which others may stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.cases.base import Ground
from harness.cases.help_discovery import Page, base_argv, homes_of
from harness.cases.help_parser import Flag
from harness.cases.samples import on_samples
from harness.cases.slots import HERE, MOST, Slot, pages_that_end, positional_slots, that_matter
from harness.cases.values import values_for

__all__ = ["Slot", "file_slots"]


def file_slots(ground: Ground) -> list[Slot]:
    """The places of all commands that take a file, positionals before flags. None without a sandbox.

    A flag stands on a command line that has something to do, where one is known and the file is read there: many
    programs read their configuration only then.
    """
    return ground.once(_file_slots)


def _file_slots(ground: Ground) -> list[Slot]:
    if not ground.contained:
        return []
    pages = pages_that_end(ground)
    alone = [_slot(base_argv(page, flag.name), page, flag) for page, flag in _flags(pages)][:MOST]
    samples = on_samples(ground)
    further = [
        replace(_slot(base.argv, page, flag), files=base.files)
        for page, flag in _flags(pages)
        if (base := samples.get((page.program, page.path))) and flag.name not in base.argv
    ]
    deep = that_matter(ground, further[:MOST]) if further else []
    known = {(one.program, one.command, _flag_of(one)) for one in deep}
    flags = [one for one in that_matter(ground, alone) if (one.program, one.command, _flag_of(one)) not in known]
    return [*positional_slots(ground), *deep, *flags]


def _slot(words: Sequence[str], page: Page, flag: Flag) -> Slot:
    return Slot(program=page.program, command=page.path, words=(*words, flag.name, HERE))


def _flag_of(slot: Slot) -> str:
    return slot.words[-2]


def _flags(pages: Sequence[Page]) -> Iterator[tuple[Page, Flag]]:
    homes = homes_of(pages)
    for page in pages:
        for flag in page.read().flags:
            if not flag.value or flag.possible or page.path not in homes[page.program, flag.name]:
                continue
            if values_for(flag.value, flag.name).good[0] != "1":  # a number
                yield page, flag
