"""Published releases of a crate as commits of a throw-away repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

__all__ = ["lay"]

# A toolchain file binds whoever works on the crate; published crates build with any.
_LEFT_OUT = shutil.ignore_patterns(
    ".cargo-ok", ".cargo_vcs_info.json", "Cargo.toml.orig", "rust-toolchain", "rust-toolchain.toml"
)
_MANIFEST = """[package]
name = "fetch"
version = "0.0.0"
edition = "2021"
[dependencies]
{crate} = "={version}"
[lib]
path = "lib.rs"
"""


def lay(repository: Path, crate: str, versions: Sequence[str]) -> None:
    """Makes the repository anew, a commit with a tag for each release, with the same commit ids every time.

    Raises subprocess.CalledProcessError where cargo cannot fetch a release.
    """
    if repository.exists():
        shutil.rmtree(repository)
    repository.mkdir(parents=True)
    _git(repository, "init", "-q", "-b", "main")
    for number, version in enumerate(versions):
        _commit(repository, _fetched(crate, version), version, date=f"2024-01-{number + 1:02d}T00:00:00+00:00")


def _commit(repository: Path, sources: Path, version: str, *, date: str) -> None:
    for path in repository.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(sources, repository, dirs_exist_ok=True, ignore=_LEFT_OUT)
    _git(repository, "add", "-A", "-f")
    _git(repository, "commit", "-q", "-m", f"release {version}", date=date)
    _git(repository, "tag", f"v{version}")


def _fetched(crate: str, version: str) -> Path:
    """The sources of a release, as cargo downloads and unpacks them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Cargo.toml").write_text(_MANIFEST.format(crate=crate, version=version), encoding="utf-8")
        (folder / "lib.rs").touch()
        argv = ["cargo", "metadata", "--quiet", "--format-version", "1"]
        done = subprocess.run(argv, cwd=folder, check=True, stdout=subprocess.PIPE)
    packages = json.loads(done.stdout)["packages"]
    return next(Path(one["manifest_path"]).parent for one in packages if one["name"] == crate)


def _git(repository: Path, *argv: str, date: str = "") -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _person(date).items()}
    env = clean | identity | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *argv], cwd=repository, env=env, check=True)


def _person(date: str) -> dict[str, str]:
    person = {"NAME": "Releases", "EMAIL": "releases@example.com"}
    return person | {"DATE": date} if date else person
