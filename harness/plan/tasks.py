"""A plan as sections: what stands before and around its tasks, and the tasks with their steps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.plan.markdown import Block, plain

__all__ = ["Step", "Task", "sections_of", "step_title", "steps_of", "tasks_of"]

_TASK = re.compile(
    r"^(task|commit|stage|phase|milestone|part|step)\s+#?(\d+(?:\.\d+)*)\s*[:.)—–-]?\s*(.*)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"^(\d+(?:\.\d+)*)[.):]?\s+(.*)$")
_STEP = re.compile(r"^step\s+(\d+(?:\.\d+)*)\s*[:.)—–-]?\s*(.*)$", re.IGNORECASE)
_KEYWORDS = ("task", "commit", "stage", "phase", "milestone", "part", "step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task: what its heading calls it, and its blocks."""

    title: str
    name: str
    line: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of a task: its title (empty for what stands before the first), and its blocks."""

    title: str
    line: int
    blocks: tuple[Block, ...]


def tasks_of(blocks: Sequence[Block]) -> tuple[list[Task], list[Block]]:
    """The tasks, and all blocks that belong to none."""
    level, keyword = _kind_of_task(blocks)
    tasks: list[Task] = []
    rest: list[Block] = []
    current: list[Block] | None = None
    heading: Block | None = None
    for block in [*blocks, Block(kind="heading", line=0, text="", level=0)]:
        if block.kind == "heading" and (block.level <= level or level == 0):
            if heading is not None and current is not None:
                tasks.append(_task(heading, current))
            is_task = bool(level) and block.level == level and _is_task(block.text, keyword)
            heading, current = (block, []) if is_task else (None, None)
            if is_task:
                continue
        (rest if current is None else current).append(block)
    return tasks, rest[:-1]


def _kind_of_task(blocks: Sequence[Block]) -> tuple[int, str]:
    """At which level tasks stand, and the word that they begin with (`#`: a number); (0, "") where there are none."""
    counts: Counter[tuple[int, str]] = Counter()
    for block in blocks:
        if block.kind != "heading":
            continue
        text = plain(block.text)
        if found := _TASK.match(text):
            counts[block.level, found[1].lower()] += 1
        elif _NUMBERED.match(text) and block.level > 1:
            counts[block.level, "#"] += 1
    for keyword in (*_KEYWORDS, "#"):
        levels = [level for level, word in counts if word == keyword]
        if levels:
            return max(levels, key=lambda level: (counts[level, keyword], -level)), keyword
    return 0, ""


def _is_task(text: str, keyword: str) -> bool:
    if keyword == "#":
        return _NUMBERED.match(plain(text)) is not None
    found = _TASK.match(plain(text))
    return found is not None and found[1].lower() == keyword


def _task(heading: Block, blocks: Sequence[Block]) -> Task:
    text = plain(heading.text).replace("`", "")
    found = _TASK.match(plain(heading.text)) or _NUMBERED.match(plain(heading.text))
    title = found[found.re.groups] if found else heading.text
    return Task(title=title, name=text, line=heading.line, blocks=tuple(blocks))


def step_title(block: Block) -> str:
    """The title of the step that a block begins; empty where it begins none."""
    if block.kind not in ("text", "heading", "item"):
        return ""
    found = _STEP.match(plain(block.text).strip())
    return found[2].strip() or f"step {found[1]}" if found else ""


def steps_of(task: Task) -> Iterator[Step]:
    """The steps of a task; what stands before the first one comes as a step without a title."""
    title, line, inside = "", task.line, list[Block]()
    for block in task.blocks:
        if name := step_title(block):
            yield Step(title=title, line=line, blocks=tuple(inside))
            title, line, inside = name, block.line, []
        else:
            inside.append(block)
    yield Step(title=title, line=line, blocks=tuple(inside))


def sections_of(blocks: Sequence[Block]) -> Iterator[Step]:
    """What belongs to no task, by its headings."""
    title, line, inside = "", 1, list[Block]()
    for block in blocks:
        if block.kind == "heading":
            yield Step(title=title, line=line, blocks=tuple(inside))
            title, line, inside = plain(block.text), block.line, []
        else:
            inside.append(block)
    yield Step(title=title, line=line, blocks=tuple(inside))
