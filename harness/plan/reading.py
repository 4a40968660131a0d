"""Reads a plan: every line of it becomes a rule, is a part of the plan's form, or is told as not read."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.contract.check import check
from harness.contract.model import Contract, Entry, May, Must, Warned
from harness.errors import ConfigError
from harness.plan.figures import Sentence
from harness.plan.markdown import Block, blocks_of, plain, sentences_of
from harness.plan.sentences import promises
from harness.plan.shell import folder_of, is_shell, subjects_in
from harness.plan.structure import hands_off, is_tree, tree
from harness.plan.task_reader import TaskReader
from harness.plan.tasks import Step, Task, sections_of, tasks_of
from harness.plan.words import Found, Known, Unread, as_rules, files_in

__all__ = ["Reading", "Unread", "read_plan"]

_CLEANS = re.compile(r"\b(?:warnings?|clippy|lints?|dead code|unused)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a plan comes to: a contract, and every line that is no check, with the reason.

    `read` are the lines that gave a check, also where another line gave the same one before.
    """

    contract: Contract
    unread: tuple[Unread, ...]
    tasks: int
    read: frozenset[int] = frozenset()


def read_plan(text: str, path: str) -> Reading:
    """Reads a plan; `path` is what origins and messages call it.

    Raises:
        ConfigError: no tasks, two tasks of one commit, targets that exclude each other.
    """
    blocks = blocks_of(text)
    tasks, rest = tasks_of(blocks)
    if not tasks:
        raise ConfigError(
            f"{path}: no tasks were found in this plan.",
            step='A task begins with a heading such as `### Task 1: …`, and names its commit in `git commit -m "…"`.',
        )
    every: dict[str, str] = {}
    known = Known(plan=path, every=every)
    known.learn(_full_paths(blocks))
    unread: list[Unread] = []
    ends = _around(rest, known, unread)
    entries = []
    read = [*ends]
    for number, task in enumerate(tasks, 1):
        entries.append(_entry(number, task, Known(plan=path, every=every), unread, read))
    entries[-1] = _with(entries[-1], ends)
    contract = Contract(folder=_folder(blocks), commits=tuple(_until(entries, tasks)), paths=(path,))
    check(contract)
    return Reading(
        contract=contract,
        unread=tuple(sorted(unread, key=lambda one: one.line)),
        tasks=len(tasks),
        read=frozenset(int(one.rule.origin.rpartition(":")[2]) for one in read),
    )


def _full_paths(blocks: Sequence[Block]) -> list[str]:
    return [name for block in blocks if block.kind != "code" for name in files_in(block.text) if "/" in name]


def _folder(blocks: Sequence[Block]) -> str:
    """The folder that most commands change to."""
    folders = [folder for block in blocks if is_shell(block) and (folder := folder_of(block))]
    return max(folders, key=lambda one: (folders.count(one), -folders.index(one)), default="")


# -- around the tasks -------------------------------------------------------------------------------------------


def _around(rest: Sequence[Block], known: Known, unread: list[Unread]) -> list[Found]:
    """What holds at the end, by what stands before and after the tasks."""
    found: list[Found] = []
    for section in sections_of(rest):
        for block in section.blocks:
            found += _of_section(section, block, known, unread)
    return found


def _of_section(section: Step, block: Block, known: Known, unread: list[Unread]) -> list[Found]:
    if block.kind == "code" and is_tree(block):
        found: list[Found] = []
        for line, rules in tree(block, known):
            found += rules
            if not rules and "/" not in block.text.splitlines()[line - block.first_code_line].strip().rstrip("/"):
                text = block.text.splitlines()[line - block.first_code_line].strip()
                unread += [] if text.endswith("/") else [Unread(line=line, text=text, why="names no file")]
        return found
    if rules := hands_off(section, block, known):
        return rules
    parts = [(block.text, block.line)] if block.kind in ("code", "table") else sentences_of(block)
    for text, line in parts:
        read = [] if block.kind in ("code", "table") else promises(Sentence(text=text, line=line), known)
        rules += read
        if not read and not re.fullmatch(r"[\s|:+-]*", text):
            unread.append(Unread(line=line, text=text, why="stands outside of the tasks and names no target"))
    return rules


# -- tasks ------------------------------------------------------------------------------------------------------


def _entry(number: int, task: Task, known: Known, unread: list[Unread], read: list[Found]) -> Entry:
    reader = TaskReader(task, known)
    found = reader.read()
    read += found
    unread += reader.unread
    subjects = [(subject, line) for block in task.blocks for subject, line in subjects_in(block)]
    if len({subject for subject, _ in subjects}) > 1:
        lines = ", ".join(str(line) for _, line in subjects)
        raise ConfigError(
            f"{known.plan}:{subjects[1][1]}: {task.name} has several commits (lines {lines}).",
            step="Give each commit a task of its own.",
        )
    entry = Entry(name=task.name, order=0 if subjects else number, origin=known.origin(task.line))
    if subjects:
        entry = replace(entry, subject=subjects[0][0], origin=known.origin(subjects[0][1]))
    else:
        why = f"the task names no commit, so it is taken for the one at place {number}"
        unread.append(Unread(line=task.line, text=task.name, why=why))
    return _with(entry, found)


def _with(entry: Entry, found: Iterable[Found]) -> Entry:
    """The entry with more rules, each once and none that says less than another."""
    every = list(found)
    parts = {}
    for name, kind, before in (("may", May, entry.may), ("must", Must, entry.must)):
        keys = [one.name for one in dataclasses.fields(kind)]
        rules = {key: (*getattr(before, key), *as_rules(every, name, key)) for key in keys}
        parts[name] = {key: tuple(dict.fromkeys(one)) for key, one in rules.items()}
    must = parts["must"]
    sure = {(one.item, one.file) for one in must["item"] if one.at}
    must["item"] = tuple(one for one in must["item"] if one.at or (one.item, one.file) not in sure)
    gone = {one.item for one in must["gone"] if one.file}
    must["gone"] = tuple(one for one in must["gone"] if one.file or one.item not in gone)
    make_may: type = May
    make_must: type = Must
    return replace(entry, may=make_may(**parts["may"]), must=make_must(**must))


def _until(entries: list[Entry], tasks: Sequence[Task]) -> list[Entry]:
    """Warnings may come until a later task that is there to remove them."""
    cleaning = next(
        (
            number
            for number, task in enumerate(tasks)
            if _CLEANS.search(plain(task.title)) and entries[number].must.warnings
        ),
        None,
    )
    if cleaning is None:
        return entries
    origin = entries[cleaning].must.warnings[0].origin
    warn = (Warned(lint="*", until=entries[cleaning].name, origin=origin),)
    return [
        replace(entry, may=replace(entry.may, warn=warn)) if number < cleaning else entry
        for number, entry in enumerate(entries)
    ]
