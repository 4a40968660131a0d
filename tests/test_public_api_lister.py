"""Every item that rustdoc's own HTML lists of published crates is in our surface, and the other way round.

`all.html` is made by another part of rustdoc from another walk over the crate than its JSON, and by plain `cargo doc`.
"""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import pytest

from harness.compare.surface import Surface, surface_of
from harness.probes.public_api import PublicApi, decode, raw_json
from harness.store import Store
from tests.test_public_api_visit import FolderVisit

PUBLISHED = {"semver": "=1.0.27", "either": "=1.15.0", "anyhow": "=1.0.100"}
SECTIONS = {
    "structs": ("struct",),
    "enums": ("enum",),
    "unions": ("union",),
    "traits": ("trait",),
    "trait-aliases": ("trait_alias",),
    "functions": ("function",),
    "types": ("type_alias",),
    "constants": ("constant",),
    "statics": ("static",),
    "macros": ("macro", "proc_macro"),
    "attributes": ("proc_attribute",),
    "derives": ("proc_derive",),
}


@pytest.fixture(scope="module")
def sources(shared_store_root: Path) -> Path:
    """A package that depends on the published crates, so that cargo fetches their sources."""
    root = shared_store_root / "published"
    (root / "src").mkdir(parents=True, exist_ok=True)
    (root / "src" / "lib.rs").write_text("")
    wanted = "\n".join(f'{name} = "{version}"' for name, version in PUBLISHED.items())
    manifest = f'[package]\nname = "published"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{wanted}\n'
    (root / "Cargo.toml").write_text(manifest + "[workspace]\n")
    done = subprocess.run(
        ["cargo", "vendor", "--versioned-dirs", "-q", "vendor"], cwd=root, capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"cargo could not fetch {', '.join(PUBLISHED)}: {done.stderr.decode()[-300:]}")
    return root / "vendor"


def prepared(sources: Path, name: str) -> Path:
    """The source of a published crate, as a workspace of its own."""
    folder = sources / f"{name}-{PUBLISHED[name].removeprefix('=')}"
    manifest = folder / "Cargo.toml"
    text = manifest.read_text()
    if "[workspace]" not in text:
        # What only its own tests need was not fetched.
        text = re.sub(r"^\[dev-dependencies.*?(?=^\[(?!dev-dep)|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
        manifest.write_text(text + "\n[workspace]\n")
        for other in ("Cargo.lock", "rust-toolchain.toml"):
            (folder / other).unlink(missing_ok=True)
    done = subprocess.run(["cargo", "fetch", "-q"], cwd=folder, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"cargo could not fetch what {name} can depend on: {done.stderr.decode()[-300:]}")
    return folder


def listed_by_html(folder: Path, target: Path, crate: str) -> set[tuple[str, str]]:
    """Section and path of every link in all.html."""
    argv = ["cargo", "doc", "--no-deps", "--lib", "-q", "--target-dir", str(target)]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)
    text = (target / "doc" / crate / "all.html").read_text()
    found = set()
    for section, body in re.findall(r'<h3 id="([\w-]+)">.*?</h3><ul[^>]*>(.*?)</ul>', text):
        for path in re.findall(r"<a [^>]*>(.*?)</a>", body):
            found.add((section, f"{crate}::{html.unescape(re.sub('<.*?>', '', path))}".removesuffix("!")))
    return found


def listed_by_us(surface: Surface) -> set[tuple[str, str]]:
    sections = {kind: section for section, kinds in SECTIONS.items() for kind in kinds}
    return {
        (sections[item.kind], item.path)
        for item in surface.items
        if item.kind in sections and item.via != "unnameable" and not item.signature.startswith("pub use ")
    }


def another_path(surface: Surface, path: str, listed: set[tuple[str, str]]) -> bool:
    """Whether a path is a re-export whose item the HTML lists elsewhere: it has one page an item."""
    item = surface.by_key.get(path) or surface.by_key.get(f"{path}()") or surface.by_key.get(f"{path}!")
    if item is None or item.via == "definition":
        return False
    return any(other.path in {where for _, where in listed} for other in surface.by_identity[item.identity])


@pytest.mark.rust
@pytest.mark.parametrize("crate", sorted(PUBLISHED))
def test_our_items_of_a_published_crate_are_those_that_its_html_lists(
    crate: str, sources: Path, shared_store_root: Path, tmp_path: Path
) -> None:
    folder = prepared(sources, crate)
    visit = FolderVisit(root=folder, target_dir=tmp_path / "target", store=Store(shared_store_root))
    observed = decode(PublicApi().observe(visit))
    surface = surface_of(raw_json(observed, visit))
    html_list = listed_by_html(folder, tmp_path / "html", crate)
    ours = listed_by_us(surface)
    assert html_list - ours == set()
    extra = {(section, path) for section, path in ours - html_list if not another_path(surface, path, html_list)}
    assert extra == set()
    assert len(html_list) >= 3
