"""Targets of files: which there are, how long, what they hold, declare and document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from harness.compare.layout import CrateLayout, table_problems
from harness.compare.rust_items import Items, items_of
from harness.compare.rust_text import essence
from harness.contract.facts import Ground
from harness.contract.globs import matches_file
from harness.contract.model import FilePattern, Gone, ItemAt, Lines, Mention, Must, Table, Text
from harness.contract.outcome import Outcome, missed, reached

__all__ = ["FileTargets"]

_NEAR = 0.1
_USE = re.compile(r"use\s+([\w:]+);?")
_WORD = re.compile(r"\w")
_DERIVE = re.compile(r"#\[derive\(([^)]*)\)\]")


class FileTargets:
    """Looks at the candidate's files."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._items: dict[str, Items] = {}

    def outcomes(self, must: Must) -> Iterator[Outcome]:
        """What comes of every target of files."""
        for present in must.present:
            yield self._present(present)
        for absent in must.absent:
            yield self._absent(absent)
        for pattern in must.unchanged:
            yield self._unchanged(pattern)
        for lines in must.lines:
            yield from self._lines(lines)
        for item in must.item:
            yield self._item(item)
        for gone in must.gone:
            yield self._gone(gone)
        for text in must.text:
            yield self._text(text)
        for table in must.table:
            yield self._table(table)
        for mention in must.mention:
            yield self._mention(mention)

    # -- which files there are ----------------------------------------------------------------------------

    def _named(self, pattern: str) -> list[str]:
        whole = self._ground.places.file(pattern)
        return sorted(path for path in self._ground.after.layout.files if matches_file(whole, path))

    def _present(self, rule: FilePattern) -> Outcome:
        found = self._named(rule.path)
        if found:
            return reached(rule, f"file `{rule.path}`", "there", f"`{found[0]}` is there")
        return missed(rule, f"file `{rule.path}`", "there", "there is no such file")

    def _absent(self, rule: FilePattern) -> Outcome:
        found = self._named(rule.path)
        if found:
            return missed(rule, f"file `{rule.path}`", "gone", f"`{found[0]}` is still there")
        return reached(rule, f"file `{rule.path}`", "gone", "it is gone")

    def _unchanged(self, rule: FilePattern) -> Outcome:
        what, target = f"file `{rule.path}`", "as it was at first"
        whole = self._ground.places.file(rule.path)
        sides = [
            {path: one.digest for path, one in side.layout.files.items() if matches_file(whole, path)}
            for side in (self._ground.first, self._ground.after)
        ]
        if not sides[0]:
            return missed(rule, what, target, "there was no such file at first")
        unlike = sorted(path for path in sides[0] | sides[1] if sides[0].get(path) != sides[1].get(path))
        if unlike:
            return missed(rule, what, target, f"{', '.join(unlike[:3])} changed")
        return reached(rule, what, target, "it is")

    def _lines(self, rule: Lines) -> Iterator[Outcome]:
        what, path = f"lines of `{rule.file}`", self._ground.places.file(rule.file)
        there = self._ground.after.layout.files.get(path)
        first = self._ground.first.layout.files.get(path)
        if there is None:
            yield missed(rule, what, "a file with lines", "there is no such file")
            return
        figure = f"{there.lines} lines"
        if rule.below is not None:
            yield Outcome(
                rule=rule, what=what, target=f"below {rule.below}", figure=figure, ok=there.lines < rule.below
            )
        if rule.about is not None:
            least, most = rule.about * (1 - _NEAR), rule.about * (1 + _NEAR)
            target = f"about {rule.about} ({least:.0f} to {most:.0f})"
            yield Outcome(rule=rule, what=what, target=target, figure=figure, ok=least <= there.lines <= most)
        if rule.fewer:
            target = f"fewer than {first.lines}, as at first" if first else "fewer than at first"
            ok = first is not None and there.lines < first.lines
            yield Outcome(rule=rule, what=what, target=target, figure=figure, ok=ok)

    # -- what they hold -----------------------------------------------------------------------------------

    def _source(self, file: str) -> str | None:
        return self._ground.after.read(self._ground.places.file(file))

    def _declared(self, path: str) -> Items:
        if path not in self._items:
            self._items[path] = items_of(self._ground.after.read(path) or "")
        return self._items[path]

    def _item(self, rule: ItemAt) -> Outcome:
        what = f"`{rule.item}` in `{rule.file}`"
        target = rule.at or "declared"
        if self._source(rule.file) is None:
            return missed(rule, what, target, f"there is no file `{rule.file}`")
        wanted = tuple(rule.item.split("::"))
        declared = self._declared(self._ground.places.file(rule.file)).declared
        found = [one for one in declared if one.path == wanted]
        if not found:
            return missed(rule, what, target, "it is not declared there")
        figure = " and ".join(dict.fromkeys(one.visibility for one in found))
        lacks = [text for text in rule.holds if not any(_declares(one.text, text) for one in found)]
        if lacks:
            return missed(rule, what, f"declared with `{'`, `'.join(lacks)}`", f"{figure}, without it")
        ok = not rule.at or all(one.visibility == rule.at for one in found)
        return Outcome(rule=rule, what=what, target=target, figure=figure, ok=ok)

    def _gone(self, rule: Gone) -> Outcome:
        what = f"`{rule.item}`" + (f" in `{rule.file}`" if rule.file else "")
        paths = [self._ground.places.file(rule.file)] if rule.file else self._sources
        wanted = tuple(rule.item.split("::"))
        for path in paths:
            if any(one.path[-len(wanted) :] == wanted for one in self._declared(path).declared):
                return missed(rule, what, "gone", f"`{path}` still declares it")
        return reached(rule, what, "gone", "it is gone")

    @cached_property
    def _sources(self) -> list[str]:
        return sorted(path for path in self._ground.after.layout.files if path.endswith(".rs"))

    def _text(self, rule: Text) -> Outcome:
        wanted = rule.has or rule.lacks
        what = f"`{_short(wanted)}` in `{rule.file}`"
        target = "there" if rule.has else "not there"
        text = self._source(rule.file)
        if text is None:
            return missed(rule, what, target, "there is no such file")
        there = _holds(rule.file, text, wanted)
        figure = "there" if there else "not there"
        return Outcome(rule=rule, what=what, target=target, figure=figure, ok=there == bool(rule.has))

    # -- what they document -------------------------------------------------------------------------------

    def _table(self, rule: Table) -> Outcome:
        what, target = f"table of modules in `{rule.file}`", "every public module in it, every row a module"
        path = self._ground.places.file(rule.file)
        crates = [one for one in self._ground.after.layout.crates if one.root == path]
        if not crates:
            return missed(rule, what, target, "that is no crate's root file")
        crate = crates[0]
        if crate.table is None:
            return missed(rule, what, target, "there is no such table")
        problems = [f"`{name}` {problem}" for name, problem in sorted(table_problems(crate).items())]
        problems += [f"`{name}` has no row" for name in rule.rows if name not in crate.table]
        if rule.rows:
            problems += [f"`{name}` has a row that was not asked for" for name in crate.table if name not in rule.rows]
        if problems:
            return missed(rule, what, target, "; ".join(dict.fromkeys(problems)))
        return reached(rule, what, target, f"{len(crate.table)} rows")

    def _mention(self, rule: Mention) -> Outcome:
        text = self._source(rule.file)
        words = [*rule.words, *(self._new_modules if rule.new_modules else ())]
        what, target = f"`{rule.file}`", f"mentions {', '.join(f'`{word}`' for word in words) or 'every new module'}"
        if text is None:
            return missed(rule, what, target, "there is no such file")
        left_out = [word for word in words if not _mentions(text, word)]
        if left_out:
            return missed(rule, what, target, f"nothing of {', '.join(f'`{word}`' for word in left_out)}")
        return reached(rule, what, target, "it does")

    @cached_property
    def _new_modules(self) -> list[str]:
        """The names of the modules with a file of their own that the range adds."""
        known = {path for crate in self._ground.first.layout.crates for path in _module_paths(crate)}
        new = [one for crate in self._ground.after.layout.crates for one in _module_paths(crate) if one not in known]
        return list(dict.fromkeys(path.rpartition("::")[2] for path in new))


