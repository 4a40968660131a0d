"""The small crate, and six commits on it, that the pictures of the report are taken of: one of each kind of finding."""

from __future__ import annotations

from pathlib import Path

from tests.support.edits import edit
from tests.support.repo import Repo

__all__ = ["lay"]

_MANIFEST = '[package]\nname = "tally"\nversion = "0.4.0"\nedition = "2021"\n'
_LOCK = 'version = 4\n\n[[package]]\nname = "tally"\nversion = "0.4.0"\n'
_LIBRARY = """//! Counts lines, words and bytes.

/// What goes wrong.
pub mod error;
/// Counting and showing.
pub mod report;
"""
_ERROR = """/// Why something could not be counted.
#[derive(Debug)]
pub enum Error {
    /// It could not be read.
    Unreadable(String),
    /// It is not text.
    NotText(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Unreadable(name) => write!(f, "cannot read {name}"),
            Error::NotText(name) => write!(f, "{name} is not valid UTF-8"),
        }
    }
}
"""
_REPORT = """use crate::error::Error;

/// What one text comes to.
#[derive(Debug, Default, Clone)]
pub struct Summary {
    /// Lines.
    pub lines: usize,
    /// Words.
    pub words: usize,
    /// Bytes.
    pub bytes: usize,
}

/// How a summary is shown.
#[derive(Debug, Clone, Copy)]
pub enum Style {
    /// With colours.
    Colour,
    /// Without.
    Plain,
}

/// Counts a text.
pub fn summarize(text: &str) -> Summary {
    Summary { lines: text.lines().count(), words: text.split_whitespace().count(), bytes: text.len() }
}

/// Reads a file and counts it.
pub fn summarize_file(name: &str) -> Result<Summary, Error> {
    let data = std::fs::read(name).map_err(|_| Error::Unreadable(name.to_string()))?;
    let text = String::from_utf8(data).map_err(|_| Error::NotText(name.to_string()))?;
    Ok(summarize(&text))
}

/// A summary as text.
pub fn render(summary: &Summary, style: Style) -> String {
    let (bold, plain) = match style {
        Style::Colour => ("\\u{1b}[32m", "\\u{1b}[0m"),
        Style::Plain => ("", ""),
    };
    let Summary { lines, words, bytes } = summary;
    format!("{bold}{lines}{plain} lines\\n{bold}{words}{plain} words\\n{bytes} bytes\\n")
}
"""
_MAIN = """use tally::report::{render, summarize, summarize_file, Style};

const HELP: &str = "\\
Counts lines, words and bytes.

Usage: tally [COMMAND]

Commands:
  count  Count a file
  bench  Measure how fast it counts

Options:
  -h, --help     Print help
  -V, --version  Print version
";
const COUNT_HELP: &str = "\\
Count a file

Usage: tally count [OPTIONS] <FILE>

Arguments:
  <FILE>  What to count

Options:
      --plain  Without colours
  -h, --help   Print help
";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let status = match words.as_slice() {
        ["count", rest @ ..] if rest.contains(&"--help") || rest.contains(&"-h") => say(COUNT_HELP),
        ["count", rest @ ..] => count(rest),
        ["bench"] => bench(),
        ["-V" | "--version"] => say("tally 0.4.0\\n"),
        [] | ["-h" | "--help"] => say(HELP),
        [other, ..] => fail(&format!("unknown command: {other}")),
    };
    std::process::exit(status);
}

fn say(text: &str) -> i32 {
    print!("{text}");
    0
}

fn fail(text: &str) -> i32 {
    eprintln!("error: {text}");
    2
}

fn count(rest: &[&str]) -> i32 {
    let style = if rest.contains(&"--plain") { Style::Plain } else { Style::Colour };
    let files: Vec<&&str> = rest.iter().filter(|one| !one.starts_with('-')).collect();
    match files.as_slice() {
        [file] => match summarize_file(file) {
            Ok(summary) => say(&render(&summary, style)),
            Err(error) => fail(&error.to_string()),
        },
        [] => fail("no file is given"),
        _ => fail("more than one file is given"),
    }
}

fn bench() -> i32 {
    let text = "the quick brown fox jumps over the lazy dog\\n".repeat(40_000);
    let began = std::time::Instant::now();
    let read = summarize(&text);
    let read_secs = began.elapsed().as_secs_f64();
    let again = std::time::Instant::now();
    let shown = render(&read, Style::Plain).len();
    let show_secs = again.elapsed().as_secs_f64();
    println!(
        "@@BENCH@@{{\\"lines\\": {}, \\"words\\": {}, \\"retries\\": 0, \\"shown_bytes\\": {shown}, \\
         \\"read_secs\\": {read_secs:.9}, \\"show_secs\\": {show_secs:.9}, \\"total_secs\\": {:.9}}}",
        read.lines, read.words, read_secs + show_secs
    );
    0
}
"""
_CONFIG = """[[benchmark]]
name = "count"
argv = ["bench"]
report = { line = "@@BENCH@@" }

[[redaction]]
name = "measured times"
pattern = '"\\w+_secs": [0-9.]+'
reason = "no two runs take the same time"
"""
_MODULES = "/// Counting and showing.\npub mod report;\n"
_SPLIT = "/// Showing.\npub mod render;\n/// Counting.\npub mod summary;\n"


