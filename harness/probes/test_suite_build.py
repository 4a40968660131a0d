"""Building the test executables of a revision, and the environment that cargo gives them."""

from __future__ import annotations

import contextlib
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from harness.build.visit import CargoRun, Visit
from harness.compare.inventory import BuildFailure
from harness.errors import HarnessError

__all__ = ["BuiltTests", "TestExecutable", "build_tests", "selection"]

Message = Mapping[str, Any]

_PACKAGE_VARIABLES = ("authors", "description", "homepage", "license", "license_file", "readme", "repository")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestExecutable:
    """One test executable: whose it is, where it is, how it is run. `source` is its root file below the workspace."""

    package: str
    target: str
    kind: str
    path: Path
    source: str
    custom: bool
    cwd: Path
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltTests:
    """The test executables in cargo's order of packages and targets, and the targets that did not build."""

    executables: tuple[TestExecutable, ...]
    failures: tuple[BuildFailure, ...]


def selection(visit: Visit) -> tuple[str, ...]:
    """cargo's arguments for profile and features. `test` inherits from `dev` and is what `cargo test` uses."""
    profile = visit.config.build.profile
    return ("--profile", "test" if profile == "dev" else profile, *visit.feature_args)


def build_tests(visit: Visit) -> BuiltTests:
    """Builds what `cargo test` builds (examples too), going on after errors, which `cargo test` cannot."""
    argv = ("build", "--workspace", "--tests", "--examples", "--keep-going", *selection(visit))
    done = visit.cargo(*argv, "--message-format=json", keep=_wanted)
    packages = _packages(visit)
    # The folder tells the package: ids have had several forms (Package ID Specifications, The Cargo Book).
    by_manifest = {Path(package["manifest_path"]): package for package in packages}
    messages: list[Message] = list(done.messages)
    artifacts = [one for one in messages if one["reason"] == "compiler-artifact"]
    environment = _Environment.of(visit, messages)
    executables = [
        _executable(visit, by_manifest[Path(one["manifest_path"])], one, artifacts, environment)
        for one in artifacts
        if one["profile"]["test"] and Path(one["manifest_path"]) in by_manifest
    ]
    failures = _failures(done, messages, by_manifest, executables)
    return BuiltTests(executables=tuple(sorted(executables, key=_order)), failures=tuple(failures))


def _wanted(message: Mapping[str, object]) -> bool:
    reason = message.get("reason")
    if reason == "compiler-artifact":
        return bool(message.get("executable"))
    if reason == "compiler-message":
        inner = message.get("message")
        return isinstance(inner, Mapping) and inner.get("level") == "error"
    return reason == "build-script-executed"


def _packages(visit: Visit) -> list[dict[str, Any]]:
    done = visit.cargo("metadata", "--no-deps", "--format-version", "1")
    if done.status != 0:
        raise HarnessError("cargo metadata failed where the tests were to be run.", log=str(done.log))
    packages: list[dict[str, Any]] = msgspec.json.decode(done.stdout)["packages"]
    return packages


def _executable(
    visit: Visit, package: dict[str, Any], message: Message, artifacts: Iterable[Message], common: _Environment
) -> TestExecutable:
    target = message["target"]
    kind = _kind(target)
    programs = {
        f"CARGO_BIN_EXE_{one['target']['name']}": one["executable"]
        for one in artifacts
        if one["manifest_path"] == message["manifest_path"]
        and _kind(one["target"]) == "bin"
        and not one["profile"]["test"]
        and kind in ("test", "bench")
    }
    manifest = Path(package["manifest_path"])
    source = Path(target["src_path"])
    return TestExecutable(
        package=package["name"],
        target=target["name"],
        kind=kind,
        path=Path(message["executable"]),
        source=source.relative_to(visit.root).as_posix() if source.is_relative_to(visit.root) else str(source),
        custom=_has_own_main(manifest, kind, target["name"]),
        cwd=manifest.parent,
        env={**_package_environment(package), **common.variables(), **programs},
    )


def _kind(target: Mapping[str, Any]) -> str:
    first = str(target["kind"][0])
    return "lib" if first in ("rlib", "dylib", "cdylib", "staticlib") else first


def _order(one: TestExecutable) -> tuple[str, int, str]:
    kinds = ("lib", "proc-macro", "bin", "example", "test", "bench")
    return (one.package, kinds.index(one.kind) if one.kind in kinds else len(kinds), one.target)


def _has_own_main(manifest: Path, kind: str, name: str) -> bool:
    table = tomllib.loads(manifest.read_text(encoding="utf-8"))
    if kind in ("lib", "proc-macro"):
        return table.get("lib", {}).get("harness") is False
    return any(one.get("name") == name and one.get("harness") is False for one in table.get(kind, ()))


