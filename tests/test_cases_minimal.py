"""The least that is a file of its kind, and what a trace shows."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cases.minimal import component, custom_sections, minimal, module
from harness.cases.trace import Sought, looked_for, traced
from harness.compare.output import CommandObservation, FileChange
from harness.model import Case
from harness.probes.containment import containment
from harness.probes.tracing import tracing, tried
from tests.support.programs import OPEN, observe, python


def first(path: str) -> bytes:
    return next(iter(minimal(path)))[1]


def test_an_empty_archive_is_an_archive() -> None:
    assert zipfile.ZipFile(io.BytesIO(first("a.zip"))).namelist() == []
    for name in ("a.tar", "a.tgz"):
        with tarfile.open(fileobj=io.BytesIO(first(name))) as archive:
            assert archive.getnames() == []
    assert gzip.decompress(first("a.gz")) == b""


def test_an_empty_database_is_one(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(first("state.db"))
    connection = sqlite3.connect(tmp_path / "state.db")
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


def test_documents_are_of_their_format() -> None:
    assert json.loads(first("a.json")) == {} == yaml.safe_load(first("a.yml"))
    assert tomllib.loads(first("a.toml").decode()) == {"key": "value"}


def test_a_module_and_a_component_have_the_sections_that_are_asked_for() -> None:
    assert module() == b"\0asm\x01\0\0\0"
    assert component() == b"\0asm\x0d\0\x01\0"
    assert module(["name"]).removeprefix(module()) == b"\0\x07\x04name{}"
    assert dict(minimal("x.wasm", ["manifest"]))["an empty component"].endswith(b"manifest{}")


def test_every_kind_can_be_an_empty_file_too() -> None:
    assert all((("an empty file", b"") in minimal(path)) for path in ("a.wasm", "a.db", "a.xyz", "plain", "a.zip"))


def test_files_are_the_same_every_time() -> None:
    paths = ("a.wasm", "a.db", "a.zip", "a.tar", "a.tgz", "a.gz", "plain", "a.wat")
    assert [list(minimal(path)) for path in paths] == [list(minimal(path)) for path in paths]


@pytest.mark.parametrize(
    "source",
    [
        'const MANIFEST_SECTION: &str = "rapid_manifest";',
        'Payload::CustomSection(reader) if\n    reader.name() == "rapid_manifest" => {',
        'for section in custom_sections() {\n    if section.name == "rapid_manifest" {',
    ],
)
def test_names_of_custom_sections_are_found_in_sources(source: str) -> None:
    assert custom_sections([source]) == ("rapid_manifest",)


def test_other_strings_are_no_sections() -> None:
    assert custom_sections(['let x = "some_name";', "// no custom section at all"]) == ()


# -- traces ---------------------------------------------------------------------------------------------------

LOG = r"""
12 openat(AT_FDCWD</tmp/case>, "plugins/one.wasm", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
12 stat("plugins", 0x7ffd) = -1 ENOENT (No such file or directory)
12 openat(AT_FDCWD</tmp/case>, "/etc/secret", O_RDONLY) = -1 ENOENT (No such file or directory)
12 openat(AT_FDCWD</tmp/case>, "../up", O_RDONLY) = -1 ENOENT (No such file or directory)
13 openat(AT_FDCWD</tmp/case>, "themes", O_RDONLY|O_DIRECTORY) = -1 ENOENT (No such file or directory)
13 openat(4</tmp/case/deep>, "inner.json", O_RDONLY) = -1 ENOENT (No such file or directory)
13 openat(AT_FDCWD</tmp/case>, "out/log.txt", O_WRONLY|O_CREAT|O_TRUNC, 0666) = -1 ENOENT (No such file or directory)
13 connect(5<socket:[1]>, {sa_family=AF_UNIX, sun_path="/tmp/case/agent.sock"}, 110) = -1 ENOENT (No such file)
13 connect(6<socket:[2]>, {sa_family=AF_INET, sin_port=htons(5432), sin_addr=inet_addr("127.0.0.1")}) = -1 ECONNREFUSED
13 connect(6, {sa_family=AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "::1", &sin6_addr)}) = -1 EINPROGRESS
13 connect(6<TCP:[3]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, 16) = -1 ENETUNREACH (N)
13 execve("/tmp/bin/git", ["git"], 0x7ffe /* 9 vars */) = -1 ENOENT (No such file or directory)
13 execve("/bin/git", ["git"], 0x7ffe /* 9 vars */) = -1 ENOENT (No such file or directory)
13 openat(AT_FDCWD</tmp/case>, "caf\303\251.txt", O_RDONLY) = -1 ENOENT (No such file or directory)
13 access("locked", R_OK) = -1 EACCES (Permission denied)
garbage
"""


def log(text: str) -> CommandObservation:
    one = FileChange(path=b".what-it-looked-for", change="created", kind="file", content=text.encode())
    return CommandObservation(status="exit 1", files=(one,))


def test_what_was_looked_for_in_the_own_directory_is_read_off_a_trace() -> None:
    assert looked_for(log(LOG)) == (
        Sought(path="plugins/one.wasm"),
        Sought(path="plugins"),
        Sought(path="themes", kind="folder"),
        Sought(path="deep/inner.json"),
        Sought(path="out", kind="folder"),
        Sought(path="agent.sock", kind="socket"),
        Sought(path="127.0.0.1:5432", kind="port"),
        Sought(path="127.0.0.1:80", kind="port"),
        Sought(path="git", kind="executable"),
        Sought(path="café.txt"),
    )


@settings(deadline=None)
@given(st.text(max_size=200) | st.sampled_from(LOG.splitlines()).map(lambda line: line.replace("/tmp/case", "/tmp")))
def test_no_trace_makes_it_fail_or_leads_outside(text: str) -> None:
    for one in looked_for(log(text)):
        assert not one.path.startswith("/")
        assert ".." not in Path(one.path).parts


@pytest.mark.parametrize("name", ["b" * 256, "# a list\\nof/files", f"a/{'ü' * 130}"])
def test_what_no_file_can_be_called_was_not_looked_for(name: str) -> None:
    line = '9 openat(AT_FDCWD</tmp/case>, "{}", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)'
    assert looked_for(log("\n".join(line.format(one) for one in (name, "b.txt")))) == (Sought(path="b.txt"),)


def test_a_run_without_a_trace_looked_for_nothing() -> None:
    assert looked_for(CommandObservation(status="exit 1")) == ()


@pytest.mark.skipif(not tracing().tool, reason=f"nothing can be traced here: {tracing().reason}")
def test_a_program_is_watched_inside_the_sandbox(tmp_path: Path) -> None:
    text = """
        import os
        os.path.exists("a.json"), os.path.exists("b/c.db")
        os.execvp("no-such-tool", ["x"])
    """
    program = python(tmp_path, text)
    (seen,) = observe(program, traced(Case(program="prog"), tracing().tool))
    assert {Sought(path="a.json"), Sought(path="b/c.db"), Sought(path="no-such-tool", kind="executable")} <= set(
        looked_for(seen)
    )


def test_a_missing_or_refused_tracer_is_told_in_a_sentence(tmp_path: Path) -> None:
    assert tried(OPEN, "/usr/bin/strace").reason == "there is no sandbox"
    if tracing().tool:
        assert tried(containment(), None).reason == "strace is not installed"
        assert tried(containment(), "/bin/false").reason == "strace does not work here: it ended with status 1"
