"""What contracts are judged by: three revisions, as far as one probe's judging needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.compare.inventory import Inventory
from harness.compare.layout import CrateLayout, Layout
from harness.compare.lints import Lints
from harness.compare.surface_model import Surface
from harness.contract.check import is_file
from harness.contract.globs import is_pattern, matches_file

__all__ = ["Ground", "Places", "Side"]

_LIBRARY = ("lib", "proc-macro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One revision: the files of its workspace and, where the probe observes it, what it observed.

    `read` gives the text of a file by its path from the workspace's root, None where there is none.
    """

    layout: Layout
    read: Callable[[str], str | None] = lambda path: None
    inventory: Inventory | None = None
    lints: Lints | None = None
    surface: Surface | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The two revisions of a comparison, and the first one of the range, which `unchanged` and `fewer` look back to."""

    first: Side
    before: Side
    after: Side
    places: Places


class Places:
    """Where the files and modules that a contract names are in a workspace."""

    def __init__(self, folder: str, named: tuple[str, ...], *layouts: Layout) -> None:
        self._files = {path for layout in layouts for path in layout.files}
        self._folders = {
            "/".join(parts[:cut]) for path in self._files if (parts := path.split("/")) for cut in range(len(parts))
        }
        self.folder = folder or self._likeliest(named)

    def _likeliest(self, named: tuple[str, ...]) -> str:
        """The folder in which most of the named files are found; of equals the outermost."""
        counts: dict[str, int] = {}
        for name in {one for one in named if is_file(one) and not is_pattern(one)}:
            for path in self._files:
                if path == name or path.endswith(f"/{name}"):
                    above = path[: len(path) - len(name)].rstrip("/")
                    counts[above] = counts.get(above, 0) + 1
        return min(counts, key=lambda one: (-counts[one], one.count("/"), one), default="")

    def file(self, path: str) -> str:
        """The path from the workspace's root of a file that a contract names; patterns are completed alike."""
        inner = f"{self.folder}/{path}" if self.folder else path
        for candidate in (inner, path):
            if candidate in self._files or (
                is_pattern(path) and any(matches_file(candidate, one) for one in self._files)
            ):
                return candidate
        # Not there on any side, perhaps because it was to be made: where its folder is, the deepest first.
        return max((inner, path), key=lambda one: (self._depth(one), one == inner))

    def _depth(self, path: str) -> int:
        parts = path.split("/")
        return max((cut for cut in range(len(parts)) if "/".join(parts[:cut]) in self._folders), default=0)

    def matches(self, pattern: str, path: str) -> bool:
        """Whether a file of the workspace is one that a pattern of the contract names."""
        return matches_file(self.file(pattern), path)

    def modules(self, place: str, *sides: Side) -> list[str]:
        """The paths of modules, with their crate, that a place (a file, or a path as it is) stands for."""
        if not is_file(place):
            return [place, *(f"{name}::{place}" for name in self._crates(*sides) if place.partition("::")[0] != name)]
        file = self.file(place)
        found = {path for side in sides for crate in side.layout.crates for path in _modules_in(crate, file)}
        # A module that no revision has is still where its file would put it, beside its crate's root.
        return sorted(found) or [
            path for side in sides[:1] for crate in side.layout.crates for path in _expected(crate, file)
        ]

    def sources(self, place: str, side: Side) -> list[str]:
        """The files of a revision that a place (a file, or the path of a module) stands for."""
        if is_file(place):
            file = self.file(place)
            return [file] if file in side.layout.files else []
        paths = set(self.modules(place, side))
        found = [
            module.file or crate.root
            for crate in side.layout.crates
            for module in crate.modules
            if f"{_name(crate)}::{module.path}" in paths
        ]
        return found + [crate.root for crate in side.layout.crates if _name(crate) in paths]

    def _crates(self, *sides: Side) -> list[str]:
        """The crates of the folder; where it is not known, the only one that there is."""
        every = [crate for side in sides for crate in side.layout.crates]
        folder = f"{self.folder}/" if self.folder else "src/"
        inside = dict.fromkeys(_name(crate) for crate in every if crate.root.startswith(folder))
        alone = dict.fromkeys(_name(crate) for crate in every if crate.kind in _LIBRARY)
        return list(inside or (alone if len(alone) == 1 else ()))


def _name(crate: CrateLayout) -> str:
    return crate.target.replace("-", "_")


def _modules_in(crate: CrateLayout, file: str) -> list[str]:
    if file == crate.root:
        return [_name(crate)]
    return [f"{_name(crate)}::{module.path}" for module in crate.modules if module.file == file]


def _expected(crate: CrateLayout, file: str) -> list[str]:
    above = crate.root.rpartition("/")[0]
    if not file.startswith(f"{above}/") or not file.endswith(".rs") or crate.kind not in _LIBRARY:
        return []
    inner = file[len(above) + 1 :].removesuffix(".rs").removesuffix("/mod")
    return [f"{_name(crate)}::{inner.replace('/', '::')}"]
