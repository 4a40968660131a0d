"""Default redactions of how long something took, and of how fast it went; what was set stays to be compared."""

from __future__ import annotations

import re
from functools import lru_cache

from harness.compare.rule import AFTER, Match, Rule, text_rule

__all__ = ["DURATIONS"]

_SHORT = r"ns|[µμ]s|us|ms|s"
_LONG = r"nanoseconds?|microseconds?|milliseconds?|seconds?|secs?|millis|msecs?"
_UNIT = rf"(?P<gap> ?)(?P<unit>{_LONG}|{_SHORT})(?![0-9A-Za-z_{{/-])"

# What was set, not measured: words before a number that make it a value.
_SETTING = re.compile(
    r"(?i)(?<![a-z])(?:time[- _]?outs?|timed[ -]out|interval|delay|retry|retrying|retries|back-?off|every|limit\w*|ttl|"
    r"default|deadline|period|sleep\w*|expir\w*|at (?:least|most)|up to|budget|threshold|must be|configured|again|"
    r"invalid)(?![a-z])[^\n;|]{0,24}\Z|['`]\Z"
)
_TO_COME = re.compile(r"(?i)\b(?:next|runs?|starts?|scheduled|left|remaining|will|waiting)\b[^\n;|]{0,24}\Z")
_DONE = re.compile(
    r"(?i)\b(?:finished|completed?|done|processed|compiled|loaded|executed|generated|checked|validated|parsed|wrote|"
    r"written|read|passed|failed|succeeded|success|built|ran|resolved|connected|initiali[sz]ed|synced|copied|ready|"
    r"downloaded|uploaded|exported|imported|formatted|tested|applied|saved|analy[sz]ed|scanned|indexed|created|"
    r"updated|verified|migrated|ok)\b(?:[^\n;.]|\.[^ \n]){0,60}\Z"
)


_IS = "[\"']? ?[:=] ?"
_DIGITS = re.compile("[0-9]+")
_NANOS = re.compile(rf"nanos{_IS}([0-9]+)")
_NO_DIGITS = {ord(digit): None for digit in "0123456789"}


def _lead(match: Match, length: int) -> str:
    """What stands before a match in its line. Without digits, so that the lines of a log are judged only once."""
    start = match.start()
    before = match.string[max(0, start - length) : start]
    return before[before.rfind("\n") + 1 :].translate(_NO_DIGITS)


@lru_cache(maxsize=4096)
def _sets(lead: str) -> bool:
    return bool(_SETTING.search(lead))


@lru_cache(maxsize=4096)
def _says_done(lead: str) -> bool:
    return bool(_DONE.search(lead)) and not _TO_COME.search(lead)


def _measured(match: Match) -> bool:
    return not _sets(_lead(match, 48))


def _done(match: Match) -> bool:
    return _says_done(_lead(match, 80)) and _measured(match)


def _keyed(match: Match) -> bool:
    always = match["key"].startswith(("elapsed", "took", "uptime"))
    return always or ("." in match["number"] and _measured(match))


def _duration(match: Match) -> str:
    gap, unit = match["gap"], match["unit"]
    if len(unit) <= 2:  # Which of the short units it is depends on how long it took.
        return f"{match['key'] or ''}{{duration{' s' if gap else ''}}}"
    return f"{match['key'] or ''}{{duration{gap or '-'}{unit.rstrip('s')}s}}"


def _keyed_duration(match: Match) -> str:
    return _duration(match) if match["unit"] else f"{match['key']}{{duration}}"


def _in_two_parts(match: Match) -> str:
    return _DIGITS.sub("{duration}", match.group())


def _finer_than_milliseconds(match: Match) -> bool:
    return any(int(number) % 1_000_000 for number in _NANOS.findall(match.group()))


_SETTINGS_STAY = "A duration that was set (`timeout 30s`, `retrying in 5s`, `[default: 1.5s]`) is a value and stays."

