"""What compiler, clippy and rustdoc warn of.

One clippy run gives the compiler's, clippy's default and its pedantic warnings:

* `--cap-lints warn` turns what the workspace denies or forbids into warnings, so that one `#![deny(warnings)]`
  does not hide the warnings of every crate that depends on it; cargo's `[lints]` tables and attributes still say
  which lints are on;
* `-W clippy::pedantic` comes after a workspace's own `[lints]` on the command line and would switch on again what
  these allow, so the pedantic lints that any manifest allows are allowed once more after it, in the whole workspace;
* in which group a lint is, is what this toolchain's `clippy-driver -W help` says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from harness.build.rustdoc import document
from harness.build.visit import CargoRun, Visit
from harness.compare.lints import LintGroups, Unchecked, Warned, compare_lints, parse_groups
from harness.compare.lints import Lints as LintFacts
from harness.errors import HarnessError, MissingTool
from harness.probes.base import Findings, Pair

__all__ = ["Lints", "decode"]

Message = Mapping[str, Any]

LONGEST_SPAN = 5
"""Lines of source that are still a part of what a warning is known by."""

NO_CLIPPY = "clippy is not installed: compiler and rustdoc warnings only"
NO_RUSTDOC = "rustdoc is not installed: its warnings are missing"


class Lints:
    """The `lints` probe."""

    name = "lints"
    version = 1
    needs_build = True

    def observe(self, visit: Visit) -> bytes:
        """Runs clippy (or, where it is missing, the compiler) and rustdoc. Raises HarnessError if neither works."""
        groups = _groups(visit)
        done = _clippy(visit, groups) if groups else _check(visit)
        documented, without_rustdoc = _documented(visit)
        messages = [*done.messages, *documented]
        if done.status != 0 and not any(_level(one) == "error" for one in messages):
            how = "did not end in time" if done.timed_out else f"ended with status {done.status}"
            raise HarnessError(f"The lint run {how}.", log=str(done.log), step="Look at the end of the log.")
        missing = "; ".join(filter(None, ("" if groups else NO_CLIPPY, without_rustdoc)))
        facts = read_messages(visit, messages, groups or LintGroups(groups={}), missing=missing)
        return msgspec.msgpack.encode(facts)

    def compare(self, before: bytes, after: bytes, pair: Pair) -> Findings:
        """What `harness.compare.lints` says of the two."""
        old, new = decode(before), decode(after)
        changes = compare_lints(old, new)
        reason = new.missing or old.missing
        return Findings(differences=changes.differences, notes=changes.notes, cases=changes.warnings, reason=reason)


def decode(observation: bytes) -> LintFacts:
    """The facts in an observation of this probe."""
    return msgspec.msgpack.decode(observation, type=LintFacts)


def _documented(visit: Visit) -> tuple[Sequence[Message], str]:
    """rustdoc's messages, and what is to be said where it is missing."""
    try:
        return document(visit).diagnostics, ""
    except MissingTool:
        return (), NO_RUSTDOC


def _groups(visit: Visit) -> LintGroups | None:
    """clippy's groups, or None where it is not installed."""
    try:
        done = visit.execute(["clippy-driver", "-W", "help"], cwd=visit.root)
    except MissingTool:
        return None
    # rustup's stand-in is there for every toolchain, and fails for those without the component.
    groups = parse_groups(done.stdout.decode("utf-8", "replace")) if done.status == 0 else None
    return groups if groups and groups.groups else None


def _clippy(visit: Visit, groups: LintGroups) -> CargoRun:
    pedantic = set(groups.groups.get("clippy::pedantic", ()))
    allowed = [part for lint in sorted(_allowed(visit) & pedantic) for part in ("-A", lint)]
    arguments = ("--cap-lints", "warn", "-W", "clippy::pedantic", *allowed)
    return visit.cargo("clippy", *_selection(visit), "--", *arguments, keep=_wanted)


