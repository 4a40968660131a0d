"""Default redactions of what a compiler or a system numbers by itself: ports, identities of types, hashes in names."""

from __future__ import annotations

from harness.compare.rule import Match, Rule, text_rule

__all__ = ["BUILDS"]

# Linux hands out 32768 to 60999 (ip_local_port_range), macOS and others 49152 to 65535 (RFC 6335).
_HANDED_OUT = range(32768, 65536)
# What people choose in that range, so that it is a value: documentation of gRPC, and digits in a row.
_CHOSEN = frozenset({34567, 45678, 56789, 43210, 54321, 65432, 33333, 44444, 55555, 65535, *range(50050, 50061)})


def _handed_out(match: Match) -> bool:
    port = int(match["port"])
    return port in _HANDED_OUT and port not in _CHOSEN and port % 100 != 0


BUILDS: tuple[Rule, ...] = (
    text_rule(
        "port of this machine",
        r"(?P<host>[1l0\[](?<![0-9A-Za-z_.:-][1l0])(?:27\.0\.0\.1|ocalhost|\.0\.0\.0|::1\]|::\])):(?P<port>[0-9]{5})"
        r"(?![0-9A-Za-z_{]|\.[0-9])",
        r"\1:{port}",
        "Who asks for port 0 gets any free one (32768 and above), on this machine's own addresses. Ports below, those "
        "of other hosts, and numbers that people choose (50051, whole hundreds) are values.",
        ":",
        accepts=_handed_out,
        value=0,
    ),
    text_rule(
        "port by its name",
        r"(?P<lead>[Pp](?<![0-9A-Za-z_-][Pp])ort(?:\"?[:=] ?| (?:is |number )?))(?P<port>[0-9]{5})"
        r"(?![0-9A-Za-z_{]|\.[0-9])",
        r"\1{port}",
        "Who asks for port 0 gets any free one (32768 and above), and many say it by name alone: `listening on port "
        "41235`. Ports below, and numbers that people choose, are values.",
        "ort",
        accepts=_handed_out,
        value=2,
    ),
    text_rule(
        "identity of a type",
        r"TypeId\(0x[0-9a-f]{16,32}\)|TypeId \{ t: (?:[0-9]{6,39}|\([0-9]{6,20}, [0-9]{6,20}\)) \}",
        "TypeId({type})",
        "The compiler numbers types by hashes of the whole crate, which any change of it changes.",
        "TypeId",
    ),
    text_rule(
        "hash of a symbol",
        r"(::h)(?<=[0-9A-Za-z_}>]::h)[0-9a-f]{16}(?![0-9A-Za-z_{])",
        r"\1{hash}",
        "The compiler puts a hash of the whole crate behind the names of functions, which any change of it changes.",
        "::h",
        value=0,
    ),
    text_rule(
        "hash of a path of cargo",
        r"(/(?:deps|build|\.fingerprint|examples)/[0-9A-Za-z_.-]{1,80}-)[0-9a-f]{16}(?![0-9A-Za-z_{])",
        r"\1{hash}",
        "cargo puts a hash of paths, versions and features behind the names of what it builds.",
        "/deps/",
        "/build/",
        "/.fingerprint/",
        "/examples/",
        value=0,
    ),
    text_rule(
        "instant",
        r"(Instant|SystemTime) \{ tv_sec: [0-9]{1,12}, tv_nsec: [0-9]{1,9} \}",
        r"\1 { {instant} }",
        "A point in time of the run, as Rust's `{:?}` writes it.",
        " { tv_sec: ",
        value=0,
    ),
)