def _module_paths(crate: CrateLayout) -> list[str]:
    return [f"{crate.target}::{one.path}" for one in crate.modules if one.file]


def _holds(file: str, text: str, wanted: str) -> bool:
    if file.endswith(".rs") and (used := _USE.fullmatch(wanted.strip())):
        return any(one.path == used[1] or one.path.startswith(f"{used[1]}::") for one in items_of(text).imports)
    if not file.endswith(".rs") or wanted.lstrip().startswith("//"):
        lines = {" ".join(line.split()) for line in text.splitlines()}
        return " ".join(wanted.split()) in lines if "\n" not in wanted else wanted in text
    return _mentions(essence(text), essence(wanted).strip())


def _declares(declaration: str, wanted: str) -> bool:
    """Whether a declaration holds a piece of code; of what is derived, whether it is among others."""
    derived = _DERIVE.fullmatch(essence(wanted).strip())
    if derived is None:
        return _mentions(essence(declaration), essence(wanted).strip().rstrip(","))
    there = {name for found in _DERIVE.finditer(essence(declaration)) for name in found[1].split(",")}
    return set(derived[1].split(",")) <= there


def _mentions(text: str, word: str) -> bool:
    before, after = (edge if _WORD.match(end) else "" for edge, end in ((r"(?<!\w)", word[0]), (r"(?!\w)", word[-1])))
    return re.search(f"{before}{re.escape(word)}{after}", text) is not None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
