"""The figures in the sentences of a plan: how tests end, how many warnings there are, how long files are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.contract.model import Lines, Rule, Tests, Warnings
from harness.plan.markdown import plain
from harness.plan.shell import Checks, TestRun
from harness.plan.words import FILE, Known, files_in

__all__ = ["Sentence", "figures", "is_before"]

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
    r"\b(\d+|no|zero|without(?: any)?)\s+((?:new|additional|`?[\w:]+`?)\s+){0,3}?warnings?\b"
    r"|\bwarning[- ]free\b|\bclean\b(?= clippy)"
    r"|\bclippy[\w :-]*`?\s+(?:is|passes|stays|remains|runs|reports?)\s+"
    r"(?:clean\w*|nothing|no (?:issues|problems|lints))\b",
    re.IGNORECASE,
)
_FIXED = re.compile(r"\b(?:fix|resolve|address|clean up|silence)\b[^.;]{0,40}\bwarnings?\b", re.IGNORECASE)
_UNUSED = re.compile(
    r"\b(?:remove|delete|check for|look for|find|no|without)\b[^.;]{0,30}"
    r"\b(?:dead code|unused (?:items?|code|imports?))\b",
    re.IGNORECASE,
)
_FAILS = re.compile(
    r"\bexpected\b.*\b(?:fail\w*|errors?|panic\w*|cannot|can't|red)\b|\b[1-9]\d* failed\b"
    r"|\bto (?:verify|see|confirm|make sure|check) (?:that )?(?:it|they|the tests?) fails?\b"
    r"|\b(?:does|do|will) not compile\b",
    re.IGNORECASE,
)
_NONE_FAILS = re.compile(r"\b(?:0|no|zero|without(?: any)?|none) (?:\w+ )?(?:fail\w*|errors?|panics?)\b", re.IGNORECASE)
_PASS = re.compile(
    r"^\W*expected\b(?: output| result)?\W+(?:(?:it|they|all)\W+)*(?:pass\w*|green|ok|succeed\w*|success)\b",
    re.IGNORECASE,
)
_IN_TOTAL = re.compile(rf"()\({_NUMBER}(?: tests?)?(?: in)? total\)", re.IGNORECASE)
_STAYS_AT = re.compile(
    r"\b(?:number of tests|tests? count|tests?)\b (?:still )?(?:stays?|remains?|is still|are still|is|=) (?:at )?"
    rf"(at least |>= ?|≥ ?)?{_NUMBER}(?![\w.]\w)",
    re.IGNORECASE,
)
_INCLUSIVE = ("<=", "≤", "at most", "no more than", "not exceed")
_BELOW_ALONE = re.compile(
    rf"(<=|≤|<|\bbelow\b|\bunder\b|\b(?:fewer|less) than\b|\bat most\b|\bno more than\b|\bnot exceed\b)"
    rf"\s*~?{_NUMBER}(?!\s*%)(\s*(?:lines|loc)\b)?",
    re.IGNORECASE,
)
_BELOW = re.compile(
    rf"`?({FILE})`?[^.;,<≤]{{0,40}}?(<=|≤|<|\bbelow\b|\bunder\b|\b(?:fewer|less) than\b|\bat most\b"
    rf"|\bno more than\b|\bnot exceed\b)\s*~?{_NUMBER}(?:\s*(?:lines|loc)\b|\b(?!\s*\w))",
    re.IGNORECASE,
)
_DROPS = re.compile(
    rf"`?({FILE})`?[^.;,]{{0,30}}?(?:from\s+)?{_NUMBER}\s*(?:lines\s*)?(?:→|->|to)\s*(~|about |around "
    rf"|ca\. ?|roughly )?{_NUMBER}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence, its line, and what it speaks of besides itself.

    `file` is that of its step; `checks` are what commands of its step, `around` what those of its task look at;
    `run` are the tests that were run last, `counted` is the file whose lines were.
    """

    text: str
    line: int
    file: str = ""
    checks: Checks = field(default_factory=Checks)
    around: Checks = field(default_factory=Checks)
    run: TestRun | None = None
    counted: str = ""

    def named_source(self, known: Known) -> str:
        """The first Rust source that it names itself."""
        return next((known.file(name) for name in files_in(self.text) if name.endswith(".rs")), "")

    def source(self, known: Known) -> str:
        """The Rust source that it is about: its own, that of its step, or the only one of its task."""
        return self.named_source(known) or (self.file if self.file.endswith(".rs") else known.only_source())


def figures(one: Sentence, known: Known) -> Iterator[tuple[str, Rule]]:
    """Every target that is a number, or stands for one."""
    yield from _tests(one, known)
    yield from _warnings(one, known)
    yield from _cleaned(one, known)
    yield from _lines(one, known)


def is_before(text: str) -> bool:
    """Whether a sentence tells what is seen before the task is done, which no target is."""
    words = plain(text)
    return _FAILS.search(words) is not None and _NONE_FAILS.search(words) is None


def _tests(one: Sentence, known: Known) -> Iterator[tuple[str, Tests]]:
    text = plain(one.text)
    if one.run and one.run.part:
        return  # no rule can name the tests that this command runs
    rule = _of_run(one.run, known.origin(one.line))
    wordings = [_COUNT, _PASSED, _STAYS_AT, *([_IN_TOTAL] if _ALL_PASS.search(text) else [])]
    counts = next((several for one_of in wordings if (several := [*one_of.finditer(text)])), [])
    for found in counts:
        number = _number(found[2]) + ("more than" in (found[1] or "").lower())
        if found[1] or f"{found[2]}+" in found[0]:
            yield "tests", replace(rule, at_least=number)
        else:
            yield "tests", replace(rule, passing=number)
    if not counts and (_ALL_PASS.search(text) or (one.run and _PASS.search(text))):
        yield "tests", replace(rule, at_least=1)
    if _IGNORED.search(text):
        yield "tests", replace(rule, none_ignored=True)


def _of_run(run: TestRun | None, origin: str) -> Tests:
    run = run or TestRun()
    return Tests(package=run.package, target=run.target, name=run.name, origin=origin)


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
    level = "clippy::pedantic" if "pedantic" in one.text.lower() else "clippy"
    for checks in (one.checks, one.around):
        asked = [source for source in checks.sources if not named or source[0].partition("::")[0] in named]
        if asked:
            return [(level if source == "clippy" else source, package, tests) for source, package, tests in asked]
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


def _lines(one: Sentence, known: Known) -> Iterator[tuple[str, Lines]]:
    origin, text = known.origin(one.line), plain(one.text)
    for found in _BELOW.finditer(text):
        number = _number(found[3])
        inclusive = found[2].lower() in _INCLUSIVE
        yield "lines", Lines(file=known.file(found[1]), below=number + inclusive, origin=origin)
    alone = None if files_in(text) else _BELOW_ALONE.search(text)
    file = one.counted or (one.file if alone and alone[3] else "")
    if alone and file:
        inclusive = alone[1].lower() in _INCLUSIVE
        yield "lines", Lines(file=known.file(file), below=_number(alone[2]) + inclusive, origin=origin)
    for found in _DROPS.finditer(text):
        if _number(found[4]) < _number(found[2]):
            yield "lines", Lines(file=known.file(found[1]), about=_number(found[4]), fewer=True, origin=origin)


def _number(text: str) -> int:
    return int(re.sub(r"[,_]", "", text))
