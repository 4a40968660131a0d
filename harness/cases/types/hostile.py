"""Files that are no document of the format, or one that strains what reads it."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["hostile_files"]

_FIXED: dict[str, tuple[tuple[str, bytes], ...]] = {
    "": (
        ("empty file", b""),
        ("only a line end", b"\n"),
        ("not UTF-8", b"\xff\xfe\x00binary\x80"),
        ("only a byte-order mark", b"\xef\xbb\xbf"),
        ("UTF-16", "a: 1\n".encode("utf-16")),
        ("a zero byte", b"alpha: 1\x00\n"),
        ("a number alone", b"42\n"),
        ("a word alone", b"alpha\n"),
        ("true alone", b"true\n"),
    ),
    "yaml": (
        ("null alone", b"null\n"),
        ("only a comment", b"# nothing here\n"),
        ("a list", b"- alpha\n- beta\n"),
        ("an unclosed list", b"alpha: [1, 2\n"),
        ("an unclosed quote", b'alpha: "beta\n'),
        ("a tab for indentation", b"alpha:\n\tbeta: 1\n"),
        ("an unknown alias", b"alpha: *beta\n"),
        ("an unknown tag", b"alpha: !beta 1\n"),
        ("two documents", b"alpha: 1\n---\nbeta: 2\n"),
        ("an end mark", b"...\n"),
        ("JSON with a comma too many", b'{"alpha": 1,}\n'),
        ("a key that is a list", b"? [alpha, beta]\n: 1\n"),
        ("an alias to itself", b"alpha: &a\n  beta: *a\n"),
        ("aliases of aliases", b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"),
    ),
    "json": (
        ("null alone", b"null"),
        ("a list", b"[1, 2]"),
        ("an unclosed mapping", b'{"alpha": 1'),
        ("a comma too many", b'{"alpha": 1,}'),
        ("a comment", b'// no\n{"alpha": 1}'),
        ("single quotes", b"{'alpha': 1}"),
        ("text behind the end", b"{} {}"),
        ("a number that is none", b'{"alpha": 01}'),
        ("half of a surrogate pair", b'{"alpha": "\\ud800"}'),
        ("an exponent without end", b'{"alpha": 1e999}'),
    ),
    "toml": (
        ("only a comment", b"# nothing here\n"),
        ("a key without a value", b"alpha =\n"),
        ("a value without quotes", b"alpha = beta\n"),
        ("an unclosed table", b"[alpha\nbeta = 1\n"),
        ("a table twice", b"[alpha]\n[alpha]\n"),
        ("a value and a table of one name", b"alpha = 1\n[alpha]\nbeta = 2\n"),
        ("an unclosed quote", b'alpha = "beta\n'),
        ("a date that is none", b"alpha = 2001-02-30\n"),
        ("YAML", b"alpha: 1\n"),
    ),
}


def hostile_files(form: str, good: list[bytes], choice: random.Random) -> Iterator[tuple[str, bytes]]:
    """Labelled contents without end: fixed ones, deep ones, and good ones that were cut, doubled or damaged."""
    yield from _FIXED[""]
    yield from _FIXED[form]
    yield (
        "deep lists",
        {"yaml": b"a: %s1%s\n", "json": b'{"a": %s1%s}', "toml": b"a = %s1%s\n"}[form]
        % (
            b"[" * 150,
            b"]" * 150,
        ),
    )
    yield "many blanks", good[0] + b" " * 50_000 + b"\n"
    for data in good[:3]:
        yield "a byte-order mark", b"\xef\xbb\xbf" + data
        yield "line ends of another system", data.replace(b"\n", b"\r\n")
        yield "old line ends", data.replace(b"\n", b"\r")
        yield "the document twice", data + data
        yield "no line end at the end", data.rstrip(b"\n")
        yield "upper case", data.upper()
    while True:
        yield _damaged(choice.choice(good), choice)


def _damaged(data: bytes, choice: random.Random) -> tuple[str, bytes]:
    place = choice.randrange(max(1, len(data)))
    way = choice.randrange(5)
    if way == 0:
        return "cut off", data[:place]
    if way == 1:
        return "a byte too many", data[:place] + choice.choice(
            [b":", b"'", b'"', b"{", b"]", b"\t", b"%", b"\xc3"]
        ) + data[place:]
    if way == 2:
        return "a byte missing", data[:place] + data[place + 1 :]
    lines = data.splitlines(keepends=True)
    index = choice.randrange(max(1, len(lines)))
    if way == 3:
        return "a line missing", b"".join(lines[:index] + lines[index + 1 :])
    return "a line twice", b"".join(lines[: index + 1] + lines[index:])
