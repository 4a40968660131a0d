"""What goes over the pipe between the harness and the runner: lists of byte strings."""

from __future__ import annotations

import struct
from collections.abc import Sequence

__all__ = ["FAILED", "HELLO", "LEFT", "RETIRE", "SERVICE", "Request", "pack", "unpack"]

HELLO = b"hello"  # the first message of a runner
LEFT = b"left"  # something was left running and had to be ended
FAILED = b"runner failed"  # the status where the runner, not the program, could not do something
SERVICE = b"service failed"  # the status where a server that the case needs is not there
RETIRE = b"retire"  # the runner is not fit for another case


def pack(fields: Sequence[bytes]) -> bytes:
    """A message: its length, the number of fields, their lengths (each 4 bytes, little-endian), the fields."""
    sizes = struct.pack(f"<{len(fields) + 1}I", len(fields), *map(len, fields))
    return b"".join((struct.pack("<I", len(sizes) + sum(map(len, fields))), sizes, *fields))


def unpack(body: bytes) -> list[bytes]:
    """The fields of a message, whose first 4 bytes (its length) are taken off already."""
    (count,) = struct.unpack_from("<I", body)
    fields, start = [], 4 + 4 * count
    for size in struct.unpack_from(f"<{count}I", body, 4):
        fields.append(body[start : start + size])
        start += size
    return fields


class Request:
    """One case.

    Fields: timeout, counts, whether its directory is read-only and whether it is endless as text, program, stdin,
    terminal as JSON (empty without one), servers (each a message of its own, all of them one again; empty without
    any), arguments, `NAME=value`s, sockets, paths and contents.
    """

    def __init__(self, fields: list[bytes]) -> None:
        timeout, arguments, variables, sockets, read_only, endless = fields[0].split()
        self.read_only, self.endless = read_only == b"1", endless == b"1"
        self.timeout = float(timeout)
        self.program, self.stdin, self.terminal, self.services = fields[1:5]
        env_from = 5 + int(arguments)
        sockets_from = env_from + int(variables)
        files_from = sockets_from + int(sockets)
        self.argv = fields[5:env_from]
        self.env = dict(one.split(b"=", 1) for one in fields[env_from:sockets_from])
        self.sockets = fields[sockets_from:files_from]
        self.files = list(zip(fields[files_from::2], fields[files_from + 1 :: 2], strict=True))
