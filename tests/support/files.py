"""Files of a revision that is nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import PurePosixPath


class Files:
    """Plays the repository."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def paths(self) -> Sequence[str]:
        return list(self.files)

    def read(self, path: str) -> Mapping[str, bytes]:
        return {
            name: data
            for name, data in self.files.items()
            if fnmatch(name, path)
            or fnmatch(name, path.removeprefix("**/"))
            or PurePosixPath(name).is_relative_to(path)
        }
