"""Who is there at a socket of a case says nothing, and says so in the same way each time."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.probes.runner.serving import Serving


@contextlib.contextmanager
def serving(*names: Path) -> Iterator[Serving]:
    one = Serving([os.fsencode(name) for name in names])
    try:
        yield one
    finally:
        one.close()


def answer(path: Path, *, sent: bytes, pause: float) -> bytes:
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(10)
        one.connect(os.fspath(path))
        time.sleep(pause)
        one.sendall(sent)
        return one.recv(100)


@pytest.mark.parametrize("pause", [0.0, 0.002])
def test_whether_a_program_asks_before_or_after_it_is_told_that_this_is_all_makes_no_difference(
    tmp_path: Path, pause: float
) -> None:
    with serving(tmp_path / "a.sock"):
        assert {answer(tmp_path / "a.sock", sent=b"x\n", pause=pause) for _ in range(100)} == {b""}


def test_much_that_is_sent_is_taken(tmp_path: Path) -> None:
    with serving(tmp_path / "a.sock"):
        assert answer(tmp_path / "a.sock", sent=b"x" * 1_000_000, pause=0.0) == b""


def test_after_the_end_nobody_is_let_in(tmp_path: Path) -> None:
    with serving(tmp_path / "a.sock"), socket.socket(socket.AF_UNIX) as guest:
        guest.connect(os.fspath(tmp_path / "a.sock"))
    with pytest.raises(OSError, match="refused"):
        answer(tmp_path / "a.sock", sent=b"x", pause=0.0)


def test_where_nobody_can_listen_nobody_does(tmp_path: Path) -> None:
    with serving(tmp_path / "none" / "a.sock", tmp_path / "b.sock") as one:
        assert len(one.listening) == 1
