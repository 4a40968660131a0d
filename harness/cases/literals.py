"""What a commit's own lines suggest as input: strings, keys, flags, variables, numbers. Pure."""

from __future__ import annotations

import enum
import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.compare.rust_text import literals, mask
from harness.compare.text import diff

__all__ = ["Kind", "Literal", "literals_of_change", "spellings", "text_of", "words_of_change"]

_CONTEXT = 3  # lines around a change whose literals count too
_LONGEST = 80  # characters; what is longer is a message
_MOST_WORDS = 4


class Kind(enum.Enum):
    """What a literal may be, by its looks and by what stands around it."""

    NUMBER = "number"
    FLAG = "flag"
    VARIABLE = "variable"
    NAME = "name"
    SCHEME = "scheme"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """One literal. `rank` is 0 where one side alone has it, 1 where it stands in a changed line, 2 near one.

    `beside` are the names in the lines that it stands in, sorted: what it is about.
    """

    text: str
    kind: Kind
    rank: int = 0
    beside: tuple[str, ...] = ()


_STRING = re.compile(r'^(?:b|c)?(?P<raw>r?)(?P<hashes>#*)"(?P<text>.*?)"?(?P=hashes)$', re.DOTALL)
_CHARACTER = re.compile(r"^b?'(?P<text>(?:\\.+|[^\\]))'$", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F_]{1,8})\}|\n\s*|(.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_TYPE = r"_?(?:[iu](?:8|16|32|64|128|size)|f32|f64)"
_NUMBER = rf"(?:0x[0-9a-fA-F_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?)(?:{_TYPE})?"
_PRODUCT = re.compile(rf"(?<![\w.]){_NUMBER}(?:\s*(?:\*|<<|\+|-)\s*{_NUMBER})*(?![\w.])")
_ONE_NUMBER = re.compile(_NUMBER)
_OPERATOR = re.compile(r"\*|<<|\+|-")
_SUFFIX = re.compile(rf"{_TYPE}$")
_HEXADECIMAL_SUFFIX = re.compile(r"_?[iu](?:8|16|32|64|128|size)$")  # f32 is made of digits there
_FIELD = re.compile(r"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:r#)?([a-z_][a-z0-9_]*)\s*:\s*[A-Z&\[(a-z]")
_VARIANT = re.compile(r"^\s*([A-Z][A-Za-z0-9]*)\s*(?:,|\(|\{|=\s*\d+\s*,|$)")
_NO_NAMES = {"Ok", "Err", "Some", "None", "Self", "Box", "Vec", "String"}
_IS_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_IS_FLAG = re.compile(r"--?[A-Za-z][\w-]*")
_IS_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_IS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?://)?")
_NAMED_FLAG = re.compile(r"\b(?:long|short|alias|visible_alias)(?:\s*=\s*|\()\s*$")
_CONSTANT = re.compile(r"\b(?:const|static)\s+(?:mut\s+)?([A-Z][A-Z0-9_]*)\s*:[^=;]*=\s*([^;]{1,200});")
_NAMED_CONSTANT = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]*\b")
_WORD = re.compile(r"[a-z_][a-z0-9_]{2,}")
_DEPTH = 3
_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\s-]+")


def literals_of_change(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Literal, ...]:
    """What the lines that differ between two sets of sources suggest, the most telling first.

    `old` and `new` are texts by their paths; equal ones may be left out. Lines that only moved, even to another
    file, and lines near changed ones come last.
    """
    removed, added, near = _lines_that_differ(old, new)
    moved = removed & added
    constants = _constants(old) | _constants(new)
    sides = [Counter(_in_lines((side - moved).elements(), constants)) for side in (removed, added)]
    ranks: dict[tuple[str, Kind], int] = {}
    for rank, some in ((0, (sides[0] - sides[1]) + (sides[1] - sides[0])), (1, sides[0] + sides[1])):
        for one in sorted(some, key=lambda pair: (pair[1].value, pair[0])):
            ranks.setdefault(one, rank)
    for one in _in_lines(sorted(moved) + sorted(near), constants):
        ranks.setdefault(one, 2)
    beside: dict[tuple[str, Kind], set[str]] = defaultdict(set)
    for line in {*removed, *added, *near}:
        for one in _in_lines([line], constants):
            beside[one].update(_WORD.findall(line))
    return tuple(
        Literal(text=text, kind=kind, rank=rank, beside=tuple(sorted(beside[text, kind])))
        for (text, kind), rank in sorted(ranks.items(), key=lambda item: item[1])
    )


def words_of_change(old: Mapping[str, str], new: Mapping[str, str]) -> frozenset[str]:
    """The words of the code in lines that differ, and of those near them; of lines that only moved too."""
    removed, added, near = _lines_that_differ(old, new)
    return frozenset(word for line in {*removed, *added, *near} for word in _WORD.findall(mask(line)))


def spellings(name: str) -> tuple[str, ...]:
    """A name as it is, and in the ways in which it may stand in a document: snake, kebab and camel case, lower."""
    parts = [part for part in _WORD_BREAK.split(name) if part]
    lower = [part.lower() for part in parts]
    camel = "".join([*lower[:1], *(part.capitalize() for part in lower[1:])])
    made = (name, "_".join(lower), "-".join(lower), camel, "".join(lower))
    return tuple(dict.fromkeys(one for one in made if one))


