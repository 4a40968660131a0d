"""Values for what a help text names: plausible ones and bad ones, and the files that they name.

All of them are relative, and none names anything outside the case's directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["FILES", "INPUT", "Values", "files_meant", "files_named", "is_of_a_kind", "names_outside", "values_for"]

INPUT = b"alpha 1\nbeta 22\nalpha 1\n"
"""What cases have on standard input."""

_LINES = b"alpha 1\nbeta 22\ngamma 333\n\nalpha 1\n"

FILES = {
    "input.txt": _LINES,
    "input.json": b'{"name": "alpha", "count": 2, "items": [1, 2, {"deep": null}]}\n',
    "input.yaml": b"name: alpha\ncount: 2\nitems:\n  - 1\n  - deep: null\n",
    "input.toml": b'name = "alpha"\ncount = 2\n\n[deep]\nitems = [1, 2]\n',
    "input.csv": b"name,count\nalpha,2\nbeta,3\n",
    "input.md": b"# Alpha\n\nSome *text*.\n\n- one\n- two\n",
    "folder/a.txt": _LINES,
    "folder/inner/b.txt": b"beta\n",
    "folder/code.rs": b'// Alpha.\nfn main() {\n    println!("beta"); // TODO\n}\n',
}
"""The files that cases may name, by their paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What to try: `good` is likely to be taken, `bad` likely to be refused, of `odd` nobody knows."""

    good: tuple[str, ...]
    bad: tuple[str, ...]
    odd: tuple[str, ...] = ()


_HUGE = "99999999999999999999"
_NUMBERS = (
    "n|num|number|int|integer|count|len|length|ports?|width|height|depth|limit|lines?|cols?|columns?|jobs?"
    "|threads?|seconds?|secs|millis|ms|max|min|level|offset|seed|float|ratio|[uif](?:8|16|32|64|128|size)"
    "|skip|step|precision|repeat|times|tabs?|spaces|indent|radix|base|index"
)

_LIMITS = tuple(str(2**bits + beyond) for bits in (8, 16, 32, 63, 64) for beyond in (-1, 0))
_LONG = "long" * 1000

_FILE = Values(good=("input.txt",), bad=("missing.txt", "folder"))

_WHEN = Values(good=("always", "never"), bad=("sometimes",))
_COLOUR = Values(good=("red", "#336699"), bad=("always", "#12345"))

# The first that fits the name of a value, or else of its flag, counts.
_KINDS: tuple[tuple[str, Values], ...] = (
    ("key.*value|name=val|k=v", Values(good=("key=value",), bad=("key", "=value"))),
    ("ur[li]|endpoint", Values(good=("http://127.0.0.1:9/",), bad=("not a url",))),
    ("host|addr|ip|listen|bind", Values(good=("127.0.0.1:9", "localhost"), bad=("300.1.1.1:99999",))),
    ("dir|directory|folder|root", Values(good=("folder",), bad=("missing-folder", "input.txt"))),
    ("out|output|dest|destination|outfile", Values(good=("out.txt",), bad=("missing-folder/out.txt", "folder"))),
    ("json", Values(good=("input.json",), bad=("input.txt", "missing.json"))),
    ("ya?ml", Values(good=("input.yaml",), bad=("input.txt", "missing.yaml"))),
    ("toml|manifest", Values(good=("input.toml",), bad=("input.txt", "missing.toml"))),
    ("csv", Values(good=("input.csv",), bad=("input.json", "missing.csv"))),
    ("config|conf|cfg", Values(good=("input.toml", "input.yaml"), bad=("input.txt", "missing.toml"))),
    ("files?|paths?|inputs?|src|source|filename|script", _FILE),
    (
        "regexp?|pattern|glob|expr|query|filter|find|search|needle|match",
        Values(good=("alpha", "[a-b].*"), bad=("(", "[", "*")),
    ),
    (
        "duration|timeout|interval|delay|period|ttl|backoff",
        Values(good=("1s", "1", "250ms", "1h 30m", "0.001s"), bad=("-1", "soon", "1 fortnight", "99999999999999h")),
    ),
    ("cron|schedule", Values(good=("0 0 * * *", "@daily"), bad=("61 * * * *", "* * *", "every day"))),
    ("version|semver|msrv|edition", Values(good=("1.0.0", "2021", "0.1.2-alpha.1+build"), bad=("one", "1.x", "v1"))),
    (
        "memory|mem|quota|buffer|size|bytes|capacity",
        Values(good=("1", "16", "64kb", "1MiB", "0.001MiB"), bad=("0", "-1", "1.5", _HUGE, "lots", "64 parsecs")),
    ),
    ("date|day|datetime|timestamp|time", Values(good=("2001-02-03",), bad=("2001-02-30", "someday"))),
    (_NUMBERS, Values(good=("1", "16"), bad=("0", "-1", "1.5", _HUGE, "many"))),
    ("colou?rs?|when", _WHEN),
    ("bool|boolean", Values(good=("true", "false"), bad=("maybe",))),
)
_ANY = Values(good=("value",), bad=("1", "two words", "ünïcode", r"a\tb\q"))
_MOST_POSSIBLE = 12
_OUTSIDE = re.compile(
    r"(?:^|[=:@,;]|^-[A-Za-z]|file://)(?:~\w*(?:/|$)|/+$"
    r"|/(?:bin|boot|data|dev(?!/(?:null|stdin|stdout|stderr)$)|etc|home|lib\d*|media|mnt|nix|opt|proc|root|run|sbin|snap"
    r"|srv|sys|tmp|users|usr|var|work|workspace)(?:/|$))"
    r"|(?:^|[/=:@])\.\.(?:/|$)|^[a-z]:\\",
    re.IGNORECASE,
)
_PATH = re.compile(rb"(?<![\w/.-])(?:\./)?(?:[\w-]+/)*[\w-]+(?:\.\w+)?(?![\w-])")


def values_for(name: str, flag: str = "", possible: tuple[str, ...] = (), default: str = "") -> Values:
    """Values for an argument of this name, of a flag of this name, as far as its help tells more."""
    if possible:
        first = possible[0]
        bad = ("bogus", first.swapcase(), f" {first} ", first[:-1] or "x", f"{first},{possible[-1]}")
        return Values(good=possible[:_MOST_POSSIBLE], bad=bad)
    found = _fitting(name)
    if found is None or found is _FILE:  # `--output <FILE>` says more in its first word
        found = _fitting(flag.lstrip("-")) or found
    if found is _WHEN and name.lower().startswith("colo") and _fitting(flag.lstrip("-")) is not _WHEN:
        found = _COLOUR
    if found is None and default.lstrip("-").replace(".", "", 1).isdigit():
        found = _fitting("number")
    found = found or _ANY
    extra = (default,) if default and _harmless(default) else ()
    good = tuple(dict.fromkeys((*found.good, *extra)))
    return Values(good=good, bad=found.bad, odd=_odd(found, good[0]))


def _odd(found: Values, first: str) -> tuple[str, ...]:
    """Beyond what is plausible or plainly bad: space around, another case, other letters, limits, great length."""
    if _HUGE in found.bad:
        return (f" {first} ", f"+{first}", "0x10", "1_000", "\u0661", *_LIMITS)
    return (f" {first} ", first.swapcase(), f"{first}-ünïcødé-表", _LONG)


def files_named(words: Iterable[str]) -> dict[str, bytes]:
    """Those of FILES that command line words name, alone or behind a `=`; a folder with all that is in it."""
    named = {part for word in words for part in (word, word.partition("=")[2]) if part}
    return {path: data for path, data in FILES.items() if path in named or path.partition("/")[0] in named}


def files_meant(content: bytes) -> dict[str, bytes]:
    """Those of FILES whose names stand in a text, such as a configuration that has paths in it."""
    tops = {word.removeprefix(b"./").partition(b"/")[0].decode("utf-8", "replace") for word in _PATH.findall(content)}
    return {path: data for path, data in FILES.items() if path.partition("/")[0] in tops}


def is_of_a_kind(name: str) -> bool:
    """Whether a name says what its value is: a file, a number, a date."""
    return _fitting(name) is not None


def names_outside(word: str) -> bool:
    """Whether a word of a command line, or a part of it, names a place outside the case's directory.

    What a program finds there is the machine's: much of it, and other things on another day.
    """
    return bool(_OUTSIDE.search(word))


def _fitting(name: str) -> Values | None:
    parts = [part for part in re.split(r"[^A-Za-z0-9=]+", name.lower()) if part]
    for pattern, values in _KINDS:
        if any(re.fullmatch(pattern, part) for part in parts):
            return values
    return None


def _harmless(value: str) -> bool:
    """Whether a default names nothing outside the case's directory."""
    return len(value) < 64 and not value.startswith(("/", "~")) and ".." not in value and "$" not in value
