"""What the files and modules of a revision are, and what changed between two; all of it only notes.

facets: `added`, `removed`, `renamed`, `lines`, `module added`, `module removed`, `module visibility`,
`documentation table`.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.compare.rust_source import Source
from harness.model import Difference

__all__ = ["CrateLayout", "FileFacts", "Layout", "ModuleFacts", "compare_layouts", "facts_of", "table_problems"]

ALIKE = 0.5
"""More than this share of equal lines makes a removed and an added file one that was renamed (as in `git diff -M`)."""

_MOST_LINES = 50_000
_MOST_PAIRS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One file: SHA-256 of its content, its lines as `wc -l` counts them, a checksum of each line that is not blank.

    `sums` holds 4 bytes a line, sorted; it is empty for files that are no text.
    """

    digest: str
    lines: int
    sums: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFacts:
    """One declared module: its path, its visibility as written (empty: private), and its file (empty: inline)."""

    path: str
    visibility: str
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrateLayout:
    """One crate: its root file, all modules, the module names in the table of its documentation (None: no table)."""

    package: str
    target: str
    kind: str
    root: str
    modules: tuple[ModuleFacts, ...]
    table: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files below the workspace's root, by path, and its crates."""

    files: dict[str, FileFacts]
    crates: tuple[CrateLayout, ...] = ()


def facts_of(data: bytes, digest: str) -> FileFacts:
    """What is kept of a file's content."""
    if b"\0" in data[:8192]:
        return FileFacts(digest=digest, lines=data.count(b"\n"))
    lines = data.split(b"\n")
    filled = [stripped for line in lines[:_MOST_LINES] if (stripped := line.strip())]
    sums = array("I", sorted(map(zlib.crc32, filled)))
    return FileFacts(digest=digest, lines=data.count(b"\n"), sums=sums.tobytes())


def modules_of(sources: Iterable[Source]) -> tuple[ModuleFacts, ...]:
    """Every module that the files of a crate declare, with the file that holds it."""
    every = list(sources)
    files = {source.module: source.file for source in every}
    return tuple(
        ModuleFacts(
            path="::".join(path := (*source.module, *module.path)),
            visibility=module.visibility,
            file="" if module.inline else files.get(path, ""),
        )
        for source in every
        for module in source.parsed.modules
    )


def documented_modules(text: str) -> tuple[str, ...] | None:
    """The first column of the table in a crate's documentation whose first heading is `Module` (or `Modules`)."""
    lines = [line.strip()[3:].strip() for line in text.splitlines() if line.strip().startswith("//!")]
    for number, line in enumerate(lines[:-1]):
        if re.match(r"\|?\s*\**modules?\**\s*\|", line, re.IGNORECASE) and re.match(r"\|?[\s:|-]+$", lines[number + 1]):
            rows = []
            for row in lines[number + 2 :]:
                if "|" not in row:
                    break
                rows.append(_module_in(row.strip("|").split("|")[0]))
            return tuple(rows)
    return None


def _module_in(cell: str) -> str:
    name = re.sub(r"\]\([^)]*\)|[\[\]`*\s]", "", cell)
    return name.removeprefix("crate::").removeprefix("mod").removesuffix(".rs").removesuffix("/")


def table_problems(crate: CrateLayout) -> dict[str, str]:
    """What is wrong with a crate's documentation table: by module, a sentence. Empty where there is no table."""
    if crate.table is None:
        return {}
    declared = {module.path: module for module in crate.modules}
    problems = {row: "has a row but is not declared" for row in crate.table if row not in declared}
    for path, module in declared.items():
        if "::" not in path and module.visibility == "pub" and path not in crate.table:
            problems[path] = "is public and has no row"
    return problems


def compare_layouts(before: Layout, after: Layout) -> tuple[Difference, ...]:
    """Everything that changed, as notes."""
    pairs = _renames(before.files, after.files)
    notes = [
        *_files(before.files, after.files, pairs),
        *_lengths(before.files, after.files, pairs),
    ]
    old_crates, new_crates = _by_target(before), _by_target(after)
    for key in sorted(old_crates.keys() & new_crates.keys()):
        notes += _modules(old_crates[key], new_crates[key])
        notes += _tables(old_crates[key], new_crates[key])
    for key in sorted(new_crates.keys() - old_crates.keys()):
        notes += _tables(None, new_crates[key])
    return tuple(notes)


def _by_target(layout: Layout) -> dict[tuple[str, str, str], CrateLayout]:
    return {(one.package, one.kind, one.target): one for one in layout.crates}


