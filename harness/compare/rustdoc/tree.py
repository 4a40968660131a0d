"""Which public paths there are: modules, re-exports and globs followed across the crates of a workspace."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from harness.compare.rustdoc.load import Crates, Json, Krate, Node, kind_of, namespace, outside_identity

__all__ = ["Entry", "Found", "walk"]

_ALWAYS_PUBLIC = frozenset({"macro", "proc_macro", "proc_attribute", "proc_derive"})


class Entry(NamedTuple):
    """What a name in a module stands for: `node` in the workspace, else `identity` and `kind` of something else."""

    via: str
    node: Node | None
    identity: str
    kind: str


class Found(NamedTuple):
    """One public path and what stands there."""

    path: str
    entry: Entry


def walk(crates: Crates) -> tuple[list[Found], dict[str, str]]:
    """Every public path, and for each module's identity the path below which its items are listed.

    A module is listed below its definition where that is public, else below the shortest of its other names.
    """
    walker = _Walker(crates)
    for name in sorted(crates.by_name):
        root = Node(name, crates.by_name[name].root)
        walker.visit(name, Entry("definition", root, crates.identity(root), "module"))
    while walker.waiting:
        best = min(walker.waiting, key=lambda one: (one.path.count("::"), one.path))
        walker.waiting.remove(best)
        walker.expand(best.path, best.entry)
    return walker.found, walker.homes


class _Walker:
    def __init__(self, crates: Crates) -> None:
        self.crates = crates
        self.names = _Names(crates)
        self.found: list[Found] = []
        self.homes: dict[str, str] = {}
        self.waiting: list[Found] = []

    def visit(self, path: str, entry: Entry) -> None:
        self.found.append(Found(path, entry))
        if entry.kind == "module" and entry.node is not None:
            if entry.via == "definition":
                self.expand(path, entry)
            else:
                self.waiting.append(Found(path, entry))

    def expand(self, path: str, entry: Entry) -> None:
        if entry.node is None or entry.identity in self.homes:
            return
        self.homes[entry.identity] = path
        for (name, _), child in sorted(self.names.of(entry.node).items()):
            self.visit(f"{path}::{name}", child)


class _Names:
    """The names in each module. An own name hides one that comes through a glob."""

    def __init__(self, crates: Crates) -> None:
        self.crates = crates

    def of(self, module: Node) -> dict[tuple[str, str], Entry]:
        names: dict[tuple[str, str], Entry] = {}
        hidden_by: dict[tuple[str, str], int] = {}
        queue: deque[tuple[Node, int]] = deque([(module, 0)])
        seen = {module}
        while queue:
            here, depth = queue.popleft()
            for name, entry in self._own(here):
                key = (name, namespace(entry.kind))
                if key not in names or (hidden_by[key] == depth and _before(entry, names[key])):
                    names[key] = entry if depth == 0 else entry._replace(via="glob")
                    hidden_by[key] = depth
            for target in self._globs(here):
                if target not in seen:
                    seen.add(target)
                    queue.append((target, depth + 1))
        return names

    def _own(self, module: Node) -> Iterator[tuple[str, Entry]]:
        krate = self.crates.by_name[module.crate]
        inner = krate.index[module.id]["inner"]
        for number in inner["enum"]["variants"] if "enum" in inner else inner["module"]["items"]:
            item = krate.index.get(str(number))
            if item is None or not ("enum" in inner or _is_public(item)):
                continue
            if "use" in item["inner"]:
                yield from self._use(krate, item["inner"]["use"])
            elif "extern_crate" in item["inner"]:
                yield item["name"], self._extern_crate(item)
            elif "impl" not in item["inner"]:
                node = Node(krate.name, str(number))
                yield item["name"], self._entry("definition", node)

    def _use(self, krate: Krate, use: Json) -> Iterator[tuple[str, Entry]]:
        node = self._target(krate, use)
        if use["is_glob"]:
            if node is None:
                identity, _ = outside_identity(krate, use["id"], use["source"])
                yield f"{{{use['source']}::*}}", Entry("glob", None, f"{identity}::*", "glob")
            return
        if node is not None:
            yield use["name"], self._entry("re-export", node)
            return
        identity, kind = outside_identity(krate, use["id"], use["source"])
        yield use["name"], Entry("re-export", None, identity, kind)

    def _globs(self, module: Node) -> Iterator[Node]:
        krate = self.crates.by_name[module.crate]
        inner = krate.index[module.id]["inner"]
        for number in inner["module"]["items"] if "module" in inner else ():
            item = krate.index.get(str(number))
            use = None if item is None or not _is_public(item) else item["inner"].get("use")
            target = self._target(krate, use) if use and use["is_glob"] else None
            if target is not None and kind_of(self.crates.item(target)) in ("module", "enum"):
                yield target

    def _target(self, krate: Krate, use: Json) -> Node | None:
        """What a re-export names in the end, through other re-exports."""
        for _ in range(32):
            node = self.crates.find(krate, use["id"])
            if node is None:
                return None
            item = self.crates.item(node)
            if "use" not in item["inner"] or item["inner"]["use"]["is_glob"]:
                return node
            krate, use = self.crates.by_name[node.crate], item["inner"]["use"]
        return None

    def _extern_crate(self, item: Json) -> Entry:
        inner = item["inner"]["extern_crate"]
        # Rustdoc 1.95 writes the crate under `rename` and its new name under `name`, unlike what it documents.
        given = {inner["name"], inner["rename"] or inner["name"]}
        source = next(iter(given - {item["name"]}), item["name"])
        other = self.crates.by_name.get(source)
        if other is None:
            return Entry("re-export", None, source, "extern_crate")
        return self._entry("re-export", Node(source, other.root))

    def _entry(self, via: str, node: Node) -> Entry:
        return Entry(via, node, self.crates.identity(node), kind_of(self.crates.item(node)))


def _is_public(item: Json) -> bool:
    return item["visibility"] == "public" or kind_of(item) in _ALWAYS_PUBLIC


def _before(one: Entry, other: Entry) -> bool:
    return (one.identity, one.via) < (other.identity, other.via)
