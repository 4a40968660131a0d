"""Command lines that are written down: in documents and comments as one would type them, in tests as lists of words.

Pure. Of a document only what stands in code counts, since prose begins with the name of a program too.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from harness.cases.literals import text_of
from harness.compare.rust_text import literals, mask

__all__ = ["CommandLine", "in_document", "in_source", "spans_in"]

_LONGEST = 2000  # characters of a line, or between two words of a list
_MOST_WORDS = 40
_FENCE = re.compile(r"^\s*(```+|~~~+)(?!.*`)")
_PROMPT = re.compile(r"^\s*[$%❯] (?=\S)")
_INDENTED = re.compile(r"^(?:\t| {4})\s*(?=\S)")
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)((?:(?!\1)[^\n]){1,400})\1(?!`)")
_RESULT = re.compile(r"\s+(?:--?>|==?>|→|⟶|⇒)\s")
_SETTING = re.compile(r"[A-Z_][A-Z0-9_]*=")
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .:|-]*>|(?<![\w'\"])\[[-<A-Z][^\]'\"]*\](?:\s|\.|$)|\w\.\.\.(?=\s|$)|…|<<")
_COMMENT = re.compile(r"^\s*(?://[/!]?|\*) ?|^\s*/\*[*!]? ?|\*/\s*$")
_ENDS = {"|", "||", "&&", ";", "&", ";;"}
_OTHER_FILES = {">", ">>", ">&", "&>"}
_PRINTS = ("echo", "printf")

_OPENS = re.compile(r"(?P<given>\.\s*args?\s*(?:::<[^>]*>)?\(\s*)?(?:&\s*)?(?:(?:vec!\s*)?(?P<list>\[)\s*(?:&\s*)?)?$")
# Possessive, so that a long comment between two words, which is blank here, is gone over once.
_BETWEEN = re.compile(
    r"(?:\s*+\.\s*+(?:into|to_string|to_owned|as_ref)\(\)|\s*+\.\s*+as_bytes\(\))?"
    r"(?:\s*+,\s*+(?:&\s*+)?"
    r"|\s*+(?:,\s*+)?(?:\]\s*+)?(?:,\s*+)?\)\s*+\.\s*+args?\s*+\(\s*+(?:&\s*+)?(?:\[\s*+)?)"
)
_CLOSES = re.compile(r"(?:\s*+\.\s*+(?:into|to_string|to_owned)\(\))?\s*+(?:,\s*+)?[\])]")
_FED = re.compile(r"\.\s*(?:write_stdin|stdin|pass_stdin|input)\s*\(\s*(?:&\s*)?$")
_BINARY = re.compile(r"cargo_bin(?:_cmd)?!?\s*\(\s*$|CARGO_BIN_EXE_$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """A command line of `program`, empty where it is not told of which; `stdin` is None where nothing is fed to it.

    `reads` is the name of a file that is fed to it. `files` are those that a test writes before, with their texts, and
    `texts` those of which only the name of the call that is given them is known.
    """

    program: str
    argv: tuple[str, ...]
    stdin: bytes | None = None
    reads: str = ""
    env: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def is_scene(self) -> bool:
        """Whether a test lays out something for it."""
        return bool(self.files or self.texts)


# -- documents --------------------------------------------------------------------------------------------


def in_document(text: str, programs: Collection[str]) -> Iterator[CommandLine]:
    """The command lines of these programs in the code of a document."""
    for line in _code(text):
        if any(name in line for name in programs):
            yield from _typed(line, programs)


def spans_in(text: str) -> Iterator[str]:
    """What a document has as code within its lines; of `INPUT --> RESULT` the input alone."""
    for line in text.splitlines():
        for found in _SPAN.finditer(line[:_LONGEST]):
            yield _RESULT.split(found[2].strip(), maxsplit=1)[0]


def _code(text: str) -> Iterator[str]:
    fence, begun = "", ""
    for line in text.splitlines():
        if len(line) > _LONGEST:
            continue
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence, begun = "" if fence else mark[1], ""
            continue
        prompt = _PROMPT.match(line)
        if fence or prompt or begun or _INDENTED.match(line):
            whole = begun + (line[prompt.end() :] if prompt else line.strip())
            begun = f"{whole[:-1]} " if whole.endswith("\\") and len(whole) < _LONGEST else ""
            if not begun:
                yield whole
        else:
            yield from (found[2] for found in _SPAN.finditer(line))


def _typed(line: str, programs: Collection[str]) -> Iterator[CommandLine]:
    if _PLACEHOLDER.search(line):
        return
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:  # a quote that is not closed
        return
    before: list[str] = []
    command: list[str] = []
    for word in (*words, ";"):
        if word not in _ENDS:
            command.append(word)
            continue
        yield from _one(command, before, programs)
        before, command = (command if word == "|" else []), []


def _one(words: Sequence[str], before: Sequence[str], programs: Collection[str]) -> Iterator[CommandLine]:
    settings = [word for word in words if _SETTING.match(word)]
    start = next((at for at, word in enumerate(words) if not _SETTING.match(word)), len(words))
    name = words[start].rpartition("/")[2] if start < len(words) else ""
    if name not in programs:
        return
    argv: list[str] = []
    reads = ""
    rest = iter(words[start + 1 :])
    for word in rest:
        if word == "#" or word in _OTHER_FILES:
            argv = argv[:-1] if word != "#" and argv[-1:] in (["1"], ["2"]) else argv
            break
        if word == "<":
            reads = next(rest, "")
        else:
            argv.append(word)
    if len(argv) > _MOST_WORDS:
        return
    env = tuple((key, value) for key, _, value in (one.partition("=") for one in settings[:start]))
    fed = _printed(before)
    reads = before[1] if before[:1] == ["cat"] and len(before) == 2 else reads
    yield CommandLine(program=name, argv=tuple(argv), stdin=fed, reads=reads, env=env)


def _printed(words: Sequence[str]) -> bytes | None:
    if not words or words[0] not in _PRINTS:
        return None
    said = [word for word in words[1:] if word not in ("-n", "-e")]
    text = " ".join(said).replace("\\n", "\n").replace("\\t", "\t")
    return (text if "-n" in words or words[0] == "printf" else f"{text}\n").encode()


# -- Rust -------------------------------------------------------------------------------------------------


def in_source(source: str, programs: Collection[str]) -> Iterator[CommandLine]:
    """What comments of a Rust source have as code, and the lists of words that its code hands to a program.

    A list is one where it goes to `arg` or `args`, or where one of its words begins with a dash.
    """
    spans = list(literals(source))
    comments = "\n".join(
        _COMMENT.sub("", line) for a, b, is_one in spans if is_one for line in source[a:b].splitlines()
    )
    yield from in_document(comments, programs)
    code = mask(source, spans)
    texts = [(start, end) for start, end, comment in spans if not comment and source[start] != "'"]
    program = ""
    index = 0
    while index < len(texts):
        start, end = texts[index]
        lead = code[max(0, start - 120) : start]
        if _BINARY.search(lead):
            program = text_of(source[start:end])
        opened = _OPENS.search(lead)
        last = _last_of_list(code, texts, index) if opened and (opened["given"] or opened["list"]) else -1
        if opened and last >= 0:
            words = tuple(text_of(source[a:b]) for a, b in texts[index : last + 1])
            if len(words) <= _MOST_WORDS and (opened["given"] or any(word.startswith("-") for word in words)):
                fed = _fed(source, code, texts, last + 1)
                yield CommandLine(program=program if program in programs else "", argv=words, stdin=fed)
        index = max(index, last) + 1


def _last_of_list(code: str, texts: Sequence[tuple[int, int]], first: int) -> int:
    """The place of the last literal of a list that has nothing but literals, -1 where it has something else."""
    last = first
    while last + 1 < len(texts) and texts[last + 1][0] - texts[last][1] < _LONGEST:
        if not _BETWEEN.fullmatch(code[texts[last][1] : texts[last + 1][0]]):
            break
        last += 1
    return last if _CLOSES.match(code, texts[last][1]) else -1


def _fed(source: str, code: str, texts: Sequence[tuple[int, int]], following: int) -> bytes | None:
    """The text that the same statement hands to standard input."""
    for start, end in texts[following : following + 4]:
        between = code[texts[following - 1][1] : start]
        if ";" in between:
            return None
        if _FED.search(between):
            return text_of(source[start:end]).encode("utf-8", "replace")
    return None
