"""What a sentence of a plan promises: how tests end, how many warnings and lines there are, what is re-exported,
at which visibility items stay, what goes and what a document mentions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.contract.model import FilePattern, Gone, ItemAt, Lines, Mention, Reexport, Tests, Text, Warnings
from harness.plan.markdown import plain, spans
from harness.plan.shell import Checks
from harness.plan.words import FILE, Found, Known, files_in, item_of, items_in

__all__ = ["Sentence", "promises"]

_NUMBER = r"(\d[\d,_]*)"
_COUNT = re.compile(
    rf"(at least |>= ?|≥ ?|more than )?{_NUMBER}\+? (?:\w+ )?tests?\b(?! (?:file|case|module|suite"
    rf")s?\b)[^.;]*?\b(?:pass(?:es|ing|ed)?|green|ok|succeed)\b",
    re.IGNORECASE,
)
_PASSED = re.compile(rf"(at least |>= ?|≥ ?)?{_NUMBER}\+? (?:passed|passing)\b", re.IGNORECASE)
_ALL_PASS = re.compile(
    r"\b(?:all|the) (?:existing |unit |integration |\w+ )?tests? (?:still |should |must |continue to "
    r"|to )*(?:pass|are green|stay green)",
    re.IGNORECASE,
)
_IGNORED = re.compile(
    r"\b(?:no|none|zero|0)(?: new(?:ly)?| more| additional)*(?: tests?)?(?: is| are)? ignored\b", re.IGNORECASE
)
_WARNINGS = re.compile(
    r"\b(\d+|no|zero|without(?: any)?)\s+((?:new|additional|\w+)\s+){0,3}?warnings?\b"
    r"|\bwarning[- ]free\b|\bclean\b(?= clippy)",
    re.IGNORECASE,
)
_FIXED = re.compile(r"\b(?:fix|resolve|address|clean up|silence)\b[^.;]{0,40}\bwarnings?\b", re.IGNORECASE)
_UNUSED = re.compile(
    r"\b(?:remove|delete|check for|look for|find)\b[^.;]{0,30}\b(?:dead code|unused (?:items?|code|imports?))\b",
    re.IGNORECASE,
)
_ALL_REPLACED = re.compile(r"\breplace (?:all|every|each)\b[^`.]*`([^`]+)`", re.IGNORECASE)
_REPLACED = re.compile(
    r"\b(change|replace|rename|becomes?)\s+`([^`]+)`\s*(?:→|->|=>|to|with|by|into)\s*`([^`]+)`", re.IGNORECASE
)
_ELISION = re.compile(r"\.\.\.|…")
_BELOW = re.compile(
    rf"`?({FILE})`?[^.;,<≤]{{0,40}}?(<=|≤|<|\bbelow\b|\bunder\b|\b(?:fewer|less) than\b|\bat most\b"
    rf"|\bno more than\b)\s*~?{_NUMBER}(?:\s*lines|\b(?!\s*\w))",
    re.IGNORECASE,
)
_DROPS = re.compile(
    rf"`?({FILE})`?[^.;,]{{0,30}}?(?:from\s+)?{_NUMBER}\s*(?:lines\s*)?(?:→|->|to)\s*(~|about |around "
    rf"|ca\. ?|roughly )?{_NUMBER}",
    re.IGNORECASE,
)
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
_UNTOUCHED = re.compile(
    r"\b(?:unchanged|untouched|not (?:be )?(?:touched|changed|modified)|stays? as (?:it|they) (?:is|are))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence, its line, and what it speaks of besides itself: the file of its step, and the checks that commands of
    its step, or else anywhere in its task, run."""

    text: str
    line: int
    file: str = ""
    checks: Checks = field(default_factory=Checks)
    around: Checks = field(default_factory=Checks)


def promises(one: Sentence, known: Known) -> list[Found]:
    """Everything that a sentence promises. Nothing: no rule of reading applies to it."""
    rules = (
        _tests, _warnings, _cleaned, _lines, _visibility, _reexports, _gone, _made, _replaced, _mentions, _unchanged,
    )  # fmt: skip
    return [Found(part="must", key=key, rule=rule) for read in rules for key, rule in read(one, known)]


