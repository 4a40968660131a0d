"""Every probe speaks of a commit that is known to be bad, and only that one."""

from __future__ import annotations

import pytest

from tests.support.crates import MANIFEST
from tests.support.edits import edit
from tests.support.histories import LOCK, Histories, program
from tests.support.repo import Repo
from tests.support.run import Outcome

pytestmark = pytest.mark.rust

_COMMANDS = r"""use std::{env, fs, process};

const HELP: &str = "Usage: demo <COMMAND>

Commands:
  greet  Says hello
  warn   Says something on standard error
  fail   Ends with an error
  write  Writes a file

Options:
  -h, --help  Print help
";

fn main() {
    match env::args().nth(1).unwrap_or_default().as_str() {
        "greet" => println!("hello"),
        "warn" => eprintln!("careful"),
        "fail" => process::exit(3),
        "write" => fs::write("out.txt", "one\n").unwrap(),
        "wait" => println!("waited"),
        _ => print!("{HELP}"),
    }
}
"""


def commands(repo: Repo) -> None:
    """A change of each facet of a command line, one a commit."""
    wait = '[[command]]\nname = "wait"\nargv = ["wait"]\ntimeout = 1.0\n'
    repo.commit("base", program(_COMMANDS, **{"harness.toml": wait}))
    edit(repo, "greet louder", ("src/main.rs", '"hello"', '"HELLO"'))
    edit(repo, "fail with four", ("src/main.rs", "exit(3)", "exit(4)"))
    edit(repo, "warn otherwise", ("src/main.rs", '"careful"', '"watch out"'))
    edit(repo, "write two", ("src/main.rs", r'"one\n"', r'"two\n"'))
    edit(repo, "wait for ever", ("src/main.rs", 'println!("waited")', "loop { std::thread::park() }"))


def _commands(histories: Histories) -> Outcome:
    return histories.verify(commands, "--harness-range=HEAD~5..HEAD", "--harness-probes=command")


@pytest.mark.parametrize(
    ("subject", "facet", "before", "after"),
    [
        ("greet louder", "stdout", "hello\n", "HELLO\n"),
        ("fail with four", "exit status", "exit 3", "exit 4"),
        ("warn otherwise", "stderr", "careful\n", "watch out\n"),
    ],
)
def test_what_a_command_does_otherwise_is_told_once(
    histories: Histories, subject: str, facet: str, before: str, after: str
) -> None:
    found = _commands(histories).differences(subject, "command")
    assert [(one["facet"], one["before"], one["after"]) for one in found] == [(facet, before, after)]


def test_a_file_that_is_written_otherwise_is_told_with_its_path(histories: Histories) -> None:
    (found,) = _commands(histories).differences("write two", "command")
    assert (found["facet"], found["where"]) == ("files", "out.txt")
    assert "one\n" in found["before"]
    assert "two\n" in found["after"]


def test_a_command_that_hangs_now_timed_out(histories: Histories) -> None:
    outcome = _commands(histories)
    assert outcome.verdicts()["wait for ever"] == {"command": "TIMED_OUT"}
    (found,) = outcome.differences("wait for ever", "command")
    assert (found["facet"], found["before"], found["after"]) == ("timeout", "exit 0", "timed out after 1 s")
    assert found["case"]["argv"] == ["wait"]


def test_the_two_ends_show_every_change_of_the_commits_between(histories: Histories) -> None:
    found = _commands(histories).differences("range", "command")
    assert {one["facet"] for one in found} == {"stdout", "stderr", "exit status", "files", "timeout"}


_API = """//! Things.

/// Removed one day.
pub fn gone() {}

/// Scales.
pub fn scale(x: i32) -> i32 {
    x
}

/// Shapes.
pub mod shapes {
    /// One.
    pub struct One;
    /// Two.
    pub struct Two(pub u8);
    /// Three.
    pub struct Three {
        /// A field.
        pub field: u8,
    }
    /// Four.
    pub enum Four {
        /// A variant.
        A,
    }
    /// Five.
    pub trait Five {
        /// A method.
        fn five(&self);
    }
}

/// Inner.
pub mod inner {
    /// Deep.
    pub fn deep() {}
}
pub use inner::deep;
"""


