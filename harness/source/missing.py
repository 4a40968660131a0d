"""One sentence for objects that are not there."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from harness.errors import SourceError
from harness.source.private import settings_of
from harness.source.repository import Repository

__all__ = ["explained", "explaining"]

_GONE = re.compile(
    r"unable to read|failed to unpack|bad object|not a tree object|Not a valid object|missing|not found|bad file"
    r"|lazy fetching disabled|could not fetch|promisor"
)


@contextlib.contextmanager
def explaining(repo: Repository, name: str) -> Iterator[None]:
    """Turns a failure of git inside into one that `explained` gives."""
    try:
        yield
    except SourceError as error:
        raise explained(error, repo, name) from error


def explained(error: SourceError, repo: Repository, name: str) -> SourceError:
    """What a failure of git on revision `name` means, where missing objects are the cause; else the same error."""
    if not _GONE.search(str(error)) or error.step:
        return error
    if _is_partial(repo):
        return SourceError(
            f"{repo.top} is a partial clone and lacks files of revision {name}.",
            step="`git fetch --refetch --no-filter` in it brings them.",
        )
    return SourceError(
        f"Objects of revision {name} are not in {repo.top} (rewritten and collected meanwhile?): {error}",
        step="Start again, so that the range is resolved anew; `git fsck` shows whether something is damaged.",
    )


def _is_partial(repo: Repository) -> bool:
    keys = settings_of(repo).values
    return "extensions.partialclone" in keys or any(re.fullmatch(r"remote\..+\.promisor", key) for key in keys)
