"""Rustdoc JSON of every library of a workspace, made once per visit by one cargo call.

* JSON is an unstable output of rustdoc. `RUSTC_BOOTSTRAP=1` allows it on a stable toolchain, but set for cargo it
  would rebuild every dependency whose build script looks at it, so only a wrapper around rustdoc sets it.
* Cargo would document every library again each time; `harness.build.rustdoc_marker` lets it hold some fresh.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.build.cargo import first_error
from harness.build.rustdoc_marker import LIBRARY_KINDS, Marker, folders, forget, sources_of
from harness.build.visit import CargoRun, Visit
from harness.errors import HarnessError, MissingTool
from harness.store import digest_of, key_of

__all__ = ["LIBRARY_KINDS", "Documentation", "document", "document_packages", "document_programs", "reads_input"]

# Lints that are denied would end the run without JSON; as warnings they reach the lints probe all the same.
# What is private is documented by a second run, into a folder of its own: one run for both would risk that something
# private is taken for public. Its messages are those of the first.
_WRAPPER = """#!/bin/sh
RUSTC_BOOTSTRAP=1
export RUSTC_BOOTSTRAP
run() { "${HARNESS_RUSTDOC:-rustdoc}" "$@"; }
case " $* " in
  *" --crate-name "*) set -- "$@" -Z unstable-options --output-format json --cap-lints warn ;;
  *) run "$@"; exit $? ;;
esac
if [ "$HARNESS_PRIVATE" != only ]; then
  run "$@" || exit $?
fi
if [ -n "$HARNESS_PRIVATE" ]; then
  kind=lib
  case " $* " in *" --crate-type bin "*) kind=bin ;; esac
  before= folder= name=
  for word; do
    shift
    case "$before" in
      -o) word="$word/../harness-private/$kind"; folder=$word ;;
      --crate-name) name=$word ;;
    esac
    set -- "$@" "$word"
    before=$word
  done
  rm -f "$folder/$name.json"
  run "$@" --document-private-items >/dev/null 2>&1
fi
exit 0
"""
_NOT_FOUND = ("rustdoc: not found", "rustdoc: command not found", "'rustdoc' binary", "'rustdoc' is not installed")

_LEFT_OUT = "cargo left it out; its manifest may say `doc = false`"

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation:
    """What rustdoc made: the JSON file of each crate, and all compiler messages of cargo's call, raw.

    `failed` maps a crate for which there is no JSON to the first error. The files are those in the target folder
    and hold until the next revision is documented there. `private` has the JSON with private items of libraries.
    """

    json: dict[str, Path] = field(default_factory=dict)
    private: dict[str, Path] = field(default_factory=dict)
    diagnostics: tuple[Message, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    log: str = ""


_made: dict[int, tuple[weakref.ref[Visit], Documentation]] = {}


def document(visit: Visit) -> Documentation:
    """The documentation of the revision that is checked out; of one visit it is made once.

    Raises:
        MissingTool: there is no rustdoc.
        HarnessError: cargo documented nothing and gave no compiler error to show.
    """
    known = _made.get(id(visit))
    if known is not None and known[0]() is visit:
        return known[1]
    made = _document(visit)
    with contextlib.suppress(TypeError):
        number = id(visit)
        _made[number] = (weakref.ref(visit, lambda _: _made.pop(number, None) and None), made)
    return made


def _document(visit: Visit) -> Documentation:
    crates = {one.name.replace("-", "_") for one in visit.workspace.of_kind(*LIBRARY_KINDS)}
    if not crates:
        return Documentation()
    private = "too" if reads_input(visit) else ""
    marker = Marker(visit, key_of(_WRAPPER, private), folders(visit))
    marker.open()
    done = _call(visit, private)
    if done.status != 0:
        _raise_if_missing(done)
        done = _call(visit, private, "--keep-going")
    files = _documented(visit, done.messages)
    stale = marker.stale(files)
    if stale:
        for name in stale:
            forget(files[name])
        done = _call(visit, private, "--keep-going")
        files = _documented(visit, done.messages)
    json = {name: file for name, file in sorted(files.items()) if name in crates and file.is_file()}
    diagnostics = tuple(one for one in done.messages if one["reason"] == "compiler-message")
    failed = {name: _first_error(diagnostics, name) for name in sorted(crates - set(json))}
    if done.status != 0 and not any(failed.values()) and not json:
        raise _failure(visit, done)
    unsaid = first_error(done.stderr.decode("utf-8", "replace")) if done.status != 0 else _LEFT_OUT
    failed = {name: error or unsaid for name, error in failed.items()}
    marker.close(json)
    return Documentation(
        json=json,
        private=_beside(json) if private else {},
        diagnostics=diagnostics,
        failed=failed,
        log=str(done.log),
    )


def document_programs(visit: Visit) -> dict[str, Path]:
    """The JSON with private items of each executable, by its crate's name; those that rustdoc fails on are missing."""
    crates = {one.name.replace("-", "_") for one in visit.workspace.of_kind("bin")}
    if not crates:
        return {}
    for file in _of_programs(visit, crates):
        file.unlink()
    with _hidden_pages(visit, crates):
        _call(visit, "only", "--keep-going", lib=False)
    return {file.stem: file for file in _of_programs(visit, crates)}


