"""All places of command lines that take the name of a file: positionals, and flags, behind which others may stand."""

from __future__ import annotations

from harness.cases.base import Ground
from harness.cases.samples import on_samples
from harness.cases.slots import (
    HERE,
    MOST,
    Slot,
    flag_slots,
    flags_that_take,
    pages_that_end,
    positional_slots,
    that_matter,
)

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
    samples = on_samples(ground)
    further = [
        Slot(program=page.program, command=page.path, words=(*base.argv, flag.name, HERE), files=base.files)
        for page, flag in flags_that_take(pages_that_end(ground))
        if (base := samples.get((page.program, page.path))) and flag.name not in base.argv
    ]
    deep = that_matter(ground, further[:MOST]) if further else []
    known = {_flag_of(one) for one in deep}
    return [*positional_slots(ground), *deep, *(one for one in flag_slots(ground) if _flag_of(one) not in known)]


def _flag_of(slot: Slot) -> tuple[object, ...]:
    return slot.program, slot.command, slot.flag