def _failures(
    done: CargoRun,
    messages: Sequence[Message],
    by_manifest: Mapping[Path, dict[str, Any]],
    executables: Sequence[TestExecutable],
) -> list[BuildFailure]:
    """The targets whose compilation failed, and, after any error, the test targets that were never got to."""
    if done.status == 0:
        return []
    errors = [one for one in messages if one["reason"] == "compiler-message"]
    found: dict[tuple[str, str, str], str] = {}
    for one in errors:
        if package := by_manifest.get(Path(one["manifest_path"])):
            key = (package["name"], one["target"]["name"], _kind(one["target"]))
            found.setdefault(key, (one["message"].get("rendered") or one["message"]["message"]).strip())
    first = next((one["message"].get("rendered") or "" for one in errors), done.stderr.decode("utf-8", "replace"))
    built = {(one.package, one.target, one.kind) for one in executables}
    for package in by_manifest.values():
        for target in package["targets"]:
            key = (package["name"], target["name"], _kind(target))
            if target["test"] and not target.get("required-features") and key not in built:
                found.setdefault(key, f"not built because of an error elsewhere:\n{first.strip()}")
    return [
        BuildFailure(package=package, target=target, kind=kind, error=error)
        for (package, target, kind), error in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Environment:
    """What cargo sets for every test executable, and the library folders of build scripts.

    From The Cargo Book, "Environment variables Cargo sets for crates" and "Dynamic library paths", and
    "[env]" under "Configuration".
    """

    configured: Mapping[str, str]
    libraries: tuple[str, ...]

    @classmethod
    def of(cls, visit: Visit, messages: Iterable[Message]) -> _Environment:
        made = [
            path.partition("=")[2] or path
            for one in messages
            if one["reason"] == "build-script-executed"
            for path in one.get("linked_paths", ())
        ]
        inside = dict.fromkeys(path for path in made if Path(path).is_relative_to(visit.target_dir))
        # Test executables lie in `deps` of the folder for profile and target platform.
        made_in = {Path(one["executable"]).parent for one in messages if one.get("profile", {}).get("test")}
        outputs = [str(folder) for deps in sorted(made_in) for folder in (deps.parent, deps)]
        sysroot = visit.execute(["rustc", "--print", "target-libdir", "--print", "sysroot"], cwd=visit.root)
        standard = [line for line in sysroot.stdout.decode("utf-8", "replace").splitlines() if line]
        cargo = {}
        if len(standard) == 2:
            program = Path(standard[1], "bin", "cargo")
            cargo = {"CARGO": str(program)} if program.exists() else {}
            standard[1] += "/lib"
        libraries = (*inside, *outputs, *standard)
        return cls(configured={**_configured(visit), **cargo}, libraries=libraries)

    def variables(self) -> dict[str, str]:
        """The variables and their values."""
        variable = "DYLD_FALLBACK_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
        inherited = os.environ.get(variable)
        return {**self.configured, variable: ":".join((*self.libraries, *([inherited] if inherited else [])))}


def _configured(visit: Visit) -> dict[str, str]:
    """The `[env]` table of the workspace's own cargo configuration, which `cargo test` sets as well."""
    found: dict[str, str] = {}
    for name in ("config.toml", "config"):
        path = visit.root / ".cargo" / name
        if not path.is_file():
            continue
        with contextlib.suppress(tomllib.TOMLDecodeError, UnicodeDecodeError):
            for variable, value in tomllib.loads(path.read_text(encoding="utf-8")).get("env", {}).items():
                table = value if isinstance(value, dict) else {"value": value}
                if variable in os.environ and not table.get("force"):
                    continue
                text = str(table.get("value", ""))
                found[variable] = str(visit.root / text) if table.get("relative") else text
        break
    return found


def _package_environment(package: Mapping[str, Any]) -> dict[str, str]:
    version = str(package["version"])
    core, _, pre = version.partition("+")[0].partition("-")
    numbers = core.split(".")
    values = {name: package.get(name) or "" for name in _PACKAGE_VARIABLES}
    values["authors"] = ":".join(package.get("authors") or ())
    manifest = Path(package["manifest_path"])
    return {
        "CARGO_MANIFEST_DIR": str(manifest.parent),
        "CARGO_MANIFEST_PATH": str(manifest),
        "CARGO_PKG_NAME": package["name"],
        "CARGO_PKG_VERSION": version,
        "CARGO_PKG_VERSION_MAJOR": numbers[0],
        "CARGO_PKG_VERSION_MINOR": numbers[1],
        "CARGO_PKG_VERSION_PATCH": numbers[2],
        "CARGO_PKG_VERSION_PRE": pre,
        "CARGO_PKG_RUST_VERSION": package.get("rust_version") or "",
        **{f"CARGO_PKG_{name.upper()}": str(value) for name, value in values.items()},
    }
