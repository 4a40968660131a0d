"""What tests lay out before they call a program is read off their sources, whatever they lay it out with."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.command_lines import CommandLine
from harness.cases.scenes import Scenes


def scenes(body: str, rest: str = "") -> list[CommandLine]:
    """Those of one test with this body, in a source that has the rest too."""
    return list(Scenes({"tests/a.rs": f"#[test]\nfn one() {{\n{body}\n}}\n{rest}"}, {"app"}).of("tests/a.rs"))[:8]


@pytest.mark.parametrize(
    "body",
    [
        'fs::write(dir.path().join("in.txt"), "a").unwrap(); app().args(["--all", "in.txt"]).assert().success();',
        'dir.child("in.txt").write_str("a").unwrap();\ncmd().arg("--all").arg("in.txt").assert();',
        'let mut f = File::create(dir.join("in.txt")).unwrap(); f.write_all(b"a").unwrap(); run(&["--all", "in.txt"]);',
        'let path = dir.path().join("in.txt");\nfs::write(&path, "a");\nlet out = app().arg("--all").arg(&path);',
        'Test::new().write("in.txt", "a").args(["--all", "in.txt"]).stdout("never\\nthis").success();',
        'Playground::with([("in.txt", "a")]).run("--all in.txt");',
        'const ALL: &str = "--all"; x().file("in.txt", "a").arg(ALL).arg("in.txt").output();',
    ],
)
def test_files_are_found_however_they_are_written(body: str) -> None:
    found = scenes(body)
    assert [(one.argv, one.files) for one in found] == [(("--all", "in.txt"), (("in.txt", "a"),))]


def test_a_text_without_a_name_has_that_of_the_call_that_it_is_given_to() -> None:
    body = 'Test::new().taskfile("\n    all:\n      build\n    ").arg("all").stdout("\n   built\n   ").success();'
    (one,) = scenes(body)
    assert one.texts == (("taskfile", "all:\n  build\n"),)
    assert one.argv == ("all",)


def test_what_a_helper_is_given_stands_where_it_puts_it() -> None:
    helper = """
        fn assert_value(expression: &str, expected: &str) {
            let template = format!("x := {expression} {{}}");
            Test::new().taskfile(template).args(["--evaluate", "x"]).stdout(expected).success();
        }
    """
    (one,) = scenes('assert_value("1 + 2", "3");', helper)
    assert (one.argv, one.texts) == (("--evaluate", "x"), (("taskfile", "x := 1 + 2 {}"),))


def test_what_a_method_of_a_helper_sets_is_set() -> None:
    helper = 'impl Test { fn unstable(self) -> Self { self.env("APP_UNSTABLE", "1") } fn done(self) { check(self); } }'
    (one,) = scenes('Test::new().write("a.txt", "b").unstable().arg("a.txt").done();', helper)
    assert one.env == (("APP_UNSTABLE", "1"),)


def test_lists_of_files_that_a_source_names_are_empty_files() -> None:
    lists = 'static FOLDERS: &[&str] = &["one"]; static FILES: &[&str] = &["a.txt", "one/b.txt"];'
    (one,) = scenes('let t = Env::new(FOLDERS, FILES); t.assert_output(&["b"], "one/b.txt");', lists)
    assert one.argv == ("b",)
    assert one.files == (("a.txt", ""), ("one/b.txt", ""))


def test_each_call_of_a_program_is_a_scene_with_what_was_written_until_then() -> None:
    body = """
        fs::write("a.txt", "1").unwrap();
        app().arg("a.txt").assert().success();
        fs::write("b.txt", "2").unwrap();
        app().args(["a.txt", "b.txt"]).write_stdin("3").env("NO_COLOR", "1").assert().failure();
    """
    first, second = scenes(body)
    assert (first.argv, first.files, first.stdin) == (("a.txt",), (("a.txt", "1"),), None)
    assert (second.argv, second.stdin, second.env) == (("a.txt", "b.txt"), b"3", (("NO_COLOR", "1"),))
    assert second.files == (("a.txt", "1"), ("b.txt", "2"))


@pytest.mark.parametrize(
    "body",
    [
        'fs::write("a.txt", "1"); app().arg(unknown()).arg("a.txt").assert();',
        'fs::write("a.txt", "1"); app().current_dir(dir.path().join("inner")).arg("a.txt").assert();',
        'fs::write("../a.txt", "1"); app().arg("b").assert();',
        'fs::write("/etc/a.txt", "1"); app().arg("b").assert();',
        'assert_eq!(name("a.txt", "b"), "c");',
        'app().arg("a.txt").assert().stdout("x\\ny");',
    ],
)
def test_what_is_not_known_or_no_scene_is_left_out(body: str) -> None:
    assert scenes(body) == []


def test_the_program_is_the_one_that_is_named() -> None:
    (one,) = scenes('fs::write("a.txt", "1"); Command::cargo_bin("app").unwrap().arg("a.txt").assert();')
    (other,) = scenes('fs::write("a.txt", "1"); Command::cargo_bin("tool").unwrap().arg("a.txt").assert();')
    assert (one.program, other.program) == ("app", "")


def test_helpers_that_call_each_other_come_to_an_end() -> None:
    assert len(scenes('f("a\\nb");', "fn f(x: &str) { g(x); } fn g(x: &str) { f(x); }")) <= 1


@pytest.mark.parametrize("piece", ["(", "f(", '"a", ', 'x.join("a")', "fn f(a: &str) { f(", "let x = ", "[", "}"])
def test_no_long_source_makes_it_slow(piece: str) -> None:
    began = time.process_time()
    scenes(piece * 1000, piece * 1000)
    assert time.process_time() - began < 5


@given(st.text(alphabet='fn()[]{}"\\;,.=&!: \nabwrite', max_size=120), st.text(alphabet='fn(){}"; ab', max_size=40))
def test_no_source_makes_it_fail(body: str, rest: str) -> None:
    for one in scenes(body, rest):
        assert one.is_scene
        assert all(name and not name.startswith("/") and ".." not in name.split("/") for name, _ in one.files)
