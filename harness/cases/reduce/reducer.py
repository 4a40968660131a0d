"""The reducer itself: which parts of a case may go, and which texts may be simpler.

In each round: everything besides the arguments, arguments with their values, in the first one large numbers, keys and
items of documents (lines, where a text is no document), then simpler values and shorter texts. Rounds go on until one
changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from harness.cases.reduce.documents import Document, forms_of, lines_of
from harness.cases.reduce.search import Proposals, Search
from harness.cases.reduce.tree import Branch, Leaf, Node, Path, leaves, node_at, paths_at, with_nodes, without
from harness.model import Case

__all__ = ["MOST_PROPOSALS", "Reducer"]

MOST_PROPOSALS = 250
"""Each is run on both sides: 500 executions."""

SIMPLE_TEXT = "foo"
_SIMPLE_NUMBERS = ("0", "1")
_MOST_ROUNDS = 6
_DIGITS = 2  # of a number that is not large
_LONG_TEXT = 12  # characters up to which a text of several words is short enough
_LONG_WORD = 40  # and up to which a single word is: a part of a name is no name
_PIECES = 16
_MANY_PARTS = 40  # of one level of a document: a program text, for instance, or a table
_PATIENCE = 4  # all of them, halves, quarters, eighths: 15 proposals
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")

Steps = Proposals[Case, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A text of a case: standard input, a file, an argument or a variable."""

    name: str
    read: Callable[[Case], bytes]
    write: Callable[[Case, bytes], Case]
    may_be_empty: bool = False