def document_packages(visit: Visit, specs: Sequence[str], seconds: float) -> None:
    """Makes JSON with private items of these packages, which need not be of the workspace; as far as that goes.

    cargo takes no features for packages outside of the workspace: they have those that the workspace gives them.
    """
    chosen = [word for spec in specs for word in ("-p", spec)]
    visit.cargo(
        "doc",
        *chosen,
        "--no-deps",
        "--lib",
        *_profile(visit),
        "--keep-going",
        "--message-format=json",
        env=_environment(visit, "only"),
        keep=_wanted,
        timeout=seconds,
    )


def _of_programs(visit: Visit, crates: set[str]) -> list[Path]:
    made = [folder.parent / "harness-private" / "bin" / f"{name}.json" for folder in folders(visit) for name in crates]
    return [file for file in sorted(made) if file.is_file()]


def reads_input(visit: Visit) -> bool:
    """Whether any source of the workspace's members mentions serde's trait, without which no type is read."""
    folders_of = {visit.root / folder for folder in visit.workspace.packages.values()}
    return any(b"Deserialize" in file.read_bytes() for folder in sorted(folders_of) for file in sources_of(folder))


def _beside(json: Mapping[str, Path]) -> dict[str, Path]:
    files = {name: file.parent.parent / "harness-private" / "lib" / file.name for name, file in json.items()}
    return {name: file for name, file in files.items() if file.is_file()}


@contextlib.contextmanager
def _hidden_pages(visit: Visit, crates: set[str]) -> Iterator[None]:
    """Keeps cargo from holding programs fresh by the pages of libraries of the same names.

    Cargo empties the folder of a page before it documents a crate of that name, so they are made again.
    """
    pages = [folder / name / "index.html" for folder in folders(visit) for name in crates]
    there = [page for page in pages if page.is_file()]
    for page in there:
        page.unlink()
    try:
        yield
    finally:
        for page in there:
            page.parent.mkdir(exist_ok=True)
            page.touch()


def _call(visit: Visit, private: str, *more: str, lib: bool = True) -> CargoRun:
    chosen = ("--workspace", "--no-deps", "--lib" if lib else "--bins", *_profile(visit), *visit.feature_args, *more)
    return visit.cargo("doc", *chosen, "--message-format=json", env=_environment(visit, private), keep=_wanted)


def _profile(visit: Visit) -> tuple[str, ...]:
    profile = visit.config.build.profile
    return () if profile == "dev" else ("--profile", profile)


def _environment(visit: Visit, private: str) -> dict[str, str]:
    env = {"RUSTDOC": str(_wrapper(visit)), "HARNESS_PRIVATE": private}
    own = visit.config.build.env.get("RUSTDOC") or os.environ.get("RUSTDOC")
    return {**env, "HARNESS_RUSTDOC": own} if own else env


def _wrapper(visit: Visit) -> Path:
    folder = visit.store.root / "bin"
    path = folder / f"rustdoc-json-{digest_of(_WRAPPER.encode())[:12]}"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{path.name}.{os.getpid()}"
        temporary.write_text(_WRAPPER)
        temporary.chmod(0o755)
        temporary.replace(path)
    return path


def _wanted(message: Mapping[str, object]) -> bool:
    return message.get("reason") in ("compiler-message", "compiler-artifact")


def _documented(visit: Visit, messages: Sequence[Message]) -> dict[str, Path]:
    """The JSON file of each crate whose documentation cargo reports, made now or held fresh."""
    files = {}
    for message in messages:
        if message["reason"] == "compiler-artifact" and message["target"]["kind"][0] in LIBRARY_KINDS:
            # Cargo lists only files that are there: the page while it holds the crate fresh, else nothing.
            pages = [Path(name) for name in message["filenames"]]
            if all(page.name == "index.html" for page in pages):
                crate = message["target"]["name"].replace("-", "_")
                files[crate] = _json_of(visit, crate, pages)
    return files


def _json_of(visit: Visit, crate: str, pages: Sequence[Path]) -> Path:
    if pages:
        return pages[0].parent.parent / f"{crate}.json"
    made = [folder / f"{crate}.json" for folder in folders(visit)]
    # One of another target platform may lie there from an earlier visit; this one was made just now.
    there = [file for file in made if file.is_file()]
    return max(there, key=lambda file: file.stat().st_mtime_ns, default=made[0])


def _first_error(diagnostics: tuple[Message, ...], crate: str) -> str:
    errors = [one for one in diagnostics if one["message"].get("level") == "error"]
    own = [one for one in errors if one["target"]["name"].replace("-", "_") == crate]
    shown = (own or errors)[:1]
    return str(shown[0]["message"].get("rendered") or shown[0]["message"]["message"]).strip() if shown else ""


def _raise_if_missing(done: CargoRun) -> None:
    text = done.stderr.decode("utf-8", "replace")
    if any(one in text for one in _NOT_FOUND):
        raise MissingTool(
            "The program `rustdoc` was not found; the public API is read from what it writes.",
            step="rustup's toolchains all have it; with a distribution's Rust, install the package that does.",
            log=str(done.log),
        )


def _failure(visit: Visit, done: CargoRun) -> HarnessError:
    how = "did not end in time" if done.timed_out else f"ended with status {done.status}"
    return HarnessError(
        f"cargo doc {how} at {visit.revision.name}, and no compiler error says why.",
        log=str(done.log),
        step="Look at the end of the log.",
    )
