"""The store: builds and observations by content, shared by every worker and every run of one user.

    records/KIND/ab/KEY   what was made of an input; the key says everything that went in
    blobs/ab/DIGEST       files by the SHA-256 of their content: executables, logs, large outputs
    programs/ID/NAME      the executables of one build side by side under their own names
    slots/ID/             checkouts and target folders (harness.build.slot)
    locks/                one file per thing that only one process may do at a time

A file appears whole or not at all (written beside and renamed), every record carries a digest of itself, and a
blob is its own digest, so damage is found on reading: it is told, thrown away, and made again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from harness import process
from harness.errors import StoreError

__all__ = [
    "Store",
    "Usage",
    "default_root",
    "digest_of",
    "digest_of_code",
    "key_of",
    "parse_size",
    "size_limit",
    "unwritable",
]

_MAGIC = b"harness-record 1 "
_PATIENCE = 0.25  # seconds between two looks at whether the run is being stopped
_NOT_OUR_FAULT = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
_CHUNK = 1 << 20
DEFAULT_LIMIT = "30 GB"
_LIMIT_VARIABLE = "HARNESS_STORE_LIMIT"
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_DAY = 86400.0


def default_root() -> Path:
    """The store that is used when no option names one: in the user's cache folder."""
    return user_cache_path("pytest-refactor-harness")


def parse_size(text: str) -> int:
    """Bytes from a size as people write it: `5 GB`, `500M`, `1000`.

    Raises:
        StoreError: it is not a size.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?\s*", text, re.IGNORECASE)
    if not found:
        raise StoreError(f"`{text}` is not a size.", step="Write it like 5 GB or 500 MB.")
    return int(float(found.group(1)) * _UNITS[found.group(2).upper()])


def size_limit() -> int:
    """How many bytes a store may take: HARNESS_STORE_LIMIT, or 30 GB. Errors as `parse_size`."""
    return parse_size(os.environ.get(_LIMIT_VARIABLE) or DEFAULT_LIMIT)


def digest_of(data: bytes) -> str:
    """SHA-256 as hex digits."""
    return hashlib.sha256(data).hexdigest()


def key_of(*parts: object) -> str:
    """One key for a tuple of plain values; different tuples have different keys."""
    return digest_of(msgspec.msgpack.encode(parts, order="deterministic"))


@cache
def digest_of_code(folder: Path) -> str:
    """One digest of all Python files below a folder: what was made by other code may be other than it is now."""
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        state.update(hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much of the store something takes: files and bytes."""

    files: int
    size: int


