"""Differences and forms as tests of approvals need them."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.compare.cluster import with_forms
from harness.model import Case, Difference, Form, Wording

__all__ = ["SOME_FORM", "form_of", "in_case", "item"]

_LINE = st.text(
    alphabet=st.one_of(st.characters(codec=None), st.sampled_from("{}12\\ \r\t\x1b@-+<>=|: ")), max_size=20
) | st.sampled_from(
    ["<<<<<<< ours", "=======", ">>>>>>> theirs", "@", "for example", "difference 000000000000: x", "- ", "a" * 5000]
)
_HUNK = st.tuples(st.lists(_LINE, max_size=3).map(tuple), st.lists(_LINE, max_size=3).map(tuple)).filter(any)
_WORDING = st.builds(
    Wording,
    where=_LINE,
    hunks=st.lists(_HUNK, min_size=1, max_size=3).map(tuple),
    beside=st.lists(_LINE, max_size=2).map(tuple),
)
_FACET = st.sampled_from(["stdout", "stderr", "exit status", "files", "moved", "clippy"])
SOME_FORM = st.builds(
    Form, facet=_FACET, general=_WORDING, example=st.none() | _WORDING, of_case=st.booleans(), whole=st.just("")
) | st.builds(
    Form,
    facet=st.just("stdout"),
    general=st.builds(Wording, where=_LINE, hunks=st.just(()), beside=st.lists(_LINE, max_size=2).map(tuple)),
    of_case=st.just(True),
    whole=st.sampled_from(["vanished", "appeared"]),
)
"""Any form, with hostile text in it."""


def in_case(before: str, after: str, *argv: str, facet: str = "stderr", where: str = "") -> Difference:
    """A difference that a case showed, with its form; alone in its case."""
    made = Case(program="app", argv=argv)
    return with_forms([Difference(facet=facet, where=where, before=before, after=after, case=made)])[0]


def item(where: str, before: str, after: str, facet: str = "changed") -> Difference:
    """A difference that is about no case, with its form."""
    return with_forms([Difference(facet=facet, where=where, before=before, after=after)])[0]


def form_of(one: Difference) -> Form:
    """The only form of a difference."""
    [form] = one.forms
    return form
