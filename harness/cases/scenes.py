"""What tests lay out before they call a program: files with their texts, words, variables and standard input.

Pure, and no interpreter: of each function the literals are read, by the names of the calls that they stand in. Where
a helper of the same sources is called with literals, it is read with these in the place of its parameters.
"""

from __future__ import annotations

import posixpath
import re
import shlex
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from harness.cases.command_lines import CommandLine
from harness.cases.rust_functions import Function, Token, functions_in
from harness.cases.scene_calls import HARMLESS, RUN_WITH, RUNS, TEMPORARY, THROUGH, TOLD

__all__ = ["Scenes"]

_MOST_WORDS = 40
_MOST_FILES = 24
_LONGEST = 16 << 10  # characters of a text
_LONGEST_BODY = 40_000
_LONGEST_METHOD = 1_000  # one that only prepares a call
_DEEPEST = 2  # helpers in helpers
_MOST_HELPERS = 60  # that are read for one test
_FAR = 80  # characters before a bracket in which the name of what is called stands

_CALLEE = re.compile(r"\s*(?:>[^<>]*<\s*::\s*)?(!)?\s*(\w+)((?:::\w+)*)\s*(.?)")  # of the text backwards
_JOINED = re.compile(r"\w+(?:\s*\.\s*\w+\(\s*\))*\s*\.\s*(?:join|child)\s*\(")
_LET = re.compile(r"\blet\s+(?:mut\s+)?(\w+)\s*(?::[^=;]*)?=\s*$")
_HOLE = re.compile(r"\{\{|\}\}|\{(\w*)(?::[^}]*)?\}")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")
_NAME = re.compile(r"(?:\./)?[\w@+-][\w.@+-]*(?:/[\w.@+-]+)*|(?:\./)?\.\w[\w.@+-]*(?:/[\w.@+-]+)*")


