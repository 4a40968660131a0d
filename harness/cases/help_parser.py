"""What a help text says: subcommands, flags with their values, positionals.

There is no one form. This reads what clap 2, 3 and 4, structopt, argh, gumdrop, docopt and people who write their
own print, and of what it does not know it takes what it can: a wrong guess costs a case, not a verdict.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.cases.help_lines import Entry, entries_of
from harness.cases.values import is_of_a_kind

__all__ = ["Flag", "HelpPage", "Positional", "parse_help"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag with its names (`--long` and `-s`, either may be empty).

    `value` is the name of its value, empty for a switch; `optional` says that the value may be left out, `inline`
    that it is written with `=`, `repeated` that the flag may be given more than once, `required` that the command
    does nothing without it.
    """

    long: str = ""
    short: str = ""
    value: str = ""
    optional: bool = False
    inline: bool = False
    repeated: bool = False
    required: bool = False
    possible: tuple[str, ...] = ()
    default: str = ""

    @property
    def name(self) -> str:
        """The name that is used where one is enough."""
        return self.long or self.short


@dataclass(frozen=True, slots=True, kw_only=True)
class Positional:
    """One argument that is known by its place."""

    name: str
    required: bool = True
    repeated: bool = False
    possible: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPage:
    """All that one help text says."""

    subcommands: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    positionals: tuple[Positional, ...] = ()


_NAME = r"--?\[?[A-Za-z?#@][\w\].-]*"
_VALUE = (
    r"\[=(?P<opt><?[^\]]+)\]|=?\s?(?P<mark><[^>]+>|\{[^}]+\}|\([^)|]+\|[^)]*\)|\[<?[A-Za-z][^\]\s]*\])"
    r"|=(?P<eq>[^\s,]+)|\s(?P<word>[A-Z][A-Z0-9_:|=/-]*)(?![\w'])"
)
_SPEC = re.compile(
    rf"\s*(?:,|\||/|\bor\b)?\s*(?P<name>{_NAME}?)(?P<many>\.\.\.|…)?(?=[\s,=|/\[<{{(]|$)(?:{_VALUE})?(?:\.\.\.)?"
)
_POSSIBLE = re.compile(
    r"[\[(](?:possible |allowed |valid )?(?:values|choices|variants)\s*[:=]\s*([^\])]+)[\])]", re.IGNORECASE
)
_DEFAULT = re.compile(r"[\[(]defaults?(?: value)?(?: is|:| to|=|\s)\s*([^\])]+)[\])]", re.IGNORECASE)
_MANY = re.compile(r"\.\.\.|repeated|multiple times|more than once", re.IGNORECASE)
_COMMAND = re.compile(r"^[A-Za-z0-9][\w:.+-]*$")
_USAGE_TOKEN = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\](?:\.\.\.)?|<[^>]+>(?:\.\.\.)?|\([^)]*\)(?:\.\.\.)?|[^\s\[\]]+")
# In angle brackets, a part of the name may be in square ones: `<[METHOD] URL>` is one argument that is required.
_TOLD_POSITIONAL = re.compile(
    r"^(?P<opens>\[?<?)(?P<name>[A-Za-z][^<>\[\]]*?|(?<=^<)[A-Za-z\[][^<>]*?)>?\]?(?:\.\.\.)?\]?$"
)
_POSITIONAL_NAME = re.compile(r"[A-Za-z\[][\w:=./\[\] -]*")
_QUOTED = r"[\"'`*‘“]?[A-Za-z0-9](?:[\w.+-]*\w)?[\"'`*’”]?"
_BETWEEN = r"(?:,? (?:or|and) |, ?(?:(?:or|and) )?)"
_OF_VALUES = re.compile(r"\b(?:values?|choices|one of|following|available|supported|valid|allowed)\b", re.IGNORECASE)
_TERM = re.compile(rf"(?:[-*•] )?({_QUOTED})(?: \([^)]*\))?(?:: | - | – | — |$)")
_QUOTED_TERM = re.compile(r"[-*•] [\"'`*‘“][A-Za-z0-9]")
_LIST = rf"(?P<all>{_QUOTED}(?:{_BETWEEN}{_QUOTED})+)(?=[.,;)\s]|$)"
_SAID = re.compile(
    r"(?:\b(?:one of|(?:values|choices)(?: are|:)"
    r"|(?:possible|valid|allowed|accepted) (?:values|choices|options)(?: are|:)?)"
    rf":? \(?){_LIST}|\((?P<bars>[\w.+-]+(?: ?\| ?[\w.+-]+)+)\)",
    re.IGNORECASE,
)
_HINTED = re.compile(
    r"\b(?:possible|valid|allowed|supported|available|accepted) (?:formats|modes|types|kinds|styles|levels|names)"
    rf"(?: are|:):? \(?{_LIST}(?P<bars>)",
    re.IGNORECASE,
)
_BETWEEN_VALUES = re.compile(rf"{_BETWEEN}| ?\| ?")
_MARKS = "\"'`*‘’“” "
_VALUE_WORD = re.compile(r"[\w.+-]{1,40}")
_LONGEST = 4000  # characters of a description that are looked at
_WORD = re.compile(r"[a-z][\w.-]*")
_PLACEHOLDERS = {"options", "option", "flags", "flag", "command", "subcommand", "commands", "subcommands"}


