"""The crates that are built: published ones of a real size, as repositories with a base and one-line edits.

Integration tests are left out: they take longer than all that is measured here. cargo fetches the crates.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.place import Place, environment
from tests.support.repo import Repo

__all__ = ["LARGE", "MIDDLE", "Published", "edit", "edited_files", "lay", "plain_clone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A release of a crate with a library and an executable."""

    crate: str
    version: str


MIDDLE = Published(crate="mdbook", version="0.4.52")
"""12,000 lines on some 240 packages."""

LARGE = Published(crate="starship", version="1.23.0")
"""46,000 lines on some 440 packages: about the size of the workspace that the targets for builds were set on."""

_LEFT_OUT = shutil.ignore_patterns(".cargo-ok", ".cargo_vcs_info.json", "Cargo.toml.orig", "tests")
_INTEGRATION = re.compile(r"\[\[test\]\]\n(?:[^\[\n].*\n)*\n?")


def lay(place: Place, release: Published) -> tuple[Path, list[str]]:
    """Makes the repository anew, with the same commit ids every time; gives it and its commits, the base first."""
    folder = place.folder / f"repository-{release.crate}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_fetched(release), folder, ignore=_LEFT_OUT)
    manifest = folder / "Cargo.toml"
    manifest.write_text(_INTEGRATION.sub("", manifest.read_text(encoding="utf-8")), encoding="utf-8")
    repo = Repo(folder)
    commits = [repo.commit(f"release {release.version}")]
    for number, name in enumerate(edited_files(folder, place.commits())):
        edit(folder / name, number)
        commits.append(repo.commit(f"edit {name}"))
    return folder, commits


def edited_files(folder: Path, count: int) -> list[str]:
    """The largest source files, from the largest on."""
    files = sorted((folder / "src").rglob("*.rs"), key=lambda path: (-path.stat().st_size, path.name))
    return [path.relative_to(folder).as_posix() for path in files if _place_in(path) is not None][:count]


def edit(path: Path, number: int) -> None:
    """Inserts one line below the first `use`, above all code: panics in the file move, so the executable changes."""
    place = _place_in(path)
    assert place is not None
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text[:place]}const _: usize = {number};\n{text[place:]}", encoding="utf-8")


def plain_clone(repository: Path, folder: Path) -> Path:
    """A clone to build in by hand; one that is there keeps what was built in it."""
    if not (folder / ".git").is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        _git(repository.parent, "clone", "-q", str(repository), str(folder))
    _git(folder, "fetch", "-q", "origin")
    _git(folder, "checkout", "-q", "--force", "--detach", "origin/main")
    return folder


def _place_in(path: Path) -> int | None:
    found = re.search(r"^use [^\n]*;\n", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found.end() if found else None


def _fetched(release: Published) -> Path:
    """The sources of the release, as cargo downloads and unpacks them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "lib.rs").touch()
        (folder / "Cargo.toml").write_text(
            '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n'
            f'[dependencies]\n{release.crate} = "={release.version}"\n'
        )
        argv = ["cargo", "metadata", "--quiet", "--format-version", "1"]
        done = subprocess.run(argv, cwd=folder, env=environment(), check=True, stdout=subprocess.PIPE)
    packages = json.loads(done.stdout)["packages"]
    return next(Path(one["manifest_path"]).parent for one in packages if one["name"] == release.crate)


def _git(folder: Path, *argv: str) -> None:
    subprocess.run(["git", *argv], cwd=folder, env=environment(), check=True, stdin=subprocess.DEVNULL)
