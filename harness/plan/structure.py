"""What a plan says around its tasks: the structure of files at the end, and what is not to be touched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.contract.model import FilePattern, Lines
from harness.plan.markdown import Block
from harness.plan.tasks import Step
from harness.plan.words import FILE, Found, Known, files_in

__all__ = ["hands_off", "is_tree", "tree"]

_UNTOUCHED = re.compile(
    r"\b(?:don'?t|do not|not to|never) (?:touch|change|modify)|\bout of scope\b|\bunchanged\b"
    r"|\bleave alone\b|\buntouched\b",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    rf"^(?P<indent>[\s│├└─|+`\\-]*?)(?P<name>(?:{FILE}|[\w.-]+/))\s*(?:(?:—|–|-|#|//|:)\s+)?(?P<says>.*)$"
)
_RENAMED = re.compile(rf"\brenamed from\s+`?({FILE})`?", re.IGNORECASE)
_SAYS = (
    ("unchanged", re.compile(r"\bunchanged\b|\bas (?:it )?is\b|\buntouched\b", re.IGNORECASE)),
    ("absent", re.compile(r"\b(?:deleted|removed|gone)\b", re.IGNORECASE)),
    ("fewer", re.compile(r"\b(?:slimmed|slimmer|shrunk|shrinks|smaller|reduced|trimmed)\b", re.IGNORECASE)),
)


def hands_off(section: Step, block: Block, known: Known) -> list[Found]:
    """The files of a list whose heading says that they are not to be touched."""
    if block.kind != "item" or not _UNTOUCHED.search(section.title):
        return []
    head = re.split(r"\s(?:—|–|-)\s", block.text)[0]
    names = files_in(head) or [f"{one}/**" for one in re.findall(r"`([\w./-]+)/`", head)]
    return [
        Found(part="must", key="unchanged", rule=FilePattern(path=_path(name, known), origin=known.origin(block.line)))
        for name in names
    ]


def is_tree(block: Block) -> bool:
    """Whether a code block is a tree of files: most of its lines are a file or a folder, perhaps with a word on it."""
    lines = [line for line in block.text.splitlines() if line.strip()]
    entries = [line for line in lines if _ENTRY.match(line)]
    return block.language in ("", "text", "txt", "tree") and len(entries) >= 2 and 2 * len(entries) > len(lines)


def tree(block: Block, known: Known) -> Iterator[tuple[int, list[Found]]]:
    """What each line of a tree says; nothing for one that names a folder alone or no file."""
    above: list[tuple[int, str]] = []
    for number, line in enumerate(block.text.splitlines()):
        found = _ENTRY.match(line)
        if found is None:
            if line.strip():
                yield block.first_code_line + number, []
            continue
        depth, name = len(found["indent"]), found["name"]
        above = [one for one in above if one[0] < depth]
        path = "/".join([*(one[1] for one in above), name.rstrip("/")])
        origin = known.origin(block.first_code_line + number)
        if name.endswith("/"):
            above.append((depth, name.rstrip("/")))
            path = f"{path}/**"
        yield block.first_code_line + number, list(_entry(path, found["says"], above, known, origin))


def _entry(path: str, says: str, above: list[tuple[int, str]], known: Known, origin: str) -> Iterator[Found]:
    kind = next((name for name, pattern in _SAYS if pattern.search(says)), "")
    is_folder = path.endswith("/**")
    if is_folder and not kind:
        return
    known.learn([] if is_folder else [path])
    rule = FilePattern(path=path, origin=origin)
    yield Found(part="must", key="absent" if kind == "absent" else "present", rule=rule)
    if kind == "unchanged":
        yield Found(part="must", key="unchanged", rule=rule)
    elif kind == "fewer":
        yield Found(part="must", key="lines", rule=Lines(file=path, fewer=True, origin=origin))
    if renamed := _RENAMED.search(says):
        old = renamed[1] if "/" in renamed[1] else "/".join([*(one[1] for one in above), renamed[1]])
        yield Found(part="must", key="absent", rule=FilePattern(path=old, origin=origin))


def _path(name: str, known: Known) -> str:
    if name.endswith("/**") and not name.startswith("src/") and "/" not in name.removesuffix("/**"):
        return f"src/{name}"
    return known.file(name)
