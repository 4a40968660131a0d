"""Reading a revision's types while it is checked out."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from harness.build.rustdoc import document, document_programs, reads_input
from harness.build.rustdoc_dependencies import document_dependencies
from harness.build.visit import Visit
from harness.cases.types.model import Schema
from harness.cases.types.read import missing_crates, read_schema
from harness.compare.rustdoc.load import Crates, load
from harness.errors import HarnessError

__all__ = ["TypesOfRevision", "decode"]

_DEEPEST = 3  # dependencies of dependencies
_MOST = 8  # dependencies whose types are read


class TypesOfRevision:
    """Observes the types that a revision's programs read; what is wrong with that is among the schema's troubles."""

    name = "types"
    version = 2
    needs_build = True

    def observe(self, visit: Visit) -> bytes:
        """The encoded schema of all crates of the workspace, programs too."""
        return msgspec.msgpack.encode(_schema(visit))


def _schema(visit: Visit) -> Schema:
    if not reads_input(visit):
        return Schema()
    try:
        made = document(visit)
        files = dict(made.private)
        programs = {f"{name} (program)": file for name, file in document_programs(visit).items()}
        schema = _with_dependencies(visit, {name: file.read_bytes() for name, file in (files | programs).items()})
    except HarnessError as error:
        return Schema(troubles=(str(error),))
    failed = tuple(f"rustdoc failed on the crate {name}" for name in sorted(made.json.keys() - files.keys()))
    return msgspec.structs.replace(schema, troubles=failed)


def _with_dependencies(visit: Visit, documents: Mapping[str, bytes]) -> Schema:
    """The types with those of dependencies that they are made of. Without a dependency's JSON, its types are opaque."""
    crates, more, asked = load(documents), dict[str, bytes](), set[str]()
    for _ in range(_DEEPEST):
        wanted = [name for name in missing_crates(crates, more) if name not in asked][: _MOST - len(asked)]
        if not wanted:
            break
        asked.update(wanted)
        made = {name: file.read_bytes() for name, file in document_dependencies(visit, wanted).items()}
        for name, data in made.items():
            try:
                crates = Crates(by_name={**crates.by_name, **load({name: data}).by_name})
            except HarnessError:
                continue  # it was made by another toolchain, in a format that is not known
            more[name] = data
    return read_schema(crates, more)


def decode(observation: bytes) -> Schema:
    """The schema in an observation."""
    return msgspec.msgpack.decode(observation, type=Schema)