class Reducer:
    """Makes one case smaller as long as it is told that what it proposes shows the same.

    `case` is the smallest so far, at any time.
    """

    def __init__(self, case: Case, most: int = MOST_PROPOSALS) -> None:
        self.case = case
        self._search = Search(_identity, most)
        self._round = 0

    def steps(self) -> Steps:
        """Batches of proposals; it has to be sent for each of them whether it shows the same."""
        for self._round in range(_MOST_ROUNDS):
            before = self.case
            yield from self._surroundings()
            yield from self._arguments()
            yield from self._documents()
            yield from self._words()
            if _identity(self.case) == _identity(before) or not self._search.left:
                return

    def _fewer(self, count: int, made: Callable[[AbstractSet[int]], Case]) -> Steps:
        """Goes on with as many of `count` steps taken as possible."""
        taken = yield from self._search.most_of(count, made, whole=self._round == 0)
        if taken:
            self.case = made(taken)

    # -- whole parts --------------------------------------------------------------------------------------

    def _surroundings(self) -> Steps:
        """Files, sockets, variables (those that are missing too), standard input, a read-only directory."""
        case = self.case
        files, env = list(case.files), list(case.env)
        names: list[tuple[str, str]] = [*(("file", one) for one in files), *(("env", one) for one in env)]
        names += [*(("unset", one) for one in case.unset), *(("socket", one) for one in case.sockets)]
        names += [(name, "") for name, there in (("stdin", case.stdin), ("read_only", case.read_only)) if there]

        def made(gone: AbstractSet[int]) -> Case:
            left_out = {names[index] for index in gone}
            return replace(
                case,
                files={name: data for name, data in case.files.items() if ("file", name) not in left_out},
                env={name: text for name, text in case.env.items() if ("env", name) not in left_out},
                stdin=b"" if ("stdin", "") in left_out else case.stdin,
                unset=tuple(name for name in case.unset if ("unset", name) not in left_out),
                sockets=tuple(name for name in case.sockets if ("socket", name) not in left_out),
                read_only=case.read_only and ("read_only", "") not in left_out,
            )

        yield from self._fewer(len(names), made)

    def _arguments(self) -> Steps:
        """Flags together with their values, then word by word."""
        for groups in (_groups(self.case.argv), [(word,) for word in self.case.argv]):
            case = self.case

            def made(gone: AbstractSet[int], groups: Sequence[tuple[str, ...]] = groups, case: Case = case) -> Case:
                kept = (word for index, group in enumerate(groups) if index not in gone for word in group)
                return replace(case, argv=tuple(kept))

            if sum(map(len, groups)) == len(case.argv):
                yield from self._fewer(len(groups), made)

    # -- documents ----------------------------------------------------------------------------------------

    def _documents(self) -> Steps:
        # What stands around a small document is often a program text or a table, of which each line is needed.
        for place in sorted(_places(self.case), key=lambda one: len(one.read(self.case))):
            if place.may_be_empty and (empty := place.write(self.case, b"")) != self.case:
                self.case = (yield from self._search.first([empty])) or self.case
            content = place.read(self.case)
            document = yield from self._document(place, content)
            if document is not None:
                yield from self._cut(place, document)

    def _document(self, place: _Place, content: bytes) -> Proposals[Case, Document | None]:
        """What a text is taken for: a document, if that shows the same when it is written plainly, or else lines."""
        if (found := forms_of(place.name, content)) is not None:
            plain = place.write(self.case, found.content())
            if found.content() == content:
                return found
            if (yield from self._search.first([plain])) is not None:
                self.case = plain
                return found
        return lines_of(content) if content and place.name != "argument" else None

    def _cut(self, place: _Place, document: Document) -> Steps:
        """Takes away what is not needed from the top down, then makes simpler what is left."""
        case, depth = self.case, 1

        def made(tree: Node) -> Case:
            return place.write(case, document.having(tree).content())

        tree = document.tree
        if self._round == 0:
            tree = yield from self._smaller(tree, made)
        while paths := paths_at(tree, depth):
            level, found = tree, paths

            def cut(gone: AbstractSet[int], level: Node = level, found: Sequence[Path] = found) -> Case:
                return made(without(level, {found[index] for index in gone}))

            taken = yield from self._least_of(len(paths), cut)
            tree = without(tree, {paths[index] for index in taken})
            depth += 1
        tree = yield from self._hoisted(tree, made)
        if sum(1 for _ in leaves(tree)) <= _MANY_PARTS:
            tree = yield from self._simple(tree, made)
            tree = yield from self._short(tree, made)
        self.case = made(tree)

    def _least_of(self, count: int, cut: Callable[[AbstractSet[int]], Case]) -> Proposals[Case, AbstractSet[int]]:
        """What of one level goes. Of many parts single ones are tried only where larger ones went."""
        if count <= _MANY_PARTS:
            return (yield from self._search.most_of(count, cut, whole=self._round == 0))
        if self._round:
            return frozenset()
        return (yield from self._search.most_of(count, cut, patience=_PATIENCE))

    def _smaller(self, tree: Node, made: Callable[[Node], Case]) -> Proposals[Case, Node]:
        """Large numbers first: they may be what takes so long, in everything that is tried after them."""
        large = [(path, leaf) for path, leaf in leaves(tree) if leaf.kind == "number" and len(leaf.text) > _DIGITS]

        def with_one(chosen: AbstractSet[int]) -> Node:
            return with_nodes(tree, {large[index][0]: replace(large[index][1], text="1") for index in chosen})

        taken = yield from self._search.most_of(len(large), lambda chosen: made(with_one(chosen)))
        return with_one(taken)

    def _hoisted(self, tree: Node, made: Callable[[Node], Case]) -> Proposals[Case, Node]:
        """Puts what is nested in itself in the place of what it is nested in."""
        depth = 0
        while paths := paths_at(tree, depth):
            for path in paths:
                while (inner := _nested(node_at(tree, path))) is not None:
                    shallow = with_nodes(tree, {path: inner})
                    if (yield from self._search.first([made(shallow)])) is None:
                        break
                    tree = shallow
            depth += 1
        return tree

    def _simple(self, tree: Node, made: Callable[[Node], Case]) -> Proposals[Case, Node]:
        """Values that are as simple as can be: all of them, or as many as possible."""
        for number in range(len(_SIMPLE_NUMBERS)):
            simpler = {path: leaf for path, old in leaves(tree) if (leaf := _simplified(old, number)) is not None}
            paths = list(simpler)

            def with_simple(
                chosen: AbstractSet[int],
                tree: Node = tree,
                simpler: dict[Path, Leaf] = simpler,
                paths: Sequence[Path] = paths,
            ) -> Node:
                return with_nodes(tree, {paths[index]: simpler[paths[index]] for index in chosen})

            def tried(chosen: AbstractSet[int], with_simple: Callable[..., Node] = with_simple) -> Case:
                return made(with_simple(chosen))

            taken = yield from self._search.most_of(len(paths), tried, whole=self._round == 0)
            tree = with_simple(taken)
        return tree

    def _short(self, tree: Node, made: Callable[[Node], Case]) -> Proposals[Case, Node]:
        for path, leaf in list(leaves(tree)):
            if leaf.kind == "text":

                def with_text(text: str, tree: Node = tree, path: Path = path, leaf: Leaf = leaf) -> Case:
                    return made(with_nodes(tree, {path: replace(leaf, text=text)}))

                text = yield from self._shortened(leaf.text, with_text)
                tree = with_nodes(tree, {path: replace(leaf, text=text)})
        return tree

    # -- words of the command line and values of variables --------------------------------------------------

    def _words(self) -> Steps:
        for place in _places(self.case, words=True):
            case = self.case
            text = place.read(case).decode("utf-8", "surrogateescape")
            head, value = _value(text)
            if value in case.files or not value:
                continue

            def having(
                value: str, case: Case = case, head: str = head, write: Callable[[Case, bytes], Case] = place.write
            ) -> Case:
                return write(case, f"{head}{value}".encode("utf-8", "surrogateescape"))

            kind = "number" if _NUMBER.fullmatch(value) else "text"
            leaf = Leaf(kind=kind, text=value)  # type: ignore[arg-type]
            for number in range(len(_SIMPLE_NUMBERS)):
                simple = _simplified(leaf, number)
                if simple and (yield from self._search.first([having(simple.text)])) is not None:
                    value = simple.text
                    break
            if kind == "text":
                value = yield from self._shortened(value, having)
            self.case = having(value)

    def _shortened(self, text: str, made: Callable[[str], Case]) -> Proposals[Case, str]:
        """Of a long text, as few words as do; of one long word, as few letters."""
        while len(parts := _parts(text)) > 1:

            def kept(gone: AbstractSet[int], parts: Sequence[str] = parts) -> str:
                return "".join(part for index, part in enumerate(parts) if index not in gone)

            def tried(gone: AbstractSet[int], kept: Callable[..., str] = kept) -> Case:
                return made(kept(gone))

            taken = yield from self._search.most_of(len(parts), tried, whole=self._round == 0)
            if not taken:
                break
            text = kept(taken)
        if (bare := text.strip(" ")) not in ("", text) and (yield from self._search.first([made(bare)])) is not None:
            return bare
        return text


