"""Refactors that change nothing are the same for every probe."""

from __future__ import annotations

import pytest

from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo

pytestmark = pytest.mark.rust

_LIBRARY = """//! A library.

mod hidden {
    pub fn twice(x: u32) -> u32 {
        let result = x * 2;
        result.min(100)
    }
}

/// Doubles.
pub fn double(x: u32) -> u32 {
    hidden::twice(x)
}

/// The first word.
///
/// # Panics
///
/// Where there is none.
pub fn first(text: &str) -> &str {
    let word = text.split_whitespace().next();
    word.expect("a word")
}

#[cfg(test)]
mod tests {
    #[test]
    fn doubles() {
        assert_eq!(super::double(2), 4);
    }
}
"""
_MAIN = """fn main() {
    let text = std::env::args().nth(1).unwrap_or_default();
    if text == "--version" {
        println!("demo 0.1.0 ({})", env!("COMMIT"));
    } else {
        println!("{} {}", demo::first(&text), demo::double(21));
    }
}
"""
_BUILD = r"""use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=.git/HEAD");
    let out = Command::new("git").args(["rev-parse", "HEAD"]).output().unwrap();
    println!("cargo:rustc-env=COMMIT={}", String::from_utf8(out.stdout).unwrap().trim());
}
"""
_HELPER = """/// Doubles.
pub fn double(x: u32) -> u32 {
    hidden::twice(x)
}

"""


def harmless(repo: Repo) -> None:
    """One harmless edit a commit, in a crate that embeds its commit and panics on most input."""
    repo.commit("base", program(_MAIN, **{"src/lib.rs": _LIBRARY, "build.rs": _BUILD}))
    repo.commit("say more in the readme", {"README.md": "More.\n"})
    edit(repo, "rename a local", ("src/lib.rs", "result", "product"))
    edit(
        repo,
        "reorder functions",
        ("src/lib.rs", _HELPER, ""),
        ("src/lib.rs", "#[cfg(test)]", f"{_HELPER}#[cfg(test)]"),
    )
    helper = "fn words(text: &str) -> std::str::SplitWhitespace<'_> {\n    text.split_whitespace()\n}\n\n"
    edit(
        repo,
        "extract a helper above a panic",
        ("src/lib.rs", "/// The first word.", f"{helper}/// The first word."),
        ("src/lib.rs", "text.split_whitespace().next()", "words(text).next()"),
    )
    edit(repo, "comment", ("src/lib.rs", "    word.expect", "    // There is one.\n    word.expect"))
    edit(repo, "squeeze", ("src/lib.rs", "hidden::twice(x)\n}", "hidden::twice( x )\n\n}"))
    edit(repo, "format", ("src/lib.rs", "hidden::twice( x )\n\n}", "hidden::twice(x)\n}"))
    text = (repo.root / "src/lib.rs").read_text()
    start, end = text.index("mod hidden {"), text.index("}\n\n", text.index("mod hidden {")) + 1
    body = "".join(line[4:] + "\n" for line in text[start:end].splitlines()[1:-1])
    repo.commit(
        "move a private module to a file",
        {"src/lib.rs": text[:start] + "mod hidden;" + text[end:], "src/hidden.rs": body},
    )


_SUBJECTS = (
    "say more in the readme",
    "rename a local",
    "reorder functions",
    "extract a helper above a panic",
    "comment",
    "squeeze",
    "format",
    "move a private module to a file",
    "range",
)


@pytest.mark.parametrize("subject", _SUBJECTS)
def test_a_harmless_commit_is_the_same_for_every_probe(histories: Histories, subject: str) -> None:
    outcome = histories.verify(harmless, "--harness-range=HEAD~8..HEAD")
    verdicts = outcome.verdicts()[subject]
    # There is no benchmark here: nothing to look at, unless equal programs make looking needless.
    assert verdicts.pop("benchmark") in ("SAME", "SKIPPED")
    probes = dict.fromkeys(("layout", "command", "terminal", "public_api", "lints", "test_suite"), "SAME")
    assert verdicts == probes, outcome.output


def test_a_run_without_differences_ends_with_success(histories: Histories) -> None:
    assert histories.verify(harmless, "--harness-range=HEAD~8..HEAD").status == 0


@pytest.mark.parametrize("rule", ["commit hash", "location of a panic"])
def test_what_was_hidden_is_reported_with_its_reason(histories: Histories, rule: str) -> None:
    hidden = histories.verify(harmless, "--harness-range=HEAD~8..HEAD").report["redactions"]
    found = [one for one in hidden if one["name"] == rule]
    assert found
    assert all(one["hits"] and one["reason"] for one in found)


def test_equal_programs_need_not_run(histories: Histories) -> None:
    outcome = histories.verify(quiet, "--harness-range=HEAD~1..HEAD", "--harness-probes=command")
    probe = outcome.probe("comment", "command")
    assert (probe["verdict"], probe["reason"], probe["cases"]) == ("SAME", "equal digests", 0)


def quiet(repo: Repo) -> None:
    """A commit after which the very same program comes out."""
    repo.commit("base", program("fn main() {}\n"))
    edit(repo, "comment", ("src/main.rs", "fn main() {}\n", "fn main() {}\n// Nothing.\n"))