def _check(visit: Visit) -> CargoRun:
    return visit.cargo("check", *_selection(visit), keep=_wanted)


def _selection(visit: Visit) -> tuple[str, ...]:
    profile = visit.config.build.profile
    chosen = () if profile == "dev" else ("--profile", profile)
    return (
        "--workspace", "--all-targets", "--keep-going", *chosen, *visit.feature_args, "--message-format=json",
    )  # fmt: skip


def _allowed(visit: Visit) -> set[str]:
    """The clippy lints that `[lints]` or `[workspace.lints]` of any member allow."""
    folders = {"", *visit.workspace.packages.values()}
    found = set()
    for folder in folders:
        manifest = visit.root / folder / "Cargo.toml"
        if not manifest.is_file():
            continue
        table = tomllib.loads(manifest.read_text(encoding="utf-8"))
        for lints in (table.get("lints", {}), table.get("workspace", {}).get("lints", {})):
            for name, level in lints.get("clippy", {}).items() if isinstance(lints.get("clippy"), dict) else ():
                if (level.get("level") if isinstance(level, dict) else level) == "allow":
                    found.add(f"clippy::{name}")
    return found


def _wanted(message: Mapping[str, object]) -> bool:
    return message.get("reason") == "compiler-message"


def _level(message: Message) -> str:
    return str(message["message"].get("level", ""))


def read_messages(visit: Visit, messages: Iterable[Message], groups: LintGroups, *, missing: str) -> LintFacts:
    """The warnings in cargo's messages, each place once, however many targets were compiled from it."""
    folders = {(visit.root / folder).resolve(): package for package, folder in visit.workspace.packages.items()}
    warnings: dict[tuple[object, ...], Warned] = {}
    unchecked: dict[tuple[str, str, str], Unchecked] = {}
    for message in messages:
        package = folders.get(Path(message["manifest_path"]).parent.resolve())
        inner = message["message"]
        if package is None or inner.get("level") not in ("warning", "error"):
            continue
        code = (inner.get("code") or {}).get("code", "")
        if inner["level"] == "error" and not _is_lint(code):
            one = _unchecked(package, message)
            unchecked.setdefault((one.package, one.kind, one.target), one)
        elif _says_something(inner):
            spans = [span for span in inner["spans"] if span["is_primary"]]
            places = tuple((span["file_name"], span["byte_start"], span["byte_end"]) for span in spans)
            key = (package, code, inner["message"], places)
            warnings.setdefault(key, _warned(package, groups.group_of(code), code, inner["message"], spans))
    return LintFacts(warnings=tuple(warnings.values()), unchecked=tuple(unchecked.values()), missing=missing)


def _is_lint(code: str) -> bool:
    """Errors have codes such as `E0308`, or none; lints have names."""
    return bool(code) and not (code[0] == "E" and code[1:].isdigit())


def _says_something(inner: Message) -> bool:
    """Sums such as `3 warnings emitted` are no warnings: they have neither a code nor a place."""
    return bool(inner.get("code") or inner["spans"])


def _unchecked(package: str, message: Message) -> Unchecked:
    target = message["target"]
    error = message["message"].get("rendered") or message["message"]["message"]
    return Unchecked(package=package, target=target["name"], kind=target["kind"][0], error=error.strip())


def _warned(package: str, group: str, code: str, text: str, spans: Sequence[Message]) -> Warned:
    first = spans[0] if spans else None
    return Warned(
        package=package,
        group=group,
        code=code,
        message=text,
        text="\n".join(part for span in spans for part in _pointed_at(span)),
        place=f"{first['file_name']}:{first['line_start']}" if first else "",
    )


def _pointed_at(span: Message) -> Iterator[str]:
    """The source under a span; of one over a whole function or file nothing, since any edit in it would change that."""
    if len(span["text"]) > LONGEST_SPAN:
        return
    for line in span["text"]:
        yield str(line["text"])[line["highlight_start"] - 1 : line["highlight_end"] - 1].strip()
