"""Cases for the terminal: a bounded choice of those there are, each again as it is on a terminal.

All of it is made from what is seen of the first revision once, so that the same cases go to every revision.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.cases import distinct, made_from
from harness.cases.base import Ground
from harness.cases.configured import Template
from harness.cases.flagged import flags_with, with_words
from harness.cases.help_discovery import discover, page_of
from harness.cases.interrupted import interrupted
from harness.cases.log_filters import is_about_logs
from harness.cases.spread import spread
from harness.config import Command, Terminal
from harness.model import Case, Session

__all__ = ["terminal_cases"]

WIDTHS = (80, 40, 120, 200)
MOST_HELP = 40
MOST_NAMED = 60
MOST_OTHERS = 60
MOST_WRITTEN = 12  # that documents and tests have
MOST_LOGS = 8  # of those about logs: messages have colours on a terminal
MOST_VARIED = 10
MOST_SLOW = 6  # that pause, so that progress may be drawn meanwhile
_MOST_FLAGS = 4
_ABOUT_SCREENS = re.compile(r"quiet|silent|progress|colou?r|plain|interactive|tty|ascii|unicode", re.IGNORECASE)
_PATIENCE = 5.0  # seconds; the command probe gives a program more, and sees its output then
_HELP = re.compile(r"\Ahelp: (.*): ([^:]*)\Z", re.DOTALL)


def terminal_cases(ground: Ground) -> tuple[Case, ...]:
    """All cases of the probe: sessions of harness.toml, then what it finds by itself.

    Raises:
        ConfigError: harness.toml asks for what is not there.
    """
    sessions = [case for one in ground.config.terminal for case in _session(one, ground)]
    chosen = _chosen(made_from(ground))
    idle = [one for one in sessions if one.terminal and not one.terminal.script]
    tried = [*(_shown(case) for case in chosen), *(_shown(one, one.terminal) for one in idle)]
    seen = [(case, run) for case, run in ground.run(tried) if run.terminal]
    ending = {_same(case) for case, run in seen if not run.timed_out}
    plain = [case for case in chosen if _same(_shown(case)) in ending]
    shown = [shown for case in plain for shown in _widths(case)]
    varied = [one for case in _fit_to_vary(plain) for one in _variants(case)]
    slow = [case for case, run in seen if run.terminal and run.terminal.pauses and _same(case) in ending]
    varied += [one for case in spread(slow, MOST_SLOW) for one in _with_flags(case, ground)]
    sessions = [one for one in sessions if one not in idle or _same(one) in ending]
    return distinct([*sessions, *shown, *varied, *interrupted(seen)])


def _session(one: Terminal, ground: Ground) -> Iterator[Case]:
    command = Command(
        name=one.name,
        argv=one.argv,
        program=one.program,
        config=one.config,
        files=one.files,
        env=one.env,
        timeout=one.timeout,
        services=one.services,
    )
    session = Session(columns=one.columns, rows=one.rows, script=one.script)
    for case in Template(command, ground).cases():
        yield replace(case, terminal=session)


def _chosen(cases: Sequence[Case]) -> list[Case]:
    """Help texts, what is no guess of ours, and of the guesses one of each kind a command."""
    asking = [case for case in cases if _is_help(case)]
    named = [case for case in cases if not _HELP.match(case.origin) and not case.read_only and not case.endless]
    guessed: dict[object, Case] = {}
    for case in cases:
        if (match := _HELP.match(case.origin)) and not _is_help(case):
            guessed.setdefault((match[1], _kind(match[2])), case)
    logging = [case for case in named if is_about_logs(case)]
    written = [case for case in named if case.origin.startswith("written in ")]
    named = [case for case in named if not case.origin.startswith("written in ")]
    return [
        *asking[:MOST_HELP],
        *spread(named, MOST_NAMED),
        *spread(written, MOST_WRITTEN),
        *logging[:MOST_LOGS],
        *spread(list(guessed.values()), MOST_OTHERS),
    ]


def _is_help(case: Case) -> bool:
    return case.argv[-1:] == ("--help",)


def _kind(why: str) -> str:
    """`--limit bad` and `--level bad` are one kind."""
    return " ".join(word for word in why.split() if not word.startswith("-"))


def _shown(case: Case, session: Session | None = None) -> Case:
    return replace(case, terminal=session or Session(), timeout=min(case.timeout, _PATIENCE))


def _same(case: Case) -> tuple[object, ...]:
    return (case.program, case.argv, tuple(case.files), tuple(case.env.items()), case.stdin)


def _widths(case: Case) -> Iterator[Case]:
    for width in WIDTHS if _is_help(case) else WIDTHS[:1]:
        yield replace(_shown(case, Session(columns=width)), origin=f"{case.origin}, {width} columns")


def _fit_to_vary(cases: Sequence[Case]) -> list[Case]:
    """First those that do something, as far as can be told: those of harness.toml and plausible ones."""
    named = [case for case in cases if not _HELP.match(case.origin)]
    plausible = [case for case in cases if case.origin.endswith((": plausible arguments", ": no arguments"))]
    return [*spread(named, MOST_VARIED), *plausible[:MOST_VARIED]][: 2 * MOST_VARIED]


def _variants(case: Case) -> Iterator[Case]:
    """With one stream led elsewhere, without colours, on the plainest terminal."""
    for name in ("stdout", "stderr"):
        yield replace(_shown(case, Session(piped=(name,))), origin=f"{case.origin}, {name} elsewhere")
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        if name not in case.env:
            env = {**case.env, name: value}
            yield replace(_shown(case), env=env, origin=f"{case.origin}, {name}={value}")


def _with_flags(case: Case, ground: Ground) -> Iterator[Case]:
    """With the flags that say what is shown."""
    flags = flags_with(page_of(case, discover(ground)), _ABOUT_SCREENS, case, values=2)
    yield from (with_words(case, words) for words in itertools.islice(flags, _MOST_FLAGS))
