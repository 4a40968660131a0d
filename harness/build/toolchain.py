"""Which toolchain a revision builds with, and what to say when it is not installed."""

from __future__ import annotations

import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from harness import process
from harness.errors import HarnessError, MissingTool
from harness.store import Store, key_of

__all__ = ["differing_versions", "directory_override", "explain_failure", "toolchain_of"]

_NOT_INSTALLED = re.compile(r"error: (?:override )?toolchain '([^']+)' is not installed")
_NO_COMPONENT = re.compile(r"error: '([^']+)' is not installed for the (?:custom )?toolchain '([^']+)'")
_NO_WRAPPER = re.compile(r"could not execute process `([^ `]+) [^`]*`[^\n]*\(never executed\)")
_NO_LINKER = re.compile(r"error: linker `([^`]+)` not found")
_NO_TARGET = re.compile(r"the `([^`]+)` target may not be installed")
_SOURCE_LINE = re.compile(r"^ *\d* *\|.*$", re.MULTILINE)
_NO_DEPENDENCY = "Run `cargo fetch` in the repository while there is a network, then start again."
_ENVIRONMENT_FAILURES = (
    *(
        (sign, "The disk is full.", "Free some space, or name another folder with --harness-store.")
        # A linker that cannot write what it has mapped gets a signal.
        for sign in ("No space left on device", "Disk quota exceeded", "terminated with signal 7 [Bus error]")
    ),
    ("you're using offline mode", "A dependency is not on this machine, and cargo is offline.", _NO_DEPENDENCY),
    ("attempting to make an HTTP request, but --offline", "A dependency is not on this machine.", _NO_DEPENDENCY),
    ("failed to download", "A dependency could not be downloaded.", _NO_DEPENDENCY),
    ("failed to fetch into", "A dependency could not be fetched from its repository.", _NO_DEPENDENCY),
    ("failed to clone into", "A dependency could not be fetched from its repository.", _NO_DEPENDENCY),
    ("Could not resolve host", "A dependency could not be downloaded: there is no network.", _NO_DEPENDENCY),
    ("spurious network error", "A dependency could not be downloaded: the network does not answer.", _NO_DEPENDENCY),
)
_OPTIONAL_PROGRAMS = (("rustdoc", "-V"), ("clippy-driver", "-V"), ("cargo-clippy", "-V"))


def toolchain_of(toolchain_file: tuple[str, bytes] | None, env: Mapping[str, str], store: Store) -> str:
    """The text of `rustc -vV` and `cargo -V` as a revision with this toolchain file (name, content) gets them.

    It ends with what there is of rustdoc and clippy: where one is installed later, what was seen without is no use.

    The answer is kept under everything that decides it, so that a second run starts no process for it.

    Raises:
        HarnessError: rustc is missing, or the toolchain file names one that is not installed.
    """
    key = key_of("toolchain", toolchain_file, _fingerprint(env))
    if (known := store.get("toolchain", key)) is not None:
        return known.decode()
    with tempfile.TemporaryDirectory(dir=store.scratch()) as name:
        if toolchain_file is not None:
            Path(name, toolchain_file[0]).write_bytes(toolchain_file[1])
        texts = [_version(argv, Path(name), env) for argv in (("rustc", "-vV"), ("cargo", "-V"))]
        texts += [_version_or_none(argv, Path(name), env) for argv in _OPTIONAL_PROGRAMS]
        text = "\n".join(texts)
    store.put("toolchain", key, text.encode())
    return text


def directory_override(repository_top: Path, env: Mapping[str, str]) -> str:
    """The toolchain that `rustup override set` gave to the repository's folder or one above it, or nothing.

    A slot lies elsewhere, so it is passed on by `RUSTUP_TOOLCHAIN` (The rustup book, "Overrides").
    """
    settings = _rustup_home(env) / "settings.toml"
    try:
        overrides = tomllib.loads(settings.read_text())["overrides"]
    except (OSError, ValueError, KeyError):
        return ""
    folders = (repository_top, *repository_top.parents)
    return next((str(overrides[str(one)]) for one in folders if str(one) in overrides), "")


