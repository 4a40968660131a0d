"""Writes docs/reference from the code: options, configuration, and report.json with its JSON Schema.

`make reference` runs it; a test holds that what lies there is what it writes.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import config
from harness.cli import COMMANDS
from harness.plugin import options
from harness.report.schema import json_schema

__all__ = ["main", "pages"]

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
_INTERNAL = {*config._NOT_IN_THE_FILE}


class _Group:
    """Takes what the plugin adds to pytest's options."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def getgroup(self, *_: str) -> _Group:
        return self

    def addoption(self, name: str, **more: Any) -> None:
        metavar = more.get("metavar")
        shown = f"{name}[={metavar}]" if more.get("nargs") == "?" else f"{name}={metavar}" if metavar else name
        self.rows.append((shown, str(more.get("help", ""))))


def pages() -> dict[str, str]:
    """Every file of the reference with its content."""
    return {
        "options.md": _options(),
        "configuration.md": _configuration(),
        "report.md": _report(),
        "report.schema.json": json.dumps(json_schema(), indent=2) + "\n",
    }


def _options() -> str:
    group = _Group()
    options.register(group)  # type: ignore[arg-type]
    lines = ["# Options", "", "Options of `pytest`. Both `--opt=value` and `--opt value` work.", ""]
    lines += _table(("option", "meaning"), [(f"`{name}`", text) for name, text in group.rows])
    lines += ["", "## The command `harness`", ""]
    for command in COMMANDS:
        parser = argparse.ArgumentParser(prog=f"harness {command.name}", add_help=False)
        command.arguments(parser)
        lines += [f"### `harness {command.name}`", "", f"{command.help[0].upper()}{command.help[1:]}.", ""]
        actions = [(_shown(one), one.help or "") for one in parser._actions]
        lines += [*_table(("argument", "meaning"), actions), ""]
    return "\n".join(lines).rstrip() + "\n"


def _shown(action: argparse.Action) -> str:
    if action.option_strings:
        return f"`{action.option_strings[-1]}{f' {action.metavar}' if action.metavar else ''}`"
    return f"`{action.metavar or '|'.join(map(str, action.choices or [action.dest]))}`"


def _configuration() -> str:
    text = "`harness.toml` says only what cannot be found out; every table and key of it is optional."
    lines = [
        "# harness.toml",
        "",
        text,
        "The same tables may stand in `[workspace.metadata.harness]` of `Cargo.toml`.",
        "",
    ]
    hints = typing.get_type_hints(config.Config)
    for one in dataclasses.fields(config.Config):
        kind = _table_of(hints[one.name])
        if one.name in _INTERNAL or kind is None:
            continue
        repeated = "[[{}]]" if typing.get_origin(hints[one.name]) is tuple else "[{}]"
        said = inspect.getdoc(kind) or ""
        lines += [f"## `{repeated.format(one.name)}`", "", re.sub(r"^`\[+\w+\]+`: ", "", said), ""]
        lines += [*_table(("key", "kind", "default"), list(_keys(kind))), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table_of(hint: Any) -> type | None:
    if dataclasses.is_dataclass(hint):
        return typing.cast(type, hint)
    return next((found for part in typing.get_args(hint) if (found := _table_of(part))), None)


def _keys(kind: type) -> typing.Iterator[tuple[str, str, str]]:
    hints = typing.get_type_hints(kind)
    for one in dataclasses.fields(kind):
        if one.default is not dataclasses.MISSING:
            default = json.dumps(one.default)
        elif one.default_factory is not dataclasses.MISSING:
            made = one.default_factory()
            default = "{}" if dataclasses.is_dataclass(made) else json.dumps(made)
        else:
            default = "required"
        yield f"`{one.name}`", _kind(hints[one.name]), default


def _kind(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return f"list of {_kind(typing.get_args(hint)[0])}"
    if typing.get_origin(hint) is dict or hint is Any:
        return "table"
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}.get(hint, "table")


def _report() -> str:
    schema = json_schema()
    lines = ["# report.json, format 1", "", "Its [JSON Schema](report.schema.json) says the same for programs.", ""]
    for name, shape in schema["$defs"].items():
        if name == "Binary":
            continue
        lines += [f"## {name.removesuffix('Data')}", "", shape.get("description", ""), ""]
        required = set(shape.get("required", ()))
        rows = [
            (f"`{key}`", _type_of(one), one.get("description", "") + ("" if key in required else " (may be missing)"))
            for key, one in shape["properties"].items()
        ]
        lines += [*_table(("key", "type", "meaning"), rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def _type_of(one: dict[str, Any]) -> str:
    if "anyOf" in one:
        return " or ".join(_type_of(part) for part in one["anyOf"])
    if "$ref" in one:
        name = one["$ref"].rpartition("/")[2].removesuffix("Data")
        return f"[{name}](#{name.lower()})" if name != "Binary" else '`{"base64": …}`'
    if one.get("type") == "array":
        return f"list of {_type_of(one['items'])}"
    if "enum" in one:
        return "one of " + ", ".join(f"`{value}`" for value in one["enum"])
    return str(one.get("type", "anything"))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    cells = [[text.replace("|", r"\|").replace("\n", " ") for text in row] for row in rows]
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *(f"| {' | '.join(row)} |" for row in cells)]


def main() -> None:
    """Writes all pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
