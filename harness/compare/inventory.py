"""What the tests of a revision are, how they ended, and which tests of two revisions are the same one."""

from __future__ import annotations

import difflib
import enum
import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.compare.rust_text import essence

__all__ = ["PROCESS", "BuildFailure", "Counts", "Inventory", "Match", "Matching", "State", "Test", "match_tests"]

PROCESS = "(the whole executable)"
"""The name under which a test executable stands that has no list of tests, or that ended as a whole."""

ALIKE = 0.5
"""From this similarity on (difflib's ratio over tokens), two tests of one name are the same test, edited."""


_SELECTION = {"lib": "--lib", "proc-macro": "--lib", "doc": "--doc"}


def _command(package: str, kind: str, target: str, *more: str) -> str:
    chosen = (_SELECTION[kind],) if kind in _SELECTION else (f"--{kind}", target)
    where = ("-p", package) if package else ("--workspace",)
    return shlex.join(["cargo", "test", *where, *chosen, *more])


class State(enum.Enum):
    """How a test ended over all its runs."""

    OK = "ok"
    FAILED = "failed"
    FLAKY = "flaky"
    IGNORED = "ignored"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test. `kind` is cargo's target kind, or `doc`; `flavour` is `compile fail`, `should panic` and the like.

    `outcomes` are those of its runs in order, as `State` values: several only where the first one failed.
    `source` is its text with attributes where it was found, else empty. A documentation test's name ends in
    `#n`, its number within its item, where libtest prints a line number.
    """

    __test__ = False  # pytest takes every class of such a name for one of its own

    package: str
    target: str
    kind: str
    name: str
    outcomes: tuple[str, ...]
    flavour: str = ""
    source: str = ""

    @property
    def state(self) -> State:
        """All outcomes taken together: a success among failures makes it flaky, else the first one counts."""
        mixed = State.OK.value in self.outcomes and len(set(self.outcomes)) > 1
        return State.FLAKY if mixed else State(self.outcomes[0])

    @property
    def where(self) -> str:
        """Where it is, for people: `engine lib error::tests::backs_off`."""
        target = "" if self.kind in ("lib", "proc-macro", "doc") else f" {self.target}"
        return f"{self.package} {self.kind}{target} {self.name}"

    @property
    def command(self) -> str:
        """A command line that runs it (all examples of the package, where it is one)."""
        alone = () if self.kind == "doc" or self.name == PROCESS else ("--", "--exact", self.name)
        return _command(self.package, self.kind, self.target, *alone)

    @property
    def outcome(self) -> str:
        """How it ended, for people."""
        return f"flaky ({', '.join(self.outcomes)})" if self.state is State.FLAKY else self.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFailure:
    """A test target that did not compile (or, of kind `doc`, whose examples could not be run), and the first error."""

    package: str
    target: str
    kind: str
    error: str

    @property
    def where(self) -> str:
        """Where it is, for people: `engine test pipeline_integration`."""
        return f"{self.package or 'workspace'} {self.kind} {self.target}".rstrip()

    @property
    def command(self) -> str:
        """A command line that builds it."""
        return _command(self.package, self.kind, self.target, "--no-run" if self.kind != "doc" else "--no-fail-fast")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What `cargo test --workspace` prints in its `test result` lines, added up; the first run of each test."""

    passed: int = 0
    failed: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every test of a revision; test targets that did not build; the totals."""

    tests: tuple[Test, ...]
    failures: tuple[BuildFailure, ...] = ()
    counts: Counts = Counts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two tests that are the same one. `how` is `same`, `moved` (other module, target or package) or `renamed`."""

    before: Test
    after: Test
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The tests of two revisions: matched, only before, only after; each test in exactly one of them."""

    matches: tuple[Match, ...]
    vanished: tuple[Test, ...]
    added: tuple[Test, ...]


def match_tests(before: Sequence[Test], after: Sequence[Test]) -> Matching:
    """Matches tests by key, then moved ones by text and last segment, then edited moved ones, then renamed ones.

    A new test of the same last segment whose text has little in common is *not* the vanished one.
    """
    pairing = _Pairing(before, after)
    pairing.pair("same", lambda test: _with_body(test, _key(test)))
    pairing.pair("same", _key)
    pairing.pair("moved", lambda test: _with_body(test, test.package, segments(test)[-1]))
    pairing.pair("moved", lambda test: _with_body(test, segments(test)[-1]))
    pairing.pair_alike("moved")
    pairing.pair("renamed", lambda test: _with_body(test, test.package))
    pairing.pair("renamed", _with_body)
    return Matching(matches=tuple(pairing.matches), vanished=tuple(pairing.left), added=tuple(pairing.right))


class _Pairing:
    def __init__(self, before: Sequence[Test], after: Sequence[Test]) -> None:
        self.left = sorted(before, key=_order)
        self.right = sorted(after, key=_order)
        self.matches: list[Match] = []

    def pair(self, how: str, key: Callable[[Test], Hashable | None]) -> None:
        """Pairs what is left and has the same key, in order; a key of None pairs with nothing."""
        waiting: dict[Hashable, list[Test]] = defaultdict(list)
        for test in reversed(self.right):
            waiting[key(test)].append(test)
        waiting.pop(None, None)
        self._take(how, [(test, same.pop()) for test in self.left if (same := waiting.get(key(test)))])

    def pair_alike(self, how: str) -> None:
        """Pairs tests of one package and last segment that are similar enough, the most similar first."""
        waiting: dict[Hashable, list[Test]] = defaultdict(list)
        for test in self.right:
            waiting[_family(test)].append(test)
        scored = [
            (score, number, old, new)
            for number, old in enumerate(self.left)
            for new in waiting[_family(old)]
            if (score := _likeness(old, new))
        ]
        pairs: list[tuple[Test, Test]] = []
        left, right = {id(test) for test in self.left}, {id(test) for test in self.right}
        for _, _, old, new in sorted(scored, key=lambda one: (-one[0], one[1], _order(one[3]))):
            if id(old) in left and id(new) in right:
                left.remove(id(old))
                right.remove(id(new))
                pairs.append((old, new))
        self._take(how, pairs)

    def _take(self, how: str, pairs: Sequence[tuple[Test, Test]]) -> None:
        self.matches += [Match(before=old, after=new, how=how) for old, new in pairs]
        left, right = {id(old) for old, _ in pairs}, {id(new) for _, new in pairs}
        self.left = [test for test in self.left if id(test) not in left]
        self.right = [test for test in self.right if id(test) not in right]


def segments(test: Test) -> tuple[str, ...]:
    """The path of a test; that of a documentation test is its item's, or its file where that is the whole crate."""
    if test.kind == "doc":
        file, _, item = base_name(test).partition(" - ")
        return tuple(item.split("::")) if item else (file,)
    return tuple(test.name.split("::"))


