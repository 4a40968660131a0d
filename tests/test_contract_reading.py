"""contract.toml is read with every mistake told by its line, and what is rendered reads back as the same."""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract import globs
from harness.contract.model import Contract, Entry, Gone, ItemAt, May, Must, Output, Rename, Rule, Tests, Warned
from harness.contract.read import _Reader, parse
from harness.contract.render import render
from harness.errors import ConfigError

WHOLE = """\
folder = "crates/engine"

[defaults.must]
tests = [{ none_ignored = true }]

[[commit]]
name = "Task 1"
subject = "refactor: rename*"

[commit.may]
rename = [
    { old = "src/errors.rs", new = "src/error.rs" },
]
output = [{ pattern = '^took \\d+', reason = "times are no promise", facets = ["stdout"] }]
warn = [{ lint = "dead_code", until = "Task 2" }]

[commit.must]
tests = [{ passing = 249 }]
gone = ["StreamError", { item = "errors", file = "src/lib.rs" }]

[[commit]]
name = "Task 2"
order = 2
must.item = [{ item = "resolve", file = "src/lib.rs", at = "pub(crate)" }]
"""


def test_a_contract_says_what_it_says() -> None:
    contract = parse(WHOLE, "contract.toml")
    first, second = contract.commits
    assert contract.folder == "crates/engine"
    assert first.may.rename == (Rename(old="src/errors.rs", new="src/error.rs"),)
    assert first.may.output == (Output(pattern=r"^took \d+", reason="times are no promise", facets=("stdout",)),)
    assert first.must.gone == (Gone(item="StreamError"), Gone(item="errors", file="src/lib.rs"))
    assert contract.defaults.must.tests == (Tests(none_ignored=True),)
    assert second.must.item == (ItemAt(item="resolve", file="src/lib.rs", at="pub(crate)"),)
    assert (second.order, second.called) == (2, "Task 2")


def test_every_rule_knows_its_line() -> None:
    first, second = parse(WHOLE, "contract.toml").commits
    rules: list[Rule] = [*first.may.rename, *first.may.output, *first.must.tests, *first.must.gone, *second.must.item]
    lines = [int(rule.origin.rpartition(":")[2]) for rule in rules]
    texts = ["errors.rs", "took", "249", "StreamError", "errors", "pub(crate)"]
    assert all(text in WHOLE.splitlines()[line - 1] for line, text in zip(lines, texts, strict=True))