def _simplified(leaf: Leaf, number: int) -> Leaf | None:
    """A simpler value of the same kind; None where it is simple enough."""
    if leaf.kind == "number":
        simple = _SIMPLE_NUMBERS[number]
        return None if leaf.text in _SIMPLE_NUMBERS else replace(leaf, text=simple)
    if leaf.kind == "text" and number == 0 and len(leaf.text.strip()) > len(SIMPLE_TEXT):
        ending = "\n" if leaf.text.endswith("\n") else ""
        return replace(leaf, text=f"{SIMPLE_TEXT}{ending}")
    return None


def _nested(node: Node) -> Node | None:
    """The only child of a branch, where it is a branch of the same kind."""
    if isinstance(node, Branch) and len(node.children) == 1 and isinstance(inner := node.children[0], Branch):
        return inner if (inner.keys is None) == (node.keys is None) else None
    return None


def _parts(text: str) -> list[str]:
    """A long text in some pieces: words with the spaces before them or, of too few or too many, equal ones."""
    words = re.findall(r"\s*\S+\s*?(?=\s|\Z)|\s+", text)
    if len(text) > _LONG_TEXT and 1 < len(words) <= _PIECES and "".join(words) == text:
        return words
    if len(text) <= _LONG_WORD:
        return [text]
    size = max(1, -(-len(text) // _PIECES))
    return [text[start : start + size] for start in range(0, len(text), size)]


def _groups(argv: Sequence[str]) -> list[tuple[str, ...]]:
    """A flag and the word after it are one; every other word is one by itself."""
    groups: list[tuple[str, ...]] = []
    for word in argv:
        before = groups[-1] if groups else ()
        if len(before) == 1 and _is_flag(before[0]) and not word.startswith("-"):
            groups[-1] = (*before, word)
        else:
            groups.append((word,))
    return groups


def _is_flag(word: str) -> bool:
    return len(word) > 1 and word.startswith("-") and "=" not in word and word != "--"


def _value(word: str) -> tuple[str, str]:
    """The part of a word that may be made simpler, and what stands before it."""
    if not word.startswith("-"):
        return "", word
    head, equals, value = word.partition("=")
    return (f"{head}{equals}", value) if equals else (word, "")


def _places(case: Case, *, words: bool = False) -> list[_Place]:
    """The texts of a case: its files and input; or with `words`, its arguments and variables."""
    if words:
        return [*map(_argument, range(len(case.argv))), *map(_variable, case.env)]
    return [*map(_argument, range(len(case.argv))), *map(_file, case.files), *([_STDIN] if case.stdin else [])]


def _file(name: str) -> _Place:
    return _Place(
        name=name,
        read=lambda case: case.files[name],
        write=lambda case, data: replace(case, files={**case.files, name: data}),
        may_be_empty=True,
    )


def _argument(index: int) -> _Place:
    def write(case: Case, data: bytes) -> Case:
        word = data.decode("utf-8", "surrogateescape").removesuffix("\n")
        return replace(case, argv=(*case.argv[:index], word, *case.argv[index + 1 :]))

    return _Place(name="argument", read=lambda case: case.argv[index].encode("utf-8", "surrogateescape"), write=write)


def _variable(name: str) -> _Place:
    def write(case: Case, data: bytes) -> Case:
        return replace(case, env={**case.env, name: data.decode("utf-8", "surrogateescape")})

    return _Place(name=name, read=lambda case: case.env[name].encode("utf-8", "surrogateescape"), write=write)


_STDIN = _Place(name="", read=lambda case: case.stdin, write=lambda case, data: replace(case, stdin=data))


def _identity(case: Case) -> Hashable:
    given = (tuple(case.files.items()), tuple(case.env.items()), case.stdin)
    return (case.argv, *given, case.unset, case.sockets, case.read_only)