DURATIONS: tuple[Rule, ...] = (
    text_rule(
        "duration in parts",
        r"[0-9](?<![0-9A-Za-ln-z_.,}][0-9])(?:[0-9]{0,5}+(?:h|m|min|s|ms|[µμ]s|us) ?(?=[0-9])){1,6}"
        rf"(?:[0-9]{{1,5}}+(?:us|[µμ]s|ns)|[0-9]{{1,5}}+\.[0-9]{{1,9}}+s){AFTER}",
        "{duration in parts}",
        f"How long something took, as `1m 2.5s` or `2s 345ms 678us`: finer than anybody sets it. {_SETTINGS_STAY}",
        "s",
        accepts=_measured,
        value=0,
        padded=True,
    ),
    text_rule(
        "duration",
        rf"[0-9](?<![0-9A-Za-ln-z_.,}}][0-9])(?P<key>)[0-9]{{0,11}}+\.[0-9]{{1,12}}+{_UNIT}",
        _duration,
        f"How long something took: a number with a fraction and a unit of seconds or less. {_SETTINGS_STAY}",
        "s",
        accepts=_measured,
        value=0,
        padded=True,
    ),
    text_rule(
        "duration after a word",
        r"(?P<key>[TtEe](?<![0-9A-Za-z_][TtEe])(?:ook|lapsed|OOK|LAPSED|ime\.busy|ime\.idle)"
        r"(?:[:=]| ?[:=]? )[ \t]{0,9}+)"
        rf"(?P<number>[0-9]{{1,12}}+(?:\.[0-9]{{1,12}}+)?+){_UNIT}",
        _duration,
        f"How long something took: a whole number too, where `took` or `elapsed` stands before it. {_SETTINGS_STAY}",
        "ook",
        "lapsed",
        "TOOK",
        "ELAPSED",
        "time.busy",
        "time.idle",
        accepts=_measured,
        padded=True,
    ),
    text_rule(
        "duration of what is done",
        rf"(?P<key>[ia](?<![0-9A-Za-z_][ia])(?:n|fter) [ \t]{{0,9}}+)(?P<number>[0-9]{{1,12}}+){_UNIT}",
        _duration,
        "How long something took: a whole number after `in` or `after`, where the line says before it that something "
        f"is done (`Processed 5 rows in 12ms`). {_SETTINGS_STAY}",
        "in ",
        "after ",
        accepts=_done,
        padded=True,
    ),
    text_rule(
        "duration under a name",
        r"(?P<key>(?:elapsed|took|uptime|latency|wall_?time|cpu_?time|run_?time|duration)"
        r"(?:_(?:ns|nanos|us|micros|ms|millis|s|secs?|seconds))?[\"']?[ \t]?[:=][ \t]?[\"']?)"
        r"(?P<number>[0-9]{1,15}+(?:\.[0-9]{1,15}+)?+)"
        rf"(?:{_UNIT})?(?![0-9A-Za-z_.{{])",
        _keyed_duration,
        'How long something took, in a log field or JSON (`elapsed_ms=12`, `"duration_secs": 0.0123`). A whole '
        f"number under `duration` or `latency` may have been set, so it stays. {_SETTINGS_STAY}",
        "elapsed",
        "took",
        "uptime",
        "latency",
        "time",
        "duration",
        accepts=_keyed,
        value=2,
        padded=True,
    ),
    text_rule(
        "duration of seconds and nanoseconds",
        rf"[sn](?<![0-9A-Za-z_][sn])(?:ecs{_IS}[0-9]{{1,12}}+, ?[\"']?nanos{_IS}[0-9]{{4,9}}+|"
        rf"anos{_IS}[0-9]{{4,9}}+, ?[\"']?secs{_IS}[0-9]{{1,12}}+)(?![0-9A-Za-z_.])",
        _in_two_parts,
        'How long something took, as serde writes Rust\'s `Duration` (`{"secs":0,"nanos":12345}`): one that was set '
        "is a whole number of milliseconds, and stays.",
        "nanos",
        accepts=_finer_than_milliseconds,
    ),
    text_rule(
        "rate",
        r"[0-9](?<![0-9A-Za-ln-z_.,}][0-9])[0-9,]{0,15}+\.[0-9]{1,9}+ ?(?:[kKMGT]i?)?"
        rf"(B|b|bytes|rows|records|it|ops|req|msgs?|events|items|lines)/(s|sec|second){AFTER}",
        r"{rate \1/\2}",
        "How fast something went: a number with a fraction, per second. A rate that was set (`limit`) stays.",
        "/s",
        accepts=_measured,
        value=0,
        padded=True,
    ),
)