Read = Callable[[Sentence, Known], Iterator[tuple[str, object]]]


def _tests(one: Sentence, known: Known) -> Iterator[tuple[str, Tests]]:
    origin, text = known.origin(one.line), plain(one.text)
    counts = [*_COUNT.finditer(text)] or [*_PASSED.finditer(text)]
    for found in counts:
        number = _number(found[2]) + ("more than" in (found[1] or "").lower())
        if found[1] or f"{found[2]}+" in found[0]:
            yield "tests", Tests(at_least=number, origin=origin)
        else:
            yield "tests", Tests(passing=number, origin=origin)
    if not counts and _ALL_PASS.search(text):
        yield "tests", Tests(at_least=1, origin=origin)
    if _IGNORED.search(text):
        yield "tests", Tests(none_ignored=True, origin=origin)


def _warnings(one: Sentence, known: Known) -> Iterator[tuple[str, Warnings]]:
    for found in _WARNINGS.finditer(plain(one.text)):
        words = found[0].lower()
        number = int(found[1]) if (found[1] or "").isdigit() else 0
        is_new = re.search(r"\b(new|additional)\b", words) is not None
        for source, package, with_tests in _sources(words, one):
            yield (
                "warnings",
                Warnings(
                    of=source,
                    package=package,
                    all_targets=with_tests,
                    at_most=None if is_new else number,
                    none_new=is_new,
                    origin=known.origin(one.line),
                ),
            )


def _sources(words: str, one: Sentence) -> list[tuple[str, str, bool]]:
    """Whose warnings are meant: those that the sentence names, else those of the commands beside it."""
    named = [
        source
        for word, source in (("pedantic", "clippy"), ("clippy", "clippy"), ("rustdoc", "rustdoc"), ("doc", "rustdoc"))
        if re.search(rf"\b{word}\b", words)
    ]
    if re.search(r"\b(?:compiler|compile|rustc|build|unused|dead)\b", words):
        named.append("compiler")
    for checks in (one.checks, one.around):
        asked = [source for source in checks.sources if not named or source[0].partition("::")[0] in named]
        if asked:
            return asked
    level = "clippy::pedantic" if "pedantic" in one.text.lower() else "clippy"
    return [(level if name == "clippy" else name, "", False) for name in dict.fromkeys(named)] or [
        ("compiler", "", False)
    ]


def _cleaned(one: Sentence, known: Known) -> Iterator[tuple[str, Warnings]]:
    """Warnings, or what they would be about, that are to be removed: afterwards none is new."""
    text = plain(one.text)
    unused = _UNUSED.search(text)
    if _FIXED.search(text) is None and unused is None:
        return
    sources = _sources("unused" if unused else text.lower(), one)
    for source, package, with_tests in sources:
        origin = known.origin(one.line)
        yield "warnings", Warnings(of=source, package=package, all_targets=with_tests, none_new=True, origin=origin)


def _replaced(one: Sentence, known: Known) -> Iterator[tuple[str, Gone | ItemAt | Text]]:
    """`Replace all A with B`, `change A → B`, `rename A to B`."""
    file, origin = _one_file(one, known), known.origin(one.line)
    if not file:
        return
    for found in _ALL_REPLACED.finditer(one.text):
        if text := _ELISION.split(found[1])[0].strip():
            yield "text", Text(file=file, lacks=text, origin=origin)
    for found in _REPLACED.finditer(one.text):
        old, new = found[2].strip(), found[3].strip()
        if found[1].lower().startswith("rename") and item_of(old) and item_of(new):
            yield "gone", Gone(item=item_of(old), file=file, origin=origin)
            yield "item", ItemAt(item=item_of(new), file=file, origin=origin)
        elif not files_in(new) and not _ELISION.search(new):
            yield "text", Text(file=file, has=new, origin=origin)


