"""What a sentence of a plan promises: how tests end, how many warnings and lines there are, what is re-exported,
at which visibility items stay, what goes and what a document mentions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.compare.rust_items import items_of
from harness.contract.model import (
    FilePattern,
    Gone,
    ItemAt,
    Mention,
    Reexport,
    Rule,
    Text,
)
from harness.plan.allowed import NEGATED, REPLACED, allowances
from harness.plan.code import reexport_of
from harness.plan.figures import Sentence, figures, is_before
from harness.plan.markdown import plain, spans
from harness.plan.words import FILE, Found, Known, files_in, item_of, items_in

__all__ = ["promises"]

_ALL_REPLACED = re.compile(r"\breplace (?:all|every|each)\b[^`.]*`([^`]+)`", re.IGNORECASE)
_EXISTS_NO_MORE = re.compile(
    r"\b(?:no longer (?:exists?|needed|there)|(?:is|are) gone|(?:has|have) been (?:removed|deleted))\b", re.IGNORECASE
)
_MAKE = re.compile(
    r"\bmakes?\b[^.;]*?`[^.;]*?\s`?(pub\((?:crate|super|self|in [\w:]+)\)|pub\b|public\b|private\b)", re.IGNORECASE
)
_AS = re.compile(
    r"\b(?:access|use|call|write|read|refer)\b[^.;`]*\bas\b((?:[\s,]*(?:and |or )?`[^`]+`)+)", re.IGNORECASE
)
_ELISION = re.compile(r"\.\.\.|…")
_STAYS = re.compile(
    r"\b(?:stays?|remains?|kept|keep|is|are|be|becomes?|they're|made|as)\s+(?:at\s+|all\s+|only\s+"
    r")?`?(pub\((?:crate|super|self|in [\w:]+)\)|pub\b|public\b|private\b)",
    re.IGNORECASE,
)
_REEXPORT = re.compile(r"\bre-?export(?:s|ed|ing)?\b", re.IGNORECASE)
_GONE = re.compile(r"\b(?:remove[ds]?|delete[ds]?|drop(?:s|ped)?|eliminate[ds]?|get rid of|inline)\b", re.IGNORECASE)
_MADE = re.compile(r"\b(?:define[ds]?|introduce[ds]?|create[ds]?|add(?:s|ed)?|declare[ds]?)\b", re.IGNORECASE)
_KEPT = re.compile(r"\b(?:keep|leave)\b", re.IGNORECASE)
_MENTIONS = re.compile(
    r"\bmention(?:s|ed|ing)?\b|\bdescribe[ds]?\b|\blist(?:s|ed)? (?:every|all|the) (?:new )?modules?\b", re.IGNORECASE
)
_MODULES = re.compile(r"\bmodules?(?: split| structure| layout)?\b", re.IGNORECASE)
_SAYS = re.compile(
    r"\b(?:doc|docs|documentation|comment|header|readme|file)\b[^\"“]{0,40}?\b(?:says?|reads?|states?)\b[^.\"“]{0,10}"
    r"[\"“]([^\"”]+)[\"”]",
    re.IGNORECASE,
)
_UNTOUCHED = re.compile(
    r"\b(?:unchanged|untouched|not (?:be )?(?:touched|changed|modified)|stays? as (?:it|they) (?:is|are))\b",
    re.IGNORECASE,
)


def promises(one: Sentence, known: Known) -> list[Found]:
    """Everything that a sentence promises. Nothing: no rule of reading applies to it."""
    if is_before(one.text):
        return []
    return allowances(one, known) + [
        Found(part="must", key=key, rule=rule) for read in _TARGETS for key, rule in read(one, known)
    ]


def _replaced(one: Sentence, known: Known) -> Iterator[tuple[str, Gone | ItemAt | Text]]:
    """`Replace all A with B`, `change A → B`, `rename A to B`."""
    file, origin = one.source(known), known.origin(one.line)
    if not file:
        return
    for found in _ALL_REPLACED.finditer(one.text):
        if text := _ELISION.split(found[1])[0].strip():
            yield "text", Text(file=file, lacks=text, origin=origin)
    for found in REPLACED.finditer(one.text):
        old, new = found[2].strip(), found[3].strip()
        if found[1].lower().startswith("rename") and item_of(old) and item_of(new):
            yield "gone", Gone(item=item_of(old), file=file, origin=origin)
            yield "item", ItemAt(item=item_of(new), file=file, origin=origin)
        elif (declared := _declares(old)) and _declares(new):
            yield "gone", Gone(item=declared[0], file=file, origin=origin)
            name, visibility = _declares(new) or ("", "")
            yield "item", ItemAt(item=name, file=file, at=visibility, origin=origin)
        elif not files_in(new) and not _ELISION.search(new):
            yield "text", Text(file=file, has=new, origin=origin)
            if old.startswith("use ") and not _ELISION.search(old) and "{" not in old:
                yield "text", Text(file=file, lacks=old.rstrip(";"), origin=origin)


def _declares(code: str) -> tuple[str, str] | None:
    """The name and visibility of what `pub mod error;` declares."""
    declared = items_of(code).declared
    return (declared[0].name, declared[0].visibility) if len(declared) == 1 else None


def _accessed(one: Sentence, known: Known) -> Iterator[tuple[str, Text]]:
    """`access fields as p.name`, `call it as a::b()`."""
    file = one.source(known)
    for found in _AS.finditer(one.text) if file.endswith(".rs") else ():
        for code in spans(found[1]):
            if re.search(r"\w(?:\.|::|\()", code) and not _ELISION.search(code) and not files_in(code):
                yield "text", Text(file=file, has=code, origin=known.origin(one.line))


def _visibility(one: Sentence, known: Known) -> Iterator[tuple[str, ItemAt]]:
    text = plain(one.text)
    found = _STAYS.search(text) or _MAKE.search(text)
    if found is None or NEGATED.search(text[: found.start(1)]):
        return
    at = {"public": "pub", "private": "private"}.get(found[1].lower(), found[1])
    everything = re.search(
        r"\b(?:all|every|the)(?: of the)?(?: \w+)?\s+(functions?|types?|items?|structs?|helpers?)\b",
        text[: found.end()],
        re.IGNORECASE,
    )
    if everything:
        exceptions = items_in(text.partition("except")[2])
        unlike = {name for name in exceptions if f"`{at}`" not in text.partition("except")[2]}
        names = [name for name in known.items if name not in unlike and _of_kind(name, everything[1].lower(), known)]
    else:
        names = items_in(text)
    for name in names:
        file = one.named_source(known) or known.items.get(name) or one.source(known)
        if file and name != at:
            yield "item", ItemAt(item=name, file=file, at=at, origin=known.origin(one.line))


def _of_kind(name: str, kind: str, known: Known) -> bool:
    if kind.startswith(("function", "helper")):
        return name in known.functions
    return name in known.types if kind.startswith(("type", "struct")) else True


def _reexports(one: Sentence, known: Known) -> Iterator[tuple[str, Reexport]]:
    file = one.named_source(known) or one.file
    for imported in [each for code in spans(one.text) for each in items_of(code).imports]:
        if imported.visibility == "pub" and file.endswith(".rs") and not _GONE.search(one.text):
            yield "reexport", reexport_of(imported, file, known.origin(one.line))
    if not (found := _REEXPORT.search(plain(one.text))) or _GONE.search(one.text) or "|" in one.text:
        return
    names = [name for name in items_in(one.text) if not name.startswith("pub")]
    homes = re.search(r"\bfrom\s+`?(\w[\w:]*?)(?:\.rs)?`", one.text[found.start() :])
    for name in names:
        last = name.rpartition("::")[2]
        if homes and last == homes[1]:
            continue
        home = homes[1] if homes else _module_of(known.items.get(last, ""))
        of = name if "::" in name else f"{home}::{name}" if home else ""
        if of:
            yield "reexport", Reexport(path=last, of=of, origin=known.origin(one.line))


def _gone(one: Sentence, known: Known) -> Iterator[tuple[str, Gone]]:
    text = one.text
    if not (found := _GONE.search(text)) or _KEPT.search(text[: found.start()]):
        return
    masked = re.sub(r"`[^`]*`", lambda span: "`" * len(span[0]), text[found.start() :])
    end = re.search(r"\.\s|;|,\s*(?:use|add|keep|replace)\b|\bin favou?r of\b|\bwith\b", masked)
    clause = text[found.start() :][: end.start() if end else None]
    if re.search(r"\b(?:re-?exports?|imports?|use|attributes?|warnings?|test)\b", clause, re.IGNORECASE):
        return
    file = next((known.file(name) for name in files_in(clause)), one.file)
    if re.search(r"\b(?:the|all|these) (?:moved|extracted)\b", clause):
        for name, old in known.moved.items():
            yield "gone", Gone(item=name, file=old, origin=known.origin(one.line))
    source = re.search(rf"\bfrom\s+`?({FILE})", clause)
    for code in spans(clause):
        declared = _declares(code)
        if declared and (file or source):
            home = known.file(source[1]) if source else file
            yield "gone", Gone(item=declared[0], file=home, origin=known.origin(one.line))
    for name in items_in(clause):
        is_named = name.rpartition("::")[2][:1].isupper() or f"`{name}()`" in clause or f"`{name}` fn" in clause
        if (is_named or file) and not re.search(rf"`{re.escape(name)}`\s+impl", clause):
            yield "gone", Gone(item=name, file=file, origin=known.origin(one.line))


def _exists_no_more(one: Sentence, known: Known) -> Iterator[tuple[str, Gone]]:
    """`Old is no longer needed`."""
    ended = _EXISTS_NO_MORE.search(one.text)
    if ended and not re.search(r"\b(?:except|if|when|until|imports?|re-?exports?)\b", one.text, re.IGNORECASE):
        for name in items_in(one.text[: ended.start()]):
            yield "gone", Gone(item=name, file=one.source(known), origin=known.origin(one.line))


def _made(one: Sentence, known: Known) -> Iterator[tuple[str, ItemAt]]:
    found = re.search(
        rf"{_MADE.pattern}\s+(?:an?\s+|the\s+)?(?:new\s+|shared\s+|private\s+)*`([^`]+)`\s+(?:struct"
        rf"|enum|trait|function|fn|type|helper|constant)",
        one.text,
        re.IGNORECASE,
    )
    name = item_of(found[1]) if found else ""
    file = one.source(known)
    if name and file:
        known.items.setdefault(name, file)
        yield "item", ItemAt(item=name, file=file, origin=known.origin(one.line))


def _mentions(one: Sentence, known: Known) -> Iterator[tuple[str, Mention]]:
    if not _MENTIONS.search(one.text):
        return
    documents = [known.file(name) for name in files_in(one.text) if not name.endswith(".rs")]
    others = list(dict.fromkeys(name for name in known.files if not name.endswith(".rs")))
    documents = documents or [one.file] * (not one.file.endswith(".rs")) or others
    document = documents[0] if len(documents) == 1 or files_in(one.text) else ""
    if not document:
        return
    after = one.text[_MENTIONS.search(one.text).start() :]  # type: ignore[union-attr]
    words = tuple(word for word in spans(after) if word != document and word != document.rpartition("/")[2])
    modules = _MODULES.search(after) is not None
    if words or modules:
        yield "mention", Mention(file=document, words=words, new_modules=modules, origin=known.origin(one.line))


def _documented(one: Sentence, known: Known) -> Iterator[tuple[str, Mention]]:
    """`The doc says "…"`."""
    found = _SAYS.search(one.text)
    file = next(iter(files_in(one.text)), "") or one.file
    if found and file:
        yield "mention", Mention(file=known.file(file), words=(found[1],), origin=known.origin(one.line))


def _unchanged(one: Sentence, known: Known) -> Iterator[tuple[str, FilePattern]]:
    if _UNTOUCHED.search(one.text) and not _GONE.search(one.text):
        for name in files_in(one.text):
            yield "unchanged", FilePattern(path=known.file(name), origin=known.origin(one.line))


def _module_of(file: str) -> str:
    inner = file.partition("src/")[2].removesuffix(".rs").removesuffix("/mod")
    return "" if inner in ("", "lib", "main") else inner.replace("/", "::")


_TARGETS: tuple[Callable[[Sentence, Known], Iterator[tuple[str, Rule]]], ...] = (
    figures,
    _visibility,
    _reexports,
    _gone,
    _exists_no_more,
    _made,
    _replaced,
    _accessed,
    _mentions,
    _documented,
    _unchanged,
)
