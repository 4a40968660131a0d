"""Reads one task block by block: what each promises, and what of it no rule of reading applies to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.contract.model import Tests
from harness.plan.code import Piece, pieces_of, promised, role_of
from harness.plan.files import begins_files, files_of
from harness.plan.markdown import Block, plain, sentences_in
from harness.plan.moves import Moving, moved_items, moving
from harness.plan.sentences import Sentence, promises
from harness.plan.shell import Checks, checks_of, commands_of, file_changes, is_shell, subjects_in
from harness.plan.tasks import Step, Task, steps_of
from harness.plan.words import Found, Known, files_in

__all__ = ["TaskReader", "Unread", "sentence_rules"]

_RUST = ("rust", "rs")
_LABELS = re.compile(
    r"^\W*(?:expected(?: output| result)?|run|commit|verify|steps|files|or|to|with|and|before|after"
    r"|change|done when|acceptance criteria)\W*:?\W*$",
    re.IGNORECASE,
)
_PLAIN_COMMANDS = re.compile(
    r"^(?:git (?:add|commit|status|diff|log|push|mv|rm)|cargo (?:test|build|check|clippy|doc|fmt"
    r"|nextest|run)|cd|wc|ls|mkdir|touch|grep|rg|cat|echo|EOF|\))\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A line of a plan that became no check, and why."""

    line: int
    text: str
    why: str


def sentence_rules(
    block: Block,
    known: Known,
    file: str = "",
    checks: Checks = Checks(),  # noqa: B008  never changed
    around: Checks = Checks(),  # noqa: B008
) -> list[Found]:
    """What the text of a block promises, sentence by sentence."""
    parts = sentences_in(block.text)
    return [
        found
        for part in parts
        for found in promises(Sentence(text=part, line=block.line, file=file, checks=checks, around=around), known)
    ]