def api(repo: Repo) -> None:
    """A loss of each kind in the public surface, one a commit."""
    files = program("fn main() {}\n", **{"src/lib.rs": _API, "src/bin/other.rs": "fn main() {}\n", "Cargo.lock": LOCK})
    files["Cargo.toml"] += "\n[features]\nextra = []\n"
    repo.commit("base", files)
    edit(repo, "remove a function", ("src/lib.rs", "/// Removed one day.\npub fn gone() {}\n\n", ""))
    edit(repo, "change a signature", ("src/lib.rs", "(x: i32) -> i32", "(x: i64) -> i64"))
    edit(repo, "move a module", ("src/lib.rs", "pub mod shapes", "pub mod figures"))
    edit(repo, "drop a re-export", ("src/lib.rs", "pub use inner::deep;\n", ""))
    edit(repo, "drop a feature", ("Cargo.toml", "extra = []\n", ""))
    repo.commit("drop an executable", remove=["src/bin/other.rs"])


def _api(histories: Histories) -> Outcome:
    return histories.verify(api, "--harness-range=HEAD~6..HEAD", "--harness-probes=public_api")


@pytest.mark.parametrize(
    ("subject", "facet", "where", "words"),
    [
        ("remove a function", "removed", "demo::gone", "is gone"),
        ("change a signature", "changed", "demo::scale", ""),
        ("drop a re-export", "removed", "demo::deep", "still public as `demo::inner::deep`"),
        ("drop a feature", "feature", "demo/extra", "lost its feature"),
        ("drop an executable", "target", "demo/bin other", "lost its target"),
    ],
)
def test_what_the_public_surface_loses_is_told_once(
    histories: Histories, subject: str, facet: str, where: str, words: str
) -> None:
    (found,) = _api(histories).differences(subject, "public_api")
    assert (found["facet"], found["where"]) == (facet, where)
    assert words in found["summary"]


def test_a_module_that_moved_with_five_types_is_told_in_six_lines(histories: Histories) -> None:
    found = _api(histories).differences("move a module", "public_api")
    assert len(found) == 6
    assert {one["facet"] for one in found} == {"moved"}
    assert {"demo::shapes", "demo::shapes::Four"} <= {one["where"] for one in found}


_TESTS = """pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

#[cfg(test)]
mod tests {
    use super::add;

    #[test]
    fn one() {
        assert_eq!(add(0, 1), 1);
    }

    #[test]
    fn two() {
        assert_eq!(add(1, 1), 2);
    }

    #[test]
    fn three() {
        assert_eq!(add(2, 1), 3);
    }

    #[test]
    fn four() {
        assert_eq!(add(2, 2), 4);
    }
}
"""


def suite(repo: Repo) -> None:
    """Each way in which a test suite gets worse, one a commit; then tests that do not compile."""
    files = program('fn main() {\n    println!("{}", demo::add(1, 2));\n}\n', **{"src/lib.rs": _TESTS})
    repo.commit("base", files)
    gone = "    #[test]\n    fn one() {\n        assert_eq!(add(0, 1), 1);\n    }\n\n"
    edit(repo, "delete one", ("src/lib.rs", gone, ""))
    edit(repo, "ignore two", ("src/lib.rs", "    fn two()", "    #[ignore]\n    fn two()"))
    edit(repo, "break three", ("src/lib.rs", "add(2, 1), 3", "add(2, 1), 30"))
    edit(repo, "move them", ("src/lib.rs", "mod tests", "mod checks"))
    repo.commit("add tests that do not compile", {"tests/it.rs": "#[test]\nfn it() {\n    nothing();\n}\n"})


def _suite(histories: Histories) -> Outcome:
    return histories.verify(suite, "--harness-range=HEAD~5..HEAD", "--harness-probes=test_suite,command")


@pytest.mark.parametrize(
    ("subject", "facet", "name"),
    [
        ("delete one", "vanished", "tests::one"),
        ("ignore two", "newly ignored", "tests::two"),
        ("break three", "newly failing", "tests::three"),
    ],
)
def test_a_test_that_is_no_longer_what_it_was_is_told_once(
    histories: Histories, subject: str, facet: str, name: str
) -> None:
    outcome = _suite(histories)
    (found,) = outcome.differences(subject, "test_suite")
    assert found["facet"] == facet
    assert found["where"].endswith(name)
    assert outcome.verdicts()[subject] == {"command": "SAME", "test_suite": "CHANGED"}


