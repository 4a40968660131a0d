"""The probe `command`: runs the programs of a build on cases and compares all that they did."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.cases import made_from, suggested_by
from harness.cases.base import Ground
from harness.cases.help_discovery import Page, discover
from harness.cases.rust_types import keys_read
from harness.cases.types.model import Schema
from harness.compare.output import Place, decode, encode, redacted, texts
from harness.compare.redact import rules_from
from harness.compare.rule import Rule
from harness.compare.seen import log_of
from harness.compare.survey import Survey, hidden_exactly
from harness.compare.weigh import weigh
from harness.compare.weighed import Weighed
from harness.compare.wording import counted
from harness.config import Config
from harness.model import Case, Difference
from harness.probes.base import Findings, Observe, Pair, Subject
from harness.probes.containment import Containment, containment
from harness.probes.feed import Feed
from harness.probes.of_programs import OfPrograms
from harness.probes.tracing import Tracing, tracing
from harness.store import Store, digest_of

__all__ = ["CommandProbe"]

_MOST_LINES = 200
_CONTEXT = 3
_MOST_CHARACTERS = 100_000
_GROUNDS = 4


class CommandProbe(OfPrograms):
    """Observes command lines."""

    name = "command"
    version = 5

    def __init__(
        self, contained: Callable[[], Containment] = containment, traced: Callable[[], Tracing] = tracing
    ) -> None:
        super().__init__(contained)
        self._traced = traced
        self._grounds: dict[tuple[str, ...], Ground] = {}

    def core(self, first: Subject, config: Config, store: Store) -> Sequence[Case]:
        """The cases of all sources, on the first revision.

        Raises:
            ConfigError: harness.toml asks for what that does not have.
        """
        return made_from(self._ground(first, config, store))

    def extras(self, baseline: Subject, candidate: Subject, config: Config, store: Store) -> Sequence[Case]:
        """What both sides together suggest: a flag, key or literal that one side alone has is tried on both."""
        return suggested_by(self._ground(baseline, config, store), self._ground(candidate, config, store))

    def help_pages(self, subject: Subject, config: Config, store: Store) -> Sequence[Page]:
        """The help text of every command of a build."""
        return discover(self._ground(subject, config, store))

    @contextlib.contextmanager
    def opened(self, subject: Subject, lanes: int) -> Iterator[Observe]:
        """Runs each case once."""
        with self._lanes(subject, lanes) as opened:

            def observe(cases: Sequence[Case]) -> Generator[tuple[Case, bytes]]:
                with contextlib.closing(opened.run(cases)) as running:
                    for case, seen in running:
                        yield case, encode(seen)

            yield observe

    def follow(self, subject: Subject, feed: Feed, lanes: int) -> Generator[tuple[Case, bytes]]:
        """As `observe`, of cases that come while others run."""
        with self._lanes(subject, lanes) as opened, contextlib.closing(opened.follow(feed)) as running:
            for case, seen in running:
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
            remarks=_too_much(all_old, all_new, pair),
        )

    def settle(
        self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair
    ) -> Mapping[tuple[str, str], str]:
        """What repeated observations say of each place, by the facet and the `where` that differences of it have."""
        weighed = _weighed(case, before, after, pair)
        answers = {(facet, _shown(where)): one.answer for (facet, where), one in weighed.items()}
        return answers | {("timeout", ""): answers["exit status", ""]}

    def vocabulary(self, subjects: Sequence[Subject], config: Config, store: Store) -> Mapping[str, Collection[str]]:
        """The flags that the help texts of these revisions tell of, and the keys of their configuration, by program."""
        known: dict[str, set[str]] = {}
        for subject in subjects:
            ground = self._ground(subject, config, store)
            for page in discover(ground):
                known.setdefault(page.program, set()).update(flag.name for flag in page.read().flags)
            if len(ground.programs) == 1:  # of several, nobody knows here which one reads what
                known.setdefault(ground.programs[0], set()).update(keys_read(ground))
        return known

    def survey(
        self, seen: Iterable[tuple[Case, bytes]], known: Mapping[str, Collection[str]], rules: Sequence[Rule]
    ) -> Findings:
        """How different cases were by what one side did on them, and which of the user's own rules matched."""
        survey = Survey(known, rules)
        for case, one in seen:
            survey.add(case, decode(one))
        return Findings(diversity=survey.diversity(), remarks=survey.remarks(), rules=survey.rules())

    def forms(
        self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair
    ) -> Mapping[tuple[str, str], str]:
        """In which weaker form each place that varies on the baseline was compared."""
        weighed = _weighed(case, before, after, pair)
        return {(facet, _shown(where)): one.form for (facet, where), one in weighed.items() if one.form}

    def ran_out(self, seen: bytes) -> bool:
        """Whether the program of this observation ran out of time."""
        return decode(seen).timed_out

    def log(self, seen: bytes) -> str:
        """All that one case did, shortened."""
        return log_of(decode(seen))

    def surroundings(self) -> str:
        """Whether there is a sandbox, and whether programs can be traced in it: that decides which cases there are."""
        traced = self._contained().works and self._traced().tool
        return f"{super().surroundings()}, traced" if traced else super().surroundings()

    def caveat(self) -> str:
        """Why not every case may be run here; empty where every one may."""
        made = self._contained()
        if made.works:
            reason = self._traced().reason
            return f"what programs look for in vain was not given to them, since {reason}" if reason else ""
        what = "only --help, --version and commands named in harness.toml were run"
        return f"{what}, since there is no sandbox: {made.reason}"

    def _ground(self, subject: Subject, config: Config, store: Store) -> Ground:
        """The ground of a subject. Those that were asked for last are kept: a candidate is the next baseline."""
        of = tuple(f"{one.revision.sha} {one.build.key}" for one in (subject, subject.first) if one)
        made = self._grounds.pop(of, None)
        if made is None or made.config is not config or made.store is not store:
            made = replace(
                super()._ground(subject, config, store),
                tracer=self._traced().tool if self._contained().works else "",
                first=self._ground(subject.first, config, store) if subject.first else None,
                types=subject.types or Schema,
            )
        self._grounds[of] = made
        while len(self._grounds) > _GROUNDS:
            self._grounds.pop(next(iter(self._grounds)))
        return made


