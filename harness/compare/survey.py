"""How different the cases were that a verdict rests on, and whether the user's own redactions are of any use.

A thousand cases that a program refuses in the same words test as much as one does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.compare.output import CommandObservation, texts
from harness.compare.rule import Rule
from harness.compare.wording import counted
from harness.model import Case, Diversity

__all__ = ["Survey", "hidden_exactly"]

_FEWEST = 5
"""Cases below which nothing is made of their being alike."""

_LIMITS = ("output limit", "process limit", "signal SIGXFSZ")
"""How a program ends that writes more, starts more or has larger files than a case may."""

_WORD = re.compile(r"\w{3,}")
_NUMBER = re.compile(r"[0-9]+")
_ASKS = frozenset({"--help", "-h", "--version", "-V", "help"})
_LONGEST_MESSAGE = 120


@dataclass(slots=True, kw_only=True)
class _Ends:
    """How the cases of one command ended: in which words, and how often."""

    succeeded: int = 0
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)


class Survey:
    """Looks at one case after the other; keeps counts and digests, no case and no output.

    `known` are the words that a program is known to take (flags, keys), by its name. `rules` are those of harness.toml.
    """

    def __init__(self, known: Mapping[str, Collection[str]], rules: Sequence[Rule] = ()) -> None:
        self._unused = {program: set(words) for program, words in known.items()}
        self._unmatched = {rule.name: rule for rule in rules}
        self._rules = [rule.name for rule in rules]
        self._outcomes: set[int] = set()
        self._messages: set[tuple[str, str]] = set()
        self._ends: dict[tuple[str, str], _Ends] = {}
        self._cases = self._accepted = self._limited = 0

    def add(self, case: Case, seen: CommandObservation) -> None:
        """Takes a case into account, and what one side did on it."""
        self._cases += 1
        self._accepted += seen.status == "exit 0"
        self._limited += seen.status in _LIMITS
        self._use(case)
        parts = texts(seen)
        for name, rule in list(self._unmatched.items()):
            if _matches(rule, parts):
                del self._unmatched[name]
        plain = _Plain(case)
        files = tuple(sorted(f"{where}={text}" for (facet, where), text in parts.items() if facet == "files"))
        shown = (parts.get((facet, ""), "") for facet in ("stdout", "stderr", "screen"))
        said = (*map(plain, shown), *map(plain, files))
        self._outcomes.add(hash((case.program, seen.status, *said)))
        self._end(case, seen, plain)

    def _end(self, case: Case, seen: CommandObservation, plain: _Plain) -> None:
        ends = self._ends.setdefault((case.program, _command(case)), _Ends())
        if seen.status == "exit 0":
            # Every program can tell what it is.
            ends.succeeded += not _ASKS.intersection(case.argv)
            return
        message = _first_line(seen.stderr) or _first_line(seen.stdout)
        self._messages.add((case.program, plain(message)))
        if not _ASKS.intersection(case.argv):
            ends.failed[seen.status, plain(message)] += 1

    def _use(self, case: Case) -> None:
        unused = self._unused.get(case.program)
        if not unused:
            return
        words = {part for word in case.argv for part in (word, word.partition("=")[0])}
        contents = (data.decode("utf-8", "replace") for data in (*case.files.values(), case.stdin))
        unused.difference_update(words)
        if any(not word.startswith("-") for word in unused):
            unused.difference_update(word for text in contents for word in re.findall(r"[\w-]+", text))

    def diversity(self) -> Diversity:
        """What it comes to."""
        never = [f"{program} {word}" for program, words in self._unused.items() for word in sorted(words)]
        return Diversity(
            cases=self._cases,
            outcomes=len(self._outcomes),
            messages=len(self._messages),
            accepted=self._accepted,
            never_used=tuple(never),
        )

    def remarks(self) -> tuple[str, ...]:
        """A sentence for each program, or command of one, of which nothing was tested in depth, and why."""
        return (*self._shallow(), *self._cut())

    def _cut(self) -> list[str]:
        if not self._limited:
            return []
        count = counted(self._limited, "case")
        return [f"{count} ended at a limit of what a case may write or start, so what comes after it was not compared"]

    def _shallow(self) -> list[str]:
        programs: dict[str, _Ends] = {}
        for (program, _), ends in self._ends.items():
            whole = programs.setdefault(program, _Ends())
            whole.succeeded += ends.succeeded
            whole.failed += ends.failed
        shallow = {program for program, ends in programs.items() if _alike(ends)}
        told = [_sentence(program, programs[program]) for program in sorted(shallow)]
        told += [
            _sentence(f"{program} {command}".strip(), ends)
            for (program, command), ends in sorted(self._ends.items())
            if program not in shallow and command and _alike(ends)
        ]
        return told

    def rules(self) -> dict[str, bool]:
        """Whether each rule matched anything at all."""
        return {name: name not in self._unmatched for name in self._rules}


def hidden_exactly(
    before: Mapping[str, str], after: Mapping[str, str], rules: Sequence[Rule]
) -> Iterator[tuple[str, str]]:
    """The rules by which two exact texts (an exit status, the name of a file) became equal, and what they were.

    `before` and `after` are such texts by what they are.
    """
    for what in before.keys() & after.keys():
        old, new = before[what], after[what]
        if old == new:
            continue
        for rule in rules:
            if _hide(rule, what, old) == _hide(rule, what, new):
                yield rule.name, f"{what} {old!r} and {new!r}"


def _hide(rule: Rule, facet: str, text: str) -> str:
    if rule.facets and facet not in rule.facets:
        return text
    return rule.pattern.sub(rule.replacement, text)


def _matches(rule: Rule, parts: Mapping[tuple[str, str], str]) -> bool:
    return any(
        rule.pattern.search(text) or (where and rule.pattern.search(where))
        for (facet, where), text in parts.items()
        if not rule.facets or facet in rule.facets
    )


def _alike(ends: _Ends) -> bool:
    return not ends.succeeded and len(ends.failed) == 1 and ends.failed.total() >= _FEWEST


def _sentence(name: str, ends: _Ends) -> str:
    ((status, message),) = ends.failed
    said = f": {message[:_LONGEST_MESSAGE]}" if message else ""
    return (
        f"all {ends.failed.total()} cases of {name} fail alike ({status}{said}), so nothing of it was tested in depth"
    )


class _Plain:
    """Text without what the case itself supplied and without numbers, so that an echo is no new outcome."""

    def __init__(self, case: Case) -> None:
        contents = (data.decode("utf-8", "replace") for data in (*case.files.values(), case.stdin))
        given = (*case.argv, *case.env.values(), *case.files, *contents)
        self._words = {word for text in given for word in _WORD.findall(text)}

    def __call__(self, text: str) -> str:
        return _NUMBER.sub("#", _WORD.sub(self._replaced, text))

    def _replaced(self, match: re.Match[str]) -> str:
        return "…" if match.group() in self._words else match.group()


def _command(case: Case) -> str:
    """The command that a case is of, from where the case came: `help: app run: why`, `harness.toml: check: file`."""
    source, _, rest = case.origin.partition(": ")
    name = rest.partition(":")[0]
    return name.removeprefix(case.program).strip() if source in ("help", "harness.toml") else ""


def _first_line(data: bytes) -> str:
    text = data[:4096].decode("utf-8", "replace").strip()
    return text.partition("\n")[0].strip()