def test_tests_that_moved_are_a_note_and_no_failure(histories: Histories) -> None:
    probe = _suite(histories).probe("move them", "test_suite")
    assert probe["verdict"] == "SAME"
    assert [(note["facet"], note["count"]) for note in probe["notes"]] == [("moved", 3)]


def test_tests_that_do_not_compile_fail_the_test_suite_alone(histories: Histories) -> None:
    outcome = _suite(histories)
    assert outcome.verdicts()["add tests that do not compile"] == {"command": "SAME", "test_suite": "BUILD_FAILED"}
    (found,) = outcome.differences("add tests that do not compile", "test_suite")
    assert "nothing" in found["after"]


def warnings(repo: Repo) -> None:
    """A new warning, and then a new file that only layout speaks of."""
    repo.commit("base", program('fn main() {\n    let answer = 42;\n    println!("{answer}");\n}\n'))
    edit(repo, "leave something unused", ("src/main.rs", "let answer = 42;", "let answer = 42;\n    let unused = 1;"))
    repo.commit("add an example", {"examples/show.rs": "fn main() {}\n"})


def _warnings(histories: Histories) -> Outcome:
    return histories.verify(warnings, "--harness-range=HEAD~2..HEAD", "--harness-probes=lints,layout,command")


def test_a_new_warning_is_told_by_lints_alone(histories: Histories) -> None:
    outcome = _warnings(histories)
    assert outcome.verdicts()["leave something unused"] == {"layout": "SAME", "command": "SAME", "lints": "CHANGED"}
    (found,) = outcome.differences("leave something unused", "lints")
    assert (found["facet"], "unused_variables" in found["where"]) == ("compiler", True)


def test_a_new_file_is_a_note_of_layout(histories: Histories) -> None:
    probe = _warnings(histories).probe("add an example", "layout")
    assert probe["verdict"] == "SAME"
    assert any("examples/show.rs" in note["where"] for note in probe["notes"])


_LOGGING = """mod first;
mod second;

struct Printer(String);

impl log::Log for Printer {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        self.0 == "trace" || self.0.split_once('=').is_some_and(|(module, _)| metadata.target().starts_with(module))
    }
    fn log(&self, record: &log::Record) {
        if self.enabled(record.metadata()) {
            eprintln!("{}: {}", record.level(), record.args());
        }
    }
    fn flush(&self) {}
}

fn main() {
    let filter = std::env::var("RUST_LOG").unwrap_or_default();
    log::set_boxed_logger(Box::new(Printer(filter))).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    first::work();
    second::rest();
}
"""


def logging(repo: Repo) -> None:
    """A message that moves from one module to another: no filter, no difference."""
    repo.commit(
        "base",
        {
            "Cargo.toml": MANIFEST + '\n[dependencies]\nlog = { version = "0.4", features = ["std"] }\n',
            ".gitignore": "/target\n/Cargo.lock\n",
            "src/main.rs": _LOGGING,
            "src/first.rs": 'pub fn work() {\n    log::info!("working");\n}\n',
            "src/second.rs": "pub fn rest() {}\n",
        },
    )
    edit(
        repo,
        "move the work",
        ("src/first.rs", 'log::info!("working");', "crate::second::work();"),
        ("src/second.rs", "pub fn rest() {}\n", 'pub fn rest() {}\npub fn work() {\n    log::info!("working");\n}\n'),
    )


def test_a_log_message_that_moved_to_another_module_shows_under_a_filter(histories: Histories) -> None:
    outcome = histories.verify(logging, "--harness-range=HEAD~1..HEAD", "--harness-probes=command")
    if "downloaded" in outcome.output:
        pytest.skip("the crate `log` cannot be fetched")
    found = outcome.differences("move the work", "command")
    assert {one["facet"] for one in found} == {"stderr"}
    filters = {one["case"]["env"].get("RUST_LOG") for one in found}
    assert filters <= {"demo::first=trace", "demo::second=trace"}