# -- lines ----------------------------------------------------------------------------------------------------


def _lines_that_differ(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Counter[str], Counter[str], set[str]]:
    """Lines that went, lines that came, and lines around them; without the space before and after."""
    removed: Counter[str] = Counter()
    added: Counter[str] = Counter()
    near: set[str] = set()
    for path in sorted({*old, *new}):
        before, after = old.get(path, ""), new.get(path, "")
        for hunk in diff(before, after, context=_CONTEXT):
            removed.update(line.strip() for line in hunk.removed)
            added.update(line.strip() for line in hunk.added)
            near.update(line.strip() for line in (*hunk.above, *hunk.below))
    return removed, added, near


def _in_lines(lines: Iterable[str], constants: Mapping[str, str]) -> Iterator[tuple[str, Kind]]:
    """What stands in lines, and what the constants stand for that they name."""
    for line in lines:
        yield from _in_line(line)
        for name in _NAMED_CONSTANT.findall(mask(line)):
            if name in constants:
                yield from _in_line(constants[name])


def _constants(sources: Mapping[str, str]) -> dict[str, str]:
    """The values of constants by their names, each with those that it is made of put in."""
    found = {name: value for text in sources.values() for name, value in _CONSTANT.findall(text)}

    def whole(value: str, depth: int) -> str:
        if depth == _DEPTH:
            return value
        return _NAMED_CONSTANT.sub(lambda name: whole(found.get(name[0], name[0]), depth + 1), value)

    return {name: whole(value, 1) for name, value in found.items()}


def _in_line(line: str) -> Iterator[tuple[str, Kind]]:
    rest, done = [], 0
    for start, end, comment in literals(line):
        rest.append(line[done:start])
        done = end
        if not comment:
            yield from _of_literal(line[start:end], line[:start])
    code = " ".join([*rest, line[done:]])
    for match in _PRODUCT.finditer(code):
        if (number := _value(match.group())) is not None:
            yield number, Kind.NUMBER
    if not code.lstrip().startswith(("#", "use ", "let ", "fn ")):
        for pattern in (_FIELD, _VARIANT):
            if (found := pattern.match(code)) and found[1] not in _NO_NAMES:
                yield found[1], Kind.NAME
    for word in _NAMED_CONSTANT.findall(code):
        yield word, Kind.VARIABLE


# -- one literal ----------------------------------------------------------------------------------------------


def _of_literal(token: str, before: str) -> Iterator[tuple[str, Kind]]:
    text = text_of(token)
    if not text or len(text) > _LONGEST:
        return
    if "serde" not in before and _NAMED_FLAG.search(before) and _IS_NAME.fullmatch(text):
        yield (f"-{text}" if len(text) == 1 else f"--{text}"), Kind.FLAG
    elif _IS_FLAG.fullmatch(text):
        yield text, Kind.FLAG
    elif _IS_VARIABLE.fullmatch(text) and len(text) > 1:
        yield text, Kind.VARIABLE
    elif _IS_NAME.fullmatch(text):
        yield text, Kind.NAME
    elif _IS_SCHEME.fullmatch(text):
        yield text.rstrip(":/"), Kind.SCHEME
    elif len(text.split()) <= _MOST_WORDS:
        yield text, Kind.TEXT


def text_of(token: str) -> str:
    """What a literal of text stands for; empty for any other token."""
    if found := _CHARACTER.match(token):
        return _unescaped(found["text"])
    found = _STRING.match(token)
    if not found:
        return ""
    return found["text"] if found["raw"] else _unescaped(found["text"])


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escaped_character, text)


def _escaped_character(match: re.Match[str]) -> str:
    code = match[1] or (match[2] or "").replace("_", "")
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _PLAIN_ESCAPES.get(match[3] or "", match[3] or "")


def _value(text: str) -> str | None:
    """The number that a literal, or a sum or product of some, stands for; None for none that is of use."""
    numbers = [_number(found) for found in _ONE_NUMBER.findall(text)]
    signs = _OPERATOR.findall(_ONE_NUMBER.sub(" ", text))
    if len(signs) != len(numbers) - 1 or (any(isinstance(one, float) for one in numbers) and len(numbers) > 1):
        return None
    terms: list[float | int] = []
    for sign, number in itertools.zip_longest(["+", *signs], numbers):
        if sign in ("+", "-"):
            terms.append(number if sign == "+" else -number)
        elif sign == "*":
            terms[-1] *= number
        elif isinstance(number, int) and isinstance(terms[-1], int) and number < 128:
            terms[-1] <<= number
        else:
            return None
    total = sum(terms)
    return str(total) if math.isfinite(total) and abs(total) < 2**128 else None


def _number(text: str) -> float | int:
    base = {"0x": 16, "0o": 8, "0b": 2}.get(text[:2], 10)
    plain = (_HEXADECIMAL_SUFFIX if base == 16 else _SUFFIX).sub("", text).replace("_", "")
    return float(plain) if "." in plain else int(plain.removeprefix(text[:2]) if base != 10 else plain, base)
