"""Cutting a range into jobs, and putting together what they found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import __version__
from harness.cli import main
from harness.errors import ConfigError, HarnessError
from harness.measured import Timing
from harness.model import Difference, ProbeReport, Verdict
from harness.verify.exports import Export, Imports, Item, plan_digest, read, write
from harness.verify.plan import Request
from harness.verify.shards import Shard, matrix, parse_shard
from harness.verify.walk import make_plan
from tests.support.crates import crate

ITEMS = [(f"{number:02d}-x", probe) for number in range(1, 6) for probe in ("command", "public_api")]


@given(st.integers(1, 20), st.lists(st.integers(), max_size=40))
def test_the_parts_together_are_everything_once_and_in_order(count: int, things: list[int]) -> None:
    parts = [Shard(number=number, count=count).part(things) for number in range(1, count + 1)]
    assert [one for part in parts for one in part] == things
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(st.integers(1, 20), st.integers(1, 9), st.booleans())
def test_every_item_is_in_one_shard_and_the_two_ends_are_with_the_last_commit(
    count: int, commits: int, whole: bool
) -> None:
    ids = [f"{number:02d}-x" for number in range(1, commits + 1)]
    items = [(one, probe) for one in (*ids, *(["range"] if whole else [])) for probe in ("command", "public_api")]
    parts = [Shard(number=number, count=count).of(items) for number in range(1, count + 1)]
    assert sorted(one for part in parts for one in part) == sorted(items)
    for part in parts:
        assert {probe for one, probe in part if one == "range"} <= {probe for one, probe in part if one == ids[-1]}


@pytest.mark.parametrize("text", ["0/4", "5/4", "0/0", "4", "a/b", "-1/4", "1/4/2", ""])
def test_a_shard_that_is_none_is_one_clear_error(text: str) -> None:
    with pytest.raises(ConfigError, match="shard"):
        parse_shard(text)


@given(st.integers(1, 30))
def test_every_job_of_a_matrix_has_work(jobs: int) -> None:
    entries = matrix(ITEMS, jobs)["include"]
    assert 0 < len(entries) <= jobs
    assert all(entry["commits"] for entry in entries)
    assert [parse_shard(entry["shard"]).count for entry in entries] == [len(entries)] * len(entries)


def test_a_matrix_over_an_empty_range_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = crate(tmp_path / "repo")
    argv = ["matrix", "HEAD..HEAD", "--repo", str(repo.root), "--store", str(tmp_path / "store")]
    assert main(argv) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_the_matrix_is_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = crate(tmp_path / "repo")
    repo.commit("one", {"a.txt": "1"})
    repo.commit("two", {"a.txt": "2"})
    argv = ["matrix", "HEAD~2..HEAD", "--repo", str(repo.root), "--jobs", "3", "--store", str(tmp_path / "store")]
    assert main(argv) == 0
    entries = json.loads(capsys.readouterr().out)["include"]
    assert [entry["shard"] for entry in entries] == ["1/3", "2/3", "3/3"]
    assert {name for entry in entries for name in entry["commits"]} == {"01-one", "02-two", "range"}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--jobs", "0"], "--jobs=0 is no number of jobs"),
        (["--env", "CC"], "--env=CC is not NAME=VALUE"),
        (["--probes", "nothing"], "There is no probe `nothing`"),
        (["--plan", "nowhere.md"], "nowhere.md"),
    ],
)
def test_an_option_without_a_meaning_is_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    repo = crate(tmp_path / "repo")
    repo.commit("one", {"a.txt": "1"})
    assert main(["matrix", "HEAD~1..HEAD", "--repo", str(repo.root), "--store", str(tmp_path / "store"), *argv]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert words in said.err


def digest_in(folder: Path, store: Path, **more: str) -> str:
    """The digest of what a job with this repository is to verify."""
    request = Request(folder=str(folder), range="HEAD~1..HEAD", store=str(store), **more)  # type: ignore[arg-type]
    return plan_digest(make_plan(request), request.configuration(request.repository()))


def test_jobs_with_repositories_at_different_places_are_of_one_matrix(tmp_path: Path) -> None:
    repo = crate(tmp_path / "repo")
    repo.commit("one", {"a.txt": "1"})
    repo.git("clone", "-q", ".", str(tmp_path / "elsewhere" / "clone"))
    digests = {digest_in(one, tmp_path / "store") for one in (repo.root, tmp_path / "elsewhere" / "clone")}
    assert len(digests) == 1


def test_jobs_with_other_contracts_are_of_other_matrices(tmp_path: Path) -> None:
    repo = crate(tmp_path / "repo")
    repo.commit("one", {"a.txt": "1"})
    (tmp_path / "contract.toml").write_text(
        '[[commit]]\nsubject = "one"\nmay.rename = [{ old = "a.txt", new = "b.txt" }]\n'
    )
    plain = digest_in(repo.root, tmp_path / "store")
    assert digest_in(repo.root, tmp_path / "store", contract=str(tmp_path / "contract.toml")) != plain


# -- exports --------------------------------------------------------------------------------------------------

PROBE_REPORTS = st.builds(
    ProbeReport,
    name=st.sampled_from(["command", "lints"]),
    verdict=st.sampled_from(list(Verdict)),
    reason=st.text(st.characters(codec="utf-8")),
    cases=st.integers(0, 1000),
    differences=st.lists(
        st.builds(
            Difference,
            facet=st.sampled_from(["stdout", "files"]),
            where=st.text(st.characters(codec="utf-8")),
            before=st.text(st.characters(codec="utf-8")),
            after=st.text(st.characters(codec="utf-8")),
        )
    ).map(tuple),
)


def export(*items: Item, **more: object) -> Export:
    """An export of the first of two jobs."""
    settings = {"plan": "p", "platform": "Linux x86_64", "toolchains": ("rustc 1",), "shard": "1/2", **more}
    return Export(items=items, **settings)  # type: ignore[arg-type]


def item(comparison: str, probe: str, verdict: Verdict = Verdict.SAME, seconds: float = 0.0) -> Item:
    """What a job said."""
    report = ProbeReport(name=probe, verdict=verdict, reason="because", seconds=seconds)
    return Item(comparison=comparison, report=report)


@given(reports=st.lists(PROBE_REPORTS, max_size=3), cases=st.dictionaries(st.text("abc"), st.binary()))
def test_an_export_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, reports: list[ProbeReport], cases: dict[str, bytes]
) -> None:
    path = tmp_path_factory.mktemp("export") / "file"
    made = export(*(Item(comparison="01-x", report=one) for one in reports), cases=cases)
    write(made, path)
    assert read(path) == made


@given(st.integers(min_value=0), st.integers(1, 255))
def test_one_wrong_byte_is_never_believed(tmp_path_factory: pytest.TempPathFactory, place: int, change: int) -> None:
    path = tmp_path_factory.mktemp("export") / "file"
    write(export(item("01-x", "command")), path)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= change
    path.write_bytes(data)
    with pytest.raises(HarnessError):
        read(path)


def test_an_export_of_another_version_says_so(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write(export(version="0.0.1"), path)
    with pytest.raises(HarnessError, match=f"of version 0.0.1 of the harness, and this is {__version__}"):
        read(path)


def test_an_export_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        read(tmp_path / "absent")


def imports(*exports: Export, plan: str = "p") -> Imports:
    """These exports put together."""
    return Imports({Path(f"{number}.bin"): one for number, one in enumerate(exports)}, plan, ITEMS)


def test_what_a_missing_shard_should_have_judged_is_incomplete_and_names_it() -> None:
    known = imports(export(item("01-x", "command")))
    assert known.find("01-x", "command").report.verdict is Verdict.SAME
    missing = known.find("05-x", "public_api").report
    assert (missing.verdict, missing.reason) == (Verdict.INCOMPLETE, "no import has it: shard 2/2 is missing")


def test_what_a_shard_was_killed_before_is_incomplete_and_names_it() -> None:
    missing = imports(export(item("01-x", "command"))).find("02-x", "command").report
    assert (missing.verdict, missing.reason) == (
        Verdict.INCOMPLETE,
        "no import has it: shard 1/2 did not come to it",
    )


def test_an_export_of_another_range_is_refused() -> None:
    with pytest.raises(HarnessError, match="another range"):
        imports(export(), plan="q")


def test_two_exports_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(HarnessError, match=r"contradicts another one about 01-x command"):
        imports(export(item("01-x", "command")), export(item("01-x", "command", Verdict.CHANGED)))


def test_the_same_export_twice_is_no_contradiction() -> None:
    twice = imports(export(item("01-x", "command", seconds=1.0)), export(item("01-x", "command", seconds=2.0)))
    assert twice.remarks() == []


def test_toolchains_that_differ_are_told() -> None:
    (told,) = imports(
        export(item("01-x", "command")), export(item("02-x", "command"), toolchains=("rustc 2",), shard="2/2")
    ).remarks()
    assert "rustc 1" in told
    assert "rustc 2" in told


def test_raw_logs_and_durations_of_two_jobs_are_no_contradiction() -> None:
    def judged(log: str) -> Item:
        one = Difference(facet="stdout", where="", before="a", after="b", logs=(log, log))
        report = ProbeReport(
            name="command",
            verdict=Verdict.CHANGED,
            reason="",
            differences=(one,),
            timings=(Timing(benchmark=log, word="as fast"),),
        )
        return Item(comparison="01-x", report=report)

    assert imports(export(judged("one")), export(judged("two"))).remarks() == []


def test_the_first_job_that_built_a_revision_gives_its_log() -> None:
    known = imports(
        export(item("01-x", "command"), logs={"a": "first"}), export(logs={"a": "second", "b": "b"}, shard="2/2")
    )
    assert known.logs() == {"a": "first", "b": "b"}


def test_machines_that_differ_are_told() -> None:
    told = imports(
        export(item("01-x", "command")), export(item("02-x", "command"), platform="Darwin arm64", shard="2/2")
    ).remarks()
    assert "Darwin arm64" in told[0]
    assert "Linux x86_64" in told[0]
