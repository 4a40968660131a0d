"""A plan as sections: what stands before and around its tasks, and the tasks with their steps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.plan.markdown import Block, plain
from harness.plan.shell import subjects_in

__all__ = ["Step", "Task", "sections_of", "step_title", "steps_of", "tasks_of"]

_TASK = re.compile(
    r"^(task|commit|stage|phase|milestone|part|step)\s+#?(\d+(?:\.\d+)*)\s*[:.)—–-]?\s*(.*)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"^(\d+(?:\.\d+)*)[.):]?\s+(.*)$")
_STEP = re.compile(r"^(?:\[[ xX]\]\s*)?step\s+(\d+(?:\.\d+)*)\s*[:.)—–-]?\s*(.*)$", re.IGNORECASE)
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
    return _split(blocks, *_kind_of_task(blocks))


def _split(blocks: Sequence[Block], level: int, keyword: str) -> tuple[list[Task], list[Block]]:
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
    """At which level tasks stand, and the word that they begin with; (0, "") where there are none.

    The word is `#` for a number alone, `*` for any heading. Tasks are what has one commit each: of phases that hold
    tasks, the tasks. Headings without a number are tasks only where no numbered ones have commits.
    """
    counts: Counter[tuple[int, str]] = Counter()
    for block in blocks:
        if block.kind == "heading":
            text = plain(block.text)
            found = _TASK.match(text)
            counts[block.level, found[1].lower() if found else "#" if _NUMBERED.match(text) else "*"] += 1
    kinds = [kind for kind in counts if kind[1] != "*" and kind != (1, "#")]
    if len(kinds) > 1:
        kinds = [kind for kind in kinds if kind[1] != "step"]
    weighed = {kind: _commits(blocks, kind) for kind in kinds}
    if not any(good for good, _ in weighed.values()):
        others = {kind: _commits(blocks, kind) for kind in counts if kind[1] == "*" and kind[0] > 1}
        weighed |= {kind: found for kind, found in others.items() if found[0] and not found[1]}
    order = (*_KEYWORDS, "#", "*")
    return max(
        weighed,
        key=lambda kind: (not weighed[kind][1], weighed[kind][0], -order.index(kind[1]), counts[kind], -kind[0]),
        default=(0, ""),
    )


def _commits(blocks: Sequence[Block], kind: tuple[int, str]) -> tuple[int, int]:
    """How many sections of a kind have one commit, and how many have several."""
    subjects = [
        {subject for block in task.blocks for subject, _ in subjects_in(block)} for task in _split(blocks, *kind)[0]
    ]
    return sum(len(one) == 1 for one in subjects), sum(len(one) > 1 for one in subjects)


def _is_task(text: str, keyword: str) -> bool:
    if keyword == "*":
        return True
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
