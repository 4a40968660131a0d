"""Redactions: rules that hide a part of a facet before comparing, each with a name and a reason.

A redaction that hides too much is the commonest way for a verifier to lie. So a rule hides only what varies by
itself; what stands in its place keeps the form (a timestamp that lost its zone is still seen); and text that
the case itself supplied is a value, which no rule about times or ids hides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from harness.compare.rule import TEXT_FACETS, Match, Rule
from harness.compare.rules import DEFAULT_RULES
from harness.config import Config, RedactionRule
from harness.model import Case, Revision

__all__ = ["TEXT_FACETS", "Redacted", "Redactor", "Rule", "default_rules", "rules_from"]

_OPENERS = ("\n", "[", "(", "|", "│", "┃")
_CLOSERS = ("\n", "\r\n", "]", ")", "|", "│", "┃")
_WORDS = re.compile(r"""[^\s"'`,;=()\[\]{}<>|]+""")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_TEXTS = 256
_HIDDEN = ("{hidden}", "{#}", "…", "\ufffc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text after redaction, and how often each rule hid something in it."""

    text: str
    hits: Counter[str]


class Redactor:
    """The rules as they apply to what one revision wrote: its own commit hash and date are hidden too.

    `others` are revisions whose hash and date may stand there as well: a build script that cargo had no reason
    to run again leaves the hash of the revision that was built before in the same slot.
    """

    def __init__(self, rules: Sequence[Rule], revision: Revision, *others: Revision) -> None:
        self.rules: tuple[Rule, ...] = (
            *(rule for one in _distinct((revision, *others)) for rule in _revision_rules(one.sha, one.date)),
            *rules,
        )
        self._case: Case | None = None
        self._values = _Values([rule for rule in self.rules if rule.value is not None])

    def for_case(self, directory: str, case: Case | None = None) -> Redactor:
        """These rules for one case: its directory is hidden, and what `case` itself supplied is not."""
        made = object.__new__(Redactor)
        made.rules = (_directory_rule(directory), *self.rules) if directory.strip("/") else self.rules
        made._case = case
        made._values = self._values
        return made

    def redact(self, facet: str, text: str) -> Redacted:
        """The text with everything hidden that the rules for this facet hide."""
        hits: Counter[str] = Counter()
        padded = False
        for rule in self.rules:
            if rule.facets and facet not in rule.facets:
                continue
            if rule.needles and not any(needle in text for needle in rule.needles):
                continue
            text, count = self._apply(rule, text)
            if count:
                hits[rule.name] += count
                padded = padded or rule.padded
        return Redacted(text=_close_up(text) if padded else text, hits=hits)

    def _apply(self, rule: Rule, text: str) -> tuple[str, int]:
        case = self._case if rule.value is not None else None
        if rule.accepts is None and case is None:
            return rule.pattern.subn(rule.replacement, text)
        count = 0
        replace = _filler(rule.replacement) if isinstance(rule.replacement, str) else rule.replacement

        def hide(match: Match) -> str:
            nonlocal count
            if rule.accepts is not None and not rule.accepts(match):
                return match.group()
            if case and rule.value is not None and self._values.supplied_by(case, _plain(match.group(rule.value))):
                return match.group()
            count += 1
            return replace(match)

        return rule.pattern.sub(hide, text), count


class _Values:
    """The words and values in what cases supply. Many cases supply the same files, so those are looked through once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._known: dict[str | bytes, frozenset[str]] = {}

    def supplied_by(self, case: Case, value: str) -> bool:
        """Whether a case supplied this value itself."""
        supplied: Iterable[str | bytes] = (*case.argv, *case.env.values(), *case.files.values(), case.stdin)
        return value in case.files or any(value in self._in(text) for text in supplied)

    def _in(self, text: str | bytes) -> frozenset[str]:
        if (known := self._known.get(text)) is None:
            if len(self._known) >= _MOST_TEXTS:
                self._known.clear()
            known = self._known[text] = frozenset(self._found(text))
        return known

    def _found(self, data: str | bytes) -> Iterator[str]:
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        yield from _WORDS.findall(text)
        for rule in self._rules:
            if rule.value is not None and (not rule.needles or any(needle in text for needle in rule.needles)):
                yield from (match.group(rule.value) for match in rule.pattern.finditer(text))


def default_rules() -> tuple[Rule, ...]:
    """The rules that hold without any configuration."""
    return DEFAULT_RULES


def rules_from(config: Config) -> tuple[Rule, ...]:
    """The rules of harness.toml. They were written for what the program prints, so they go before the default ones."""
    return tuple(_rule_of(number, rule) for number, rule in enumerate(config.redaction, 1))


def _rule_of(number: int, rule: RedactionRule) -> Rule:
    pattern = re.compile(rule.pattern)
    # The first that the pattern itself does not match, so that redacting twice is redacting once.
    stand_in = next((one for one in _HIDDEN if not pattern.search(one)), _HIDDEN[-1])
    return Rule(
        name=rule.name or f"harness.toml {number}",
        pattern=pattern,
        replacement=stand_in,
        reason=rule.reason,
        facets=rule.facets,
        accepts=lambda match: match.end() > match.start(),
    )


@lru_cache(maxsize=256)
def _filler(template: str) -> Callable[[Match], str]:
    # `Match.expand` reads its template anew for each match, which takes longer than all else here.
    parts = re.split(r"\\([0-9])", template)
    if len(parts) == 1:
        return lambda match: template

    def fill(match: Match) -> str:
        return "".join((match[int(part)] or "") if index % 2 else part for index, part in enumerate(parts))

    return fill


def _plain(value: str) -> str:
    return value.removeprefix("{dir}/").removeprefix("./")


def _distinct(revisions: Sequence[Revision]) -> list[Revision]:
    return list({one.sha: one for one in revisions}.values())


@lru_cache(maxsize=64)
def _directory_rule(directory: str) -> Rule:
    path = directory.rstrip("/")
    private = "(?:/private)?" if path.startswith(("/tmp/", "/var/")) else ""
    return Rule(
        name="directory",
        pattern=re.compile(rf"{private}{re.escape(path)}(?!\.?[0-9A-Za-z_-])"),
        replacement="{dir}",
        reason="The directory of the case is the harness's choice, not the program's.",
        needles=(path,),
    )


@lru_cache(maxsize=256)
def _revision_rules(sha: str, date: str) -> tuple[Rule, ...]:
    return (*_hash_rules(sha), *_date_rules(date))


def _hash_rules(sha: str) -> tuple[Rule, ...]:
    if not re.fullmatch(r"[0-9a-f]{8,64}", sha):
        return ()
    short = sha[:7]
    # Any longer beginning of the hash, but not another hash that begins alike.
    longer = "".join(f"(?:{digit}" for digit in sha[7:]) + ")?" * len(sha[7:])
    end = rf"{longer}(?:-dirty|-modified|\+)?(?![0-9A-Za-z{{])"
    reason = (
        "A build script embeds the commit that it was built from: the whole hash, seven digits of it or more, with "
        "what `git describe` puts around it."
    )
    described = Rule(
        name="commit hash",
        pattern=re.compile(rf"-[0-9]{{1,7}}-g{short}{end}"),
        replacement="-{commit}",
        reason=reason,
        needles=(f"-g{short}",),
    )
    plain = Rule(
        name="commit hash",
        pattern=re.compile(rf"{short}(?<![0-9A-Za-fh-z]{short})(?<![0-9A-Za-z]g{short}){end}"),
        replacement="{commit}",
        reason=reason,
        needles=(short,),
    )
    return (described, plain)


def _date_rules(date: str) -> tuple[Rule, ...]:
    try:
        when = datetime.fromisoformat(date)
    except ValueError:
        return ()
    both = (when, when.astimezone(UTC))  # Equal instants, written differently.
    whole = sorted({form for one in both for form in _forms_of(one)}, key=len, reverse=True)
    days = sorted({one.strftime("%Y-%m-%d") for one in both})
    return (
        Rule(
            name="commit date",
            pattern=re.compile(
                rf"(?<![0-9A-Za-z_.])(?:(?:{'|'.join(map(re.escape, whole))})"
                rf"(?:\.0{{1,9}})?(?:Z| ?UTC| ?[+-][0-9]{{2}}:?[0-9]{{2}}|(?![0-9.])))(?![0-9A-Za-z_{{])"
            ),
            replacement="{commit date}",
            reason="A build script embeds the time of the commit that it was built from.",
            needles=tuple(sorted({form[:10] for form in whole})),
        ),
        Rule(
            name="commit day",
            pattern=re.compile(rf"(?<![0-9A-Za-z_.-])(?:{'|'.join(days)})(?![0-9A-Za-z_{{-]|[T ][0-9]{{2}}:)"),
            replacement="{commit day}",
            reason="A build script embeds the day of the commit that it was built from.",
            needles=tuple(days),
        ),
    )


def _forms_of(when: datetime) -> tuple[str, ...]:
    month, day = _MONTHS[when.month - 1], _DAYS[when.weekday()]
    clock = when.strftime("%H:%M:%S")
    return (
        when.strftime("%Y-%m-%dT%H:%M:%S"),
        when.strftime("%Y-%m-%d %H:%M:%S"),
        f"{day}, {when.day} {month} {when.year} {clock}",
        f"{day}, {when.day:02} {month} {when.year} {clock}",
        f"{day} {month} {when.day} {clock} {when.year}",
        str(int(when.timestamp())),
    )


_PADDED = re.compile(r"(\{(?:duration|rate|thread|process|date|time|epoch|location)\b[^{}\n]{0,24}\})")


def _close_up(text: str) -> str:
    """Spaces beside what varies in width: one stays for several; none beside a bracket or the end of a line."""
    parts = _PADDED.split(text)
    last = len(parts) - 1
    for index in range(0, len(parts), 2):
        gap = parts[index]
        if index < last and gap.endswith(" "):
            kept = gap.rstrip(" ")
            gap = kept if kept.endswith(_OPENERS) or not (kept or index) else f"{kept} "
        if index > 0 and gap.startswith(" "):
            kept = gap.lstrip(" ")
            gap = kept if kept.startswith(_CLOSERS) or not (kept or index < last) else f" {kept}"
        parts[index] = gap
    return "".join(parts)