class TaskReader:
    """Reads a task, once."""

    def __init__(self, task: Task, known: Known) -> None:
        self._task = task
        self._known = known
        self.unread: list[Unread] = []
        self._in_files = False
        self._moving: Moving | None = None
        self._checks = Checks()
        self._around = sum((checks_of(block) for block in task.blocks), Checks())
        self._pending: list[Piece] = []
        self._pending_file = ""

    def read(self) -> list[Found]:
        """Everything that the task promises."""
        heading = Block(kind="heading", line=self._task.line, text=self._task.title)
        found: list[Found] = []
        steps = list(steps_of(self._task))
        for block in steps[0].blocks:
            found += self._files(block) or []
        self._in_files = False
        found += sentence_rules(heading, self._known, around=self._around)
        for step in steps:
            found += self._step(step)
        return found

    def _files(self, block: Block) -> list[Found] | None:
        """What a block of the list of files says; None for one that is not of it."""
        if (rest := begins_files(block)) is not None:
            self._in_files = True
            return files_of(Block(kind="item", line=block.line, text=rest), self._known) if rest.strip() else []
        if self._in_files and block.kind == "item":
            return files_of(block, self._known)
        self._in_files = self._in_files and block.kind == "item"
        return None

    # -- steps --------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> list[Found]:
        self._checks = sum((checks_of(block) for block in step.blocks), Checks())
        file = self._file_of(step.title, "")
        title = Block(kind="text", line=step.line, text=step.title)
        known = self._known
        self._moving = moving(step.title, step.line, file, known) if step.title else None
        found = sentence_rules(title, known, file, self._checks, self._around) if step.title else []
        if self._moving and (named := moved_items(step.title, step.line, self._moving, known)):
            found += named
        context = step.title
        for block, after in zip(step.blocks, (*step.blocks[1:], None), strict=False):
            if block.kind == "code":
                found += self._code(block, context, file, step)
            else:
                leads = after is not None and after.kind == "code" and block.text.rstrip("*_ ").endswith(":")
                found += self._text(block, file, step, leads=leads)
                context = block.text
                file = self._moving.new if self._moving else self._file_of(block.text, file)
        found += self._flush()
        found += self._tests_run(step, found)
        if step.title and not found and not self._only_commits(step):
            self.unread.append(Unread(line=step.line, text=step.title, why="no part of this step gave a check"))
        return found

    def _tests_run(self, step: Step, found: Sequence[Found]) -> list[Found]:
        """A step that runs the tests expects them to pass, even where it does not say so."""
        runs = re.search(r"\b(?:run|execute)\b.*\btests?\b|\btest suite\b", step.title, re.IGNORECASE)
        if not runs or any(one.key == "tests" for one in found):
            return []
        return [Found(part="must", key="tests", rule=Tests(at_least=1, origin=self._known.origin(step.line)))]

    def _only_commits(self, step: Step) -> bool:
        return any(subject for block in step.blocks for subject in subjects_in(block))

    def _file_of(self, text: str, otherwise: str) -> str:
        """The file that a step or a sentence is about: the first source, or the first document, that it names."""
        named = [self._known.file(name) for name in files_in(text)]
        sources = [name for name in named if name.endswith(".rs")]
        return next(iter([*sources, *named]), "") or otherwise or self._sole()

    def _sole(self) -> str:
        files = list(dict.fromkeys(self._known.files))
        return self._known.only_source() or (files[0] if len(files) == 1 else "")

    # -- text ---------------------------------------------------------------------------------------------

    def _text(self, block: Block, file: str, step: Step, *, leads: bool) -> list[Found]:
        in_files = self._in_files
        if begins_files(block) is not None or (in_files and block.kind == "item" and not step.title):
            self._in_files = True
            if block.kind == "item" and not files_of(block, Known(plan=self._known.plan)):
                self._leave(block, "names no file that could be found")
            return []
        self._in_files = False
        if block.kind != "item":
            self._moving = moving(block.text, block.line, file, self._known) or (
                None if block.kind == "text" and self._moving is None else self._moving
            )
        found: list[Found] = []
        if self._moving and block.kind == "item":
            found = moved_items(block.text, block.line, self._moving, self._known)
        else:
            for part in sentences_in(block.text):
                if move := moving(part, block.line, file, self._known):
                    found += moved_items(part, block.line, move, self._known)
        if not found or block.kind != "item":
            found += sentence_rules(block, self._known, self._file_of(block.text, file), self._checks, self._around)
        if not found and not leads and not self._is_form(block):
            self._leave(block, "no rule of reading applies to it")
        return found

    def _is_form(self, block: Block) -> bool:
        """Whether a block only leads to the next one."""
        text = plain(block.text).strip()
        if _LABELS.match(text) or any(subjects_in(block)) or re.fullmatch(r"[\s|:+-]*", text):
            return True
        leads = text.endswith(":") and (self._moving is not None or bool(role_of(text)))
        return leads or re.fullmatch(r"(?:run|verify)\s*:\s*`[^`]+`\.?", text, re.IGNORECASE) is not None

    # -- code ---------------------------------------------------------------------------------------------

    def _code(self, block: Block, context: str, file: str, step: Step) -> list[Found]:
        if is_shell(block):
            return self._shell(block)
        if block.language not in (*_RUST, ""):
            self._leave(block, f"a block of {block.language}")
            return []
        role = role_of(plain(context)) or role_of(plain(step.title)) or ("new" if self._pending else "")
        pieces = pieces_of(block.text, block.first_code_line, role)
        about = self._file_of(context, file) if context else file
        if not any(one.role for one in pieces):
            self._leave(block, "nothing says whether this is what was or what will be")
            return self._flush()
        found = [] if all(one.role == "new" for one in pieces) else self._flush()
        self._pending += pieces
        self._pending_file = about or self._pending_file
        if pieces[-1].role == "old":
            return found
        return [*found, *self._flush(block)]

    def _flush(self, block: Block | None = None) -> list[Found]:
        """What the code read so far promises: old and new stand together, so they are judged together."""
        pieces, self._pending = self._pending, []
        found = promised(pieces, self._pending_file, self._known)
        for piece in pieces:
            lines = range(piece.line, piece.line + piece.text.count("\n") + 1)
            if not any(int(one.rule.origin.rpartition(":")[2]) in lines for one in found):
                why = "code without a declaration that could be looked for"
                self.unread.append(Unread(line=piece.line, text=piece.text, why=why))
        return found

    def _shell(self, block: Block) -> list[Found]:
        for number, line in enumerate(block.text.splitlines()):
            strange = [one for one in commands_of(line) if not _PLAIN_COMMANDS.match(one)]
            if strange and not any(subjects_in(block)):
                why = "a command that the harness does not run"
                self.unread.append(Unread(line=block.first_code_line + number, text=strange[0], why=why))
        return list(file_changes(block, self._known))

    def _leave(self, block: Block, why: str) -> None:
        self.unread.append(Unread(line=block.line, text=block.text, why=why))
