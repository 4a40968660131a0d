"""A file of approved differences is read back as it was written, and what was meddled with does not count."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.approval_file import HEAD, identity, parse, render
from harness.compare.escape import escaped, unescaped
from harness.model import Form
from tests.support.forms import SOME_FORM, form_of, in_case, item

UNKNOWN = form_of(in_case("error: unknown key `name`\n", "error: invalid key `name`\n", "check", "name"))
MOVED = form_of(item("app::old", "app::old", "app::new", facet="moved"))
FILE = render("refactor(cli): say what a key is", "command", [UNKNOWN, MOVED])


def test_a_file_reads_like_a_patch() -> None:
    expected = (
        "# Approved differences, format 1: what one commit changes on purpose. `pytest --snapshot-update` writes it.\n"
        "commit: refactor(cli): say what a key is\n"
        "probe: command\n"
        "\n"
        f"difference {identity(MOVED)}: moved\n"
        "at: app::old\n"
        "- app::old\n"
        "+ app::new\n"
        "\n"
        f"difference {identity(UNKNOWN)}: stderr, in cases\n"
        "- error: unknown key `{1}`\n"
        "+ error: invalid key `{1}`\n"
        "for example\n"
        "- error: unknown key `name`\n"
        "+ error: invalid key `name`\n"
    )
    assert expected == FILE


@settings(deadline=None)
@given(st.text(), st.text(), st.lists(SOME_FORM, max_size=4))
def test_what_was_written_is_read_back_the_same(subject: str, probe: str, forms: list[Form]) -> None:
    text = render(subject, probe, forms)
    read = parse(text.encode())
    assert not read.problems
    assert (read.subject, read.probe) == (subject, probe)
    assert render(subject, probe, read.forms) == text
    assert {repr(form) for form in read.forms} <= {repr(form) for form in forms}
    assert all(
        line == line.rstrip() or line in ("- ", "+ ", "at: ", "beside: ") or line.endswith(": ")
        for line in text.split("\n")
    )


@given(st.lists(SOME_FORM, max_size=4), st.randoms(use_true_random=False))
def test_the_order_in_which_differences_are_found_does_not_show(forms: list[Form], random: object) -> None:
    shuffled = sorted(forms, key=lambda form: random.random())  # type: ignore[attr-defined]
    # Of two that differ in nothing but their example, one stays, whichever came first.
    assert render("s", "p", shuffled) == render("s", "p", forms)


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_is_one_line_that_can_be_seen(text: str) -> None:
    line = escaped(text)
    assert unescaped(line) == text
    assert line.isprintable()
    assert not line.endswith(" ")


@settings(deadline=None)
@given(st.lists(SOME_FORM, min_size=1, max_size=3), st.data())
def test_a_line_that_was_taken_out_or_changed_never_approves_anything_else(
    forms: list[Form], data: st.DataObject
) -> None:
    lines = render("subject", "command", forms).split("\n")
    place = data.draw(st.integers(3, len(lines) - 1))
    change = data.draw(st.sampled_from(["", "- other", "+ other", "@", "for example", "beside: other", lines[3], "x"]))
    changed = [*lines[:place], change, *lines[place + 1 :]]
    read = parse("\n".join(changed).encode())
    assert {identity(form) for form in read.forms} <= {identity(form) for form in forms}


def test_an_entry_changed_by_hand_does_not_count_and_its_line_is_named() -> None:
    read = parse(FILE.replace("app::new", "app::newer").encode())
    assert read.forms == (UNKNOWN,)
    [problem] = read.problems
    assert problem.line == 5
    assert "was changed since it was written" in problem.what
    assert read.is_ours


def test_a_file_with_conflict_markers_does_not_count_at_all() -> None:
    lines = FILE.splitlines()
    read = parse("\n".join([*lines[:4], "<<<<<<< HEAD", *lines[4:9], "=======", ">>>>>>> other", *lines[9:]]).encode())
    assert read.forms == ()
    [problem] = read.problems
    assert (problem.line, problem.whole) == (5, True)
    assert "merge conflict" in problem.what
    assert not read.is_ours


def test_a_file_of_a_newer_format_does_not_count_and_is_not_ours_to_write() -> None:
    read = parse(FILE.replace("format 1", "format 2").encode())
    assert read.forms == ()
    assert "format 2" in read.problems[0].what
    assert not read.is_ours


def test_a_file_that_is_something_else_does_not_count() -> None:
    for data in (b"", b"\xff\xfe", b"hello\n", HEAD.encode(), f"{HEAD}1\ncommit: x\n".encode()):
        read = parse(data)
        assert read.forms == ()
        assert not read.is_ours


def test_line_ends_of_another_system_do_not_matter() -> None:
    assert parse(FILE.replace("\n", "\r\n").encode()) == parse(FILE.encode())


def test_spaces_that_an_editor_takes_away_do_not_matter() -> None:
    form = form_of(in_case("a\n\nb \n", "a\nc\n", "x"))
    text = render("", "p", [form])
    assert parse("\n".join(line.rstrip() for line in text.split("\n")).encode()).forms == (form,)


def test_the_example_in_this_repository_is_in_order() -> None:
    path = Path(__file__).parent.parent / "snapshots" / "approved" / "say-what-a-key-is.command.txt"
    read = parse(path.read_bytes())
    assert not read.problems
    assert render(read.subject, read.probe, read.forms) == path.read_text()
    assert UNKNOWN in read.forms
