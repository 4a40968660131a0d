"""Cases that have what their program looked for in vain."""

from __future__ import annotations

import itertools
from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cases.sought import _of
from harness.cases.steady import Base
from harness.cases.trace import Sought
from harness.model import Case

PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
KINDS = st.sampled_from(["file", "folder", "socket", "port", "executable"])


def base(files: dict[str, bytes], *missing: Sought) -> Base:
    """A known command line with these files that looked for these things."""
    return Base(case=Case(program="prog", files=files), missing=missing)


def made(one: Base) -> set[str]:
    """Where the cases come from that are made of it."""
    return {case.origin for case in _of(one, ())}


def test_what_was_missing_is_there_as_a_file_and_as_a_folder() -> None:
    assert {"p/x.wat there: a folder"} < made(base({}, Sought(path="p/x.wat")))


def test_where_a_socket_or_a_port_was_missing_somebody_listens() -> None:
    missing = (Sought(path="run/app.sock", kind="socket"), Sought(path="127.0.0.1:5432", kind="port"))
    served = [case.sockets for case in _of(base({}, *missing), ()) if case.sockets]
    assert served == [("run/app.sock",), ("127.0.0.1:5432",)]
    assert "127.0.0.1:5432" not in {path for case in _of(base({}, *missing), ()) for path in case.files}


def test_what_was_given_since_is_not_put_there_once_more() -> None:
    assert made(base({"p/x.wat": b"given"}, Sought(path="p/x.wat"))) == set()


def test_a_file_is_not_put_where_a_folder_is_needed_nor_the_other_way_round() -> None:
    assert made(base({"p/x.wat": b"given"}, Sought(path="p"))) == {"p there: a folder"}
    assert made(base({"p": b"given"}, Sought(path="p/x.wat"))) == set()


@given(st.dictionaries(PATHS, st.just(b""), max_size=4), PATHS, KINDS)
@settings(deadline=None)
def test_the_files_of_a_case_can_all_be_there(files: dict[str, bytes], path: str, kind: str) -> None:
    def fit(names: object) -> bool:
        pairs = itertools.permutations([PurePosixPath(name) for name in names], 2)  # type: ignore[attr-defined]
        return not any(one.is_relative_to(other) for one, other in pairs)

    if fit(files):
        assert all(fit([*case.files, *case.sockets]) for case in _of(base(files, Sought(path=path, kind=kind)), ()))
