"""Reading a revision's types while it is checked out."""

from __future__ import annotations

import msgspec

from harness.build.rustdoc import document, document_programs, reads_input
from harness.build.visit import Visit
from harness.cases.types.model import Schema
from harness.cases.types.read import read_schema
from harness.compare.rustdoc.load import load
from harness.errors import HarnessError

__all__ = ["TypesOfRevision", "decode"]


class TypesOfRevision:
    """Observes the types that a revision's programs read; what is wrong with that is among the schema's troubles."""

    name = "types"
    version = 1
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
        schema = read_schema(load({name: file.read_bytes() for name, file in (files | programs).items()}))
    except HarnessError as error:
        return Schema(troubles=(str(error),))
    failed = tuple(f"rustdoc failed on the crate {name}" for name in sorted(made.json.keys() - files.keys()))
    return msgspec.structs.replace(schema, troubles=failed)


def decode(observation: bytes) -> Schema:
    """The schema in an observation."""
    return msgspec.msgpack.decode(observation, type=Schema)
