"""One whole observation for people: how it ended, what it printed, what it left behind; raw, and shortened."""

from __future__ import annotations

from collections.abc import Iterator

from harness.compare.output import CommandObservation

__all__ = ["log_of", "shortened"]

_MOST_OF_A_STREAM = 6_000
_MOST_FILES = 40


def log_of(seen: CommandObservation) -> str:
    """A run in the order in which a person looks at it."""
    return "\n".join(_parts(seen))


def shortened(text: str, most: int) -> str:
    """The beginning and the end of a text of more than `most` characters; errors stand at the end."""
    if len(text) <= most:
        return text
    head, tail = most // 3, most - most // 3
    return f"{text[:head]}\n… {len(text) - most} characters are left out …\n{text[-tail:]}"


def _parts(seen: CommandObservation) -> Iterator[str]:
    yield seen.status + ("; it left processes running" if seen.left_running else "")
    streams = [("on the terminal" if seen.terminal else "stdout", seen.stdout), ("stderr", seen.stderr)]
    beyond = {one.stream: len(one.blocks) for one in seen.beyond}
    for name, data in streams:
        more = f", and {beyond[name]} blocks more" if name in beyond else ""
        if data or more:
            yield f"── {name}, {len(data)} bytes{more}"
            yield shortened(data.decode("utf-8", "backslashreplace"), _MOST_OF_A_STREAM).removesuffix("\n")
    if seen.files:
        yield f"── files, {len(seen.files)}"
    for one in seen.files[:_MOST_FILES]:
        size = f", {one.size} bytes" if one.kind == "file" and one.change != "deleted" else ""
        yield f"{one.change} {one.kind} {one.path.decode('utf-8', 'backslashreplace')}{size}"
    if len(seen.files) > _MOST_FILES:
        yield f"… and {len(seen.files) - _MOST_FILES} more"
