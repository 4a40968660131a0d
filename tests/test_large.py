"""Very long outputs and very many files: told in blocks, never kept whole."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.output import Beyond, CommandObservation, encode
from harness.compare.weigh import settle
from harness.model import Case, Difference
from harness.probes.command import CommandProbe
from harness.probes.runner.blocks import LARGEST, Blocks
from harness.probes.runner.folder import Folder, clear
from tests.support.programs import observe_one, pair, python

_CASE = Case(program="prog")


def blocks_of(data: bytes, size: int = 1 << 20) -> list[str]:
    made = Blocks()
    for start in range(0, len(data), size):
        made.feed(data[start : start + size])
    return made.all()


def log(lines: int, start: int = 0) -> bytes:
    return b"".join(b"%08d a line of a log about row %d\n" % (start + one, one % 97) for one in range(lines))


@pytest.mark.slow
@given(st.integers(0, 1 << 32), st.integers(1, 200_000), st.sampled_from([b"", b"\n", b"no end"]))
@settings(deadline=None, max_examples=30)
def test_blocks_do_not_depend_on_how_the_stream_arrived(seed: int, size: int, end: bytes) -> None:
    data = log(20_000, seed) + b"x" * (seed % 300_000) + end
    assert blocks_of(data, size) == blocks_of(data, len(data))
    assert sum(int(one.split()[0]) for one in blocks_of(data)) == len(data)


def test_a_line_more_at_the_beginning_changes_few_blocks() -> None:
    words = [b"%x says something\n" % (number * 2654435761 % 2**32) for number in range(200_000)]
    old, new = blocks_of(b"".join(words)), blocks_of(b"a new line\n" + b"".join(words))
    assert len(old) > 50
    assert len(set(old) ^ set(new)) <= 6


def test_other_numbers_are_seen_but_not_without_digits() -> None:
    old, new = blocks_of(log(50_000)), blocks_of(log(50_000, 777))
    assert old != new
    assert [one.rpartition(" ")[2] for one in old] == [one.rpartition(" ")[2] for one in new]


def test_bytes_without_lines_are_blocks_too() -> None:
    assert len(blocks_of(b"\0" * (10 * LARGEST))) == 10


PROGRAM = """
import os, sys
line = b"a line that says nothing at all but is there, number %d\\n"
part = b"".join(line % number for number in range(20000))
for turn in range(20):
    os.write(1, part)
"""


def test_a_long_output_is_told_in_blocks_and_compared_as_these(tmp_path: Path) -> None:
    old, same = (observe_one(python(tmp_path / name, PROGRAM)) for name in ("old", "same"))
    # The difference comes late, where nothing is kept of either.
    late = PROGRAM.replace("    os.write(1, part)", "    os.write(1, part if turn < 19 else part[:9000])")
    new = observe_one(python(tmp_path / "new", late))
    assert (old.status, len(old.stdout), [one.stream for one in old.beyond]) == ("exit 0", 256 << 10, ["stdout"])
    assert encode(old) == encode(same)
    (found,) = CommandProbe().compare(_CASE, encode(old), encode(new), pair()).differences
    assert (found.facet, found.where) == ("stdout", "beyond its beginning, in blocks")
    assert "sha256" in found.before


def test_times_in_every_line_of_a_long_output_are_no_change() -> None:
    def run(start: int) -> CommandObservation:
        blocks = tuple(blocks_of(log(90_000, start)))
        return CommandObservation(status="exit 0", beyond=(Beyond(stream="stdout", blocks=blocks),))

    assert settle([run(1), run(2), run(3)], [run(4), run(5), run(6)], pair(), _CASE) == "same"
    assert settle([run(1), run(1), run(1)], [run(4), run(4), run(4)], pair(), _CASE) == "changed"


def test_two_outputs_of_100_megabytes_are_compared_in_under_two_seconds() -> None:
    blocks = [
        tuple(f"{number} bytes, sha256 {number + shift:024x}, without digits 0" for number in range(6400))
        for shift in (0, 1)
    ]
    old, new = (
        encode(CommandObservation(status="exit 0", beyond=(Beyond(stream="stdout", blocks=one),))) for one in blocks
    )
    began = time.monotonic()
    found: tuple[Difference, ...] = CommandProbe().compare(_CASE, old, new, pair()).differences
    assert time.monotonic() - began < 2
    assert len(found) == 1
    assert len(found[0].before) < 200_000


# -- files ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_ten_thousand_small_files_are_all_told(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path / "case")
    folder = Folder(root)
    folder.lay_out([])
    for number in range(100):
        (tmp_path / "case" / str(number)).mkdir()
        for inner in range(100):
            (tmp_path / "case" / str(number) / str(inner)).write_bytes(b"%d %d" % (number, inner))
    began = time.monotonic()
    changes = folder.changes()
    seconds = time.monotonic() - began
    clear(root)
    assert len(changes) == 5 * (100 + 100 * 100)
    assert seconds < 2  # 0.3 s where nothing else runs; `make bench` measures it


def test_a_time_that_a_program_sets_is_told_and_that_of_the_run_is_not(tmp_path: Path) -> None:
    text = "import os; open('a', 'w'); open('b', 'w'); os.utime('a', (0, 86400)); os.utime('given', (5, 5))"
    seen = observe_one(python(tmp_path, text), files={"given": b"x"})
    assert {one.path: one.set_time for one in seen.files} == {b"a": "86400", b"b": "", b"given": "5"}