def lay(root: Path) -> Repo:
    """The repository, made anew. The commits of interest are those after the first."""
    repo = Repo(root)
    repo.commit(
        "tally 0.4.0",
        {
            "Cargo.toml": _MANIFEST,
            "Cargo.lock": _LOCK,
            ".gitignore": "/target\n",
            "harness.toml": _CONFIG,
            "examples/poem.txt": "Roses are red,\nviolets are blue.\n",
            "src/lib.rs": _LIBRARY,
            "src/error.rs": _ERROR,
            "src/report.rs": _REPORT,
            "src/main.rs": _MAIN,
        },
    )
    _split(repo)
    edit(
        repo,
        "refactor: say in one place why a file cannot be read",
        ("src/error.rs", "cannot read {name}", "{name} cannot be read"),
        ("src/error.rs", "{name} is not valid UTF-8", "{name} cannot be read as text"),
    )
    edit(
        repo,
        "refactor: take summaries by value",
        ("src/render.rs", "summary: &Summary", "summary: Summary"),
    )
    edit(
        repo,
        "fix: pass summaries by value everywhere",
        ("src/main.rs", "render(&summary, style)", "render(summary, style)"),
        ("src/main.rs", "render(&read, Style::Plain).len()", "render(read.clone(), Style::Plain).len()"),
    )
    edit(
        repo,
        "refactor: count the words of each line",
        (
            "src/summary.rs",
            "words: text.split_whitespace().count()",
            "words: text.lines().skip(1).map(|line| line.split(' ').collect::<Vec<_>>().len()).sum()",
        ),
    )
    edit(repo, "docs: say what a word is", ("src/summary.rs", "/// Words.", "/// Words: what white space surrounds."))
    return repo


def _split(repo: Repo) -> None:
    """One module becomes two, so that public paths move."""
    text = (repo.root / "src" / "report.rs").read_text(encoding="utf-8")
    cut = text.index("/// How a summary is shown.")
    counting = text.index("/// Counts a text.")
    showing = text.index("/// A summary as text.")
    main = (repo.root / "src" / "main.rs").read_text(encoding="utf-8")
    uses = "use tally::render::{render, Style};\nuse tally::summary::{summarize, summarize_file};\n"
    repo.commit(
        "refactor: split counting from showing",
        {
            "src/lib.rs": _LIBRARY.replace(_MODULES, _SPLIT),
            "src/summary.rs": text[:cut] + text[counting:showing].rstrip() + "\n",
            "src/render.rs": f"use crate::summary::Summary;\n\n{text[cut:counting]}{text[showing:]}",
            "src/main.rs": main.replace("use tally::report::{render, summarize, summarize_file, Style};\n", uses),
        },
        remove=["src/report.rs"],
    )
