"""What a sentence of a plan allows besides what it asks for: new names, tests, files that go."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.contract.model import FilePattern, Gone, ItemAt, PublicPath, TestName
from harness.plan.figures import Sentence
from harness.plan.words import FILE, Found, Known, item_of, items_in

__all__ = ["NEGATED", "REPLACED", "allowances"]

REPLACED = re.compile(
    r"\b(change|replace|rename|becomes?)\s+(?:the )?(?:struct|enum|trait|type|function|fn|method|constant|module)?\s*"
    r"`([^`]+)`\s*(?:→|->|=>|to|with|by|into)\s*`([^`]+)`",
    re.IGNORECASE,
)
NEGATED = re.compile(r"(?:\bnot|n't|\bnever|\bno longer)(?:\W+\w+){0,2}\W*$", re.IGNORECASE)
_NEW_TEST = re.compile(
    r"\b(?:add|write)\b(?: an?| the| new| more| unit| integration)* tests?((?:[\s,]*(?:and )?`\w+`)+)", re.IGNORECASE
)
_BECOMES = re.compile(
    r"\b(?:makes?|becomes?|made|turned)\b[^.;]*?\s`?"
    r"(pub\((?:crate|super|self|in [\w:]+)\)|pub\b|public\b|private\b)",
    re.IGNORECASE,
)
_DELETED = re.compile(
    rf"\b(?:delete|remove|git rm)\s+(?:the )?(?:now )?(?:empty |unused |old )?(?:file\s+)?`({FILE})`", re.IGNORECASE
)


def allowances(one: Sentence, known: Known) -> list[Found]:
    """Everything that a sentence lets change, with the targets that go with it."""
    return [found for read in (_renamed, _new_tests, _hidden_or_shown, _deleted) for found in read(one, known)]


def _renamed(one: Sentence, known: Known) -> Iterator[Found]:
    """An item with another name may have it in public paths too."""
    origin = known.origin(one.line)
    for found in REPLACED.finditer(one.text):
        old, new = item_of(found[2].strip()), item_of(found[3].strip())
        if not found[1].lower().startswith("rename") or not old or not new:
            continue
        for key, name in (("remove", old), ("add", new)):
            yield Found(part="may", key=key, rule=PublicPath(path=f"**::{name}", origin=origin))
        if not one.source(known):
            yield Found(part="must", key="gone", rule=Gone(item=old, origin=origin))


def _new_tests(one: Sentence, known: Known) -> Iterator[Found]:
    """`Add test x to y.rs`."""
    if not (found := _NEW_TEST.search(one.text)):
        return
    origin = known.origin(one.line)
    file = one.named_source(known) or (known.tests[0] if len(known.tests) == 1 else "")
    for name in items_in(found[1]):
        yield Found(part="may", key="test_add", rule=TestName(test=name, origin=origin))
        if file.endswith(".rs"):
            item = name if "src/" not in file else f"tests::{name}"
            yield Found(part="must", key="item", rule=ItemAt(item=item, file=file, origin=origin))


def _hidden_or_shown(one: Sentence, known: Known) -> Iterator[Found]:
    """An item that becomes private leaves the public paths, one that becomes public is new in them."""
    found = _BECOMES.search(one.text)
    if found and NEGATED.search(one.text[: found.start(1)]):
        return
    for name in items_in(one.text[: found.end()]) if found else ():
        key = "add" if found and found[1].lower() in ("pub", "public") else "remove"
        rule = PublicPath(path=f"**::{name}", origin=known.origin(one.line))
        yield Found(part="may", key=key, rule=rule)


def _deleted(one: Sentence, known: Known) -> Iterator[Found]:
    """`Delete legacy.rs`."""
    for found in _DELETED.finditer(one.text):
        rule = FilePattern(path=known.file(found[1]), origin=known.origin(one.line))
        yield Found(part="may", key="delete", rule=rule)
        yield Found(part="must", key="absent", rule=rule)