class Store:
    """A folder of records and blobs. Safe with any number of processes.

    `damage` lists, for the report, what was found damaged and thrown away.
    """

    def __init__(self, root: Path) -> None:
        """Raises StoreError where the folder cannot be made or written to."""
        self.root = root
        self.damage: list[str] = []
        try:
            for name in ("records", "blobs", "programs", "slots", "locks", "logs", "tmp"):
                (root / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=root / "tmp"):
                pass
        except OSError as error:
            raise unwritable(root, error) from error

    # -- records ------------------------------------------------------------------------------------------

    def get(self, kind: str, key: str) -> bytes | None:
        """The payload of a record, or None where there is none (or only a damaged one, which is dropped)."""
        path = self._record(kind, key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._drop(path, f"{kind} {key[:12]} cannot be read ({error.strerror})")
            return None
        start = len(_MAGIC) + 65
        payload = data[start:]
        if data[:start] != _header(payload):
            self._drop(path, f"{kind} {key[:12]} is damaged")
            return None
        _touch(path)
        return payload

    def has(self, kind: str, key: str) -> bool:
        """Whether a record is there, without reading it."""
        return self._record(kind, key).exists()

    def put(self, kind: str, key: str, payload: bytes) -> None:
        """Keeps a record. Raises StoreError on a full disk or a folder without write access."""
        self._write(self._record(kind, key), _header(payload) + payload)

    def forget(self, kind: str, key: str) -> None:
        """Drops a record, if there is one."""
        with contextlib.suppress(FileNotFoundError):
            self._record(kind, key).unlink()

    # -- blobs --------------------------------------------------------------------------------------------

    def add(self, data: bytes) -> str:
        """Keeps bytes under their digest and gives that."""
        digest = digest_of(data)
        if self.blob(digest) is None:
            self._write(self._blob(digest), data)
        return digest

    def add_file(self, source: Path, *, executable: bool = False) -> str:
        """Copies a file in under the digest of its content and gives that. Raises OSError where it is not there."""
        hasher = hashlib.sha256()
        with source.open("rb") as file, self._temporary() as (temporary, sink):
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
                sink.write(chunk)
            sink.close()
            temporary.chmod(0o755 if executable else 0o644)
            digest = hasher.hexdigest()
            self._publish(temporary, self._blob(digest))
        return digest

    def blob(self, digest: str) -> Path | None:
        """The file of a blob after its content was checked against its name; None where it is not there."""
        path = self._blob(digest)
        try:
            with path.open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._drop(path, f"blob {digest[:12]} cannot be read ({error.strerror})")
            return None
        if actual != digest:
            self._drop(path, f"blob {digest[:12]} is damaged")
            return None
        _touch(path)
        return path

    def has_blob(self, digest: str) -> bool:
        """Whether a blob is there, without reading it."""
        return self._blob(digest).exists()

    def read_blob(self, digest: str) -> bytes | None:
        """The checked content of a blob."""
        path = self.blob(digest)
        return None if path is None else path.read_bytes()

    # -- everything else ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Holds the lock of this name; waits for whoever has it. A killed holder's lock is free at once."""
        lock = FileLock(self.lock_path(name))
        try:
            _acquire(lock, name)
        except OSError as error:
            raise unwritable(self.root, error) from error
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Inside, a full disk or a folder without write access is a StoreError, whoever wrote there."""
        try:
            yield
        except OSError as error:
            if error.errno in _NOT_OUR_FAULT:
                raise unwritable(self.root, error) from error
            raise

    def lock_path(self, name: str) -> Path:
        """The file that the lock of this name lies on."""
        return self.root / "locks" / f"{digest_of(name.encode())[:32]}.lock"

    def log(self, name: str) -> Path:
        """The path for a log of this name; its folder exists."""
        return self.root / "logs" / name

    def scratch(self) -> Path:
        """The folder for temporary files on the same file system."""
        return self.root / "tmp"

    def usage(self) -> dict[str, Usage]:
        """Files and bytes per part of the store."""
        return {part: _usage_of(self.root / part) for part in ("records", "blobs", "programs", "slots", "logs")}

    def collect_daily(self) -> Usage:
        """Keeps the store below its limit, looking once a day. Errors as `size_limit`."""
        stamp = self.root / "collected"
        limit = size_limit()
        if stamp.exists() and time.time() - stamp.stat().st_mtime < _DAY:
            return Usage(files=0, size=0)
        stamp.touch()
        return self.collect(limit)

    def collect(self, limit: int) -> Usage:
        """Deletes what was used least recently until the store takes at most `limit` bytes; gives what went.

        Slots that some process holds are left alone.
        """
        self._sweep_temporary()
        entries = sorted(self._entries(), key=lambda entry: entry[0])
        excess = sum(size for _, size, _ in entries) - limit
        files = freed = 0
        for _, size, path in entries:
            if freed >= excess:
                break
            if self._evict(path):
                files, freed = files + 1, freed + size
        return Usage(files=files, size=freed)

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        for part in ("records", "blobs", "programs", "logs"):
            for path, info in _walk(self.root / part):
                yield info.st_mtime, info.st_blocks * 512, path
        for slot in sorted((self.root / "slots").iterdir()):
            used = slot / "used"
            # Another process may be throwing it away.
            with contextlib.suppress(OSError):
                when = used.stat().st_mtime if used.exists() else slot.stat().st_mtime
                yield when, _usage_of(slot).size, slot

    def _evict(self, path: Path) -> bool:
        if path.parent != self.root / "slots":
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            return True
        lock = FileLock(self.lock_path(f"slot {path.name}"), blocking=False)
        try:
            with lock:
                shutil.rmtree(path, ignore_errors=True)
        except TimeoutError:
            return False
        return True

    def _sweep_temporary(self) -> None:
        yesterday = time.time() - _DAY
        for path in (self.root / "tmp").iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < yesterday:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _record(self, kind: str, key: str) -> Path:
        return self.root / "records" / kind / key[:2] / key

    def _blob(self, digest: str) -> Path:
        return self.root / "blobs" / digest[:2] / digest

    def _drop(self, path: Path, what: str) -> None:
        self.damage.append(f"{what}; it was thrown away and is made again")
        with contextlib.suppress(OSError):
            path.unlink()

    def _write(self, path: Path, data: bytes) -> None:
        with self._temporary() as (temporary, sink):
            sink.write(data)
            sink.close()
            self._publish(temporary, path)

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[tuple[Path, tempfile._TemporaryFileWrapper[bytes]]]:
        try:
            sink = tempfile.NamedTemporaryFile(dir=self.root / "tmp", delete=False)  # noqa: SIM115  closed below
        except OSError as error:
            raise unwritable(self.root, error) from error
        temporary = Path(sink.name)
        try:
            yield temporary, sink
        except OSError as error:
            raise unwritable(self.root, error) from error
        finally:
            with contextlib.suppress(OSError):
                sink.close()
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()

    def _publish(self, temporary: Path, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)


def _acquire(lock: FileLock, name: str) -> None:
    while True:
        process.raise_if_stopping(f"waiting for another run, which holds the {name}.")
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=_PATIENCE)
            return


def _header(payload: bytes) -> bytes:
    return _MAGIC + digest_of(payload).encode() + b"\n"


def _touch(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(path)


def _walk(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            with contextlib.suppress(OSError):
                yield path, path.lstat()


def _usage_of(folder: Path) -> Usage:
    sizes = [info.st_blocks * 512 for _, info in _walk(folder)]
    return Usage(files=len(sizes), size=sum(sizes))


def unwritable(root: Path, error: OSError) -> StoreError:
    """What it means that a file in the store could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"The disk that holds the store {root} is full.",
            step="Free some space, run `harness store collect`, or name another folder with --harness-store.",
        )
    return StoreError(
        f"The store {root} cannot be written to: {error.strerror or error}.",
        step="Name a folder that you may write to with --harness-store.",
    )