def _renames(before: Mapping[str, FileFacts], after: Mapping[str, FileFacts]) -> dict[str, str]:
    """Removed files, each with the added one that it became: equal content first, then the most alike."""
    removed = sorted(before.keys() - after.keys())
    added = sorted(after.keys() - before.keys())
    pairs = _equal(before, after, removed, added)
    removed = [old for old in removed if old not in pairs]
    added = [new for new in added if new not in set(pairs.values())]
    # Every pair of many is too much work; among so many, a file that kept its name is the likeliest.
    every = len(removed) * len(added) <= _MOST_PAIRS
    scored = sorted(
        (-score, not _same_name(old, new), old, new)
        for old in removed
        for new in added
        if (every or _same_name(old, new)) and (score := likeness(before[old], after[new])) > ALIKE
    )
    taken: set[str] = set()
    for _, _, old, new in scored:
        if old not in pairs and new not in taken:
            pairs[old] = new
            taken.add(new)
    return pairs


def _equal(
    before: Mapping[str, FileFacts], after: Mapping[str, FileFacts], removed: Sequence[str], added: Sequence[str]
) -> dict[str, str]:
    pairs: dict[str, str] = {}
    waiting: dict[str, list[str]] = defaultdict(list)
    for new in added:
        waiting[after[new].digest].append(new)
    for old in removed:
        if same := waiting[before[old].digest]:
            named = next((new for new in same if _same_name(old, new)), same[0])
            same.remove(named)
            pairs[old] = named
    return pairs


def _same_name(old: str, new: str) -> bool:
    return old.rpartition("/")[2] == new.rpartition("/")[2]


def likeness(old: FileFacts, new: FileFacts) -> float:
    """The share of equal lines, 0 to 1, blank ones and order aside; 1 for equal content."""
    if old.digest == new.digest:
        return 1.0
    sizes = (len(old.sums) // 4, len(new.sums) // 4)
    if min(sizes) * 2 <= ALIKE * sum(sizes):
        return 0.0
    common = Counter(array("I", old.sums)) & Counter(array("I", new.sums))
    return min(0.999, 2 * sum(common.values()) / sum(sizes))


def _files(
    before: Mapping[str, FileFacts], after: Mapping[str, FileFacts], pairs: Mapping[str, str]
) -> Iterator[Difference]:
    for old, new in sorted(pairs.items()):
        share = likeness(before[old], after[new])
        yield Difference(
            facet="renamed", where=new, before=old, after=new, summary=f"{share:.0%} of its lines are equal"
        )
    for name in sorted(before.keys() - after.keys() - pairs.keys()):
        yield Difference(facet="removed", where=name, before=f"{before[name].lines} lines", after="")
    for name in sorted(after.keys() - before.keys() - set(pairs.values())):
        yield Difference(facet="added", where=name, before="", after=f"{after[name].lines} lines")


def _lengths(
    before: Mapping[str, FileFacts], after: Mapping[str, FileFacts], pairs: Mapping[str, str]
) -> Iterator[Difference]:
    kept = {name: name for name in before.keys() & after.keys()} | dict(pairs)
    for old, new in sorted(kept.items(), key=lambda one: one[1]):
        lines = (before[old].lines, after[new].lines)
        if lines[0] != lines[1]:
            change = lines[1] - lines[0]
            yield Difference(
                facet="lines", where=new, before=str(lines[0]), after=str(lines[1]), summary=f"{change:+d} lines"
            )


def _modules(old: CrateLayout, new: CrateLayout) -> Iterator[Difference]:
    left = {module.path: module for module in old.modules}
    right = {module.path: module for module in new.modules}
    crate = _name(new)
    for path in sorted(left.keys() - right.keys()):
        yield Difference(facet="module removed", where=f"{crate}::{path}", before=_declared(left[path]), after="")
    for path in sorted(right.keys() - left.keys()):
        yield Difference(facet="module added", where=f"{crate}::{path}", before="", after=_declared(right[path]))
    for path in sorted(left.keys() & right.keys()):
        shown = (_declared(left[path]), _declared(right[path]))
        if shown[0] != shown[1]:
            yield Difference(facet="module visibility", where=f"{crate}::{path}", before=shown[0], after=shown[1])


def _declared(module: ModuleFacts) -> str:
    return f"{module.visibility} mod {module.path.rpartition('::')[2]}".lstrip()


def _tables(old: CrateLayout | None, new: CrateLayout) -> Iterator[Difference]:
    known = {} if old is None else table_problems(old)
    found = table_problems(new)
    for module in sorted(known.keys() | found.keys()):
        before, after = known.get(module, ""), found.get(module, "")
        if before != after:
            summary = f"`{module}` {after}" if after else f"`{module}` is as it should be now"
            yield Difference(
                facet="documentation table",
                where=f"{_name(new)}::{module}",
                before=before,
                after=after,
                summary=summary,
            )


def _name(crate: CrateLayout) -> str:
    library = crate.kind in ("lib", "proc-macro")
    return crate.target if library else f"{crate.package} {crate.kind} {crate.target}"
