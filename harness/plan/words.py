"""Files, items, places and numbers in the sentences of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.contract.model import Rule
from harness.plan.markdown import spans

__all__ = ["FILE", "Found", "Known", "Unread", "as_rules", "clean_path", "files_in", "is_item", "item_of", "items_in"]

FILE = r"[\w./-]*[\w-]\.(?:rs|md|toml|lock|ya?ml|json|sh|txt|ron|proto|sql|html|css|js|ts|py)\b"
_FILE = re.compile(rf"^{FILE}$")
_FILES = re.compile(rf"(?<![\w./:-]){FILE}")
_LINES = re.compile(r":\d+(?:-\d+)?$")
_ITEM = re.compile(
    r"^(?:(?:pub(?:\([\w: ]+\))?\s+)?(?:struct|enum|trait|fn|type|const|static|mod|union)\s+"
    r")?([A-Za-z_]\w*(?:::\w+)*)(?:\(\)|<.*>|!)?$"
)
_KEYWORDS = frozenset(
    [
        "as",
        "async",
        "await",
        "break",
        "const",
        "continue",
        "crate",
        "dyn",
        "else",
        "enum",
        "extern",
        "false",
        "fn",
        "for",
        "if",
        "impl",
        "in",
        "let",
        "loop",
        "match",
        "mod",
        "move",
        "mut",
        "pub",
        "ref",
        "return",
        "self",
        "Self",
        "static",
        "struct",
        "super",
        "trait",
        "true",
        "type",
        "union",
        "unsafe",
        "use",
        "where",
        "while",
        "private",
        "From",
        "Into",
        "Arc",
        "Box",
        "Vec",
        "Option",
        "Result",
        "String",
        "Default",
        "Clone",
        "Debug",
        "Send",
        "Sync",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One rule that was read: `part` is `may` or `must`, `key` the list of it that the rule goes to."""

    part: str
    key: str
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A line of a plan that became no check, and why."""

    line: int
    text: str
    why: str


@dataclass(slots=True, kw_only=True)
class Known:
    """What the plan names so far: its own file name, all files by their last part, and what the task at hand is about.

    `files` are those of the task's own list, `tests` those that are for tests, `created` those that it makes. `items`
    is what it moves or makes, each with the file that it ends up in, `moved` with the file that it came from.
    """

    plan: str
    every: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    items: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)

    def origin(self, line: int) -> str:
        """Where a rule came from."""
        return f"{self.plan}:{line}"

    def learn(self, paths: Iterable[str]) -> None:
        """Remembers files that the plan names in full."""
        for path in paths:
            for end in (path, path.rpartition("/")[2]):
                if "/" in path or end not in self.every:
                    self.every.setdefault(end, path)

    def file(self, name: str) -> str:
        """The file that a name means: in full, by its last part, or by its stem (`resolve` for `src/resolve.rs`)."""
        name = clean_path(name)
        own = {path for path in self.files if path == name or path.endswith(f"/{name}")}
        if len(own) == 1:
            return own.pop()  # the plan may name a lib.rs of each crate
        if name in self.every:
            return self.every[name]
        if name.endswith(".rs") and "/" not in name:
            return f"src/{name}"
        return name

    def place(self, name: str) -> str:
        """The file of a module that is named by a file, or by its stem alone; empty where none is known."""
        name = name.strip("`").removesuffix("/")
        if _FILE.match(name):
            return self.file(name)
        return self.every.get(f"{name.rpartition('::')[2]}.rs", "")

    def only_source(self) -> str:
        """The one Rust source of the task's list; empty where there are several."""
        sources = list(dict.fromkeys(one for one in self.files if one.endswith(".rs")))
        return sources[0] if len(sources) == 1 else ""


def clean_path(text: str) -> str:
    """A path without backticks, a leading `./`, and the lines that a plan may name after it."""
    return _LINES.sub("", text.strip().strip("`")).removeprefix("./")


def files_in(text: str) -> list[str]:
    """The files that a sentence names, in backticks or bare."""
    return [clean_path(found) for found in _FILES.findall(text.replace("`", " "))]


def is_item(text: str) -> bool:
    """Whether a text in backticks can be the name of an item in Rust."""
    return bool(item_of(text))


def item_of(text: str) -> str:
    """The name of an item in `resolve_connectors()`, `struct Foo`, `Foo`; empty where it is none."""
    if _FILE.match(text):
        return ""
    found = _ITEM.match(text.strip())
    name = found[1] if found else ""
    return "" if name in _KEYWORDS or name.startswith("crate::") else name


def items_in(text: str) -> list[str]:
    """The items that a sentence names in backticks."""
    return list(dict.fromkeys(name for one in spans(text) if (name := item_of(one))))


def as_rules(found: Sequence[Found], part: str, key: str) -> tuple[Rule, ...]:
    """The rules of one list, each once."""
    return tuple(dict.fromkeys(one.rule for one in found if (one.part, one.key) == (part, key)))