def base_name(test: Test) -> str:
    """The name without the number that tells examples of one item apart."""
    return re.sub(r" #\d+$", "", test.name) if test.kind == "doc" else test.name


def body_of(test: Test) -> str:
    """The text without layout, comments and the function's own name; empty where it was not found."""
    return _body(test.source, segments(test)[-1]) if test.source else ""


@lru_cache(maxsize=100_000)
def _body(source: str, name: str) -> str:
    return re.sub(rf"\bfn (?:r#)?{re.escape(name)}\b", "fn _", essence(source), count=1)


def _key(test: Test) -> tuple[str, ...]:
    return (test.package, test.kind, test.target, base_name(test), test.flavour if test.name == PROCESS else "")


def _with_body(test: Test, *rest: Hashable) -> Hashable | None:
    body = body_of(test)
    return (*rest, test.kind == "doc", body) if body else None


def _family(test: Test) -> Hashable:
    return (test.package, test.kind == "doc", segments(test)[-1])


def _order(test: Test) -> tuple[str, ...]:
    prefix, _, number = test.name.rpartition(" #")
    name = f"{prefix} #{int(number):06d}" if prefix and number.isdigit() else test.name
    return (test.package, test.kind, test.target, name)


def _likeness(old: Test, new: Test) -> float:
    common = 0
    for left, right in zip(reversed(segments(old)), reversed(segments(new)), strict=False):
        if left != right:
            break
        common += 1
    if not (old.source and new.source):
        # Made by a macro, so there is no text to compare: at least its module's name must have stayed.
        return float(common > 1)
    matcher = difflib.SequenceMatcher(None, _tokens(body_of(old)), _tokens(body_of(new)), autojunk=False)
    ratio = matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0
    return ratio + common / 100 if ratio >= ALIKE else 0.0


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+|\S", text)[:500]
