"""Rustdoc JSON as it lies on disk: decoding, format versions, and which item a reference leads to.

The format is described by the crate `rustdoc-types`; its CHANGELOG says what each version changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from harness.errors import HarnessError

__all__ = ["FORMATS", "Crates", "Json", "Krate", "Node", "load", "namespace", "outside_identity"]

Json = dict[str, Any]

FORMATS = range(37, 61)
"""Format versions that are read: 37 is Rust 1.84, 57 is Rust 1.95; 60 is the newest that was known."""

_VALUES = frozenset({"function", "constant", "static"})
_MACROS = frozenset({"macro", "proc_macro"})
_ATTRIBUTE_MACROS = frozenset({"proc_attribute", "proc_derive"})


class Node(NamedTuple):
    """One item: the crate that defines it and rustdoc's id there."""

    crate: str
    id: str


@dataclass(slots=True, kw_only=True)
class Krate:
    """One crate's JSON. `outside` maps rustdoc's crate numbers to the names of other crates."""

    name: str
    root: str
    index: dict[str, Json]
    paths: dict[str, Json]
    outside: dict[int, str]
    definitions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Crates:
    """The crates of one workspace, by name. References between them are followed."""

    by_name: dict[str, Krate]

    def item(self, node: Node) -> Json:
        """The JSON of an item."""
        return self.by_name[node.crate].index[node.id]

    def find(self, krate: Krate, number: object) -> Node | None:
        """The item that an id in this crate's JSON means; None where it belongs to no crate of the workspace."""
        key = str(number)
        if key in krate.index and krate.index[key]["crate_id"] == 0:
            return Node(krate.name, key)
        summary = krate.paths.get(key)
        if summary is None or summary["crate_id"] == 0:
            return None
        other = self.by_name.get(krate.outside.get(summary["crate_id"], ""))
        if other is None:
            return None
        found = other.definitions.get(_definition(summary["path"], summary["kind"]))
        return None if found is None else Node(other.name, found)

    def identity(self, node: Node) -> str:
        """The path at which an item is defined, with a suffix for values (`()`) and macros (`!`, `#`)."""
        krate = self.by_name[node.crate]
        summary = krate.paths.get(node.id)
        kind = kind_of(krate.index[node.id])
        if summary is not None:
            return _definition(summary["path"], kind)
        return _definition([krate.name, f"<{krate.index[node.id]['name']}>"], kind)


def kind_of(item: Json) -> str:
    """The name of an item's kind, with proc macros told apart."""
    kind, inner = next(iter(item["inner"].items()))
    if kind == "proc_macro":
        return {"attr": "proc_attribute", "derive": "proc_derive"}.get(inner["kind"], "proc_macro")
    return str(kind)


def namespace(kind: str) -> str:
    """The suffix that tells apart items of one path: empty for types and modules, `()` values, `!`, `#` macros."""
    if kind in _VALUES:
        return "()"
    if kind in _MACROS:
        return "!"
    return "#" if kind in _ATTRIBUTE_MACROS else ""


def outside_identity(krate: Krate, number: object, source: str) -> tuple[str, str]:
    """Identity and kind of an item of a crate outside the workspace; `source` is the path as it was written."""
    summary = krate.paths.get(str(number))
    if summary is None:
        return source, "use"
    return _definition(summary["path"], summary["kind"]), str(summary["kind"])


def load(documents: Mapping[str, bytes], toolchain: str = "") -> Crates:
    """Decodes each crate's JSON.

    Raises:
        HarnessError: not rustdoc JSON, or a format version that is not known.
    """
    return Crates(by_name={name: _krate(name, data, toolchain) for name, data in sorted(documents.items())})


def _krate(name: str, data: bytes, toolchain: str) -> Krate:
    try:
        raw = msgspec.json.decode(data)
        version = raw["format_version"]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise HarnessError(
            f"What rustdoc wrote for the crate `{name}` is no rustdoc JSON ({error}).",
            step="Delete the slot's target folder and run again.",
        ) from error
    if version not in FORMATS:
        raise _unknown_format(name, version, toolchain)
    outside = {int(number): crate["name"] for number, crate in raw["external_crates"].items()}
    root = str(raw["root"])
    krate = Krate(name=name, root=root, index=raw["index"], paths=raw["paths"], outside=outside)
    _complete_paths(krate)
    for key, summary in krate.paths.items():
        if summary["crate_id"] == 0 and key in krate.index:
            krate.definitions[_definition(summary["path"], kind_of(krate.index[key]))] = key
    return krate


def _complete_paths(krate: Krate) -> None:
    """Names what rustdoc gives no path: private modules, by the paths of what lies in them."""
    waiting: list[tuple[str, list[str]]] = [(krate.root, [krate.index[krate.root]["name"]])]
    for key, item in krate.index.items():
        if item["crate_id"] == 0 and "module" in item["inner"] and key not in krate.paths:
            path = _path_by_contents(krate, item)
            waiting.append((key, path or [krate.name, f"<{item['name']}>"]))
    for key, path in sorted(waiting, key=lambda one: (len(one[1]), one[1], one[0])):
        krate.paths.setdefault(key, {"crate_id": 0, "path": path, "kind": "module"})
        _name_contents(krate, key, krate.paths[key]["path"])


def _path_by_contents(krate: Krate, module: Json) -> list[str]:
    for child in module["inner"]["module"]["items"]:
        summary = krate.paths.get(str(child))
        if summary is not None and summary["crate_id"] == 0 and summary["kind"] != "macro":
            return list(summary["path"][:-1])
    return []


def _name_contents(krate: Krate, module: str, path: list[str]) -> None:
    for child in krate.index[module]["inner"]["module"]["items"]:
        key = str(child)
        item = krate.index.get(key)
        if item is None or key in krate.paths or item["name"] is None:
            continue
        krate.paths[key] = {"crate_id": 0, "path": [*path, item["name"]], "kind": kind_of(item)}
        if "module" in item["inner"]:
            _name_contents(krate, key, krate.paths[key]["path"])


def _definition(path: list[str], kind: str) -> str:
    return "::".join(path) + namespace(kind)


def _unknown_format(name: str, version: object, toolchain: str) -> HarnessError:
    made_by = f" made by {toolchain}" if toolchain else ""
    return HarnessError(
        f"The rustdoc JSON of the crate `{name}`{made_by} has format {version}; "
        f"formats {FORMATS.start} to {FORMATS.stop - 1} are understood.",
        step="Use another Rust toolchain for the range (RUSTUP_TOOLCHAIN), or a newer version of this plugin, "
        "or leave the probe out with --harness-probes.",
    )