def _version(argv: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> str:
    done = process.run(argv, cwd=folder, env=env)
    if done.status == 0:
        return done.text.strip()
    text = done.stderr.decode("utf-8", "replace")
    raise explain_failure(text, by_variable="RUSTUP_TOOLCHAIN" in env) or HarnessError(
        f"`{' '.join(argv)}` ended with status {done.status}: {text.strip()}",
        step="Install a Rust toolchain (https://rustup.rs), or put its folder on PATH.",
    )


def _version_or_none(argv: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> str:
    try:
        done = process.run(argv, cwd=folder, env=env)
    except MissingTool:
        done = None
    return done.text.strip() if done is not None and done.status == 0 else f"no {argv[0]}"


def explain_failure(output: str, log: str = "", *, by_variable: bool = False) -> HarnessError | None:
    """The error for an output that speaks of this machine rather than of the revision; None where it does not.

    `by_variable` says that the toolchain was chosen by RUSTUP_TOOLCHAIN, whatever the revision says.
    """
    output = _SOURCE_LINE.sub("", output)  # a program's own texts may hold any of the signs
    if found := _NOT_INSTALLED.search(output):
        name = found.group(1)
        who = "The variable RUSTUP_TOOLCHAIN" if by_variable else "The toolchain file"
        return HarnessError(
            f"{who} asks for the toolchain `{name}`, which is not installed.",
            step=f"Run `rustup toolchain install {name}`, or use yours with --harness-env=RUSTUP_TOOLCHAIN=stable.",
            log=log,
        )
    if found := _NO_COMPONENT.search(output):
        component = found.group(1).removesuffix(".exe")
        return MissingTool(
            f"`{component}` is not installed for the toolchain `{found.group(2)}`.",
            step=f"Run `rustup component add {component.removeprefix('cargo-')}`.",
            log=log,
        )
    if found := _NO_WRAPPER.search(output):
        return HarnessError(
            f"The cargo configuration names the compiler or compiler wrapper `{found.group(1)}`, which cannot be run.",
            step="Install it, or leave it out with --harness-env=RUSTC_WRAPPER= (empty: no wrapper).",
            log=log,
        )
    if found := _NO_LINKER.search(output):
        return MissingTool(
            f"The linker `{found.group(1)}` was not found.",
            step="Install it, or use another one with --harness-env=CARGO_TARGET_<TRIPLE>_LINKER=cc.",
            log=log,
        )
    if found := _NO_TARGET.search(output):
        return MissingTool(
            f"The target `{found.group(1)}` is not installed.",
            step=f"Run `rustup target add {found.group(1)}`, or build for another with "
            "--harness-env=CARGO_BUILD_TARGET=TRIPLE.",
            log=log,
        )
    for sign, what, step in _ENVIRONMENT_FAILURES:
        if sign in output:
            return HarnessError(what, step=step, log=log)
    return None


def _fingerprint(env: Mapping[str, str]) -> list[object]:
    path = env.get("PATH", "")
    found: list[object] = [path, env.get("RUSTUP_TOOLCHAIN", ""), env.get("RUSTC", "")]
    for name in ("rustc", "cargo"):
        program = shutil.which(name, path=path)
        found.append(_stamp(Path(program).resolve()) if program else "missing")
    for argv in _OPTIONAL_PROGRAMS:
        program = shutil.which(argv[0], path=path)
        found.append(_stamp(Path(program).resolve()) if program else "missing")
    rustup = _rustup_home(env)
    # rustup writes the list of components anew whenever it updates a toolchain or adds to it.
    lists = sorted((rustup / "toolchains").glob("*/lib/rustlib/components"))
    return [*found, *map(_stamp, (rustup / "settings.toml", rustup / "toolchains", *lists))]


def _rustup_home(env: Mapping[str, str]) -> Path:
    return Path(env.get("RUSTUP_HOME") or Path(env.get("HOME", "/")) / ".rustup")


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        info = path.stat()
    except OSError:
        return (str(path), 0, 0)
    return (str(path), info.st_mtime_ns, info.st_size)


def differing_versions(before: str, after: str) -> str:
    """Which programs' versions differ between two texts of `toolchain_of`, as one line; empty where none."""
    pairs = zip(_version_lines(before), _version_lines(after), strict=False)
    return "; ".join(f"{one} → {other}" for one, other in pairs if one != other)


def _version_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("rustc ", "cargo "))]
