"""Which rustdoc JSON in a target folder may still be believed, so that cargo documents only what changed.

Cargo holds the documentation of a crate fresh as long as `doc/CRATE/index.html` is there and no file of the package
and nothing that it depends on changed; JSON output does not make that page (seen with cargo 1.95: its fingerprint of
a documented path package is the newest mtime among the package's files). An empty page is put there after a run, and
taken away before the next one wherever cargo could be wrong:

* the JSON is not the file that was made then, or was made with other features, another profile or environment;
* the crate's sources name files outside the package, or the manifest says which files belong to the package, so that
  cargo does not look at all of them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from harness.build.visit import Visit
from harness.store import key_of

__all__ = ["LIBRARY_KINDS", "Marker", "folders", "forget", "sources_of"]

LIBRARY_KINDS = ("lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro")

_NAMED_FILE = re.compile(rb'''(?:#!?\[[^\]]*\bpath\s*=\s*|\binclude(?:_str|_bytes)?!\s*\(\s*)"([^"]*)"''')
_COMPOSED_FILE = re.compile(rb"\binclude(?:_str|_bytes)?!\s*\(\s*concat![^;]*CARGO_MANIFEST_DIR")
_NARROWED = re.compile(rb"^\s*(?:include|exclude|build)\s*=|\.\./.*\.rs", re.MULTILINE)
_SKIPPED = ("target", "node_modules")


class Marker:
    """Which JSON files in a target folder are known to be what the last run made, and how that was run."""

    def __init__(self, visit: Visit, version: str, where: list[Path]) -> None:
        """`version` stands for how rustdoc is called, `where` are the folders that hold documentation."""
        libraries = visit.workspace.of_kind(*LIBRARY_KINDS)
        self.path = visit.target_dir / "harness-rustdoc.json"
        self.where = where
        self.crates = {one.name.replace("-", "_"): _folder(visit, one.package) for one in libraries}
        self.key = key_of(version, visit.feature_args, visit.config.build.profile, visit.config.build.env)
        self.known: dict[str, list[int]] = {}

    def open(self) -> None:
        """Throws away everything that is not known to be right; nothing is known while cargo runs."""
        with contextlib.suppress(OSError, msgspec.DecodeError, ValueError, KeyError, TypeError):
            saved = msgspec.json.decode(self.path.read_bytes())
            if saved["key"] == self.key:
                self.known = {file: seen for file, seen in saved["files"].items() if _stamp(Path(file)) == seen}
        self.path.unlink(missing_ok=True)
        for folder in self.where:
            for file in {*folder.glob("*.json"), *(folder / f"{name}.json" for name in self.crates)}:
                if str(file) not in self.known or file.stem not in self.crates:
                    forget(file)

    def stale(self, files: Mapping[str, Path]) -> list[str]:
        """The crates that cargo holds fresh though their JSON is not there."""
        return [name for name, file in files.items() if name in self.crates and not file.is_file()]

    def close(self, files: Mapping[str, Path]) -> None:
        """Lets cargo hold these fresh, and notes what they are."""
        for file in files.values():
            page = _page(file)
            if _reaches_out(self.crates[file.stem]):
                page.unlink(missing_ok=True)
                continue
            page.parent.mkdir(exist_ok=True)
            page.touch()
        stamps = {str(file): _stamp(file) for file in files.values()}
        self.path.write_bytes(msgspec.json.encode({"key": self.key, "files": stamps}))


def _stamp(file: Path) -> list[int] | None:
    try:
        info = file.stat()
    except OSError:
        return None
    return [info.st_size, info.st_mtime_ns]


def folders(visit: Visit) -> list[Path]:
    """Where documentation can be: a configured target triple has a folder of its own."""
    return [visit.target_dir / "doc", *sorted(visit.target_dir.glob("*/doc"))]


def _folder(visit: Visit, package: str) -> Path:
    return visit.root / visit.workspace.packages[package]


def _reaches_out(package: Path) -> bool:
    """Whether a change of some file could escape cargo. In doubt it could, and the crate is documented each time."""
    try:
        if _NARROWED.search((package / "Cargo.toml").read_bytes()):
            return True
        return any(_names_outside(package.resolve(), file.resolve()) for file in sources_of(package))
    except OSError:
        return True


def _names_outside(package: Path, file: Path) -> bool:
    text = file.read_bytes()
    if b"include" not in text and b"path" not in text:
        return False
    named = [file.parent / os.fsdecode(found) for found in _NAMED_FILE.findall(text)]
    return bool(_COMPOSED_FILE.search(text)) or any(not _belongs(package, one) for one in named)


def _belongs(package: Path, file: Path) -> bool:
    """Whether a file is one of the package's own: it is there, and the nearest manifest above is the package's."""
    where = file.resolve()
    owner = next((folder for folder in where.parents if (folder / "Cargo.toml").is_file()), None)
    return where.is_file() and owner == package


def sources_of(package: Path) -> Iterator[Path]:
    """The Rust files below a package's folder, as far as they can belong to it."""
    for here, below, names in os.walk(package):
        below[:] = [name for name in below if name not in _SKIPPED and not name.startswith(".")]
        yield from (Path(here, name) for name in names if name.endswith(".rs"))


def _page(file: Path) -> Path:
    return file.parent / file.stem / "index.html"


def forget(file: Path) -> None:
    file.unlink(missing_ok=True)
    _page(file).unlink(missing_ok=True)
