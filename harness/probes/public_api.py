"""What others can name: the public API of every library, and features, targets and rust-version of every package."""

from __future__ import annotations

import zlib

import msgspec

from harness.build.rustdoc import Documentation, document
from harness.build.visit import Visit
from harness.compare import surface
from harness.compare.surface import Changes, Surface
from harness.errors import HarnessError
from harness.model import Difference
from harness.probes.base import Findings, Pair

__all__ = ["Observed", "PublicApi", "decode", "raw_json"]


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """An observation: the encoded surface, the raw JSON of each crate as a blob, crates that rustdoc failed on.

    `documents` maps a crate to the digest of its zlib-compressed JSON in the store.
    """

    surface: bytes
    documents: dict[str, str] = {}
    failed: dict[str, str] = {}


class PublicApi:
    """The `public_api` probe."""

    name = "public_api"
    version = 1
    needs_build = True

    def observe(self, visit: Visit) -> bytes:
        """Documents every library and brings it to canonical form.

        Raises:
            HarnessError: no rustdoc, or one whose format is not known.
        """
        made = document(visit)
        documents = {name: path.read_bytes() for name, path in made.json.items()}
        found = _surface(visit, documents)
        blobs = {name: visit.store.add(zlib.compress(data, 1)) for name, data in documents.items()}
        return msgspec.msgpack.encode(
            Observed(surface=surface.encode(found), documents=blobs, failed=_failed(made)), order="deterministic"
        )

    def compare(self, before: bytes, after: bytes, pair: Pair) -> Findings:
        """What `harness.compare.surface` says of the two; `cases` counts the public paths that were looked at."""
        old, new = decode(before), decode(after)
        left_out = old.failed.keys() | new.failed.keys()
        left, right = (_without(surface.decode(one.surface), left_out) for one in (old, new))
        changes: Changes = surface.compare(left, right)
        broken, unknown = _undocumented(old, new)
        return Findings(
            differences=(*broken, *changes.differences),
            notes=(*unknown, *changes.notes),
            cases=max(1, len(left.items)),
            reason=f"rustdoc failed on {', '.join(sorted(left_out))}, not compared" if left_out else "",
        )


def decode(observation: bytes) -> Observed:
    """What an observation of this probe holds."""
    return msgspec.msgpack.decode(observation, type=Observed)


def raw_json(observed: Observed, visit: Visit) -> dict[str, bytes]:
    """The rustdoc JSON of each crate as it was observed. A blob that the store has lost is left out."""
    blobs = {name: visit.store.read_blob(digest) for name, digest in observed.documents.items()}
    return {name: zlib.decompress(data) for name, data in blobs.items() if data is not None}


def _surface(visit: Visit, documents: dict[str, bytes]) -> Surface:
    try:
        return surface.surface_of(documents, visit.workspace)
    except HarnessError:
        # Only a message about an unknown format asks for the toolchain, which takes a process to find out.
        return surface.surface_of(documents, visit.workspace, toolchain=_toolchain(visit))


def _toolchain(visit: Visit) -> str:
    try:
        done = visit.execute(["rustc", "--version"], cwd=visit.root)
    except HarnessError:
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def _failed(made: Documentation) -> dict[str, str]:
    return {name: error[:4000] for name, error in made.failed.items()}


def _without(whole: Surface, crates: frozenset[str] | set[str]) -> Surface:
    """The surface without the crates that one side does not know."""
    if not crates:
        return whole
    return Surface(
        items=tuple(item for item in whole.items if item.path.partition("::")[0] not in crates),
        members={name: below for name, below in whole.members.items() if name.partition("::")[0] not in crates},
        homes={name: path for name, path in whole.homes.items() if path.partition("::")[0] not in crates},
        packages=whole.packages,
    )


def _undocumented(old: Observed, new: Observed) -> tuple[list[Difference], list[Difference]]:
    """Crates on which rustdoc failed: newly is a difference, on the baseline too a note."""
    broken: list[Difference] = []
    unknown: list[Difference] = []
    for name in sorted(old.failed.keys() | new.failed.keys()):
        is_new = name in new.failed and name not in old.failed
        what = "can no longer be documented" if is_new else "could not be documented, so it was not compared"
        one = Difference(
            facet="changed",
            where=name,
            before=old.failed.get(name, ""),
            after=new.failed.get(name, ""),
            summary=f"The crate {name} {what}.",
        )
        (broken if is_new else unknown).append(one)
    return broken, unknown