class Scenes:
    """What the functions of some sources lay out; each may call helpers of the others."""

    def __init__(self, texts: Mapping[str, str], programs: Collection[str]) -> None:
        self.programs = programs
        self.read = 0
        self._functions = {path: list(functions_in(path, text)) for path, text in texts.items()}
        self._helpers: dict[tuple[str, str, bool], Function] = {}
        for path, functions in self._functions.items():
            for one in functions:
                self._helpers.setdefault((path, one.name, one.is_method), one)
                self._helpers.setdefault(("", one.name, one.is_method), one)

    def of(self, path: str) -> Iterator[CommandLine]:
        """What each function of a source lays out and calls, where that is more than words."""
        walked = 0
        for one in self._functions.get(path, ()):
            self.read = 0
            if one.begin < walked:
                continue  # it stands within another one
            walked = one.end
            if one.end - one.begin <= _LONGEST_BODY:
                yield from _Walk(one, self, one.constants).scenes()

    def helper(self, name: str, path: str, *, is_method: bool) -> Function | None:
        """The function or method of this name, in this file or else in any."""
        return self._helpers.get((path, name, is_method)) or self._helpers.get(("", name, is_method))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A text in a call: the position of its argument, and whether it is the end of a path."""

    text: str
    argument: int = 0
    is_path: bool = False


@dataclass(slots=True, kw_only=True)
class _Frame:
    """What a bracket opened: `callee` is the last name before it, empty for a list, tuple or block.

    `is_free` is a call of a function by its bare name, `is_macro` one of a macro.
    """

    bracket: str
    callee: str = ""
    is_free: bool = False
    is_macro: bool = False
    begin: int = 0
    argument: int = 0
    items: list[_Item] = field(default_factory=list)

    def is_pair(self) -> bool:
        """Whether its first two arguments are texts, the second one no path."""
        some = self.items
        return len(some) >= 2 and some[0].argument != some[1].argument and not some[1].is_path

    def names_a_file(self) -> bool:
        """Whether it has the name of a file and what is in it."""
        return self.is_pair() and bool(_NAME.fullmatch(self.items[0].text))


@dataclass(slots=True, kw_only=True)
class _Call:
    """What is known of the next call of the program."""

    words: list[str] = field(default_factory=list)
    stdin: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    is_over: bool = False
    is_broken: bool = False


@dataclass(slots=True, kw_only=True)
class _Statement:
    """What is known of the statement that is read."""

    begin: int
    path: str = ""
    is_temporary: bool = False
    alone: list[str] = field(default_factory=list)


class _Walk:
    """One function, from its beginning to its end."""

    def __init__(self, function: Function, scenes: Scenes, bound: Mapping[str, str], depth: int = 0) -> None:
        self._function = function
        self._code = function.code
        self._scenes = scenes
        self._bound = dict(bound)
        self._depth = depth
        self._paths: set[str] = set()
        self._listed: dict[str, str] = {}
        self._program = ""
        self._frames: list[_Frame] = []
        self._count = 0
        self._call = _Call()
        self._statement = _Statement(begin=function.begin)
        self.files: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def scenes(self) -> Iterator[CommandLine]:
        """One for each time that a program is run."""
        yield from self._read()
        if self._call.words or not self._count:
            yield from self._over()

    def _read(self) -> Iterator[CommandLine]:
        for token in self._function.tokens():
            if token.is_text:
                self._add(_Item(text=token.text))
            elif token.text in ("(", "[", "{"):
                self._open(token)
            elif token.text in (")", "]", "}"):
                yield from self._close(token.position)
            elif token.text == ";":
                self._end_statement()
                yield from self._over() if self._call.is_over else ()
            else:
                self._named(token)
            if token.text in ("{", "}", ";") and not token.is_text:
                self._statement = _Statement(begin=token.position + 1)

    def _named(self, token: Token) -> None:
        """A comma, or a name: perhaps one that a text is bound to."""
        name, before = token.text, self._code[token.position - 1]
        if name == "," and self._frames:
            self._frames[-1].argument += 1
        elif name in self._bound and before != "." and not _JOINED.match(self._code, token.position):
            self._add(_Item(text=self._bound[name], is_path=name in self._paths))
        self._listed |= dict.fromkeys(self._function.lists.get(name, ()), "")
        self._statement.is_temporary |= name in TEMPORARY

    def _add(self, item: _Item) -> None:
        if item.is_path:
            self._statement.path = item.text
        if self._frames:
            top = self._frames[-1]
            top.items.append(replace(item, argument=top.argument))
        else:
            self._statement.alone.append(item.text)

    # -- brackets -----------------------------------------------------------------------------------------

    def _open(self, token: Token) -> None:
        frame = _Frame(bracket=token.text, begin=token.position)
        # What is called ends here, so that it is searched for from its end.
        found = _CALLEE.match(self._code[max(0, token.position - _FAR) : token.position][::-1])
        if found and (token.text == "(" or (token.text == "[" and found[1])):
            frame.callee = found[2][::-1]
            frame.is_macro = bool(found[1])
            frame.is_free = not (frame.is_macro or found[3]) and found[4] != "."
        self._frames.append(frame)
        self._call.is_over |= frame.callee in RUNS

    def _close(self, position: int) -> Iterator[CommandLine]:
        frame = self._frames.pop() if self._frames else None
        if frame is None:
            return
        if self._is_list_of_words(frame):
            self._call.words += [one.text for one in frame.items]
            self._call.is_over = True
        elif frame.bracket == "(" and not frame.callee and frame.names_a_file() and "." in frame.items[0].text:
            self._give(frame.items[0].text, frame.items[1].text)
        elif THROUGH.fullmatch(frame.callee):
            for one in frame.items:
                self._add(one)
        elif handle := _CALLS.get(frame.callee):
            handle(self, frame, position)
        else:
            yield from self._of_another_name(frame)

    def _is_list_of_words(self, frame: _Frame) -> bool:
        """Whether it is a list of nothing but literals in a call that may run the program with it."""
        around = (one for one in reversed(self._frames) if one.callee and not THROUGH.fullmatch(one.callee))
        call = next(around, None)
        whole = len(frame.items) in (frame.argument, frame.argument + 1)
        if frame.bracket != "[" or not (frame.items and whole) or call is None or call.callee in ("arg", "args"):
            return False
        if any("\n" in one.text for one in frame.items):
            return False
        is_first = call.argument == 0 and bool(RUN_WITH.search(call.callee))
        return is_first or any(one.text.startswith("-") for one in frame.items)

    # -- calls --------------------------------------------------------------------------------------------

    def words_given(self, frame: _Frame, position: int) -> None:
        """`arg("--list")`, `args(["a", &path])`. Of what else stands there nothing is known."""
        others = _WORD.findall(self._code, frame.begin, position)
        self._call.is_broken |= any(word not in HARMLESS and word not in self._bound for word in others)
        self._call.words += [one.text for one in frame.items]

    def line_given(self, frame: _Frame, position: int) -> None:
        """`run("init --force")`."""
        if len(frame.items) == 1 and not self._call.words and "\n" not in frame.items[0].text:
            self._call.words += _split(frame.items[0].text)

    def elsewhere(self, frame: _Frame, position: int) -> None:
        """`current_dir(dir.path().join("inner"))`: a case begins in its directory."""
        self._call.is_broken |= any(one.text != "." for one in frame.items)

    def program_named(self, frame: _Frame, position: int) -> None:
        """`cargo_bin("app")`."""
        self._program = frame.items[0].text if frame.items else self._program

    def fed(self, frame: _Frame, position: int) -> None:
        """`write_stdin("…")`."""
        self._call.stdin = frame.items[0].text if frame.items else self._call.stdin

    def variable_set(self, frame: _Frame, position: int) -> None:
        """`env("NAME", "value")`."""
        if frame.is_pair():
            self._call.env[frame.items[0].text] = frame.items[1].text

    def folder_made(self, frame: _Frame, position: int) -> None:
        """`create_dir(dir.join("inner"))`."""
        if frame.items:
            self._give(f"{frame.items[-1].text}/.keep", "")

    def file_made(self, frame: _Frame, position: int) -> None:
        """`File::create(dir.join("a.txt"))`, which is perhaps written to later."""
        if frame.items:
            self._statement.path = frame.items[-1].text
            self._give(self._statement.path, "")

    def filled(self, frame: _Frame, position: int) -> None:
        """`fs::write(dir.join("a.txt"), "…")`, `dir.child("a.txt").write_str("…")`."""
        if frame.names_a_file():
            self._give(frame.items[0].text, frame.items[1].text)
        elif frame.items and self._statement.path:
            self._give(self._statement.path, frame.items[-1].text)

    def joined(self, frame: _Frame, position: int) -> None:
        """`dir.path().join("a.txt")`."""
        if frame.items:
            self._add(replace(frame.items[-1], is_path=True))

    def template(self, frame: _Frame, position: int) -> None:
        """`format!("set lists\\n{expression}")`, if it is known what stands in its holes."""
        text = frame.items[0].text if frame.items else ""
        if all(hole[1] in self._bound or hole.group() in ("{{", "}}") for hole in _HOLE.finditer(text)):
            self._add(_Item(text=_HOLE.sub(lambda hole: self._bound[hole[1]] if hole[1] else hole[0][0], text)))

    def _of_another_name(self, frame: _Frame) -> Iterator[CommandLine]:
        around = (one for one in (frame, *self._frames) if one.is_macro or one is frame)
        is_told = frame.is_macro or any(TOLD.search(one.callee) for one in around)
        looks = frame.names_a_file() and (frame.items[0].is_path or bool(set("./") & set(frame.items[0].text)))
        unknown = not frame.is_macro and frame.callee not in RUNS and self._may_read()
        path, is_method = self._function.path, not frame.is_free
        helper = self._scenes.helper(frame.callee, path, is_method=is_method) if unknown else None
        if looks and not is_told:
            self._give(frame.items[0].text, frame.items[1].text)
        elif helper and frame.items and not is_method:
            yield from self._helped(helper, frame.items)
        elif helper and is_method and not is_told and self._is_set_by(helper, frame.items):
            pass
        elif frame.items and not is_told:
            self.texts.setdefault(frame.callee, frame.items[0].text)

    def _helped(self, helper: Function, items: Sequence[_Item]) -> Iterator[CommandLine]:
        walk = self._inside(helper, items)
        walk.files |= self.files
        found = list(walk.scenes())
        self._count += len(found)
        yield from found
        if not found:  # it lays out what it is given, in a way that is not understood
            laid = next((one.text for one in items if "\n" in one.text), None)
            if laid is not None:
                self.texts.setdefault(helper.name, laid)

    def _may_read(self) -> bool:
        return self._depth < _DEEPEST and self._scenes.read < _MOST_HELPERS

    def _is_set_by(self, method: Function, items: Sequence[_Item]) -> bool:
        """Whether a method of a helper (`unstable()`, `with_config("…")`) prepares the call, which is then done."""
        if method.end - method.begin > _LONGEST_METHOD:
            return False
        walk = self._inside(method, items)
        if list(walk._read()) or walk._call.is_over:
            return False
        mine, its = self._call, walk._call
        mine.words += its.words
        mine.env |= its.env
        mine.stdin = mine.stdin if its.stdin is None else its.stdin
        self.files |= walk.files
        return bool(its.words or its.env or its.stdin is not None or walk.files)

    def _inside(self, helper: Function, items: Sequence[_Item]) -> _Walk:
        self._scenes.read += 1
        given = {helper.parameters[one.argument]: one.text for one in items if one.argument < len(helper.parameters)}
        return _Walk(helper, self._scenes, {**helper.constants, **given}, self._depth + 1)

    def _give(self, name: str, text: str) -> None:
        clean = posixpath.normpath(name)
        if _is_plain(clean) and len(text) <= _LONGEST:
            self.files[clean] = text

    # -- ends ---------------------------------------------------------------------------------------------

    def _end_statement(self) -> None:
        """Where it names something, that may be known in what follows."""
        one = self._statement
        equals = self._code.find("=", one.begin, self._function.end)
        named = _LET.search(self._code, one.begin, equals + 1) if equals >= 0 else None
        if named and (one.path or one.is_temporary):
            self._bound[named[1]] = one.path or "."
            self._paths.add(named[1])
        elif named and len(one.alone) == 1:
            self._bound[named[1]] = one.alone[0]

    def _over(self) -> Iterator[CommandLine]:
        call, self._call = self._call, _Call()
        self._count += 1
        listed = {name: "" for name in self._listed if _is_plain(name)} if call.words else {}
        files = _without_folders({**listed, **self.files})
        texts = {name: text for name, text in self.texts.items() if len(text) <= _LONGEST}
        self.texts = {}  # what has a name stays where it is, anything else was for this call
        usable = not call.is_broken and len(call.words) <= _MOST_WORDS and len(files) <= _MOST_FILES
        if usable and (files or texts):
            yield CommandLine(
                program=self._program if self._program in self._scenes.programs else "",
                argv=tuple(call.words),
                stdin=None if call.stdin is None else _plain(call.stdin).encode("utf-8", "replace"),
                env=tuple(call.env.items()),
                files=tuple((name, _plain(text)) for name, text in files.items()),
                texts=tuple((name, _plain(text)) for name, text in texts.items()),
            )


_CALLS: dict[str, Callable[[_Walk, _Frame, int], None]] = {
    **dict.fromkeys(("arg", "args"), _Walk.words_given),
    **dict.fromkeys(("run", "run_cmd", "run_command", "cmd", "exec"), _Walk.line_given),
    **dict.fromkeys(("current_dir", "set_current_dir", "cwd"), _Walk.elsewhere),
    **dict.fromkeys(("cargo_bin", "cargo_bin_cmd"), _Walk.program_named),
    **dict.fromkeys(("write_stdin", "stdin", "pass_stdin", "input"), _Walk.fed),
    **dict.fromkeys(("env", "envs"), _Walk.variable_set),
    **dict.fromkeys(("create_dir", "create_dir_all", "mkdir"), _Walk.folder_made),
    **dict.fromkeys(("create", "create_new", "touch"), _Walk.file_made),
    **dict.fromkeys(("write", "write_str", "write_all", "write_binary", "write_file"), _Walk.filled),
    **dict.fromkeys(("join", "child", "path"), _Walk.joined),
    **dict.fromkeys(("format", "formatdoc"), _Walk.template),
}
"""What the calls of these names do, whoever they are of: the standard library, assert_cmd, assert_fs and the like."""


def _is_plain(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and ".." not in name.split("/") and posixpath.normpath(name) == name


def _without_folders(files: Mapping[str, str]) -> dict[str, str]:
    """The files without those that others lie in."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    return {name: text for name, text in files.items() if name not in folders}


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed
        return [text]


def _plain(text: str) -> str:
    """A text without what indents all of its lines, as most helpers take that away."""
    return f"{textwrap.dedent(text).strip(chr(10))}\n" if "\n" in text else text
