"""A workspace in which one member does not build: at every revision, from one commit on, and no longer."""

from __future__ import annotations

import pytest

from tests.support.edits import edit
from tests.support.histories import Histories
from tests.support.repo import Repo

pytestmark = pytest.mark.rust

_MANIFEST = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
_LOCK = (
    'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n\n[[package]]\nname = "bindings"\nversion = "0.1.0"\n'
)
_SAYS = 'fn main() {\n    println!("hello");\n}\n'
_NO_SUCH = "fn main() {\n    no_such_function();\n}\n"
_PROBES = "--harness-probes=command,public_api,lints,test_suite"


def _workspace(bindings: str) -> dict[str, str]:
    return {
        "Cargo.toml": '[workspace]\nmembers = ["app", "bindings"]\nresolver = "2"\n',
        "Cargo.lock": _LOCK,
        ".gitignore": "/target\n",
        "app/Cargo.toml": _MANIFEST.format(name="app"),
        "app/src/lib.rs": "//! The app.\n",
        "app/src/main.rs": _SAYS,
        "bindings/Cargo.toml": _MANIFEST.format(name="bindings"),
        "bindings/src/main.rs": bindings,
    }


def never(repo: Repo) -> None:
    """A member that builds at no revision until the last, beside one that changes."""
    repo.commit("base", _workspace(_NO_SUCH))
    repo.commit("write about it", {"README.md": "An app.\n"})
    edit(repo, "shout", ("app/src/main.rs", "hello", "HELLO"))
    edit(repo, "mend the other", ("bindings/src/main.rs", "no_such_function", "drop_nothing"))
    edit(repo, "mend it", ("bindings/src/main.rs", "drop_nothing()", 'println!("bound")'))
    edit(repo, "bind twice", ("bindings/src/main.rs", "bound", "bound twice"))


def newly(repo: Repo) -> None:
    """A member that does not build from one commit on."""
    repo.commit("base", _workspace(_SAYS))
    edit(repo, "break the other", ("bindings/src/main.rs", "println!", "printn!"))
    edit(repo, "shout", ("app/src/main.rs", "hello", "HELLO"))
    edit(repo, "mend it", ("bindings/src/main.rs", "printn!", "println!"))


def test_what_never_built_is_left_out_and_the_rest_is_verified(histories: Histories) -> None:
    outcome = histories.verify(never, "--harness-range=HEAD~5..HEAD", _PROBES)
    verdicts = outcome.verdicts()
    assert set(verdicts["write about it"].values()) == {"SAME"}
    assert verdicts["shout"] == {"command": "CHANGED", "public_api": "SAME", "lints": "SAME", "test_suite": "SAME"}
    assert {(one["before"], one["after"]) for one in outcome.differences("shout", "command")} == {
        ("hello\n", "HELLO\n")
    }


def test_it_is_told_what_is_left_out_and_why(histories: Histories) -> None:
    outcome = histories.verify(never, "--harness-range=HEAD~5..HEAD", _PROBES)
    (commit,) = [one for one in outcome.report["commits"] if one["subject"] == "write about it"]
    told = " ".join(commit["notes"])
    assert "left out, since it builds neither here nor at the first revision: bindings bin bindings" in told
    assert "cannot find function `no_such_function`" in told


def test_what_builds_at_last_is_no_difference_and_is_verified_from_there_on(histories: Histories) -> None:
    outcome = histories.verify(never, "--harness-range=HEAD~5..HEAD", _PROBES)
    assert outcome.verdicts()["mend the other"]["command"] == "SAME"
    assert outcome.verdicts()["mend it"]["command"] == "SAME"
    assert [(one["before"], one["after"]) for one in outcome.differences("bind twice", "command")] == [
        ("bound\n", "bound twice\n")
    ]


def test_a_member_that_newly_does_not_build_fails_the_commit(histories: Histories) -> None:
    outcome = histories.verify(newly, "--harness-range=HEAD~3..HEAD", "--harness-probes=command")
    failed = {"command": "BUILD_FAILED"}
    assert outcome.verdicts()["break the other"] == outcome.verdicts()["shout"] == failed
    assert "cannot find macro `printn`" in outcome.differences("break the other", "command")[0]["after"]
    mended = outcome.differences("mend it", "command")
    assert [(one["before"], one["after"]) for one in mended] == [("hello\n", "HELLO\n")]
