"""The functions of Rust sources with their literals, as far as these can be read without an interpreter. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from harness.cases.literals import text_of
from harness.compare.rust_text import braces_end, brackets_end, literals, mask

__all__ = ["Function", "Token", "functions_in"]

_FUNCTION = re.compile(r"\bfn\s+(?P<name>\w+)\s*(?:<[^({;]*>)?\s*\((?P<parameters>[^{;]*?)\)[^{;]*\{")
_PARAMETER = re.compile(r"(?:^|,)\s*(?:mut\s+)?(\w+)\s*:")
_SELF = re.compile(r"\s*&?\s*(?:'\w+\s+)?(?:mut\s+)?self\b")
_CONSTANT = re.compile(r"\b(?:const|static)\s+(\w+)\s*:\s*&(?:'static\s+)?(?:str|\[u8\])\s*=\s*$")
_LIST = re.compile(r"\b(?:const|static)\s+(\w+)\s*:\s*&?(?:'static\s+)?\[&(?:'static\s+)?str[^=]*=\s*&?\[")
_TOKEN = re.compile(r"[()\[\]{},;]|\b[A-Za-z_]\w*\b")
_FAR = 120  # characters between the name of a constant and its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bracket, a comma, a semicolon or a name of the code; or with `is_text`, what a literal stands for."""

    text: str
    position: int
    is_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    text: str
    code: str
    starts: list[int]
    ends: list[int]

    def literal(self, index: int) -> str:
        return text_of(self.text[self.starts[index] : self.ends[index]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of a source: its body lies from `begin` to `end` of `code`, where comments and literals are blank.

    `constants` are the texts, and `lists` the lists of texts, that its source gives a name.
    """

    path: str
    name: str
    parameters: tuple[str, ...]
    is_method: bool
    begin: int
    end: int
    constants: dict[str, str]
    lists: dict[str, tuple[str, ...]]
    _source: _Source

    @property
    def code(self) -> str:
        """The code of the whole source."""
        return self._source.code

    def tokens(self) -> Iterator[Token]:
        """What the body consists of, in order."""
        source, position = self._source, self.begin
        index = bisect_left(source.starts, position)
        while position < self.end:
            following = min(source.starts[index], self.end) if index < len(source.starts) else self.end
            for found in _TOKEN.finditer(source.code, position, following):
                yield Token(text=found.group(), position=found.start())
            if following == self.end:
                return
            yield Token(text=source.literal(index), position=following, is_text=True)
            position, index = source.ends[index], index + 1


def functions_in(path: str, text: str) -> Iterator[Function]:
    """All of them, methods and those within others too."""
    spans = list(literals(text))
    code = mask(text, spans)
    texts = [(start, end) for start, end, comment in spans if not comment and text[start] != "'"]
    source = _Source(text=text, code=code, starts=[start for start, _ in texts], ends=[end for _, end in texts])
    constants, lists = dict(_constants(source)), dict(_lists(source))
    for found in _FUNCTION.finditer(code):
        yield Function(
            path=path,
            name=found["name"],
            parameters=tuple(name for name in _PARAMETER.findall(found["parameters"]) if name != "self"),
            is_method=bool(_SELF.match(found["parameters"])),
            begin=found.end(),
            end=braces_end(code, found.end()),
            constants=constants,
            lists=lists,
            _source=source,
        )


def _constants(source: _Source) -> Iterator[tuple[str, str]]:
    for index, start in enumerate(source.starts):
        if named := _CONSTANT.search(source.code, max(0, start - _FAR), start):
            yield named[1], source.literal(index)


def _lists(source: _Source) -> Iterator[tuple[str, tuple[str, ...]]]:
    for named in _LIST.finditer(source.code):
        end = brackets_end(source.code, named.end())
        within = range(bisect_left(source.starts, named.end()), bisect_left(source.starts, end))
        yield named[1], tuple(map(source.literal, within))
