"""Types of the standard library and of crates that everybody uses, and how serde reads them.

Of these no JSON is needed. How the standard library's types are read: https://serde.rs/data-model.html and serde's
`impls.rs`; how the others are, their own documentation says under "serde".
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.cases.types.model import (
    Anything,
    Enum,
    Field,
    ListOf,
    MapOf,
    OptionOf,
    Scalar,
    Shape,
    Struct,
    Variant,
)

__all__ = ["integer", "known_type", "primitive", "read_with"]

TEXT = Scalar(kind="text")
_BITS = {"8": 8, "16": 16, "32": 32, "64": 64, "128": 128, "size": 64}

_WRAPPERS = frozenset(
    [
        "Box",
        "Rc",
        "Arc",
        "Cell",
        "RefCell",
        "Mutex",
        "RwLock",
        "Wrapping",
        "Saturating",
        "Reverse",
        "Cow",
        "ArcSwap",
        "OnceCell",
        "Secret",
        "SecretBox",
        "Sorted",
    ]
)
_LISTS = frozenset(
    [
        "Vec",
        "VecDeque",
        "LinkedList",
        "HashSet",
        "BTreeSet",
        "BinaryHeap",
        "IndexSet",
        "SmallVec",
        "ArrayVec",
        "ThinVec",
    ]
)
_MAPS = frozenset(["HashMap", "BTreeMap", "IndexMap", "FxHashMap", "AHashMap", "DashMap", "LinkedHashMap"])
_TEXTS = frozenset(
    [
        "String",
        "str",
        "SmolStr",
        "CompactString",
        "EcoString",
        "ArcStr",
        "FastStr",
        "KString",
        "ByteString",
        "SecretString",
    ]
)

# By the type's own name, and where that is not enough by its crate too. The second is the meaning of the text.
_MEANINGS = {
    "Path": "path",
    "PathBuf": "path",
    "Utf8Path": "path",
    "Utf8PathBuf": "path",
    "IpAddr": "ip",
    "Ipv4Addr": "ip",
    "Ipv6Addr": "ip6",
    "SocketAddr": "address",
    "SocketAddrV4": "address",
    "Url": "url",
    "Uri": "url",
    "Uuid": "uuid",
    "Version": "version",
    "VersionReq": "requirement",
    "DateTime": "datetime",
    "NaiveDateTime": "datetime",
    "OffsetDateTime": "datetime",
    "Timestamp": "datetime",
    "NaiveDate": "date",
    "Date": "date",
    "NaiveTime": "time",
    "Regex": "regex",
    "LevelFilter": "level",
    "Level": "level",
    "Decimal": "decimal",
    "ByteSize": "size",
    "Byte": "size",
}
_CRATES_OF = {
    "Version": ("semver",),
    "VersionReq": ("semver",),
    "Level": ("log", "tracing_core"),
    "LevelFilter": ("log",),
    "Byte": ("byte_unit",),
    "Date": ("time", "jiff"),
    "Timestamp": ("jiff",),
    "Regex": ("regex", "fancy_regex"),
    "Uri": ("http", "fluent_uri"),
}
_STANDARD = ("std", "core", "alloc")
_DURATIONS = ("humantime_serde", "humantime", "duration_str", "serde_humantime", "fundu")


def integer(low: int, high: int) -> Scalar:
    """An integer with these limits."""
    return Scalar(kind="int", low=str(low), high=str(high))


def primitive(name: str) -> Shape | None:
    """A primitive type by its name in Rust."""
    if name == "bool":
        return Scalar(kind="bool")
    if name in ("f32", "f64"):
        return Scalar(kind="float")
    if name == "str":
        return TEXT
    if name == "char":
        return Scalar(kind="char")
    if name in ("unit", "()"):
        return Scalar(kind="unit")
    bits = _BITS.get(name[1:])
    if bits and name[0] == "u":
        return integer(0, 2**bits - 1)
    if bits and name[0] == "i":
        return integer(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return None


def known_type(path: Sequence[str], arguments: Sequence[Shape]) -> Shape | None:
    """A type of another crate by the path of its definition, with its type arguments; None where it is not known."""
    crate, name = path[0], path[-1]
    first = arguments[0] if arguments else TEXT
    if name in _TEXTS:
        return TEXT
    if name in _WRAPPERS:
        return arguments[-1] if arguments else TEXT
    if name == "Option":
        return OptionOf(inner=first)
    if name in _LISTS:
        return ListOf(inner=first)
    if name in _MAPS:
        return MapOf(key=first, value=arguments[1] if len(arguments) > 1 else Anything())
    if name in ("Value", "RawValue") or (name == "Content" and crate == "serde"):
        return Anything()
    if (name == "Map" and crate == "serde_json") or (
        name in ("Table", "Mapping") and crate.startswith(("toml", "serde_"))
    ):
        return MapOf(key=TEXT, value=Anything())
    if name.startswith("NonZero"):
        return _nonzero(name, first)
    if name in _MEANINGS and crate in _CRATES_OF.get(name, (crate,)):
        return Scalar(kind="text", meaning=_MEANINGS[name])
    return _standard(name, first, arguments) if crate in _STANDARD else None


def _nonzero(name: str, first: Shape) -> Shape | None:
    kind = name.removeprefix("NonZero").lower()
    shape = primitive(kind) if kind else first
    if not isinstance(shape, Scalar) or shape.kind != "int":
        return None
    return Scalar(kind="int", low="1" if shape.low == "0" else shape.low, high=shape.high)


def _standard(name: str, first: Shape, arguments: Sequence[Shape]) -> Shape | None:
    if name == "Duration":
        return _pair(("secs", integer(0, 2**64 - 1)), ("nanos", integer(0, 2**32 - 1)))
    if name == "SystemTime":
        parts = ("secs_since_epoch", integer(0, 2**64 - 1)), ("nanos_since_epoch", integer(0, 2**32 - 1))
        return _pair(*parts)
    if name in ("Range", "RangeInclusive"):
        return _pair(("start", first), ("end", first))
    if name == "PhantomData":
        return Scalar(kind="unit")
    if name == "Result":
        other = arguments[1] if len(arguments) > 1 else TEXT
        return Enum(variants=(Variant(name="Ok", shape=first), Variant(name="Err", shape=other)))
    if name == "Bound":
        parts_of_bound = (
            Variant(name="Unbounded"),
            *(Variant(name=one, shape=first) for one in ("Included", "Excluded")),
        )
        return Enum(variants=parts_of_bound)
    return None


def _pair(*fields: tuple[str, Shape]) -> Struct:
    return Struct(fields=tuple(Field(name=name, shape=shape, required=True) for name, shape in fields))


def read_with(module: str) -> Shape | None:
    """What a module or function named by `with` or `deserialize_with` reads; None where its name is not known."""
    parts = [part for part in module.split("::") if part not in ("deserialize", "option", "Option", "serde")]
    if any(part in _DURATIONS for part in parts):
        return Scalar(kind="text", meaning="duration")
    if "serde_regex" in parts:
        return Scalar(kind="text", meaning="regex")
    if "http_serde" in parts:
        return Scalar(kind="text", meaning="url")
    if {"ts_seconds", "ts_milliseconds", "ts_nanoseconds", "timestamp"} & set(parts):
        return integer(-(2**63), 2**63 - 1)
    return None
