"""Files of the repository that may be input: examples of configurations, and what they name. Reads, runs nothing."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from harness.cases.base import Repository
from harness.cases.documents import format_of, nodes, read, shape

__all__ = [
    "LARGEST",
    "LARGEST_BESIDE",
    "MOST_BESIDE",
    "NOT_INPUT",
    "Example",
    "beside",
    "candidates_for",
    "examples_in",
    "stems_beside",
    "varied",
]

MOST = 60
LARGEST = 64 << 10  # bytes of an example
MOST_BESIDE = 32  # files
LARGEST_BESIDE = 1 << 20  # bytes of all files that are put beside an example
_NODES = 2000
_TOOLS = re.compile(
    r"(cargo|rust-toolchain|rustfmt|clippy|deny|release(-plz)?|cliff|dist(-workspace)?|harness|cross|about|typos|taplo"
    r"|package(-lock)?|tsconfig.*|renovate|dependabot|codecov|mkdocs|netlify|vercel|pnpm-.*|docker-compose.*|bacon"
    r"|committed|rustc-ice.*|biome|lefthook|triagebot|Makefile|pyproject|justfile|tarpaulin|nextest|audit|nx|lerna)",
    re.IGNORECASE,
)
NOT_INPUT = {"target", "node_modules", "vendor", "third_party", ".git"}
_PROMISING = re.compile(r"example|sample|config|fixture|pipeline|demo|template|testdata|test", re.IGNORECASE)
_NAME = re.compile(r"[\w@+-]*[\w@+./-]*[\w@+-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A document of the repository, and what is beside it that it names."""

    path: str
    form: str
    data: Any
    files: dict[str, bytes]


def examples_in(repository: Repository | None) -> list[Example]:
    """The documents that a program of the repository may take, those first that the most is said in.

    Each adds keys that those before it have not, as long as there are such.
    """
    if repository is None:
        return []
    every = repository.paths()
    chosen = sorted(filter(_may_be_input, every), key=lambda path: (not _PROMISING.search(path), path))
    contents = {path: data for path in chosen[: 2 * MOST] for data in [_content(repository, path)] if data}
    known = set(every)
    made = [
        Example(path=path, form=format_of(path), data=data, files={path: text, **beside(repository, known, path, text)})
        for path, text in contents.items()
        if (data := read(format_of(path), text)) is not None and not _too_large(data)
    ]
    return varied(made)[:MOST]


def _may_be_input(path: str) -> bool:
    parts = PurePosixPath(path).parts
    if not format_of(path) or any(part.startswith(".") or part in NOT_INPUT for part in parts):
        return False
    return not _TOOLS.fullmatch(PurePosixPath(path).stem)


def _content(repository: Repository, path: str) -> bytes:
    data = repository.read(path).get(path, b"")
    return data if len(data) <= LARGEST else b""


def _too_large(data: Any) -> bool:
    return sum(1 for _, _ in zip(nodes(data), range(_NODES), strict=False)) >= _NODES


def varied(examples: Sequence[Example]) -> list[Example]:
    """Those first that bring the most new keys; then the others."""
    left = {one.path: {shape(path) for path, _ in nodes(one.data)} for one in examples}
    by_path = {one.path: one for one in examples}
    ordered: list[Example] = []
    told: set[tuple[str, ...]] = set()
    while left:
        best = max(left, key=lambda path: len(left[path] - told))  # of equal ones the first
        told |= left.pop(best)
        ordered.append(by_path[best])
    return ordered


def beside(repository: Repository, known: set[str], path: str, text: bytes) -> dict[str, bytes]:
    """The files of the repository that this one names, from its own folder or from the top."""
    folder = posixpath.dirname(path)
    names = dict.fromkeys(_NAME.findall(text.decode("utf-8", "replace")))
    places = (posixpath.normpath(posixpath.join(above, name)) for name in names for above in (folder, ""))
    return _fitting(repository, [place for place in places if place in known and place != path])


def _fitting(repository: Repository, paths: Iterable[str]) -> dict[str, bytes]:
    """The contents of these files, as many as may be put into a case."""
    made: dict[str, bytes] = {}
    room = LARGEST_BESIDE
    for path in dict.fromkeys(paths):
        for name, data in _read(repository, path).items():
            if len(made) < MOST_BESIDE and len(data) <= room:
                made[name] = data
                room -= len(data)
    return made


def _read(repository: Repository, path: str) -> Mapping[str, bytes]:
    return repository.read(path) if not set("*?") & set(path) else {}


def candidates_for(sought: str, repository: Repository | None) -> dict[str, bytes]:
    """What the repository has under the name that a program looked for: a file with those beside it, or a folder.

    The very path first, then a file or folder of that name elsewhere, the shortest path first.
    """
    if repository is None or sought in ("", "."):
        return {}
    every = [path for path in repository.paths() if not NOT_INPUT & set(PurePosixPath(path).parts)]
    if ends := [path for path in every if path == sought or path.endswith(f"/{sought}")]:
        best, folder = _nearest(ends, sought), posixpath.dirname(sought)
        kind = PurePosixPath(best).suffix
        alike = [one for one in every if posixpath.dirname(one) == posixpath.dirname(best) and one.endswith(kind)]
        wanted = {one: posixpath.join(folder, posixpath.basename(one)) for one in [best, *(alike if folder else [])]}
    elif folders := [
        path[: f"/{path}".find(f"/{sought}/") + len(sought)] for path in every if f"/{sought}/" in f"/{path}"
    ]:
        best = _nearest(folders, sought)
        wanted = {one: sought + one.removeprefix(best) for one in every if one.startswith(f"{best}/")}
    else:
        return {}
    return {wanted[path]: data for path, data in _fitting(repository, wanted).items()}


def _nearest(paths: Sequence[str], sought: str) -> str:
    return min(paths, key=lambda path: (path != sought, path.count("/"), path))


def stems_beside(sought: str, repository: Repository | None) -> list[str]:
    """The names, without their endings, of the repository's files of this kind in folders of this name."""
    path = PurePosixPath(sought)
    every = map(PurePosixPath, repository.paths() if repository else ())
    return sorted({one.stem for one in every if one.suffix == path.suffix and one.parent.name == path.parent.name})
