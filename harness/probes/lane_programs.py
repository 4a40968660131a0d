"""The folder that programs are found in by a lane."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.errors import MissingTool

__all__ = ["link", "together"]


@contextlib.contextmanager
def together(programs: Mapping[str, Path]) -> Iterator[Path]:
    """A folder with all programs under their names: the one that they are in already, or a new one."""
    folders = {path.parent for path in programs.values()}
    if len(folders) == 1 and all(name == path.name for name, path in programs.items()):
        yield next(iter(folders)).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="harness-bin-") as folder:
        for name, path in programs.items():
            link(path, Path(folder, name))
        yield Path(folder)


def link(source: Path, to: Path) -> None:
    """Puts a program somewhere else: no symbolic link, since a program that asks where it is would be told."""
    try:
        os.link(source, to)
    except FileNotFoundError as error:
        raise MissingTool(f"The program {source} was not found.") from error
    except OSError:
        shutil.copy2(source, to)
