"""The directory of a case: laid out before, looked through and cleared after."""

# Paths here are byte strings, which pathlib does not know.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH115, PTH123

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Sequence

__all__ = ["Folder", "clear"]

CONTENT_LIMIT = 1 << 20  # bytes; of a larger file, only the digest is told
DATABASE_LIMIT = 4 << 20  # bytes; of a SQLite file and its log, whose bytes say little of the rows in them
TOTAL_CONTENT_LIMIT = 8 << 20
# Databases and, in two orders of bytes, write-ahead logs: https://www.sqlite.org/fileformat2.html
DATABASES = (b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
ENTRY_LIMIT = 20_000  # files and folders of one case
DEPTH_LIMIT = 48
NOW = 5.0  # seconds around a case in which a file's time says nothing but that it was written


class Folder:
    """The directory of a case: laid out before, looked through and cleared after."""

    def __init__(self, path: bytes) -> None:
        self.path = path
        self.given: dict[bytes, tuple[os.stat_result, bytes | None]] = {}
        self.room = TOTAL_CONTENT_LIMIT
        self.began = time.time()

    def lay_out(self, files: list[tuple[bytes, bytes]]) -> None:
        """Makes the directory with these files. What starts like a program is executable."""
        os.mkdir(self.path, 0o755)
        for name, content in files:
            self.make_room(name)
            path = self.path + b"/" + name
            mode = 0o755 if content.startswith((b"#!", b"\x7fELF")) else 0o644
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
                file.write(content)
            self.given[name] = (os.lstat(path), content)
        self._take([name for name, _ in files])

    def make_room(self, name: bytes) -> None:
        """Makes the folders that something is in."""
        for end in (at for at, char in enumerate(name) if char == 0x2F):
            with contextlib.suppress(FileExistsError):
                os.mkdir(self.path + b"/" + name[:end], 0o755)

    def take(self, names: list[bytes]) -> None:
        """Takes what was put there since, and the folders that it is in, for given."""
        for name in names:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                self.given[name] = (os.lstat(self.path + b"/" + name), None)
        self._take([name for name in names if name in self.given])

    def _take(self, names: Sequence[bytes]) -> None:
        for folder in {name[:end] for name in names for end, char in enumerate(name) if char == 0x2F}:
            self.given[folder] = (os.lstat(self.path + b"/" + folder), None)

    def changes(self) -> list[bytes]:
        """What was created, changed or deleted, as five fields each: path, kind of change and of file with mode
        and size as text, digest, content or target, whether that is whole."""
        fields: list[bytes] = []
        seen: set[bytes] = set()
        if not _is_folder(self.path):
            # Also where something else stands in its place: following a link would lead out of it.
            fields += (b".", b"deleted folder 0 0", b"", b"", b"1")
        else:
            for name, info in _walk(self.path, b"", 0, [ENTRY_LIMIT]):
                seen.add(name)
                if info is None:
                    fields += (name, b"created unlisted 0 0", b"", b"", b"0")
                else:
                    fields += self._look(name, info)
        for name, (info, _) in self.given.items():
            if name not in seen:
                fields += (name, b"deleted %s 0 0" % _kind(info.st_mode), b"", b"", b"1")
        return fields

    def _look(self, name: bytes, info: os.stat_result) -> Sequence[bytes]:
        old, content = self.given.get(name, (None, None))
        if old is not None and _same_place(old, info):
            return ()
        kind, path = _kind(info.st_mode), self.path + b"/" + name
        digest = held = b""
        whole = True
        if kind == b"link":
            held = os.readlink(path)
        elif kind == b"file":
            digest, held, whole = self._content(path, info)
        moment = self._set_time(info)
        equal = old is not None and old.st_mode == info.st_mode and (kind == b"folder" or _digest(content) == digest)
        if equal and not moment:
            return ()
        size = info.st_size if kind == b"file" else 0
        change = b"created" if old is None else b"changed"
        told = b"%s %s %o %d%s" % (change, kind, stat.S_IMODE(info.st_mode), size, moment)
        return (name, told, digest, held, b"1" if whole else b"0")

    def _set_time(self, info: os.stat_result) -> bytes:
        """A file's time where a program set it to another one than that of the run: seconds since 1970."""
        if not stat.S_ISREG(info.st_mode) or self.began - NOW < info.st_mtime < time.time() + NOW:
            return b""
        return b" %d" % info.st_mtime

    def _content(self, path: bytes, info: os.stat_result) -> tuple[bytes, bytes, bool]:
        if not info.st_mode & stat.S_IRUSR:
            os.chmod(path, 0o600)
        if info.st_size > min(CONTENT_LIMIT, self.room) and not self._is_database(path, info.st_size):
            with open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest().encode(), b"", False
        content = _read(path, info.st_size)
        self.room -= len(content)
        return _digest(content), content, True

    def _is_database(self, path: bytes, size: int) -> bool:
        """Whether a file that is too large otherwise is a database that may be kept."""
        if size > min(DATABASE_LIMIT, self.room):
            return False
        with open(path, "rb") as file:
            return file.read(16).startswith(DATABASES)


def _read(path: bytes, size: int) -> bytes:
    """A small file, in half the time that a file object takes."""
    file = os.open(path, os.O_RDONLY)
    try:
        content = os.read(file, size + 1)
        while len(content) < size and (more := os.read(file, size)):
            content += more
    finally:
        os.close(file)
    return content


def _digest(content: bytes | None) -> bytes:
    return hashlib.sha256(content or b"").hexdigest().encode()


def _same_place(old: os.stat_result, new: os.stat_result) -> bool:
    """Whether nothing was written to a file, nor anything put in its place; a folder's times do not matter."""
    if stat.S_ISDIR(old.st_mode):
        return old.st_mode == new.st_mode
    return (old.st_ino, old.st_size, old.st_mode, old.st_mtime_ns, old.st_ctime_ns) == (
        (new.st_ino, new.st_size, new.st_mode, new.st_mtime_ns, new.st_ctime_ns)
    )


def _kind(mode: int) -> bytes:
    kinds = {stat.S_IFREG: b"file", stat.S_IFDIR: b"folder", stat.S_IFLNK: b"link", stat.S_IFIFO: b"fifo"}
    return kinds.get(stat.S_IFMT(mode), b"socket" if stat.S_ISSOCK(mode) else b"device")


def _is_folder(path: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _entries(folder: bytes) -> list[os.DirEntry[bytes]]:
    _open_up(folder)
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _open_up(folder: bytes) -> None:
    if os.lstat(folder).st_mode & 0o700 != 0o700:
        os.chmod(folder, 0o700)


def _walk(folder: bytes, above: bytes, depth: int, room: list[int]) -> Iterator[tuple[bytes, os.stat_result | None]]:
    """Everything below a folder in order, links not followed; None for what is too deep or too much to list."""
    for entry in _entries(folder):
        name = above + entry.name
        room[0] -= 1
        if room[0] < 0 or depth > DEPTH_LIMIT:
            yield name, None
            return
        info = entry.stat(follow_symlinks=False)
        yield name, info
        if stat.S_ISDIR(info.st_mode):
            yield from _walk(entry.path, name + b"/", depth + 1, room)


def clear(path: bytes) -> None:
    """Removes a file or folder, however it was locked and however deep it is. Raises OSError where that fails.

    Folders inside folders are moved up before they are emptied, so that no path gets too long for the system.
    """
    if not _is_left_folder(path):
        return
    number = 0
    while entries := _entries(path):
        for entry in entries:
            if not _is_left_folder(entry.path):
                continue
            for inner in _entries(entry.path):
                if _is_left_folder(inner.path):
                    number += 1
                    _open_up(inner.path)
                    os.rename(inner.path, b"%s/.%d.moved-up-to-be-cleared" % (path, number))
            os.rmdir(entry.path)
    os.rmdir(path)


def _is_left_folder(path: bytes) -> bool:
    """Removes what is no folder, and says whether it is one, and so is still there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):
            raise
        return True
    return False
