"""The probe `command`: runs the programs of a build on cases and compares all that they did."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

from harness.cases import made_from, suggested_by
from harness.cases.base import Ground
from harness.compare.output import CommandObservation, Place, decode, encode, redacted, texts, weigh
from harness.config import Config
from harness.model import Case, Difference
from harness.probes.base import Findings, Pair, Subject
from harness.probes.containment import Containment, containment
from harness.probes.lanes import run_cases
from harness.store import Store

__all__ = ["CommandProbe"]

_MOST_LINES = 200
_CONTEXT = 3
_MOST_CHARACTERS = 100_000


class CommandProbe:
    """Observes command lines."""

    name = "command"
    version = 2

    def __init__(self, contained: Callable[[], Containment] = containment) -> None:
        self._contained = contained

    def core(self, first: Subject, config: Config, store: Store) -> Sequence[Case]:
        """The cases of all sources, on the first revision.

        Raises:
            ConfigError: harness.toml asks for what that does not have.
        """
        return made_from(self._ground(first, config, store))

    def extras(self, baseline: Subject, candidate: Subject, config: Config, store: Store) -> Sequence[Case]:
        """What the help texts of both sides suggest, so that a flag that one side alone knows is tried on both."""
        return suggested_by(self._ground(baseline, config, store), self._ground(candidate, config, store))

    def observe(self, subject: Subject, cases: Sequence[Case], lanes: int) -> Generator[tuple[Case, bytes]]:
        """Runs each case once, on `lanes` processes at a time; yields as they end, in any order.

        Raises:
            HarnessError: the sandbox cannot be entered any more.
        """
        for case, seen in self._run(subject, cases, lanes):
            yield case, encode(seen)

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        """Holds two observations of one case against each other, facet by facet."""
        old, new = decode(before), decode(after)
        if old.timed_out != new.timed_out:
            facet = "timeout" if new.timed_out else "exit status"
            return Findings(differences=(_difference(case, (facet, ""), old.status, new.status),))
        all_old, all_new = texts(old), texts(new)
        first, hid = redacted(_unlike(all_old, all_new), pair.before, case)
        second, hid_too = redacted(_unlike(all_new, all_old), pair.after, case)
        places = [one for one in dict.fromkeys((*first, *second)) if first.get(one) != second.get(one)]
        return Findings(
            differences=tuple(_difference(case, one, first.get(one), second.get(one)) for one in places),
            hits=hid | hid_too,
        )

    def settle(
        self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair
    ) -> Mapping[tuple[str, str], str]:
        """What repeated observations say of each place, by the facet and the `where` that differences of it have."""
        decoded = {one: decode(one) for one in (*before, *after)}
        weighed = weigh([decoded[one] for one in before], [decoded[one] for one in after], pair, case)
        answers = {(facet, _shown(where)): one.answer for (facet, where), one in weighed.items()}
        return answers | {("timeout", ""): answers["exit status", ""]}

    def ran_out(self, seen: bytes) -> bool:
        """Whether the program of this observation ran out of time."""
        return decode(seen).timed_out

    def surroundings(self) -> str:
        """Whether there is a sandbox: what is read-only or out of reach there shows in what programs say."""
        return "sandbox 1" if self._contained().works else "no sandbox 1"

    def caveat(self) -> str:
        """Why not every case may be run here; empty where every one may."""
        made = self._contained()
        if made.works:
            return ""
        what = "only --help, --version and commands named in harness.toml were run"
        return f"{what}, since there is no sandbox: {made.reason}"

    def _ground(self, subject: Subject, config: Config, store: Store) -> Ground:
        lanes = os.cpu_count() or 1

        def run(cases: Sequence[Case]) -> Iterable[tuple[Case, CommandObservation]]:
            return self._run(subject, cases, lanes)

        return Ground(
            build=subject.build,
            programs=tuple(sorted(subject.executables)),
            config=config,
            store=store,
            run=run,
            repository=subject.files,
            contained=self._contained().works,
        )

    def _run(self, subject: Subject, cases: Sequence[Case], lanes: int) -> Iterator[tuple[Case, CommandObservation]]:
        return run_cases(subject.executables, cases, lanes=lanes, contained=self._contained(), hidden=subject.hidden)


def _unlike(parts: dict[Place, str], others: dict[Place, str]) -> dict[Place, str]:
    return {place: text for place, text in parts.items() if others.get(place) != text}


def _difference(case: Case, place: Place, before: str | None, after: str | None) -> Difference:
    facet, where = place
    old, new = _excerpts(before or "", after or "")
    return Difference(
        facet=facet,
        where=_shown(where),
        before=_shown(old),
        after=_shown(new),
        case=case,
        summary=_shown(_summary(facet, where, before, after)),
    )


def _summary(facet: str, where: str, before: str | None, after: str | None) -> str:
    if facet in ("exit status", "timeout"):
        return f"{before} became {after}"
    if before is None:
        return f"{where} is now {_head(after)}, and was not before"
    if after is None:
        return f"{where} was {_head(before)}, and is not any more"
    if facet == "files" and _head(before) != _head(after):
        return f"{where}: {_head(before)} became {_head(after)}"
    old, new = before.splitlines(), after.splitlines()
    start, end = _agreeing(old, new)
    gone, come = len(old) - start - end, len(new) - start - end
    name = where or facet
    if not gone and not come:
        return f"{name} differs in the ends of its lines"
    return f"{name} differs from line {start + 1} on: {_lines(gone)} became {_lines(come)}"


def _head(described: str | None) -> str:
    return (described or "").partition("\n")[0]


def _lines(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Both texts where they are short, else the lines around what differs."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start, end = _agreeing(old, new)
    cut = _excerpt(old, start, end), _excerpt(new, start, end)
    short = cut[0][:_MOST_CHARACTERS], cut[1][:_MOST_CHARACTERS]
    return short if short[0] != short[1] else cut


def _excerpt(lines: Sequence[str], start: int, end: int) -> str:
    if len(lines) <= _MOST_LINES:
        return "".join(lines)
    first, last = max(0, start - _CONTEXT), min(len(lines), len(lines) - end + _CONTEXT)
    shown = list(lines[first:last])
    if len(shown) > _MOST_LINES:
        half = _MOST_LINES // 2
        shown[half:-half] = [f"… {len(shown) - 2 * half} lines …\n"]
    above = [f"… {first} lines …\n"] if first else []
    below = [f"… {len(lines) - last} lines …\n"] if last < len(lines) else []
    return "".join([*above, *shown, *below])


def _agreeing(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines agree at the beginning and, of the others, at the end."""
    most = min(len(old), len(new))
    start = next((index for index in range(most) if old[index] != new[index]), most)
    left = most - start
    end = next((index for index in range(left) if old[-1 - index] != new[-1 - index]), left)
    return start, end


def _shown(text: str) -> str:
    """Text that can be printed: bytes that are not UTF-8 as `\\xff`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
