"""Git LFS without git-lfs: a filter that finds content in folders that are already there, and never fetches.

Run by git as a program of its own (see `harness.source.private.lfs_filter`), hence with the standard library
only. git-lfs itself would download what is missing and keep objects under the user's .git.
Source of the format: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

__all__ = ["object_of", "pointer_for", "stored"]

_LIMIT = 1024
"""No pointer is longer, by the specification."""

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")


def object_of(content: bytes) -> str | None:
    """The object that a pointer names; None where the content is no pointer."""
    match = _POINTER.match(content) if len(content) < _LIMIT else None
    return match[1].decode() if match else None


def pointer_for(digest: str, size: int) -> bytes:
    """The pointer to an object."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n".encode()


def stored(stores: list[Path], digest: str) -> Path | None:
    """The file of an object in the first store that has it."""
    paths = (store / digest[:2] / digest[2:4] / digest for store in stores)
    return next((path for path in paths if path.is_file()), None)


def _smudge(source: IO[bytes], sink: IO[bytes], path: str, missing: str, stores: list[Path]) -> None:
    head = source.read(_LIMIT)
    digest = object_of(head)
    found = stored(stores, digest) if digest else None
    if found:
        with found.open("rb") as file:
            shutil.copyfileobj(file, sink)
        return
    sink.write(head)
    shutil.copyfileobj(source, sink)
    if digest:
        with Path(missing).open("ab") as file:
            file.write(os.fsencode(path) + b"\0")


def _clean(source: IO[bytes], sink: IO[bytes], keep_in: str, stores: list[Path]) -> None:
    head = source.read(_LIMIT)
    if object_of(head) or not head:
        sink.write(head)
        return
    if keep_in:
        Path(keep_in).mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=keep_in or None) as copy:
        digest, size = _copied(head, source, copy.file)
        if keep_in:
            target = Path(keep_in, digest[:2], digest[2:4], digest)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                os.link(copy.name, target)
        elif stored(stores, digest) is None:
            copy.seek(0)
            shutil.copyfileobj(copy, sink)
            return
    sink.write(pointer_for(digest, size))


def _copied(head: bytes, source: IO[bytes], copy: IO[bytes]) -> tuple[str, int]:
    hasher, size, chunk = hashlib.sha256(), 0, head
    while chunk:
        hasher.update(chunk)
        size += len(chunk)
        copy.write(chunk)
        chunk = source.read(1 << 20)
    copy.flush()
    return hasher.hexdigest(), size


def _main(argv: list[str]) -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    if argv[0] == "smudge":
        path, missing, *stores = argv[1:]
        _smudge(source, sink, path, missing, [Path(store) for store in stores])
    else:
        keep_in, *stores = argv[1:]
        _clean(source, sink, keep_in, [Path(store) for store in stores])


if __name__ == "__main__":
    _main(sys.argv[1:])
