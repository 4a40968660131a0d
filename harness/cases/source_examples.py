"""Documents that stand as texts in Rust sources: in unit tests, doctests and wherever else somebody wrote one."""

from __future__ import annotations

import msgspec

from harness.cases.base import Ground
from harness.cases.documents import read
from harness.cases.examples_found import Example, varied
from harness.cases.types.examples import examples_in

__all__ = ["MOST", "written_in_sources"]

MOST = 8
VERSION = 1
_FEWEST_KEYS = 2  # of fewer, a text that happens to be like a document cannot be told from one
_MOST_READ = 2000  # source files


def written_in_sources(ground: Ground) -> list[Example]:
    """Those of them in which the most is said, under names of their own; found out once for a revision."""
    repository = ground.repository
    if repository is None:
        return []

    def find() -> bytes:
        paths = [path for path in repository.paths() if path.endswith(".rs")][:_MOST_READ]
        sources = {path: data for one in paths for path, data in repository.read(one).items()}
        texts = {one.data: one.form for one in examples_in(sources) if isinstance(one.tree, dict)}
        told = [(form, data) for data, form in texts.items() if len(read(form, data) or ()) >= _FEWEST_KEYS]
        return msgspec.msgpack.encode(told)

    found = msgspec.msgpack.decode(
        ground.remember("source examples", (VERSION, ground.build.tree), find), type=list[tuple[str, bytes]]
    )
    made = []
    for number, (form, data) in enumerate(found, 1):
        path = f"written-{number}.{form}"
        made.append(Example(path=path, form=form, data=read(form, data), files={path: data}))
    return varied(made)[:MOST]
