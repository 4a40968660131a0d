"""`harness keep`: write what a run found into the repository, as explicit regression cases."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.cases.kept import FILE_NAME, KeptCase, parse, render, written_after
from harness.compare.wording import free_name
from harness.errors import ConfigError, HarnessError
from harness.report.found import Found, found_in
from harness.source import find_repository
from harness.store import Store, default_root
from harness.verify.remember import last_run

__all__ = ["KeepCommand"]


class KeepCommand:
    """Adds found cases to harness-cases.toml, each once."""

    name = "keep"
    help = f"write the cases that a run found into {FILE_NAME}, as regression cases"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which cases, of which run, into which repository."""
        parser.add_argument("names", metavar="NAME", nargs="*", help="only these (default: all); --list names them")
        parser.add_argument("--report", metavar="DIR", help="folder of a report.json (default: the last run here)")
        parser.add_argument("--repo", metavar="DIR", default=".", help="default: the repository around this folder")
        parser.add_argument("--store", metavar="DIR", help="default: the user's cache folder")
        parser.add_argument("--list", action="store_true", help="name what could be kept, and write nothing")

    def run(self, options: argparse.Namespace) -> int:
        """Writes, and shows what it wrote."""
        repository = find_repository(Path(options.repo).absolute())
        workspace = repository.top / repository.workspace
        if options.report:
            found = _reported(Path(options.report))
        else:
            store = Store(Path(options.store) if options.store else default_root())
            found = last_run(store, workspace)
        chosen = _chosen(found, options.names)
        if options.list:
            for one in chosen:
                print(f"{one.name}: {one.why}")
            return 0
        if not chosen:
            where = f"{options.report}/report.json" if options.report else "the last run here"
            print(f"nothing to keep: {where} found no differing case")
            return 0
        return _write(workspace / FILE_NAME, chosen)


def _write(path: Path, chosen: Sequence[Found]) -> int:
    text = _text_of(path)
    known = parse(text, str(path))
    cases = [replace(one.case, origin="") for one in known]
    new, names = list[KeptCase](), {one.name for one in known}
    for one in chosen:
        if one.case not in cases:
            name = free_name(one.name, names)
            names.add(name)
            new.append(KeptCase(name=name, case=one.case, why=one.why))
    try:
        if new:
            path.write_text(written_after(text, new), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from error
    if new:
        print(render(new).rstrip())
        print()
    there = len(chosen) - len(new)
    print(f"{path}: {len(new)} added{f', {there} there already' if there else ''}")
    return 0


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error


def _reported(folder: Path) -> tuple[Found, ...]:
    path = folder / "report.json" if folder.is_dir() else folder
    try:
        return found_in(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise HarnessError(
            f"There is no report to read: {path}: {error.strerror or error}.",
            step="Write one with `pytest --harness-report=DIR`, or leave --report out to take the last run.",
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HarnessError(f"{path} is no report.json of format 1.", step="Write it anew.") from error


def _chosen(found: Sequence[Found], names: Sequence[str]) -> list[Found]:
    known = [one.name for one in found]
    if unknown := [name for name in names if name not in known]:
        listed = f"There are: {', '.join(known)}." if known else "There is none at all."
        raise HarnessError(f"No case is called `{unknown[0]}`.", step=listed)
    return [one for one in found if not names or one.name in names]
