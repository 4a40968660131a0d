"""What a workspace offers, as texts for reviewers: a line for each thing, in an order that keeps changes small."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from harness.compare.inventory import Inventory, State
from harness.compare.lints import Lints
from harness.compare.surface_model import Item, Member, Surface

__all__ = ["file_stem", "help_texts", "inventory_texts", "lint_texts", "public_api_texts"]

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NOT_PASSING = (State.IGNORED, State.NOT_RUN)


def public_api_texts(surface: Surface) -> dict[str, str]:
    """A text for each library crate: every public path with its signature, its members below it."""
    lines: dict[str, list[str]] = defaultdict(list)
    for item in surface.items:
        crate = item.path.partition("::")[0]
        lines[crate] += _item(surface, item)
    return {crate: _text(found) for crate, found in sorted(lines.items())}


def _item(surface: Surface, item: Item) -> Iterable[str]:
    how = "" if item.via == "definition" else f"  ({item.via})"
    yield f"{item.kind.replace('_', ' ')} {item.path}: {_line(surface.text(item))}{how}"
    if item.via in ("definition", "unnameable"):
        yield from _members(surface, surface.members.get(item.identity, ()), "    ")


def _members(surface: Surface, members: Iterable[Member], indent: str) -> Iterable[str]:
    for one in members:
        yield f"{indent}{_line(surface.text(one))}"
        if one.identity:
            yield from _members(surface, surface.members.get(one.identity, ()), f"{indent}    ")


def help_texts(pages: Iterable[tuple[str, tuple[str, ...], str]]) -> dict[str, str]:
    """A text for each command (program, subcommands, help text); those without a help text have none."""
    return {
        file_stem(program, *path): _text(line.rstrip() for line in text.strip("\n").splitlines())
        for program, path, text in pages
        if text
    }


def file_stem(*words: str) -> str:
    """A file's name without its ending, plain on every system."""
    return _UNSAFE.sub("_", "-".join(words))


def inventory_texts(inventory: Inventory) -> dict[str, str]:
    """One text: every test by where it is, with what keeps it from passing where something does."""
    lines = [test.where + (f"  ({test.state.value})" if test.state in _NOT_PASSING else "") for test in inventory.tests]
    failures = [f"{one.where}  (does not build)" for one in inventory.failures]
    return {"tests": _text(sorted([*lines, *failures]))}


def lint_texts(lints: Lints) -> dict[str, str]:
    """One text: how many warnings each package has in each group."""
    counts: Mapping[tuple[str, str], int] = lints.counts()
    return {"counts": _text(f"{package} {group}: {count}" for (package, group), count in sorted(counts.items()))}


def _line(text: str) -> str:
    return " ".join(text.split())


def _text(lines: Iterable[str]) -> str:
    found = list(lines)
    return "\n".join([*found, ""]) if found else "(nothing)\n"
