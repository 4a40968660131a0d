"""The reader of Rust sources finds tests by their path, whatever comments, literals and macros lie around them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.compare.rust_source import crate_modules, doc_block, parse
from harness.compare.rust_text import essence, mask

PIECES = st.sampled_from(
    [
        "fn f() { }",
        "// } { \" '\n",
        '/* { /* " */ } */',
        '"a { \\" b"',
        'r#"{ " "#',
        "'{'",
        "'\\''",
        "'a",
        "b'\"'",
        "mod m { }",
        '#[x = "]"]\n',
        "{ }",
        "x!{ }",
        "<'a, 'b>",
        " ",
        "\n",
    ]
)


@given(st.lists(PIECES).map(" ".join))
def test_masking_keeps_length_lines_and_balance(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert masked.count("\n") == text.count("\n")
    assert masked.count("{") == masked.count("}")


@given(st.text(alphabet="ab{}[]()\"'/*#r!\\\n mod fn;", max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    parsed = parse(text)
    assert all(function.text in text for function in parsed.functions)
    assert len(mask(text)) == len(text)
    essence(text)


@given(st.lists(PIECES).map(" ".join))
def test_a_function_is_found_after_any_balanced_text(text: str) -> None:
    found = parse(f"{text}\n#[test]\nfn needle() {{ 'x'; }}\n").functions
    assert found[-1].path == ("needle",)
    assert found[-1].text.endswith("fn needle() { 'x'; }")


def test_a_test_is_cut_out_with_its_attributes() -> None:
    text = 'struct S;\n#[test]\n#[should_panic(expected = "}")]\nfn a() -> Result<(), [u8; 2]> { assert!(true, "{"); }'
    first = parse(text).functions[0]
    assert first.text.startswith("#[test]\n#[should_panic")
    assert first.text.endswith('assert!(true, "{"); }')


def test_functions_of_inline_modules_and_macros_have_their_path() -> None:
    text = "mod tests { proptest! { #[test] fn p(x in 0..1) { } } mod deep { fn d() {} } } impl S { fn no() {} }"
    assert [one.path for one in parse(text).functions] == [("tests", "p"), ("tests", "deep", "d")]


def test_visibility_is_as_written() -> None:
    modules = parse("pub mod a; pub(crate) mod b; mod c { } pub fn f() {} mod d;").modules
    assert [(one.path[0], one.visibility, one.inline) for one in modules] == [
        ("a", "pub", False),
        ("b", "pub(crate)", False),
        ("c", "", True),
        ("d", "", False),
    ]


def test_modules_are_followed_to_their_files() -> None:
    files = {
        "c/src/lib.rs": 'mod a; mod b; #[path = "odd/place.rs"] mod p; mod i { mod x; }',
        "c/src/a.rs": "mod inner;",
        "c/src/a/inner.rs": "fn f() {}",
        "c/src/b/mod.rs": "mod below;",
        "c/src/b/below.rs": "",
        "c/src/odd/place.rs": "mod near;",
        "c/src/odd/near.rs": "",
        "c/src/i/x.rs": "",
    }
    found = {"::".join(one.module): one.file for one in crate_modules("c/src/lib.rs", files.get)}
    assert found == {
        "": "c/src/lib.rs",
        "a": "c/src/a.rs",
        "a::inner": "c/src/a/inner.rs",
        "b": "c/src/b/mod.rs",
        "b::below": "c/src/b/below.rs",
        "p": "c/src/odd/place.rs",
        "p::near": "c/src/odd/near.rs",
        "i::x": "c/src/i/x.rs",
    }


def test_a_module_that_includes_itself_ends() -> None:
    files = {"lib.rs": '#[path = "lib.rs"] mod again;'}
    assert len(list(crate_modules("lib.rs", files.get))) == 1


def test_reformatted_code_has_the_same_essence() -> None:
    assert essence("f( a,\n   b, // why\n )") == essence("f(a, b)")


def test_a_changed_literal_changes_the_essence() -> None:
    assert essence('f("a b")') != essence('f("ab")')


def test_an_example_in_documentation_is_cut_out_at_its_line() -> None:
    text = "/// Words.\n/// ```no_run\n/// one();\n/// ```\n/// more\nfn f() {}"
    assert doc_block(text, 2) == "```no_run\none();\n```"
    assert doc_block(text, 1) == ""