@functools.lru_cache(maxsize=512)  # the pages of every revision of a range are mostly the same texts
def parse_help(text: str) -> HelpPage:
    """Reads a help text. Never raises: of a text that is no help text, an empty page."""
    entries, usages = entries_of(text)
    flags = [flag for entry in entries if entry.spec.startswith("-") for flag in _flags(entry)]
    commands = [name for entry in entries if entry.section == "commands" for name in _commands(entry)]
    named = [one for entry in entries if entry.section == "arguments" and (one := _positional(entry))]
    usage_flags, usage_positionals, words = _usage([_grouped(line) for line in usages], flags)
    if not commands and len(set(words)) > 1:
        commands = words
    return HelpPage(
        subcommands=tuple(dict.fromkeys(commands)),
        flags=_merged(flags, usage_flags),
        positionals=_agreed(named, usage_positionals),
    )


# -- subcommands ----------------------------------------------------------------------------------------------


def _commands(entry: Entry) -> Iterator[str]:
    """The name of a subcommand; what stands after it are aliases, or its own arguments."""
    first = entry.spec.split(",")[0].split()
    if first and _COMMAND.match(first[0]) and (len(entry.spec.split()) == 1 or "," in entry.spec or any(entry.rest)):
        yield first[0]


# -- flags ----------------------------------------------------------------------------------------------------


def _flags(entry: Entry) -> Iterator[Flag]:
    spec = entry.spec
    found, end = Flag(repeated=bool(_MANY.search(" ".join((spec, *entry.rest))))), 0
    negated = False
    while (match := _SPEC.match(spec, end)) and match.end() > end:
        end = match.end()
        name = match["name"]
        negated = negated or "[no-]" in name
        name = name.replace("[no-]", "").rstrip(".]")
        value = match["opt"] or match["mark"] or match["eq"] or match["word"] or ""
        found = _with_name(found, name)
        if value:
            optional = bool(match["opt"]) or value.startswith("[")
            found = replace(found, value=value, optional=optional, inline="=" in match[0])
    tail = spec[end:].strip()
    if not found.value and any(entry.rest) and re.fullmatch(r"[a-z][\w-]*", tail):
        found = replace(found, value=tail)
    if found.name:
        yield _finished(found, entry)
        if negated and found.long:
            yield Flag(long=f"--no-{found.long.lstrip('-')}")


def _with_name(flag: Flag, name: str) -> Flag:
    if len(name) == 2:
        return flag if flag.short else replace(flag, short=name)
    return flag if flag.long else replace(flag, long=name)


def _finished(flag: Flag, entry: Entry) -> Flag:
    name = flag.value.strip("<>[]{}()=. ")
    possible, default = _told_values(entry.rest, name, flag.name.lstrip("-"))
    if not possible and re.search(r"[|,]", name) and re.fullmatch(r"[\w.+-]+(?:\s*[|,]\s*[\w.+-]+)+", name):
        possible = tuple(re.split(r"\s*[|,]\s*", name))
    return replace(flag, value=name, possible=possible, default=default)


def _told_values(lines: Sequence[str], *names: str) -> tuple[tuple[str, ...], str]:
    """Possible values and default, as a description tells them."""
    text = " ".join(lines)[:_LONGEST]
    default = match[1].strip().strip("\"'`") if (match := _DEFAULT.search(text)) else ""
    if match := _POSSIBLE.search(text):
        return tuple(one.strip().strip("\"'`") for one in match[1].split(",") if one.strip()), default
    below: list[str] = []
    for index, line in enumerate(lines):
        if re.match(r"possible values:$", line, re.IGNORECASE):
            below = [bullet[1] for one in lines[index + 1 :] if (bullet := re.match(r"[-*] ([^\s:]+)", one))]
    return tuple(below) or _listed(lines, known=any(map(is_of_a_kind, names))), default


def _listed(lines: Sequence[str], *, known: bool) -> tuple[str, ...]:
    """Values that a description lists in its own words: one below the other behind a colon, or in a sentence.

    Where it is `known` what kind of value it is, a sentence has to say plainly that there are no others.
    """
    for index, line in enumerate(lines):
        told = " ".join(lines[max(0, index - 1) : index + 1])
        if line.endswith(":") and (
            _OF_VALUES.search(told) or _QUOTED_TERM.match(" ".join(lines[index + 1 : index + 2]))
        ):
            below = [match[1].strip(_MARKS) for one in lines[index + 1 :] if (match := _TERM.match(one))]
            if len(below) > 1:
                return tuple(dict.fromkeys(below))
    text = " ".join(lines)[:_LONGEST]
    for match in (*_SAID.finditer(text), *(() if known else _HINTED.finditer(text))):
        listed = match["all"] or match["bars"]
        words = [one.strip(_MARKS) for one in _BETWEEN_VALUES.split(listed)]
        sure = len(words) > 2 or not re.fullmatch(r"\w+, \w+", listed)
        if sure and all(map(_VALUE_WORD.fullmatch, words)):
            return tuple(dict.fromkeys(words))
    return ()


