"""Machines that lack something: programs, rights, disk space."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["NOBODY", "needs_root", "needs_rustup", "path_without", "small_disk", "toolchain_path_without"]

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
"""Runs the command that follows as a user without rights."""

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("mount"),
    reason="only root on Linux can become another user and mount a small disk",
)
needs_rustup = pytest.mark.skipif(shutil.which("rustup") is None, reason="rustup is not installed")


def path_without(folder: Path, *absent: str) -> str:
    """A PATH on which everything is but these programs."""
    return _linked(folder, [Path(one) for one in os.environ["PATH"].split(":")], absent)


def toolchain_path_without(folder: Path, *absent: str) -> str:
    """The same without rustup, whose programs find the toolchain's own whatever PATH says."""
    told = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    own = Path(told.stdout.strip(), "bin")
    return _linked(folder, [own, *(Path(one) for one in os.environ["PATH"].split(":"))], (*absent, "rustup"))


def _linked(folder: Path, sources: list[Path], absent: tuple[str, ...]) -> str:
    folder.mkdir(parents=True)
    for source in sources:
        for program in sorted(source.iterdir()) if source.is_dir() else ():
            link = folder / program.name
            if program.name not in absent and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of this size (`mount`'s notation), mounted on a new folder."""
    folder.mkdir(parents=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
