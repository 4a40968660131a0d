"""Finds the contract and the plan of a run, and what each of its comparisons is to be judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.contract.check import check
from harness.contract.model import Contract, Entry, joined
from harness.contract.read import parse
from harness.errors import ConfigError
from harness.plan.reading import Reading, read_plan

__all__ = ["CONTRACT", "Agreed", "Former", "find_contract", "read_plan_file"]

CONTRACT = "contract.toml"


class Former(Protocol):
    """The files of the first revision, from the workspace's root."""

    def read(self, path: str) -> Mapping[str, bytes]:
        """The files that a path names."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A contract and where it was read; `changed` tells of those of its files that the range itself changed."""

    contract: Contract = field(default_factory=Contract)
    notes: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def find_contract(workspace: Path, former: Former, *, contract: str, plan: str, config: str) -> Agreed:
    """The contract that options name, else the contract.toml beside the plan, or beside the configuration.

    A contract beside a plan completes it: what both say of one commit holds together.

    Raises:
        ConfigError: a file that is not there or has a mistake in it.
    """
    parts: list[Contract] = []
    notes: list[str] = []
    used: list[Path] = []
    if plan:
        reading = read_plan_file(Path(plan), workspace)
        parts.append(reading.contract)
        used.append(Path(plan))
        notes.append(_about(reading, _shown(Path(plan), workspace)))
    path = Path(contract) if contract else _beside(plan, config, workspace)
    if path is not None:
        parts.append(parse(_text(path, "--harness-contract"), _shown(path, workspace)))
        used.append(path)
    if not parts:
        return Agreed()
    return Agreed(contract=_merged(parts), notes=tuple(notes), changed=tuple(_changed(used, workspace, former)))


def read_plan_file(path: Path, workspace: Path | None = None) -> Reading:
    """Reads a plan from its file. Errors as `read_plan`, and where there is no such file."""
    return read_plan(_text(path, "--harness-plan"), _shown(path, workspace) if workspace else path.name)


def _about(reading: Reading, name: str) -> str:
    left = len(reading.unread)
    rest = f"; {left} places in it are no check, and `harness plan` lists them" if left else ""
    return f"{name}: {reading.tasks} tasks are the contract{rest}"


def _beside(plan: str, config: str, workspace: Path) -> Path | None:
    folder = Path(plan).parent if plan else Path(config).parent if config else workspace
    path = folder / CONTRACT
    return path if path.is_file() else None


def _text(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"There is no file {path}.", step=f"Correct {option}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error


def _shown(path: Path, workspace: Path) -> str:
    whole, root = path.resolve(), workspace.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else path.name


def _merged(parts: list[Contract]) -> Contract:
    if len(parts) == 1:
        return parts[0]
    entries: dict[object, Entry] = {}
    for part in parts:
        for entry in part.commits:
            key = entry.subject or entry.order
            entries[key] = joined(entries[key], entry) if key in entries else entry
    whole = Contract(
        folder=next((part.folder for part in parts if part.folder), ""),
        defaults=joined(*(part.defaults for part in parts)),
        commits=tuple(entries.values()),
        paths=tuple(path for part in parts for path in part.paths),
    )
    check(whole)
    return whole


def _changed(used: list[Path], workspace: Path, former: Former) -> Iterator[str]:
    root = workspace.resolve()
    for path in used:
        whole = path.resolve()
        if not whole.is_relative_to(root):
            continue
        name = whole.relative_to(root).as_posix()
        old = former.read(name).get(name)
        if old is None:
            yield f"{name}: is new, and says what its own range may change"
        elif old.replace(b"\r\n", b"\n") != whole.read_bytes().replace(b"\r\n", b"\n"):
            yield f"{name}: was changed, and says what its own range may change"