# -- positionals and usage ------------------------------------------------------------------------------------


def _positional(entry: Entry) -> Positional | None:
    spec = entry.spec
    match = _TOLD_POSITIONAL.match(spec)
    if not match or (" " in match["name"] and not match["opens"]):
        return None
    name = match["name"].strip(". ")
    possible, default = _told_values(entry.rest, name)
    return Positional(
        name=name,
        required=not spec.startswith("["),
        repeated=spec.rstrip("]").endswith("..."),
        possible=possible,
        default=default,
    )


def _grouped(line: str) -> str:
    """A usage line whose groups of flags, which clap writes as `<--one|--other <VALUE>>`, stand in round brackets."""
    made, opened = "", 0
    for index, letter in enumerate(line):
        if opened:
            opened += {"<": 1, ">": -1}.get(letter, 0)
            made += letter if opened else ")"
        elif line[index : index + 2] == "<-":
            opened, made = 1, f"{made}("
        else:
            made += letter
    return line if opened else made


def _usage(lines: Sequence[str], told: Sequence[Flag]) -> tuple[list[Flag], list[Positional], list[str]]:
    """Flags and positionals of usage lines, and the words that stand where a subcommand does."""
    flags: list[Flag] = []
    positionals: dict[str, Positional] = {}
    words: list[str] = []
    values = {(name, flag.value.upper()) for flag in told if flag.value for name in (flag.long, flag.short) if name}
    for line in lines:
        tokens = _USAGE_TOKEN.findall(line)
        for number, token in enumerate(tokens):
            before, after = tokens[number - 1] if number else "", tokens[number + 1] if number + 1 < len(tokens) else ""
            if token.strip("[(").startswith("-") and token.strip("[]") != "--":
                # Of several ways to call it, none is the only one.
                needed = not token.startswith("[") and len(lines) == 1
                flags += _usage_flags(token, after if after.startswith("<") or (token, after) in values else "", needed)
            elif number and (before, token) not in values and (one := _usage_positional(token, before)):
                positionals.setdefault(one.name, one)
        if len(tokens) > 1 and _WORD.fullmatch(tokens[1]) and tokens[0] == _USAGE_TOKEN.findall(lines[0])[0]:
            words.append(tokens[1])
    return flags, list(positionals.values()), words


def _usage_flags(token: str, after: str, needed: bool) -> Iterator[Flag]:
    """The flags of one token; a value may be the next one. Long names with a bar between are several flags.

    Of several, one is needed: the first.
    """
    inner = token.strip(".[]()")
    if token == inner and after:
        inner = f"{inner} {after}"
    names = re.split(r"\s*\|\s*(?=-)", inner)
    for number, spec in enumerate(names if all(name.startswith("--") for name in names) else [inner]):
        for flag in _flags(Entry(section="usage", spec=spec)):
            yield replace(flag, required=needed and not number)


def _usage_positional(token: str, before: str) -> Positional | None:
    inner = token.strip(".[]()")
    name = inner.strip("<>. ")
    if name.lower() in _PLACEHOLDERS or not name or (before.startswith("-") and token.startswith("<")):
        return None
    if not (token.startswith(("<", "[")) or re.fullmatch(r"[A-Z][A-Z0-9_-]*", inner)):
        return None
    if not _POSITIONAL_NAME.fullmatch(name):
        return None
    return Positional(name=name, required=not token.startswith("["), repeated=token.rstrip("]").endswith("..."))


def _merged(told: Sequence[Flag], used: Sequence[Flag]) -> tuple[Flag, ...]:
    """Flags in the order told; the usage line adds the values of flags that are told without (as argh does)."""
    values = {name: flag for flag in used for name in (flag.long, flag.short) if name}
    made: dict[str, Flag] = {}
    for flag in (*told, *used):
        other = values.get(flag.long) or values.get(flag.short)
        if other and other.value and not flag.value:
            flag = replace(flag, value=other.value, optional=other.optional)
        if other and other.required:
            flag = replace(flag, required=True)
        if not any(name in made for name in (flag.long, flag.short) if name):
            made.update({name: flag for name in (flag.long, flag.short) if name})
    return tuple(dict.fromkeys(one if one.value else replace(one, possible=()) for one in made.values()))


def _agreed(told: Sequence[Positional], used: Sequence[Positional]) -> tuple[Positional, ...]:
    """Positionals in the order told, each required or not as the usage line has it."""
    by_name = {one.name.lower(): one for one in used}
    if not told:
        return tuple(one for one in used if one.name.lower() != "args" or len(used) == 1)
    return tuple(
        replace(one, required=other.required, repeated=one.repeated or other.repeated)
        if (other := by_name.get(one.name.lower()))
        else one
        for one in told
    )
