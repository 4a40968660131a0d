"""From the text of a range to its revisions."""

from __future__ import annotations

import os
from dataclasses import dataclass

from harness.errors import SourceError
from harness.model import Revision
from harness.source.git import Git
from harness.source.repository import Repository, reading

__all__ = ["RangeSpec", "commits_called", "head_revision", "parse_range", "resolve_range", "resolve_revision"]

_FORMAT = "--format=tformat:%H%x00%P%x00%T%x00%cI%x00%s"
_UNSHALLOW = "This is a shallow clone; `git fetch --unshallow` brings the rest of the history."


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeSpec:
    """The text of a range, taken apart. With `from_merge_base` (three dots) it starts where the two part."""

    base: str
    head: str
    from_merge_base: bool = False

    def __str__(self) -> str:
        return f"{self.base}{'...' if self.from_merge_base else '..'}{self.head}"


def parse_range(text: str) -> RangeSpec:
    """Takes `A..B` or `A...B` apart; an empty side means HEAD, as everywhere in git (gitrevisions(7)).

    Raises:
        SourceError: there are no two or three dots in it, or more than one range.
    """
    base, dots, head = text.strip().partition("..")
    from_merge_base = head.startswith(".")
    head = head.removeprefix(".")
    if not dots or ".." in head or head.startswith("."):
        raise SourceError(
            f"`{text}` is not a range of commits.",
            step="Write it as A..B, for instance --harness-range main..HEAD; "
            "to compare the working tree with a commit, use --harness-base.",
        )
    return RangeSpec(base=base.strip() or "HEAD", head=head.strip() or "HEAD", from_merge_base=from_merge_base)


def resolve_range(repo: Repository, text: str) -> list[Revision]:
    """The revisions of a range, oldest first: its base, then every commit that is compared with the one before.

    Only first parents are followed, so a merge is one commit with all that it brought. `A...B` starts at the
    merge base. Where A was itself merged into the line of B, the commits of that line that do not contain A
    are left out: compared with A they would seem to take A back. Their changes are in the first that does.

    Raises:
        SourceError: a side does not resolve, the range is empty, or A is not an ancestor of B.
    """
    spec = parse_range(text)
    git = reading(repo)
    base, head = _commit_ids(repo, git, [spec.base, spec.head])
    if spec.from_merge_base:
        base = _merge_base(git, base, head) or _raise_unrelated(repo, spec)
    if base == head:
        raise SourceError(
            f"The range {spec} is empty: both ends are commit {head[:10]}.",
            step="Name an older commit as its start, or use --harness-base to compare uncommitted changes.",
        )
    commits = _listed(git, "--first-parent", "--reverse", head, f"^{base}")
    if not commits or commits[0].parents[:1] != [base]:
        commits = _descending(repo, git, spec, base, head, commits)
    return [_listed(git, "--no-walk", base)[0].revision, *(commit.revision for commit in commits)]


def resolve_revision(repo: Repository, text: str) -> Revision:
    """The commit that a name stands for.

    Raises:
        SourceError: it does not resolve to a commit.
    """
    git = reading(repo)
    [sha] = _commit_ids(repo, git, [text])
    return _listed(git, "--no-walk", sha)[0].revision


def head_revision(repo: Repository) -> Revision | None:
    """The commit that is checked out; None before the first one."""
    git = reading(repo)
    done = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", allowed=(0, 1, 128))
    return None if done.status else _listed(git, "--no-walk", done.text.strip())[0].revision


def commits_called(repo: Repository, subject: str, head: str) -> list[str]:
    """The ids of the commits with exactly this subject, among `head` and all before it.

    Raises:
        SourceError: `head` does not resolve.
    """
    named = _listed(reading(repo), "--fixed-strings", f"--grep={subject}", head)
    return [commit.revision.sha for commit in named if commit.revision.subject == subject]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commit:
    revision: Revision
    parents: list[str]


def _listed(git: Git, *argv: str) -> list[_Commit]:
    output = git.output("rev-list", "--encoding=UTF-8", _FORMAT, *argv, "--").decode("utf-8", "replace")
    commits = []
    # A subject has no newline in it; every second line is rev-list's own "commit ID".
    for line in output.split("\n")[1::2]:
        sha, parents, tree, date, subject = line.split("\0", 4)
        revision = Revision(sha=sha, tree=tree, subject=subject, date=date)
        commits.append(_Commit(revision=revision, parents=parents.split()))
    return commits


def _commit_ids(repo: Repository, git: Git, names: list[str]) -> list[str]:
    if any("\n" in name for name in names):
        raise SourceError("The name of a revision cannot hold a line break.", step="Name commits as git does.")
    asked = "".join(f"{name}^{{commit}}\n" for name in names)
    done = git.run("cat-file", "--batch-check", stdin=os.fsencode(asked), allowed=(0, 128))
    answers = done.text.splitlines()
    found = []
    for position, name in enumerate(names):
        words = answers[position].split() if position < len(answers) else []
        if len(words) != 3 or words[1] != "commit":
            raise _unresolved(repo, git, name, ambiguous=words[-1:] == ["ambiguous"])
        found.append(words[0])
    return found


def _unresolved(repo: Repository, git: Git, name: str, *, ambiguous: bool) -> SourceError:
    what = f"`{name}` does not name a commit in {repo.top}."
    if ambiguous:
        return SourceError(f"`{name}` is the beginning of several object ids.", step="Write more of its digits.")
    if repo.is_shallow:
        return SourceError(what, step=_UNSHALLOW)
    if name == "HEAD":
        return SourceError(what, step="The repository has no commit yet; commit something first.")
    pattern = f"refs/remotes/*/{name}"
    remote = git.run("for-each-ref", "--count=1", "--format=%(refname:short)", pattern, allowed=(0, 128)).text.strip()
    if remote:
        return SourceError(what, step=f"There is `{remote}`, which was perhaps meant.")
    return SourceError(what, step="`git branch -a`, `git tag` and `git log --oneline` list what there is.")


def _merge_base(git: Git, base: str, head: str) -> str:
    return git.run("merge-base", base, head, allowed=(0, 1)).text.strip()


def _descending(
    repo: Repository, git: Git, spec: RangeSpec, base: str, head: str, commits: list[_Commit]
) -> list[_Commit]:
    """Those of the commits that contain `base`; `base` itself lies beside their line of first parents."""
    after = set(git.output("rev-list", "--ancestry-path", head, f"^{base}", "--").decode().split())
    if after:
        return [commit for commit in commits if commit.revision.sha in after]
    common = _merge_base(git, base, head)
    if not common:
        _raise_unrelated(repo, spec)
    if common == head:
        raise SourceError(
            f"The range {spec} is empty: {spec.head} is an ancestor of {spec.base}.",
            step=f"`{spec.head}..{spec.base}` was perhaps meant.",
        )
    raise SourceError(
        f"{spec.base} is not an ancestor of {spec.head}: they part at commit {common[:10]}.",
        step=f"Write `{spec.base}...{spec.head}` (three dots) to start where they part.",
    )


def _raise_unrelated(repo: Repository, spec: RangeSpec) -> str:
    step = _UNSHALLOW if repo.is_shallow else "Name two commits of one history."
    raise SourceError(f"{spec.base} and {spec.head} have no history in common.", step=step)
