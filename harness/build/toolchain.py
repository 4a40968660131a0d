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

_NOT_INSTALLED = re.compile(
    r"error: toolchain '([^']+)' is not installed|override toolchain '([^']+)' is not installed"
)
_NO_COMPONENT = re.compile(r"error: '([^']+)' is not installed for the (?:custom )?toolchain '([^']+)'")
_NO_WRAPPER = re.compile(r"could not execute process `([^ `]+) [^`]*`[^\n]*\(never executed\)")
_ENVIRONMENT_FAILURES = (
    ("No space left on device", "The disk is full.", "Free some space, or name another folder with --harness-store."),
    (
        "failed to download",
        "A dependency could not be downloaded.",
        "Run `cargo fetch` in the repository while there is a network, then start again.",
    ),
    (
        "Could not resolve host",
        "A dependency could not be downloaded: there is no network.",
        "Run `cargo fetch` in the repository while there is a network, then start again.",
    ),
    (
        "spurious network error",
        "A dependency could not be downloaded: the network does not answer.",
        "Run `cargo fetch` in the repository while there is a network, then start again.",
    ),
)


def toolchain_of(toolchain_file: tuple[str, bytes] | None, env: Mapping[str, str], store: Store) -> str:
    """The text of `rustc -vV` and `cargo -V` as a revision with this toolchain file (name, content) gets them.

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
        text = "\n".join(_version(argv, Path(name), env) for argv in (("rustc", "-vV"), ("cargo", "-V")))
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
    raise explain_failure(text) or HarnessError(
        f"`{' '.join(argv)}` ended with status {done.status}: {text.strip()}",
        step="Install a Rust toolchain (https://rustup.rs), or put its folder on PATH.",
    )


def explain_failure(output: str, log: str = "") -> HarnessError | None:
    """The error for an output that speaks of this machine rather than of the revision; None where it does not."""
    if found := _NOT_INSTALLED.search(output):
        name = found.group(1) or found.group(2)
        return HarnessError(
            f"The revision's toolchain file asks for the toolchain `{name}`, which is not installed.",
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
    rustup = _rustup_home(env)
    return [*found, _stamp(rustup / "settings.toml"), _stamp(rustup / "toolchains")]


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
