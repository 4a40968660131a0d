"""What a contract allows is intended, what it does not name breaks it, what it asks for is reached or missed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.layout import Layout
from harness.contract.facts import Ground, Places, Side
from harness.contract.judging import ContractJudge
from harness.contract.read import parse
from harness.contract.terms import Terms, agree
from harness.contract.words import reason
from harness.model import Case, Comparison, Difference, Revision, Verdict
from harness.probes.base import CaseProbe
from harness.probes.command import CommandProbe
from harness.verify.contracted import marked_probe
from harness.verify.verdicts import verdict_of
from tests.support.sides import breaches, judged, side

FILES = {"src/lib.rs": "pub mod a;\n", "src/a.rs": "pub fn one() {}\npub fn two() {}\n", "README.md": "x\n"}
CASE = Case(program="p")


def terms(text: str, *, own: bool = False) -> Terms:
    """The terms of a single commit, written as the inside of its entry."""
    made = [Revision(sha=one, tree=one, subject=one, date="") for one in ("base", "commit")]
    contract = parse(f'[[commit]]\nsubject = "commit"\n{text}', "c.toml")
    changed = ("c.toml: was changed",) if own else ()
    return agree(contract, [Comparison(id="1", baseline=made[0], candidate=made[1])], changed).terms["1"]


def output(rules: str, before: str, after: str, facet: str = "stdout", own: bool = False) -> str:
    """What makes this difference in output intended, if anything."""
    empty = Side(layout=Layout(files={}))
    ground = Ground(first=empty, before=empty, after=empty, places=Places("", (), empty.layout))
    one = Difference(facet=facet, where="", before=before, after=after, case=CASE)
    return ContractJudge("command", terms(rules, own=own), ground).marked([one])[0].intended


TOOK = "may.output = [{ pattern = '^took \\d+ s$', reason = 'times are no promise' }]"


def test_lines_that_a_pattern_names_may_change() -> None:
    assert output(TOOK, "a\ntook 1 s\n", "a\ntook 22 s\n") == "as c.toml:3 says"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\ntook 1 s\n", "b\ntook 2 s\n"),
        ("took 1 s\n", "took long\n"),
        ("", "took long\n"),
        ("took 1 s\n", "… 5 lines …\n"),
    ],
)
def test_one_line_that_it_does_not_name_is_enough(before: str, after: str) -> None:
    assert output(TOOK, before, after) == ""


def test_every_rule_that_a_difference_rests_on_is_named_and_what_nothing_rests_on_is_told() -> None:
    rules = (
        "may.output = [\n  { pattern = '^took', reason = 'r' },\n  { pattern = '^with', reason = 'r' },\n"
        "  { pattern = '^never', reason = 'r' },\n]\nmay.log_target = [{ old = 'engine::a', new = 'engine::b' }]"
    )
    empty = Side(layout=Layout(files={}))
    ground = Ground(first=empty, before=empty, after=empty, places=Places("", (), empty.layout))
    judge = ContractJudge("command", terms(rules), ground)
    one = Difference(facet="stdout", where="", before="took 1\na\nwith 1\n", after="took 2\na\nwith 2\n", case=CASE)
    [marked] = judge.marked([one])
    assert marked.intended == "as c.toml:4 and c.toml:5 say"
    told = judge.judged([marked], [])[1]
    assert [note.where for note in told] == ["log target engine::a → engine::b", "output ^never"]


def test_a_pattern_for_one_facet_is_not_for_another() -> None:
    rule = TOOK.replace(" }", ", facets = ['stderr'] }")
    assert output(rule, "took 1 s", "took 2 s", "stderr")
    assert not output(rule, "took 1 s", "took 2 s", "stdout")


def test_an_exit_status_is_no_text_unless_it_is_named() -> None:
    rule = "may.output = [{ pattern = '1 became 2', reason = 'r' }]"
    assert not output(rule, "1", "2", "exit status")
    assert output(rule.replace(" }", ", facets = ['exit status'] }"), "1", "2", "exit status")
    assert not output(rule.replace(" }", ", facets = ['exit status'] }"), "1", "2", "timeout")


MOVED = "may.log_target = [{ old = 'engine::a', new = 'engine::b' }]"


def test_the_target_of_a_message_may_move() -> None:
    assert output(MOVED, "INFO engine::a: hello\n", "INFO engine::b: hello\n", "stderr")


@pytest.mark.parametrize("after", ["INFO engine::c: hello", "INFO engine::b: bye", "engine::b", "INFO engine::a: bye"])
def test_but_not_the_message(after: str) -> None:
    assert not output(MOVED, "INFO engine::a: hello\n", f"{after}\n", "stderr")


def test_and_not_the_other_way_round() -> None:
    assert not output(MOVED, "INFO engine::b: hello\n", "INFO engine::a: hello\n", "stderr")


def test_moving_an_item_lets_its_messages_move() -> None:
    files = {"crates/e/src/lib.rs": "mod a;\nmod b;\n", "crates/e/src/a.rs": "fn x() {}\n", "crates/e/src/b.rs": "\n"}
    rule = terms("may.move = [{ item = 'x', old = 'src/a.rs', new = 'src/b.rs' }]")
    one = side(files)
    ground = Ground(first=one, before=one, after=one, places=Places("", rule.named, one.layout))
    lines = [f"DEBUG e::{module}: hello\n" for module in ("a", "b", "a::x")]
    moved, unmoved = (
        Difference(facet="stderr", where="", before=old, after=new, case=CASE)
        for old, new in ((lines[0], lines[1]), (lines[2], lines[1]))
    )
    marked = ContractJudge("command", rule, ground).marked([moved, unmoved])
    assert [bool(difference.intended) for difference in marked] == [True, False]


def test_what_a_contract_of_the_range_itself_allows_says_so() -> None:
    assert output(TOOK, "took 1 s", "took 2 s", own=True) == "as c.toml:3 says, which this range changed"


# -- what is allowed, and what is not named -------------------------------------------------------------------------


def test_a_public_path_that_is_not_named_breaks_a_contract() -> None:
    new = FILES | {"src/a.rs": FILES["src/a.rs"] + "pub fn three() {}\n"}
    before, after = side(FILES), side(new)
    assert breaches(terms("may.edit = ['src/a.rs']"), before, before, after) == [
        ("public_api", "added", "demo::a::three")
    ]
    assert breaches(terms("may.edit = ['src/a.rs']\nmay.add = ['demo::a::three']"), before, before, after) == []


def test_a_file_that_is_edited_but_not_named_is_a_note() -> None:
    before, after = side(FILES), side(FILES | {"README.md": "y\n"})
    differences, notes = judged(terms("may.edit = ['src/a.rs']"), before, before, after, "layout")
    assert differences == []
    assert ("edited outside the contract", "README.md") in [(one.facet, one.where) for one in notes]


def test_a_file_that_is_made_or_deleted_but_not_named_breaks_a_contract_that_names_files() -> None:
    before, after = side(FILES), side({name: text for name, text in FILES.items() if name != "README.md"} | {"N": "n"})
    rule = terms("may.edit = ['src/a.rs']")
    assert breaches(rule, before, before, after) == [("layout", "removed", "README.md"), ("layout", "added", "N")]
    assert breaches(terms("must.tests = [{ none_ignored = true }]"), before, before, after) == []


def test_what_was_allowed_and_did_not_happen_is_told() -> None:
    before = side(FILES)
    rule = terms("may.delete = ['README.md']\nmay.remove = ['demo::a::one']")
    told = [one for probe in ("layout", "public_api") for one in judged(rule, before, before, before, probe)[1]]
    assert [(one.where, one.summary) for one in told] == [
        ("delete README.md", "allowed by c.toml:3"),
        ("remove demo::a::one", "allowed by c.toml:4"),
    ]


def test_an_item_that_may_go_may_go_and_no_other() -> None:
    before, after = side(FILES), side(FILES | {"src/a.rs": "\n"})
    found = breaches(terms("may.edit = ['**']\nmay.remove = ['demo::a::one']"), before, before, after)
    assert found == [("public_api", "removed", "demo::a::two")]


def test_a_path_that_may_go_and_one_that_may_come_may_be_a_move() -> None:
    before = side(FILES)
    after = side(FILES | {"src/lib.rs": "pub mod b;\n", "src/b.rs": FILES["src/a.rs"]})
    rules = "may.add = ['demo::b', 'demo::b::**']\nmay.remove = ['demo::a', 'demo::a::**']"
    assert breaches(terms(rules), before, before, after) == []
    assert breaches(terms(rules.replace("demo::b::**", "demo::b::one")), before, before, after) != []


def test_a_difference_that_is_intended_is_no_more_than_that_and_a_missed_target_is_unmet() -> None:
    intended = Difference(facet="moved", where="a", before="a", after="b", intended="as c.toml:3 says")
    unmet = Difference(facet="unmet", where="tests", before="3", after="2")
    assert verdict_of([intended]) is Verdict.INTENDED
    assert verdict_of([intended, unmet]) is Verdict.UNMET
    assert verdict_of([intended, unmet, Difference(facet="moved", where="c", before="c", after="d")]) is Verdict.CHANGED


lines = st.lists(st.sampled_from(["took 1 s", "took 2 s", "a", "b"]), max_size=5)


@settings(deadline=None)
@given(lines, lines)
def test_a_pattern_never_covers_a_line_that_it_does_not_match(before: list[str], after: list[str]) -> None:
    covered = output(TOOK, "\n".join(before), "\n".join(after))
    others = [[line for line in text if not line.startswith("took")] for text in (before, after)]
    if covered:
        assert others[0] == others[1]


names = st.sampled_from(["one", "two", "three", "four"])


@settings(deadline=None, max_examples=40)
@given(st.sets(names), st.sets(names), st.sets(names), st.sets(names))
def test_everything_that_is_not_allowed_breaks_and_all_that_is_does_not(
    old: set[str], new: set[str], may_go: set[str], may_come: set[str]
) -> None:
    def files(present: set[str]) -> dict[str, str]:
        return {"src/lib.rs": "".join(f"pub fn {name}() {{}}\n" for name in sorted(present))}

    quoted = [", ".join(f"'demo::{name}'" for name in sorted(some)) for some in (may_go, may_come)]
    rule = terms(f"may.edit = ['**']\nmay.remove = [{quoted[0]}]\nmay.add = [{quoted[1]}]")
    before, after = side(files(old)), side(files(new))
    broken = {where.removeprefix("demo::") for probe, _, where in breaches(rule, before, before, after)}
    assert broken == (old - new - may_go) | (new - old - may_come)


def test_a_probe_that_marks_what_is_intended_is_still_a_probe() -> None:
    empty = Side(layout=Layout(files={}))
    ground = Ground(first=empty, before=empty, after=empty, places=Places("", (), empty.layout))
    judge = ContractJudge("command", terms(TOOK), ground)
    assert isinstance(marked_probe(CommandProbe(), judge), CaseProbe)


def test_a_reason_names_what_was_missed_intended_and_reached() -> None:
    reached = Difference(facet="reached", where="tests", before="", after="", summary="tests: 3 of 3 pass (c.toml:3)")
    unmet = Difference(facet="unmet", where="x", before="", after="", summary="lines: 951, and below 950 is the target")
    moved = Difference(facet="moved", where="a", before="a", after="b", intended="as c.toml:3 says")
    own = replace(moved, intended="as c.toml:3 says, which this range changed")
    assert reason([], [reached]) == "no difference; reached tests: 3 of 3 pass"
    assert reason([moved, own], [reached, reached]) == (
        "2 × moved as intended, 1 of them by rules that this range changed; 2 targets reached"
    )
    assert reason([unmet, moved], []) == "missed lines: 951, and below 950 is the target; moved as intended"
    assert reason([replace(moved, intended=""), moved], []) == "moved that nothing allows; moved as intended"
    assert reason([replace(moved, intended="")], []) == ""
