"""Cases with a log filter for each module, so that a message that moved to another module shows.

A filter is behaviour: who runs a program with `RUST_LOG=engine::retry=debug` stops seeing messages when they move.
Both `env_logger` and `tracing-subscriber` read RUST_LOG and take a module's path for the target of its messages. Flags
that say how much is logged are tried here too, alone and two together.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import msgspec

from harness.cases.base import Ground
from harness.cases.flagged import flags_with, with_words
from harness.cases.help_discovery import discover, page_of
from harness.cases.known_good import always_alike, known_good
from harness.cases.modules import modules_of
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["MOST", "LogFilters", "is_about_logs"]

_FILTER = "RUST_LOG"

MOST = 300
"""How many of these cases there are at most."""

VERSION = 2
_LOGGERS = {"log", "tracing"}
_TRIED = 48  # cases among which those are looked for that log something
_CHOSEN = 4
_SURE = MOST // _CHOSEN - 1  # modules that have their filter however many there are
_FLAGGED, _VALUES, _PAIRS = 3, 2, 8
_ABOUT_LOGS = re.compile(r"verb|debug|trace|log|quiet|silent", re.IGNORECASE)
_ASKS = {"help", "--help", "-h", "--version", "-V"}

_NUMBER = re.compile(rb"[0-9]+")


def is_about_logs(case: Case) -> bool:
    """Whether a case has a log filter, or a flag that says how much is logged."""
    flags = (word for word in case.argv if word.startswith("-"))
    return _FILTER in case.env or any(map(_ABOUT_LOGS.search, flags))


class LogFilters:
    """The source."""

    name = "log filters"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """A few of the other cases, those that log, under `trace` for everything and for each module."""
        workspace = ground.build.workspace
        loggers = _loggers(ground)
        if not loggers:
            return ()
        paths = ground.repository.paths() if ground.repository else ()
        filters = ["trace", *(f"{module}=trace" for module in modules_of(workspace, paths, loggers))]
        few = _representative(ground, others)
        filtered = (_filtered(case, one) for one in filters for case in few)
        return [*_flagged(ground, few or _deep(ground)), *filtered][:MOST]

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """The same for modules that the commit changed, as far as the first revision does not have them."""
        if before.repository is None or after.repository is None:
            return ()
        first = before.first or before
        loggers = [_loggers(ground) for ground in (before, after)]
        if not any(loggers):
            return ()
        old, new = (ground.repository.read("**/*.rs") if ground.repository else {} for ground in (before, after))
        changed = [path for path in sorted({*old, *new}) if old.get(path) != new.get(path)]
        known = set(_modules(first, first.repository.paths() if first.repository else (), _loggers(first))[:_SURE])
        modules = dict.fromkeys(
            module
            for ground, some in ((before, loggers[0]), (after, loggers[1]))
            for module in _modules(ground, changed, some)
            if module not in known
        )
        few = _representative(first, ()) if modules else []
        return [_filtered(case, f"{module}=trace") for module in modules for case in few]


def _loggers(ground: Ground) -> list[str]:
    """The packages that log."""
    return sorted(name for name, needs in ground.build.workspace.dependencies.items() if _LOGGERS & set(needs))


def _modules(ground: Ground, paths: Sequence[str], loggers: Sequence[str]) -> tuple[str, ...]:
    return modules_of(ground.build.workspace, paths, loggers)


def _flagged(ground: Ground, few: Sequence[Case]) -> list[Case]:
    """With the flags that say how much is logged, alone and two together: one of them beats the other.

    Threads that log their steps seldom do so in one order, so that is left out on which any of this varies.
    """
    pages, made = discover(ground), list[Case]()
    for case in few[:_FLAGGED]:
        flags = list(flags_with(page_of(case, pages), _ABOUT_LOGS, case, _VALUES))
        pairs = [(*one, *other) for one, other in itertools.combinations(flags, 2) if one[0] != other[0]]
        some = [with_words(case, words) for words in [*flags, *pairs[:_PAIRS]]]
        parts = (VERSION, msgspec.msgpack.encode(some, order="deterministic"))
        if ground.remember("steady logs", parts, partial(_steady, ground, some)):
            made += some
    return made


def _steady(ground: Ground, cases: Sequence[Case]) -> bytes:
    """Something where the program is always the same with all of these, else nothing."""
    alike = [one for one in always_alike(ground, cases) if one is not None]
    return b"steady" if alike and all(alike) else b""


def _deep(ground: Ground) -> list[Case]:
    """A case of each command that gets deep, for programs that are told by flags alone how much to log."""
    deep = [one.case for one in known_good(ground).best() if one.accepted and not (_ASKS & set(one.case.argv))]
    return list({(case.program, case.argv[:1]): case for case in reversed(deep)}.values())[::-1]


def _filtered(case: Case, value: str) -> Case:
    return replace(case, env={**case.env, _FILTER: value}, origin=f"{_FILTER}={value}: {case.origin}")


def _representative(ground: Ground, others: Sequence[Case]) -> list[Case]:
    """Cases that log, as different ones as there are; found out by running some of them, once for a build."""
    deep = [one.case for one in known_good(ground).best() if one.accepted]
    several = [case for case in (*deep, *others) if not _ASKS & set(case.argv) and _FILTER not in case.env]
    tried = several[:_TRIED]
    parts = (VERSION, msgspec.msgpack.encode(tried, order="deterministic"))
    kept = ground.remember("log filters", parts, lambda: msgspec.msgpack.encode(_choose(ground, tried)))
    return [tried[index] for index in msgspec.msgpack.decode(kept, type=list[int])]


def _choose(ground: Ground, tried: Sequence[Case]) -> list[int]:
    """The positions of the cases that write something else under RUST_LOG=trace, each outcome once."""
    loud = [_filtered(case, "trace") for case in tried]
    quiet = {_identity(case): seen for case, seen in ground.run(tried)}
    logged = {_identity(case): seen for case, seen in ground.run(loud)}
    chosen: dict[object, int] = {}
    for index, case in enumerate(tried):
        before, after = quiet.get(_identity(case)), logged.get(_identity(loud[index]))
        if before and after and _shapes(before) != _shapes(after):
            # How much is logged tells outcomes apart better than what, in which there are times.
            chosen.setdefault(
                (case.argv[:1], after.status, after.stderr.count(b"\n"), after.stdout.count(b"\n")), index
            )
    return list(chosen.values())[:_CHOSEN]


def _shapes(seen: CommandObservation) -> Counter[bytes]:
    """What was written, without numbers and without an order: times differ, and threads overtake each other, without
    the filter having been read."""
    lines = (_NUMBER.sub(b"#", line) for line in (seen.stdout + b"\n" + seen.stderr).splitlines())
    return Counter(b" ".join(line.split()) for line in lines)


def _identity(case: Case) -> bytes:
    return msgspec.msgpack.encode(case, order="deterministic")
