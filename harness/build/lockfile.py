"""Cargo.lock as it is at each revision: missing, whole, or stale.

A lock file that is not there or does not fit its manifests is common in real histories. Resolving afresh would
compare two different worlds of dependencies, so a missing one is made once for the whole workspace, and a stale
one is completed from what is already known on this machine, the same way on both sides.
"""

from __future__ import annotations

from harness.build.slot import SlotVisit
from harness.build.toolchain import explain_failure
from harness.build.visit import CargoRun
from harness.errors import HarnessError
from harness.model import Revision
from harness.source import Source
from harness.store import Store, digest_of, key_of

__all__ = ["LockKeeper"]

_STALE = "--locked was passed"


class LockKeeper:
    """Sees to it that a checkout has a lock file that fits, and remembers what was done for it."""

    def __init__(self, source: Source, store: Store) -> None:
        self._source = source
        self._store = store
        self._path = str(source.repository.workspace / "Cargo.lock")
        self._seed_key = key_of("seed", str(source.repository.common_dir), str(source.repository.workspace))
        self._notes: dict[str, tuple[str, ...]] = {}

    def is_known(self, revision: Revision) -> bool:
        """Whether it is settled which lock file the revision is built with."""
        return self._source.has_file(revision, self._path) or self._store.has("lock", self._seed_key)

    def identity(self, revision: Revision) -> str:
        """What has to be in a build's key: the digest of the shared lock where the revision has none of its own."""
        if self._source.has_file(revision, self._path):
            return ""
        seed = self._store.get("lock", self._seed_key)
        return digest_of(seed) if seed else "none yet"

    def notes(self, revision: Revision) -> tuple[str, ...]:
        """Sentences for the report about this revision's lock file."""
        return self._notes.get(revision.tree, ())

    def place(self, visit: SlotVisit) -> None:
        """Puts a lock file where the revision has none or its own is known to be stale; turns `--locked` on."""
        lock = visit.root / "Cargo.lock"
        completed = self._store.get("lock", self._completed_key(visit.revision))
        if completed is not None:
            lock.write_bytes(completed)
            self._tell(visit.revision, lock_was_missing=False)
        elif not lock.exists():
            if (seed := self._store.get("lock", self._seed_key)) is None:
                done = visit.cargo("generate-lockfile")
                self._check(visit, done)
                if done.status != 0 or not lock.exists():
                    return  # the build says what is wrong with it
                seed = lock.read_bytes()
                self._store.put("lock", self._seed_key, seed)
            lock.write_bytes(seed)
            self._tell(visit.revision, lock_was_missing=True)
        if lock.exists():
            visit.calls.lock_args = ("--locked",)

    def complete_if_stale(self, visit: SlotVisit, output: str) -> bool:
        """Completes the lock file where `output` says that it is stale; gives whether it did.

        What is known on this machine comes first; the network is asked only where that does not suffice.
        """
        if _STALE not in output:
            return False
        visit.calls.lock_args = ()
        done = visit.cargo("update", "--workspace", "--offline")
        if done.status != 0:
            done = visit.cargo("update", "--workspace")
        visit.calls.lock_args = ("--locked",)
        if done.status != 0:
            self._check(visit, done)
            return False
        self._store.put("lock", self._completed_key(visit.revision), (visit.root / "Cargo.lock").read_bytes())
        self._tell(visit.revision, lock_was_missing=not self._source.has_file(visit.revision, self._path))
        return True

    def _completed_key(self, revision: Revision) -> str:
        return key_of("completed", self._seed_key, revision.tree)

    def _check(self, visit: SlotVisit, done: CargoRun) -> None:
        if done.status == 0:
            return
        reason: HarnessError | None = explain_failure(done.stderr.decode("utf-8", "replace"), str(done.log))
        if reason:
            raise reason

    def _tell(self, revision: Revision, *, lock_was_missing: bool) -> None:
        sentence = (
            "has no Cargo.lock; all revisions without one are built with one and the same resolution"
            if lock_was_missing
            else "has a stale Cargo.lock, which was completed from what is known on this machine"
        )
        self._notes[revision.tree] = (f"{revision.name} {sentence}",)