def _too_much(old: Mapping[Place, str], new: Mapping[Place, str], pair: Pair) -> tuple[str, ...]:
    """Sentences about rules of harness.toml that made unequal what has to be exact: an end, the names of files."""
    rules = rules_from(pair.config)
    if not rules:
        return ()
    before, after = ({"exit status": parts["exit status", ""], "files": _names(parts)} for parts in (old, new))
    return tuple(
        f"the redaction `{name}` hides a difference in an exact field: {what}"
        for name, what in hidden_exactly(before, after, rules)
    )


def _names(parts: Mapping[Place, str]) -> str:
    return " ".join(sorted(where for facet, where in parts if facet == "files"))


def _weighed(case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair) -> dict[Place, Weighed]:
    decoded = {one: decode(one) for one in (*before, *after)}
    return weigh([decoded[one] for one in before], [decoded[one] for one in after], pair, case)


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
    return f"{name} differs from line {start + 1} on: {counted(gone, 'line')} became {counted(come, 'line')}"


def _head(described: str | None) -> str:
    return (described or "").partition("\n")[0]


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Both texts where they are short, else the lines around what differs.

    What differs and is left out all the same is named with its digest: who approves a difference approves all of it.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > _MOST_LINES:
        start, end = _agreeing(old, new)
        before, after = _excerpt(old, start, end), _excerpt(new, start, end)
    short = _cut(before), _cut(after)
    return short if short[0] != short[1] else (before, after)


def _cut(text: str) -> str:
    rest = text[_MOST_CHARACTERS:]
    return f"{text[:_MOST_CHARACTERS]}… {len(rest)} more characters ({_digest(rest)}) …\n" if rest else text


def _excerpt(lines: Sequence[str], start: int, end: int) -> str:
    first, last = max(0, start - _CONTEXT), min(len(lines), len(lines) - end + _CONTEXT)
    shown = list(lines[first:last])
    if len(shown) > _MOST_LINES:
        half = _MOST_LINES // 2
        hidden = shown[half:-half]
        shown[half:-half] = [f"… {len(hidden)} lines ({_digest(''.join(hidden))}) …\n"]
    above = [f"… {first} lines …\n"] if first else []
    below = [f"… {len(lines) - last} lines …\n"] if last < len(lines) else []
    return "".join([*above, *shown, *below])


def _digest(text: str) -> str:
    return digest_of(text.encode("utf-8", "surrogatepass"))[:16]


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