ONE = '[[commit]]\nsubject = "x"\n'
MISTAKES = {
    'folder = 1': "1: `folder` has to be a text",
    'commits = []': "1: unknown key `commits` in the top level. Perhaps `commit` was meant",
    '[[commit]]\nname = "x"': "1: this [[commit]] names no commit",
    '[[commit]]\nsubject = " x"': "2: the subject ' x' can never match",
    '[[commit]]\nsubject = "x"\nsubjekt = "y"': "3: unknown key `subjekt` in [[commit]]. Perhaps `subject` was meant",
    f'{ONE}[[commit]]\nsubject = "X."': "4: 'X.' and 'x' (contract.toml:2) name the same commit",
    f'{ONE}[commit.may]\ncreat = ["a"]': "4: unknown key `creat` in may. Perhaps `create` was meant",
    f'{ONE}[commit.may]\ncreate = "a"': "4: `create` has to be a list",
    f'{ONE}[commit.may]\ncreate = [\n  "a",\n  "/b",\n]': "6: `/b` can never match: it is absolute",
    f'{ONE}[commit.may]\nedit = ["../a"]': "4: `../a` can never match: it goes up with `..`",
    f'{ONE}[commit.may]\nedit = ["src\\\\a"]': "4: `src\\a` can never match: it holds a backslash",
    f'{ONE}[commit.may]\nedit = ["src/"]': "4: `src/` can never match: it ends in /",
    f'{ONE}[commit.may]\nadd = ["engine:result"]': "4: `engine:result` can never match: a public path is names",
    f'{ONE}[commit.may]\nrename = [{{ old = "a", new = "a" }}]': "4: `a` stands on both sides",
    f'{ONE}[commit.may]\nrename = [{{ old = "a" }}]': "4: this rule of `rename` needs `new`",
    f'{ONE}[commit.may]\noutput = [{{ pattern = "a(", reason = "r" }}]': (
        "4: the pattern 'a(' is not a regular expression"
    ),
    f'{ONE}[commit.may]\noutput = [{{ pattern = "a*", reason = "r" }}]': "4: the pattern 'a*' matches the empty text",
    f'{ONE}[commit.may]\noutput = [{{ pattern = "a", reason = " " }}]': "4: an output pattern needs a `reason`",
    f"{ONE}[commit.may]\noutput = [{{ pattern = 'a\\nb', reason = 'r' }}]": (
        "4: the pattern 'a\\\\nb' can never match a line"
    ),
    f"{ONE}[commit.may]\noutput = [{{ pattern = 'a$b', reason = 'r' }}]": "4: the pattern 'a$b' can never match a line",
    f"{ONE}[commit.may]\noutput = [{{ pattern = 'a^b', reason = 'r' }}]": "4: the pattern 'a^b' can never match a line",
    f'{ONE}[commit.may]\nwarn = [{{ lint = "dead code" }}]': "4: `dead code` can never match: a lint is named as in",
    f'{ONE}[commit.may]\nwarn = [{{ lint = "*", until = "y" }}]': "4: `until` names 'y', which is no later [[commit]]",
    f'{ONE}[commit.must]\ntests = [{{ passing = "249" }}]': "4: `passing` has to be a whole number",
    f'{ONE}[commit.must]\ntests = [{{ passing = true }}]': "4: `passing` has to be a whole number",
    f'{ONE}[commit.must]\ntests = [{{}}]': "4: this says nothing: give `passing`",
    f'{ONE}[commit.must]\nlines = [{{ file = "a.rs", below = 0 }}]': "4: no file has fewer than 0 lines",
    f'{ONE}[commit.must]\nwarnings = [{{ of = "gcc", at_most = 0 }}]': (
        "4: there are no warnings of `gcc`; known: compiler"
    ),
    f'{ONE}[commit.must]\nwarnings = [{{ of = "clippy" }}]': "4: give one of `at_most` and `none_new = true`",
    f'{ONE}[commit.must]\nitem = [{{ item = "a", file = "b.rs", at = "public" }}]': (
        "4: there is no visibility `public`"
    ),
    f'{ONE}[commit.must]\ngone = ["a b!"]': "4: `a b!` can never match: this is no name in Rust",
    f'{ONE}[commit.must]\ntests = [\n  {{ passing = 1 }},\n  {{ passing = 2 }},\n]': (
        "6: this cannot hold together with contract.toml:5: exactly 1 and exactly 2 tests pass"
    ),
    f'{ONE}[commit.must]\ntests = [{{ passing = 1 }}, {{ at_least = 2 }}]': "exactly 1 and at least 2 tests pass",
    f'{ONE}[commit.must]\npresent = ["a"]\nabsent = ["a"]': "`a` is there and is not",
    f'{ONE}[commit.must]\nlines = [{{ file = "a", below = 9 }}]\nabsent = ["a"]': (
        "`a` has something in it and is not there"
    ),
    f'{ONE}[commit.must]\ngone = ["A"]\nitem = [{{ item = "A", file = "a.rs" }}]': "`A` is there and gone",
    f'{ONE}[commit.must]\nreexport = [{{ path = "A", of = "x::A" }}, {{ path = "A", of = "y::A" }}]': (
        "`A` names `x::A` and `y::A`"
    ),
    f"{ONE}[commit.may]\noutput = [{{ pattern = 'a', reason = 'r', facets = ['stdot'] }}]": (
        "4: the pattern can never match in `stdot`; facets are stdout, stderr, files"
    ),
    f"{ONE}[commit.may]\noutput = [{{ pattern = 'a', reason = 'r', facets = ['timeout'] }}]": (
        "4: the pattern can never match in `timeout`"
    ),
    f'{ONE}[commit.may]\nmove = [{{ item = "A*", old = "a.rs", new = "b.rs" }}]': "4: `A*` can never match: `*` has no",
    f'{ONE}[commit.may]\nlog_target = [{{ old = "a::*", new = "b" }}]': "4: `a::*` can never match: `*` has no",
    f'{ONE}[commit.must]\nlines = [{{ file = "src/*.rs", below = 9 }}]': "4: `src/*.rs` can never match: `*` has no",
    f'{ONE}[commit.must]\ntable = ["src/*.rs"]': "4: `src/*.rs` can never match: `*` has no",
    f'{ONE}[commit.must]\ntable = [""]': "4: `` can never match: it is empty",
    f'{ONE}[commit.must]\nreexport = [{{ path = "A", of = "x::*" }}]': "4: `x::*` can never match: `*` has no",
    'folder = "/engine"': "1: `/engine` is no folder: it is absolute",
    'folder = "../engine"': "1: `../engine` is no folder: it goes up with `..`",
    "[[commit]\n": "1: this is not valid TOML",
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: text.replace("\n", " ")[-60:])
def test_a_mistake_is_an_error_with_file_and_line(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(text, "contract.toml")
    assert MISTAKES[text] in str(raised.value)
    assert str(raised.value).startswith("contract.toml:")


def test_targets_of_the_defaults_hold_together_with_those_of_every_commit() -> None:
    with pytest.raises(ConfigError, match="exactly 3 and exactly 4 tests pass"):
        parse(
            f"[defaults.must]\ntests = [{{ passing = 4 }}]\n{ONE}[commit.must]\ntests = [{{ passing = 3 }}]\n", "c.toml"
        )


# -- what is rendered reads back as the same ----------------------------------------------------------------------

texts = st.text(max_size=12)
words = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


def rules(kind: type[Rule]) -> st.SearchStrategy[Rule]:
    """Rules of a kind with any texts and numbers in them."""
    hints = typing.get_type_hints(kind)
    fields = {one.name: _values(hints[one.name]) for one in dataclasses.fields(kind) if one.name != "origin"}
    made: Any = kind
    return st.builds(made, **fields)


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint is str:
        return texts
    if hint is bool:
        return st.booleans()
    if hint == tuple[str, ...]:
        return st.lists(texts, max_size=2).map(tuple)
    return st.none() | st.integers(-3, 10**6)


def parts(kind: type[May] | type[Must]) -> st.SearchStrategy[Any]:
    """One half of an entry, any rules in it."""
    hints = typing.get_type_hints(kind)
    lists = {name: st.lists(rules(typing.get_args(hint)[0]), max_size=2).map(tuple) for name, hint in hints.items()}
    made: Any = kind
    return st.builds(made, **lists)


entries = st.builds(Entry, name=texts, subject=texts, order=st.integers(0, 9), may=parts(May), must=parts(Must))
contracts = st.builds(
    Contract,
    folder=words,
    defaults=st.builds(Entry, may=parts(May), must=parts(Must)),
    commits=st.lists(entries, max_size=3).map(tuple),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(contracts)
def test_what_is_rendered_reads_back_as_the_same(contract: Contract) -> None:
    text = render(contract)
    assert _Reader(text, "contract.toml").contract(tomllib.loads(text)) == contract


@given(st.text(alphabet="ab*/:", max_size=8), st.text(alphabet="ab/:", max_size=8))
def test_a_name_without_a_star_matches_itself_alone(pattern: str, path: str) -> None:
    if not globs.is_pattern(pattern):
        assert globs.matches_file(pattern, path) is (pattern == path)
        assert globs.matches_path(pattern, path) is (pattern == path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("src/*.rs", "src/a.rs", True),
        ("src/*.rs", "src/b/a.rs", False),
        ("src/**", "src/b/a.rs", True),
        ("**/a.rs", "a.rs", True),
        ("**/a.rs", "src/b/a.rs", True),
        ("src/**/a.rs", "src/a.rs", True),
        ("src/**", "srcs/a.rs", False),
    ],
)
def test_a_star_stays_in_its_folder_and_two_do_not(pattern: str, path: str, expected: bool) -> None:
    assert globs.matches_file(pattern, path) is expected
    assert globs.matches_path(pattern.replace("/", "::"), path.replace("/", "::")) is expected


@pytest.mark.parametrize("subject", ["Fix `a`.", "fix  a (#12)", "FIX A"])
def test_what_forges_change_in_a_subject_makes_no_difference(subject: str) -> None:
    assert globs.matches_subject("fix a", subject)
    assert not globs.matches_subject("fix a", f"{subject} and b")


def test_a_warning_may_be_allowed_without_an_end() -> None:
    assert parse(f'{ONE}[commit.may]\nwarn = ["dead_code"]', "c").commits[0].may.warn == (Warned(lint="dead_code"),)