def _lines(one: Sentence, known: Known) -> Iterator[tuple[str, Lines]]:
    origin, text = known.origin(one.line), plain(one.text)
    for found in _BELOW.finditer(text):
        number = _number(found[3])
        inclusive = found[2].lower() in ("<=", "≤", "at most", "no more than")
        yield "lines", Lines(file=known.file(found[1]), below=number + inclusive, origin=origin)
    for found in _DROPS.finditer(text):
        if _number(found[4]) < _number(found[2]):
            yield "lines", Lines(file=known.file(found[1]), about=_number(found[4]), fewer=True, origin=origin)


def _visibility(one: Sentence, known: Known) -> Iterator[tuple[str, ItemAt]]:
    text = plain(one.text)
    found = _STAYS.search(text)
    if found is None:
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
        file = _named_file(one, known) or known.items.get(name) or _one_file(one, known)
        if file and name != at:
            yield "item", ItemAt(item=name, file=file, at=at, origin=known.origin(one.line))


def _of_kind(name: str, kind: str, known: Known) -> bool:
    if kind.startswith(("function", "helper")):
        return name in known.functions
    return name in known.types if kind.startswith(("type", "struct")) else True


def _reexports(one: Sentence, known: Known) -> Iterator[tuple[str, Reexport]]:
    if not (found := _REEXPORT.search(plain(one.text))) or _GONE.search(one.text) or "|" in one.text:
        return
    names = [name for name in items_in(one.text) if not name.startswith("pub")]
    homes = re.search(r"\bfrom\s+`?(\w[\w:]*?)(?:\.rs)?`", one.text[found.start() :])
    for name in names:
        last = name.rpartition("::")[2]
        if homes and last == homes[1]:
            continue
        file = known.items.get(last, "")
        home = homes[1] if homes else _module_of(file)
        of = name if "::" in name else f"{home}::{name}" if home else ""
        if of:
            yield "reexport", Reexport(path=last, of=of, origin=known.origin(one.line))


def _gone(one: Sentence, known: Known) -> Iterator[tuple[str, Gone]]:
    text = one.text
    if not (found := _GONE.search(text)) or _KEPT.search(text[: found.start()]):
        return
    clause = re.split(r"\.\s|;|,\s*(?:use|add|keep|replace)\b|\bin favou?r of\b|\bwith\b", text[found.start() :])[0]
    if re.search(r"\b(?:re-?exports?|imports?|use|attributes?|warnings?|test)\b", clause, re.IGNORECASE):
        return
    file = next((known.file(name) for name in files_in(clause)), one.file)
    for name in items_in(clause):
        is_named = name.rpartition("::")[2][:1].isupper() or f"`{name}()`" in clause or f"`{name}` fn" in clause
        if (is_named or file) and not re.search(rf"`{re.escape(name)}`\s+impl", clause):
            yield "gone", Gone(item=name, file=file, origin=known.origin(one.line))


def _made(one: Sentence, known: Known) -> Iterator[tuple[str, ItemAt]]:
    found = re.search(
        rf"{_MADE.pattern}\s+(?:an?\s+|the\s+)?(?:new\s+|shared\s+|private\s+)*`([^`]+)`\s+(?:struct"
        rf"|enum|trait|function|fn|type|helper|constant)",
        one.text,
        re.IGNORECASE,
    )
    name = item_of(found[1]) if found else ""
    file = _one_file(one, known)
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


def _unchanged(one: Sentence, known: Known) -> Iterator[tuple[str, FilePattern]]:
    if _UNTOUCHED.search(one.text) and not _GONE.search(one.text):
        for name in files_in(one.text):
            yield "unchanged", FilePattern(path=known.file(name), origin=known.origin(one.line))


def _named_file(one: Sentence, known: Known) -> str:
    return next((known.file(name) for name in files_in(one.text) if name.endswith(".rs")), "")


def _one_file(one: Sentence, known: Known) -> str:
    return _named_file(one, known) or (one.file if one.file.endswith(".rs") else known.only_source())


def _module_of(file: str) -> str:
    inner = file.partition("src/")[2].removesuffix(".rs").removesuffix("/mod")
    return "" if inner in ("", "lib", "main") else inner.replace("/", "::")


def _number(text: str) -> int:
    return int(re.sub(r"[,_]", "", text))
