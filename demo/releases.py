"""Verifies published releases of hexyl, a small and well-known hex viewer with a library, as if each were a commit.

The releases are fetched by cargo and laid as commits of a throw-away repository under out/. What the changelog of
each release announces has to be among the differences that are found; then the demonstration ends with status 0.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.harness_run import ROOT, HarnessRun, short

CRATE = "hexyl"
VERSIONS = ("0.11.0", "0.12.0", "0.13.0", "0.13.1", "0.14.0", "0.15.0", "0.16.0")
_LEFT_OUT = shutil.ignore_patterns(".cargo-ok", ".cargo_vcs_info.json", "Cargo.toml.orig")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One entry of hexyl's changelog: the release, the probe that must show it, and a text that it must show."""

    version: str
    probe: str
    shows: str
    entry: str


ANNOUNCED = (
    Announced(version="0.12.0", probe="command", shows="--group-size", entry="--group-bytes became --group-size"),
    Announced(
        version="0.12.0",
        probe="public_api",
        shows="num_group_bytes",
        entry="num_group_bytes became group_size (library)",
    ),
    Announced(version="0.13.0", probe="command", shows="--endianness", entry="new option --endianness"),
    Announced(version="0.13.0", probe="public_api", shows="endianness", entry="new method PrinterBuilder::endianness"),
    Announced(version="0.14.0", probe="command", shows="--character-table", entry="new option --character-table"),
    Announced(version="0.15.0", probe="command", shows="codepage-1047", entry="new character table codepage-1047"),
    Announced(version="0.16.0", probe="command", shows="--print-color-table", entry="new option --print-color-table"),
)


def main() -> int:
    """0 when everything that the changelog announces was found."""
    folder = ROOT / "out" / "releases"
    repository = folder / "repository"
    commits = lay(repository)
    print(
        f"{len(commits)} releases of {CRATE}, {VERSIONS[0]} to {VERSIONS[-1]}, as commits in {short(repository)}\n",
        flush=True,
    )
    run = HarnessRun(
        repository=repository,
        range=f"v{VERSIONS[0]}..v{VERSIONS[-1]}",
        store=ROOT / ".cache" / "demo",
        report=folder,
    )
    status = run.start()
    report = run.read(status)
    if report is None:
        return status or 1
    return 0 if all(list(check(report))) else 1


def check(report: dict[str, Any]) -> Iterator[bool]:
    """Prints, for each entry of the changelog, whether it was found."""
    print("\nwhat the changelog announces:")
    commits = {commit["subject"].rpartition(" ")[2]: commit for commit in report["commits"]}
    for one in ANNOUNCED:
        probe = next(probe for probe in commits[one.version]["probes"] if probe["name"] == one.probe)
        texts = [json.dumps(entry) for entry in (*probe["differences"], *probe["notes"])]
        found = any(one.shows in text for text in texts)
        print(f"  {'found ' if found else 'MISSED'}  {one.version}  {one.probe:<11} {one.entry}")
        yield found
    as_expected = report["verdict"] == "CHANGED" and all(one["verdict"] == "CHANGED" for one in report["commits"])
    print(f"  every release changed something, and the verdict is {report['verdict']}")
    yield as_expected


def lay(repository: Path) -> list[str]:
    """Makes the repository anew, with the same commit ids every time, and gives them."""
    if repository.exists():
        shutil.rmtree(repository)
    repository.mkdir(parents=True)
    _git(repository, "init", "-q", "-b", "main")
    return [_commit(repository, number, version) for number, version in enumerate(VERSIONS)]


def _commit(repository: Path, number: int, version: str) -> str:
    for path in repository.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(_fetched(version), repository, dirs_exist_ok=True, ignore=_LEFT_OUT)
    date = f"2024-01-{number + 1:02d}T00:00:00+00:00"
    _git(repository, "add", "-A", "-f")
    _git(repository, "commit", "-q", "-m", f"release {version}", date=date)
    _git(repository, "tag", f"v{version}")
    return _git(repository, "rev-parse", "HEAD")


def _fetched(version: str) -> Path:
    """The sources of a release, as cargo downloads and unpacks them."""
    manifest = (
        f'[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n{CRATE} = "={version}"\n'
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Cargo.toml").write_text(manifest)
        (folder / "lib.rs").touch()
        with (folder / "Cargo.toml").open("a") as file:
            file.write('[lib]\npath = "lib.rs"\n')
        argv = ["cargo", "metadata", "--quiet", "--format-version", "1"]
        done = subprocess.run(argv, cwd=folder, check=True, stdout=subprocess.PIPE)
    packages = json.loads(done.stdout)["packages"]
    return next(Path(one["manifest_path"]).parent for one in packages if one["name"] == CRATE)


def _git(repository: Path, *argv: str, date: str = "") -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _person(date).items()}
    env = clean | identity | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *argv], cwd=repository, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def _person(date: str) -> dict[str, str]:
    person = {"NAME": "Releases", "EMAIL": "releases@example.com"}
    return person | {"DATE": date} if date else person


if __name__ == "__main__":
    sys.exit(main())
