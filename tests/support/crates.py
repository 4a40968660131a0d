"""Small crates that tests are made of."""

from __future__ import annotations

from pathlib import Path

from tests.support.repo import Repo

__all__ = ["LIBRARY", "MAIN", "MANIFEST", "crate"]

MANIFEST = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
LIBRARY = """//! A demonstration.

/// Adds two numbers.
pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::add(1, 2), 3);
    }
}
"""
MAIN = """fn main() {
    println!("{}", demo::add(1, 2));
}
"""


def crate(root: Path, **files: str) -> Repo:
    """A repository with one commit of a crate that has a library, an executable and a test."""
    repo = Repo(root)
    base = {
        "Cargo.toml": MANIFEST,
        "Cargo.lock": 'version = 4\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\n',
        "src/lib.rs": LIBRARY,
        "src/main.rs": MAIN,
        ".gitignore": "/target\n",
    }
    repo.commit("base", base | files)
    return repo
